//! Weights by bus: a CSV table `bus,weight`.

use crate::scenario::table::{Column, required};
use crate::{Reading, by_bus};
use relight_model::Network;
use std::path::Path;

/// Largest weight: beyond it an optimum within double precision says nothing about the smallest one.
const WEIGHT_MAX: f64 = 1e6;

const COLUMNS: &[Column] = &[required("bus"), required("weight")];

/// Reads the worth of one MW at each bus, in the order of the network's buses; 1 where the file names none.
///
/// Findings beside those of any table: `unknown-bus`, `duplicate-bus`.
pub fn read(path: &Path, network: &Network) -> Reading<Vec<f64>> {
    let (weights, findings) =
        by_bus::read(path, network, "weights", COLUMNS, |row| row.number("weight", None, 0.0, WEIGHT_MAX));
    let weights = weights.into_iter().map(|weight| weight.unwrap_or(1.0)).collect();
    if findings.has_errors() { (None, findings) } else { (Some(weights), findings) }
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

    fn read_text(text: &str) -> Reading<Vec<f64>> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("weights.csv");
        std::fs::write(&path, text).unwrap();
        read(&path, &network())
    }

    #[test]
    fn weights_come_by_bus_and_default_to_one() {
        assert_eq!(read_text("bus,weight\n30,2.5\n10,0\n").0, Some(vec![0.0, 1.0, 2.5]));
    }

    #[test]
    fn every_fault_is_named() {
        let code = |text| read_text(text).1.iter().map(|f| f.code).collect::<Vec<_>>();
        assert_eq!(code("bus,weight\n40,1\n"), ["unknown-bus"]);
        assert_eq!(code("bus,weight\n10,1\n10,2\n"), ["duplicate-bus"]);
        assert_eq!(code("bus,weight\n10,-1\n"), ["negative"]);
        assert_eq!(code("bus,weight\n10,NaN\n"), ["not-finite"]);
        assert_eq!(code("bus;weight\n10;1\n"), ["wrong-delimiter"]);
        assert_eq!(code("bus,worth\n10,1\n"), ["unknown-column", "missing-column"]);
    }
}
