//! Time of one delivery: PGLib cases with the tenth of branches and generators of oracles/deliver/ac/damage out.

use relight_model::outcome::Formulation;
use relight_model::{Network, Situation};
use relight_plan::deliver::{DeliverSettings, deliver, soc_bound};
use std::path::PathBuf;

fn main() {
    divan::main();
}

const CASES: [&str; 5] = ["118_ieee", "793_goc", "2000_goc", "2869_pegase", "10000_goc"];

fn damaged(case: &str) -> Option<(Network, Situation)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared = std::env::var_os("RELIGHT_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let folder = shared.join("oracles/deliver");
    let network = relight_formats::read_network(&folder.join(format!("pglib/pglib_opf_case{case}.m"))).0?;
    let damage =
        relight_formats::damage::read(&std::fs::read(folder.join(format!("ac/damage/{case}_1.json"))).ok()?).0?;
    let situation = Situation::damaged(&network, &damage).ok()?;
    Some((network, situation))
}

#[divan::bench(args = CASES, sample_count = 10)]
fn dc(bencher: divan::Bencher, case: &str) {
    let Some((network, situation)) = damaged(case) else {
        eprintln!("SKIPPED: case {case} is not there");
        return;
    };
    bencher.bench_local(|| deliver(&network, &situation, &DeliverSettings::default()));
}

/// Weights over three orders of magnitude.
#[divan::bench(args = CASES, sample_count = 10)]
fn dc_weighted(bencher: divan::Bencher, case: &str) {
    let Some((network, situation)) = damaged(case) else {
        eprintln!("SKIPPED: case {case} is not there");
        return;
    };
    let weights = (0..network.loads.len()).map(|k| f64::from(10u32.pow(k as u32 % 4))).collect();
    let settings = DeliverSettings { weights: Some(weights), ..DeliverSettings::default() };
    bencher.bench_local(|| deliver(&network, &situation, &settings));
}

/// AC, the cone bound left out.
#[divan::bench(args = CASES, sample_count = 10)]
fn ac(bencher: divan::Bencher, case: &str) {
    let Some((network, situation)) = damaged(case) else {
        eprintln!("SKIPPED: case {case} is not there");
        return;
    };
    let settings = DeliverSettings { formulation: Formulation::Ac, bound: false, ..DeliverSettings::default() };
    bencher.bench_local(|| deliver(&network, &situation, &settings));
}

/// AC from the answer of a neighbouring situation: three more branches and one more generator are out.
#[divan::bench(args = CASES, sample_count = 10)]
fn ac_near(bencher: divan::Bencher, case: &str) {
    let Some((network, situation)) = damaged(case) else {
        eprintln!("SKIPPED: case {case} is not there");
        return;
    };
    let settings = DeliverSettings { formulation: Formulation::Ac, bound: false, ..DeliverSettings::default() };
    let near = deliver(&network, &situation, &settings).expect("settings fit the case");
    let mut next = situation.clone();
    let (m, g) = (next.branch_out.len(), next.generator_out.len());
    for k in [m / 5, m / 2, 4 * m / 5] {
        next.branch_out[k] = true;
    }
    next.generator_out[g / 3] = true;
    let settings = DeliverSettings { near: Some(&near), ..settings };
    bencher.bench_local(|| deliver(&network, &next, &settings));
}

/// The bound that no AC delivery can beat.
#[divan::bench(args = CASES, sample_count = 5)]
fn soc(bencher: divan::Bencher, case: &str) {
    let Some((network, situation)) = damaged(case) else {
        eprintln!("SKIPPED: case {case} is not there");
        return;
    };
    bencher.bench_local(|| soc_bound(&network, &situation, &DeliverSettings::default()));
}
