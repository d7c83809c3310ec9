//! Deliveries of the PGLib cases with a tenth of branches and generators out, against HiGHS (bench/deliver_dc_highs.py).

mod grid;

use grid::delivered;
use relight_model::outcome::DeliveryStatus;
use relight_model::{Damage, Network, Situation};
use relight_plan::deliver::DeliverSettings;
use std::path::PathBuf;

/// Agreement asked of two methods, as a share of the objective.
const AGREEMENT: f64 = 1e-6;

/// Mixes 32 bits, as the script does (lowbias32 of C. Wellons).
fn mix(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7FEB_352D);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846C_A68B);
    x ^ x >> 16
}

fn hit(rows: usize, offset: u32) -> Vec<u32> {
    (1..=rows as u32).filter(|r| mix(r + offset) < u32::MAX / 10).collect()
}

fn damage(kind: &str, case: &str, folder: &std::path::Path, network: &Network) -> Damage {
    if kind == "list" {
        let bytes = std::fs::read(folder.join(format!("ac/damage/{case}_1.json"))).expect("a damage list");
        return relight_formats::damage::read(&bytes).0.expect("a damage list");
    }
    let offset = 100_000 * kind.trim_start_matches("hash").parse::<u32>().expect("a damage list");
    Damage {
        branches: hit(network.branches.len(), offset),
        generators: hit(network.generators.len(), offset + 50_000),
        buses: Vec::new(),
    }
}

#[test]
fn optima_agree_with_highs() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared = std::env::var_os("RELIGHT_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let folder = shared.join("oracles/deliver");
    if !folder.is_dir() {
        eprintln!("SKIPPED: {} is not there, deliveries were not compared with HiGHS", folder.display());
        return;
    }
    let mut seen = 0;
    let mut network: Option<(String, Network)> = None;
    for row in include_str!("oracle/deliver_dc_highs.csv").lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        let [case, kind, weights, objective_mw] = fields[..] else { panic!("{row}") };
        if network.as_ref().is_none_or(|(name, _)| name != case) {
            let path = folder.join(format!("pglib/pglib_opf_case{case}.m"));
            network = Some((case.to_owned(), relight_formats::read_network(&path).0.expect("the case reads")));
        }
        let network = &network.as_ref().unwrap().1;
        let situation = Situation::damaged(network, &damage(kind, case, &folder, network)).unwrap();
        let spread = || network.loads.iter().map(|l| f64::from(10u32.pow(mix(l.row) % 4))).collect();
        let weights = (weights == "spread").then(spread);
        let d = delivered(network, &situation, &DeliverSettings { weights, ..DeliverSettings::default() });
        let want: f64 = objective_mw.parse().unwrap();
        assert_eq!(d.status, DeliveryStatus::Optimal, "{row}: gap {}", d.gap);
        assert!((d.objective_mw - want).abs() <= AGREEMENT * want, "{row}: {}", d.objective_mw);
        assert!(d.bound_mw >= want * (1.0 - 1e-9), "{row}: bound {} cuts off the optimum", d.bound_mw);
        assert!(d.max_violation_pu <= 1e-9, "{row}: {}", d.max_violation_pu);
        seen += 1;
    }
    assert!(seen >= 70, "{seen} rows");
}
