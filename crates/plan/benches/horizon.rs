//! Time of a horizon: PGLib cases with a tenth of branches and generators out, 48 half-hours of a day, ten batteries, ramps.

use relight_model::{Network, Situation, Storage};
use relight_plan::deliver::horizon::{Demands, HorizonDelivery, HorizonSettings, deliver_over};
use relight_plan::work::Work;
use std::num::NonZero;
use std::path::PathBuf;

fn main() {
    divan::main();
}

const STEPS: usize = 48;

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

/// A tenth of a load's power at the ten largest loads for four hours, half full; a quarter of each generator a half-hour.
fn coupled(mut network: Network) -> Network {
    let mut largest: Vec<usize> = (0..network.loads.len()).collect();
    largest.sort_by(|&a, &b| network.loads[b].p_mw.total_cmp(&network.loads[a].p_mw));
    for (row, &k) in largest.iter().take(10).enumerate() {
        let power_mw = 0.1 * network.loads[k].p_mw;
        network.storages.push(Storage {
            bus: network.loads[k].bus,
            in_service: true,
            p_mw: 0.0,
            q_mvar: 0.0,
            energy_mwh: 2.0 * power_mw,
            energy_mwh_max: 4.0 * power_mw,
            charge_mw_max: power_mw,
            discharge_mw_max: power_mw,
            charge_efficiency: 0.95,
            discharge_efficiency: 0.95,
            q_mvar_min: 0.0,
            q_mvar_max: 0.0,
            row: row as u32 + 1,
        });
    }
    for unit in &mut network.generators {
        unit.ramp_mw_per_min = (unit.p_mw_max > 0.0).then_some(unit.p_mw_max / 120.0);
    }
    network
}

fn solve(network: &Network, situation: &Situation) -> HorizonDelivery {
    let day = |t: usize| 0.75 - 0.35 * (t as f64 / STEPS as f64 * std::f64::consts::TAU).cos();
    let factors: Vec<Vec<f64>> = (0..STEPS).map(|t| vec![day(t); network.loads.len()]).collect();
    let of_step: Vec<u32> = (0..STEPS as u32).collect();
    let weights: Vec<f64> = (0..network.loads.len()).map(|k| f64::from(10u32.pow(k as u32 % 4))).collect();
    let settings = HorizonSettings { weights: Some(&weights), hvdc: false, step_h: 0.5, keep_energy: false };
    let work = Work { threads: NonZero::<usize>::MIN, stop: None, progress: &|_, _| {} };
    let demands = Demands { factors: &factors, of_step: &of_step };
    deliver_over(network, situation, demands, &settings, &work).expect("the arguments fit").expect("nobody stopped it")
}

#[divan::bench(args = ["118_ieee", "793_goc", "2000_goc", "2869_pegase"], sample_count = 1)]
fn day(bencher: divan::Bencher, case: &str) {
    let Some((network, situation)) = damaged(case) else {
        eprintln!("SKIPPED: case {case} is not there");
        return;
    };
    let network = coupled(network);
    let found = solve(&network, &situation);
    let worth: f64 = found.delivery_of_step.iter().map(|&k| found.deliveries[k as usize].objective_mw * 0.5).sum();
    eprintln!("{case}: gap {:.1e} over the horizon", (found.bound_mwh - worth) / found.bound_mwh);
    bencher.bench_local(|| solve(&network, &situation));
}
