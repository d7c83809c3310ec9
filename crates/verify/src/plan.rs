//! Is a plan complete, about this scenario, and possible in every step?

use crate::delivery::{ALLOWED_SHARE, verify_delivery};
use crate::horizon;
use crate::verdict::{Check, Gauge, Verdict};
use relight_model::plan::Plan;
use relight_model::{Network, Scenario, Situation};

/// Checks a plan: first that it covers the scenario, then every delivery of it.
///
/// Checks of deliveries come under the names of [`verify_delivery`], each with its worst delivery.
pub fn verify_plan(scenario: &Scenario, plan: &Plan) -> Verdict {
    let mut checks = vec![coverage(scenario, plan)];
    if !checks[0].passed {
        return Verdict::new(checks);
    }
    checks.push(situation(scenario, plan));
    checks.push(demand(scenario, plan));
    if checks[1].worst.is_infinite() {
        return Verdict::new(checks);
    }
    let weights = scenario.weights_in_plan();
    for (position, (delivery, factors)) in plan.deliveries.iter().zip(&plan.demand_factors).enumerate() {
        let network = scaled(&scenario.network, factors);
        let verdict = verify_delivery(&network, &plan.situation, delivery, Some(&weights));
        for check in verdict.checks {
            merge(&mut checks, check, position);
        }
    }
    checks.push(protected(scenario, plan));
    if checks.iter().all(|c| c.name != "shape" || c.passed) {
        checks.extend(horizon::checks(scenario, plan));
    }
    Verdict::new(checks)
}

/// Keeps the worse of two checks of the same name; one that failed is always worse.
fn merge(checks: &mut Vec<Check>, mut check: Check, delivery: usize) {
    if !check.at.is_empty() {
        check.at = format!("{}, delivery {delivery}", check.at);
    }
    match checks.iter_mut().find(|c| c.name == check.name) {
        Some(known) if (known.passed, -known.worst) > (check.passed, -check.worst) => *known = check,
        Some(_) => {}
        None => checks.push(check),
    }
}

/// The network with its loads as they are in a step.
fn scaled(network: &Network, factors: &[f64]) -> Network {
    let mut network = network.clone();
    for (load, factor) in network.loads.iter_mut().zip(factors) {
        load.p_mw *= factor;
        load.q_mvar *= factor;
    }
    network
}

/// Every step of the scenario's horizon has a delivery, and every delivery the demand it was made for.
fn coverage(scenario: &Scenario, plan: &Plan) -> Check {
    let mut gauge = Gauge::new("coverage", "", 0.0);
    gauge.require(plan.horizon == scenario.horizon, || "horizon".into());
    gauge.require(plan.delivery_of_step.len() == scenario.horizon.steps as usize, || {
        format!("{} of {} steps", plan.delivery_of_step.len(), scenario.horizon.steps)
    });
    for (step, &delivery) in plan.delivery_of_step.iter().enumerate() {
        gauge.require((delivery as usize) < plan.deliveries.len(), || format!("step {step}: no delivery {delivery}"));
    }
    gauge.require(plan.demand_factors.len() == plan.deliveries.len(), || "demand factors".into());
    for (k, factors) in plan.demand_factors.iter().enumerate() {
        gauge.require(factors.len() == scenario.feeders.len(), || format!("demand factors of delivery {k}"));
    }
    if let Some(safety) = &plan.safety {
        gauge.require(safety.margins.len() == plan.deliveries.len(), || "margins of safety".into());
    }
    gauge.require(scenario.network.loads.len() == scenario.feeders.len(), || {
        "loads and feeders differ in number".into()
    });
    for (feeder, load) in scenario.feeders.iter().zip(&scenario.network.loads) {
        gauge.require(feeder.bus == load.bus, || format!("feeder {}", feeder.id));
    }
    gauge.done()
}

/// All damage that the scenario knows of is out in the plan's situation.
fn situation(scenario: &Scenario, plan: &Plan) -> Check {
    let mut gauge = Gauge::new("situation", "", 0.0);
    let Ok(least) = Situation::damaged(&scenario.network, &scenario.damage) else {
        gauge.note(f64::INFINITY, || "the damage list does not fit the network".into());
        return gauge.done();
    };
    for (what, least, given) in [
        ("branch row", &least.branch_out, &plan.situation.branch_out),
        ("generator row", &least.generator_out, &plan.situation.generator_out),
        ("bus row", &least.bus_out, &plan.situation.bus_out),
    ] {
        if least.len() != given.len() {
            gauge.note(f64::INFINITY, || format!("{what}s: {} values for {}", given.len(), least.len()));
            continue;
        }
        for (row, (&least, &given)) in least.iter().zip(given).enumerate() {
            gauge.require(!least || given, || format!("{what} {}", row + 1));
        }
    }
    gauge.done()
}

/// The demand of each step is what the scenario's profiles say.
fn demand(scenario: &Scenario, plan: &Plan) -> Check {
    let mut gauge = Gauge::new("demand", "", ALLOWED_SHARE);
    for (step, &delivery) in plan.delivery_of_step.iter().enumerate() {
        for (k, &factor) in plan.demand_factors[delivery as usize].iter().enumerate() {
            let off = (factor - scenario.demand_factor(k, step)).abs();
            gauge.note(off, || format!("feeder {}, step {step}", scenario.feeders[k].id));
        }
    }
    gauge.done()
}

/// No protected feeder is cut while an unprotected one on the same bus is served.
fn protected(scenario: &Scenario, plan: &Plan) -> Check {
    let mut gauge = Gauge::new("protected", "", 1e-6);
    let feeds = |k: usize, factors: &[f64]| scenario.network.loads[k].p_mw * factors[k] > 0.0;
    for (position, (delivery, factors)) in plan.deliveries.iter().zip(&plan.demand_factors).enumerate() {
        if delivery.load_served.len() != scenario.feeders.len() {
            continue; // `shape` has said so
        }
        let mut served = vec![0.0f64; scenario.network.buses.len()];
        for (k, feeder) in scenario.feeders.iter().enumerate().filter(|(k, f)| !f.protected && feeds(*k, factors)) {
            served[feeder.bus.i()] = served[feeder.bus.i()].max(delivery.load_served[k]);
        }
        for (k, feeder) in scenario.feeders.iter().enumerate().filter(|(k, f)| f.protected && feeds(*k, factors)) {
            let cut = 1.0 - delivery.load_served[k];
            gauge.note(cut.min(served[feeder.bus.i()]), || format!("feeder {}, delivery {position}", feeder.id));
        }
    }
    gauge.done()
}
