//! Ranks by bus: a CSV table `bus,rank`; 0 is served first.

use crate::scenario::table::{Column, required};
use crate::{Reading, by_bus};
use relight_model::Network;
use std::path::Path;

/// Highest rank: each is a delivery of its own.
const RANK_MAX: u32 = 99;

const COLUMNS: &[Column] = &[required("bus"), required("rank")];

/// Reads the rank of the loads at each bus, in the order of the network's buses. Buses that the file does not name come after all
/// that it does.
///
/// Findings beside those of any table: `unknown-bus`, `duplicate-bus`.
pub fn read(path: &Path, network: &Network) -> Reading<Vec<u32>> {
    let (ranks, findings) = by_bus::read(path, network, "ranks", COLUMNS, |row| row.whole("rank", None, 0, RANK_MAX));
    let last = ranks.iter().flatten().max().map_or(0, |rank| rank + 1);
    let ranks = ranks.into_iter().map(|rank| rank.unwrap_or(last)).collect();
    if findings.has_errors() { (None, findings) } else { (Some(ranks), findings) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relight_model::{Bus, BusId, BusKind};

    fn network() -> Network {
        let mut network = Network::empty("three", 100.0);
        for id in [10, 20, 30] {
            network.buses.push(Bus {
                id: BusId(id),
                name: String::new(),
                kind: BusKind::Pq,
                base_kv: 110.0,
                vm_pu: 1.0,
                va_deg: 0.0,
                vm_pu_max: 1.1,
                vm_pu_min: 0.9,
                area: 1,
                zone: 1,
                row: id / 10,
            });
        }
        network
    }

    fn read_text(text: &str) -> Reading<Vec<u32>> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ranks.csv");
        std::fs::write(&path, text).unwrap();
        read(&path, &network())
    }

    #[test]
    fn ranks_come_by_bus_and_the_rest_is_last() {
        assert_eq!(read_text("bus,rank\n30,2\n10,0\n").0, Some(vec![0, 3, 2]));
        assert_eq!(read_text("bus,rank\n").0, Some(vec![0, 0, 0]));
    }

    #[test]
    fn every_fault_is_named() {
        let code = |text| read_text(text).1.iter().map(|f| f.code).collect::<Vec<_>>();
        assert_eq!(code("bus,rank\n40,1\n"), ["unknown-bus"]);
        assert_eq!(code("bus,rank\n10,1\n10,2\n"), ["duplicate-bus"]);
        assert_eq!(code("bus,rank\n10,100\n"), ["out-of-range"]);
        assert_eq!(code("bus,rank\n10,first\n"), ["not-a-number"]);
        assert_eq!(code("bus;rank\n10;1\n"), ["wrong-delimiter"]);
        assert_eq!(code("bus,weight\n10,1\n"), ["unknown-column", "missing-column"]);
    }
}
