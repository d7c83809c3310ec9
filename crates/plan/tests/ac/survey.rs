//! Many random damages of real cases: every answer passes its check.

use super::grid::{damage, delivered};
use super::{ac, pglib};
use relight_plan::deliver::DeliverSettings;

fn all_verified(case: &str, seeds: std::ops::Range<u64>) {
    let Some(network) = pglib(case) else { return };
    let mut dark = 0;
    for seed in seeds {
        let d = delivered(&network, &damage::random(&network, seed), &DeliverSettings { bound: false, ..ac() });
        assert!(d.max_violation_pu <= 1e-6, "seed {seed}: {}", d.max_violation_pu);
        assert!(d.failures.is_empty(), "seed {seed}: {:?}", d.failures);
        dark += u32::from(d.served_mw == 0.0);
    }
    assert!(dark <= 1, "{dark} answers serve nothing");
}

#[test]
fn damages_of_118_buses() {
    all_verified("118_ieee", 0..60);
}

#[test]
fn damages_of_300_buses() {
    all_verified("300_ieee", 1000..1030);
}
