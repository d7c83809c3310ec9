//! How dependable AC delivery is: many random damages of a case, every answer checked by `relight-verify`.
//!
//! ```text
//! cargo run --release -p relight-plan --example ac_survey -- CASE.m [damages] [first seed] [--bound] [--list]
//! ```
//!
//! Each damage takes out 2 to 40 % of the branches and of the generators, drawn from its seed alone. The table says how many
//! answers needed what, and how far they are from the proven bound.

#[path = "../tests/grid/damage.rs"]
mod damage;

use relight_model::outcome::{BoundBy, Formulation};
use relight_plan::deliver::{DeliverSettings, deliver_with_effort};
use std::process::ExitCode;
use std::time::Instant;

fn quantiles(mut v: Vec<f64>) -> String {
    v.sort_by(f64::total_cmp);
    let at = |q: f64| v[((v.len() - 1) as f64 * q).round() as usize];
    format!(
        "min {:.3e}  50 % {:.3e}  90 % {:.3e}  99 % {:.3e}  max {:.3e}",
        at(0.0),
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0)
    )
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (options, plain): (Vec<&String>, Vec<&String>) = args.iter().partition(|a| a.starts_with("--"));
    let Some(path) = plain.first() else {
        eprintln!("usage: ac_survey CASE.m [damages] [first seed] [--bound] [--list]");
        return ExitCode::from(2);
    };
    let number = |k: usize, default: u64| plain.get(k).and_then(|t| t.parse().ok()).unwrap_or(default);
    let (count, first) = (number(1, 100), number(2, 0));
    let option = |name: &str| options.iter().any(|o| *o == name);
    let read = relight_formats::read_network(std::path::Path::new(path));
    let (Some(network), _) = read else {
        eprintln!("{path} is refused; `relight flow` says why");
        return ExitCode::FAILURE;
    };
    let settings = DeliverSettings { formulation: Formulation::Ac, bound: option("--bound"), ..Default::default() };
    let (mut refused, mut failed, mut other_start, mut opened, mut rounds) = (0, 0, 0, 0, 0);
    let (mut seconds, mut gaps, mut violations, mut iterations) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for seed in first..first + count {
        let situation = damage::random(&network, seed);
        let begin = Instant::now();
        let (delivery, effort) = deliver_with_effort(&network, &situation, &settings).expect("settings fit the case");
        seconds.push(begin.elapsed().as_secs_f64());
        let verdict = relight_verify::verify_delivery(&network, &situation, &delivery, None);
        let live = delivery.islands.iter().filter(|i| i.energized).count() as u32;
        refused += u32::from(!verdict.passed);
        failed += u32::from(!delivery.failures.is_empty());
        other_start += u32::from(effort.runs > live);
        opened += u32::from(!delivery.opened.is_empty());
        rounds = rounds.max(effort.rounds);
        violations.push(delivery.max_violation_pu);
        iterations.push(f64::from(effort.iterations));
        if delivery.bound_by == BoundBy::Soc {
            gaps.push(100.0 * delivery.gap);
        }
        let odd = !verdict.passed || !delivery.failures.is_empty();
        if option("--list") || odd {
            let t = seconds.last().copied().unwrap_or(0.0);
            let served = delivery.served_mw;
            println!(
                "seed {seed}: {served:.2} MW of {:.2}, {live} islands, {t:.4} s, {effort:?}, opened {}, failures {:?}",
                delivery.demand_mw,
                delivery.opened.len(),
                delivery.failures
            );
        }
        if !verdict.passed {
            for check in verdict.checks.iter().filter(|c| !c.passed) {
                println!("    refused: {check:?}");
            }
        }
    }
    println!("{}: {count} damages from seed {first}", network.name);
    println!("  refused by verify {refused}, with an island given up {failed}");
    println!("  another start or the elastic form {other_start}, branches opened {opened} (most rounds {rounds})");
    println!("  seconds     {}", quantiles(seconds));
    println!("  iterations  {}", quantiles(iterations));
    println!("  violation   {} p.u.", quantiles(violations));
    if !gaps.is_empty() {
        println!("  gap to the cone bound, % {}", quantiles(gaps));
    }
    if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
