//! What whole feeders cost: over the demands of a scenario after its strike, or over random damages of a case.
//!
//! ```text
//! cargo run --release -p relight-plan --example discrete_survey -- SCENARIO|CASE.m [--dc] [damages|DAMAGE.json]
//! ```

use relight_model::outcome::{Delivery, Formulation};
use relight_model::{Network, Situation};
use relight_plan::deliver::{DeliverSettings, DiscreteChoices, deliver, deliver_discrete};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some(path) = args.first().map(Path::new) else {
        eprintln!("usage: discrete_survey SCENARIO|CASE.m [--dc] [damages]");
        return ExitCode::from(2);
    };
    let formulation = if args.iter().any(|a| a == "--dc") { Formulation::Dc } else { Formulation::Ac };
    let damages = args.iter().skip(1).find_map(|a| a.parse().ok()).unwrap_or(10);
    let list = args.iter().find(|a| a.ends_with(".json"));
    let cases = match list {
        Some(list) => of_damage(path, list),
        None if path.is_dir() => of_scenario(path),
        None => of_case(path, damages),
    };
    let Some((cases, weights)) = cases else {
        eprintln!("{} is refused; `relight flow` or `relight plan` says why", path.display());
        return ExitCode::FAILURE;
    };
    let (mut near, mut refused, mut worst, mut total): (Option<Delivery>, u32, f64, f64) = (None, 0, 0.0, 0.0);
    println!(
        "demand MW, served MW, loss MW, loss %, loss of worth %, solves, iterations, s continuous, s in all, s warm continuous"
    );
    for (network, situation) in &cases {
        let settings = DeliverSettings {
            formulation,
            weights: weights.clone(),
            bound: false,
            near: near.as_ref(),
            ..DeliverSettings::default()
        };
        let begin = Instant::now();
        deliver(network, situation, &settings).expect("settings fit the case");
        let continuous_s = begin.elapsed().as_secs_f64();
        let begin = Instant::now();
        let answer = deliver_discrete(network, situation, &settings, &DiscreteChoices::default());
        let (d, report) = answer.expect("settings fit the case");
        let seconds = begin.elapsed().as_secs_f64();
        let verdict = relight_verify::verify_delivery(network, situation, &d, weights.as_deref());
        refused += u32::from(!verdict.passed || d.load_served.iter().any(|z| *z != 0.0 && *z != 1.0));
        verdict.failed().for_each(|check| println!("    refused: {check}"));
        println!(
            "{:9.1} {:9.1} {:8.3} {:8.4} {:8.4} {:3} {:4} {:.4} {:.4} failures {} opened {} units off {}",
            d.demand_mw,
            d.served_mw,
            report.loss_mw,
            report.loss_percent,
            report.loss_worth_percent,
            report.solves,
            report.effort.iterations,
            continuous_s,
            seconds,
            d.failures.len(),
            d.opened.len(),
            report.units_off.len()
        );
        worst = worst.max(report.loss_percent);
        total += seconds;
        near = path.is_dir().then_some(d);
    }
    println!("{} answers, refused {refused}, worst loss {worst:.4} %, {total:.3} s in all", cases.len());
    if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

type Cases = (Vec<(Network, Situation)>, Option<Vec<f64>>);

/// Each distinct demand of a scenario's horizon, after its damage.
fn of_scenario(path: &Path) -> Option<Cases> {
    let scenario = relight_formats::scenario::read(path).0?;
    let situation = Situation::damaged(&scenario.network, &scenario.damage).ok()?;
    let mut cases: Vec<(Network, Situation)> = Vec::new();
    for step in 0..scenario.horizon.steps as usize {
        let mut network = scenario.network.clone();
        for (k, load) in network.loads.iter_mut().enumerate() {
            load.p_mw *= scenario.demand_factor(k, step);
            load.q_mvar *= scenario.demand_factor(k, step);
        }
        if cases.iter().all(|(known, _)| known.loads != network.loads) {
            cases.push((network, situation.clone()));
        }
    }
    Some((cases, Some(scenario.weights_in_plan())))
}

/// A case after a damage list.
fn of_damage(path: &Path, list: &str) -> Option<Cases> {
    let network = relight_formats::read_network(path).0?;
    let damage = relight_formats::damage::read(&std::fs::read(list).ok()?).0?;
    let situation = Situation::damaged(&network, &damage).ok()?;
    Some((vec![(network, situation)], None))
}

/// A case with 2 to 40 % of branches and generators out, by a seed (SplitMix64, Steele, Lea & Flood 2014).
fn of_case(path: &Path, damages: u64) -> Option<Cases> {
    let network = relight_formats::read_network(path).0?;
    let damage = |seed: u64| {
        let mut state = seed.wrapping_mul(0x2545_f491_4f6c_dd1d);
        let mut random = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
        };
        let share = 0.02 + 0.38 * random();
        let mut situation = Situation::intact(&network);
        for out in situation.branch_out.iter_mut().chain(&mut situation.generator_out) {
            *out = random() < share;
        }
        (network.clone(), situation)
    };
    Some(((1..=damages).map(damage).collect(), None))
}
