//! Whether plan and scenario fit: checked once, so that nothing after it can point beyond a table.

use crate::error::BriefError;
use relight_model::Scenario;
use relight_model::plan::Plan;

/// Checks lengths, positions and shares.
pub(crate) fn check(scenario: &Scenario, plan: &Plan) -> Result<(), BriefError> {
    horizon(plan)?;
    scenario_positions(scenario)?;
    let network = &scenario.network;
    let situation = &plan.situation;
    length("situation: branches", situation.branch_out.len(), network.branches.len())?;
    length("situation: generators", situation.generator_out.len(), network.generators.len())?;
    length("situation: buses", situation.bus_out.len(), network.buses.len())?;
    length("demand factors of deliveries", plan.demand_factors.len(), plan.deliveries.len())?;
    for (delivery, factors) in plan.deliveries.iter().zip(&plan.demand_factors) {
        length("shares served", delivery.load_served.len(), scenario.feeders.len())?;
        length("demand factors", factors.len(), scenario.feeders.len())?;
        for (entry, share) in delivery.load_served.iter().enumerate() {
            // The engines keep to 0..1 up to their tolerance; verify says by how much.
            number("share served", entry, *share, -1e-3, 1.0 + 1e-3, "0 to 1")?;
        }
        for (entry, factor) in factors.iter().enumerate() {
            number("demand factor", entry, *factor, 0.0, 1e6, "0 to 1e6")?;
        }
    }
    Ok(())
}

fn horizon(plan: &Plan) -> Result<(), BriefError> {
    let horizon = &plan.horizon;
    if horizon.steps == 0 || horizon.step_s == 0 {
        return Err(BriefError::NoHorizon { steps: horizon.steps, step_s: horizon.step_s });
    }
    // A year of seconds on both sides of the calendar's range would still overflow here.
    if horizon.start.0.checked_add(i64::from(horizon.steps) * i64::from(horizon.step_s)).is_none() {
        return Err(BriefError::Number {
            what: "start of the horizon",
            entry: 0,
            value: horizon.start.0.to_string(),
            allowed: "a time on the calendar",
        });
    }
    length("steps", plan.delivery_of_step.len(), horizon.steps as usize)?;
    for (entry, &delivery) in plan.delivery_of_step.iter().enumerate() {
        position("delivery of a step", entry, delivery as usize, plan.deliveries.len())?;
    }
    Ok(())
}

fn scenario_positions(scenario: &Scenario) -> Result<(), BriefError> {
    let network = &scenario.network;
    let buses = network.buses.len();
    length("loads", network.loads.len(), scenario.feeders.len())?;
    for (entry, feeder) in scenario.feeders.iter().enumerate() {
        position("bus of a feeder", entry, feeder.bus.i(), buses)?;
        if let Some(district) = feeder.district {
            position("district of a feeder", entry, district as usize, scenario.geography.districts.len())?;
        }
        number("p_mw of a feeder", entry, feeder.p_mw, -1e9, 1e9, "-1e9 to 1e9")?;
    }
    for (entry, load) in network.loads.iter().enumerate() {
        position("bus of a load", entry, load.bus.i(), buses)?;
    }
    for (entry, branch) in network.branches.iter().enumerate() {
        position("from bus of a branch", entry, branch.from.i(), buses)?;
        position("to bus of a branch", entry, branch.to.i(), buses)?;
    }
    for (entry, generator) in network.generators.iter().enumerate() {
        position("bus of a generator", entry, generator.bus.i(), buses)?;
    }
    let placed = scenario.geography.buses.len();
    if placed != 0 {
        length("bus positions", placed, buses)?;
    }
    Ok(())
}

fn length(what: &'static str, found: usize, expected: usize) -> Result<(), BriefError> {
    if found == expected { Ok(()) } else { Err(BriefError::Length { what, found, expected }) }
}

fn position(what: &'static str, entry: usize, position: usize, len: usize) -> Result<(), BriefError> {
    if position < len { Ok(()) } else { Err(BriefError::Position { what, entry, position, len }) }
}

fn number(
    what: &'static str,
    entry: usize,
    value: f64,
    min: f64,
    max: f64,
    allowed: &'static str,
) -> Result<(), BriefError> {
    if (min..=max).contains(&value) {
        Ok(())
    } else {
        Err(BriefError::Number { what, entry, value: value.to_string(), allowed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use relight_model::{BusIdx, UtcSecond};

    /// Applies one change to a good pair and asserts how the message begins.
    fn refuse(expected: &str, change: impl FnOnce(&mut Scenario, &mut Plan)) {
        let (mut scenario, mut plan) = sample::six_feeders();
        assert_eq!(check(&scenario, &plan), Ok(()));
        change(&mut scenario, &mut plan);
        let message = check(&scenario, &plan).expect_err("must be refused").to_string();
        assert!(
            message.contains(expected) && message.contains("hint") | message.contains("covers no time"),
            "{message}"
        );
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        refuse("steps has 3", |_, p| _ = p.delivery_of_step.pop());
        refuse("covers no time", |_, p| p.horizon.steps = 0);
        refuse("covers no time", |_, p| p.horizon.step_s = 0);
        refuse("start of the horizon", |_, p| p.horizon.start = UtcSecond(i64::MAX));
        refuse("delivery of a step", |_, p| p.delivery_of_step[1] = 9);
        refuse("shares served has 5", |_, p| _ = p.deliveries[0].load_served.pop());
        refuse("share served of entry 0 is NaN", |_, p| p.deliveries[0].load_served[0] = f64::NAN);
        refuse("share served of entry 0 is 2", |_, p| p.deliveries[0].load_served[0] = 2.0);
        refuse("demand factor of entry 1", |_, p| p.demand_factors[0][1] = f64::INFINITY);
        refuse("demand factors of deliveries", |_, p| _ = p.demand_factors.pop());
        refuse("bus of a feeder", |s, _| s.feeders[0].bus = BusIdx(99));
        refuse("district of a feeder", |s, _| s.feeders[0].district = Some(99));
        refuse("p_mw of a feeder", |s, _| s.feeders[0].p_mw = f64::NAN);
        refuse("loads has 5", |s, _| _ = s.network.loads.pop());
        refuse("from bus of a branch", |s, _| s.network.branches[0].from = BusIdx(99));
        refuse("bus of a generator", |s, _| s.network.generators[0].bus = BusIdx(99));
        refuse("bus positions", |s, _| _ = s.geography.buses.pop());
        refuse("situation: buses", |_, p| _ = p.situation.bus_out.pop());
    }
}
