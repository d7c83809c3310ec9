//! The main job: from a scenario and what is out to a plan for every step of the horizon. A reader of the crate starts here.
//!
//! [`plan`] reads like a table of contents:
//!
//! 1. **What is asked for** (`demands`): the profiles give each feeder's demand in every step. Days repeat, so that many
//!    steps ask for the same; each distinct demand is planned once.
//! 2. **Who gets what** ([`crate::deliver`]): for each distinct demand, the most weighted load that the damaged network can
//!    carry. Where storage, ramps or limits of energy couple the steps, all of them are planned together
//!    ([`crate::deliver::horizon`]). Classes weigh as the scenario says, protected feeders more than any other
//!    ([`Scenario::weights_in_plan`]).
//! 3. **What was assumed** (`assumptions`), so that nobody reads more into the plan than is in it.
//!
//! The other engines of the design will find their places here, in this order: *restore* before 1 (what is mended when changes
//! the network of later steps), *rotate* after 2 (shares become queues that are off and on), *warm* after that (cold
//! buildings change the demand, back to 2 until nothing moves), *relieve* at the end. Until then the network stays as it is
//! over the horizon and a share of a feeder stands for a part of its time; the assumptions say so.
//!
//! The plan is the same to the last byte on any number of threads: threads only decide who computes a delivery.

use crate::deliver::horizon::{
    Demands, HorizonDelivery, HorizonSettings, couples, deliver_over, deliver_within, set_demand,
};
use crate::deliver::preventive::{Against, Secure, secure};
use crate::deliver::{DeliverError, DeliverSettings, DiscreteChoices, deliver, deliver_discrete};
use crate::limits;
use crate::work::{Work, each};
use relight_model::outcome::{Delivery, Formulation, Limit};
use relight_model::plan::{Coupling, Margin, Plan, Safety};
use relight_model::{Assumption, Network, Scenario, Situation, Storage};
use std::collections::HashMap;
use std::num::NonZero;
use std::sync::atomic::AtomicBool;

/// What couples steps, for messages.
const COUPLED: &str = "storage, ramps or limits of energy";

/// What can be chosen about planning.
#[derive(Clone, Copy, Debug)]
pub struct PlanSettings<'a> {
    /// Physics of the deliveries. Storage, ramps and limits of energy are settled by DC in either case.
    pub formulation: Formulation,
    /// Whether each feeder is served whole or not at all in a step. Not where storage, ramps or limits of energy couple the steps.
    pub whole_feeders: bool,
    /// Whether storage must end with at least the energy that it begins with. Otherwise what is left counts for nothing.
    pub keep_energy: bool,
    /// Single outages that no delivery may be broken by, at the price of more shedding. Not with whole feeders, and not where
    /// storage, ramps or limits of energy couple the steps.
    pub against: Option<Against>,
    /// Threads to use.
    pub threads: NonZero<usize>,
    /// Set from outside to stop: planning then ends with [`PlanOutcome::Stopped`] after the deliveries under way.
    pub stop: Option<&'a AtomicBool>,
}

impl Default for PlanSettings<'_> {
    /// DC, storage may end empty, one thread, never stopped.
    fn default() -> Self {
        Self {
            formulation: Formulation::Dc,
            whole_feeders: false,
            keep_energy: false,
            against: None,
            threads: NonZero::<usize>::MIN,
            stop: None,
        }
    }
}

/// How planning ended.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "there is one of it in a run")]
pub enum PlanOutcome {
    /// With a plan for every step.
    Done(Plan),
    /// It was stopped before that; there is no half plan.
    Stopped {
        /// Deliveries that were ready.
        done: usize,
        /// Deliveries that the plan needs.
        total: usize,
    },
}

/// Plans every step of the scenario's horizon.
///
/// `progress(done, total)` is called from the planning threads after each delivery, and once at the start with 0.
///
/// # Errors
/// [`DeliverError`] if the situation is not one of this scenario's network, or a class weight is no weight.
pub fn plan(
    scenario: &Scenario,
    situation: &Situation,
    settings: &PlanSettings,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<PlanOutcome, DeliverError> {
    let (demand_factors, demand_of_step) = demands(scenario);
    let work = Work { threads: settings.threads, stop: settings.stop, progress };
    let mut plan = Plan {
        horizon: scenario.horizon,
        situation: situation.clone(),
        deliveries: Vec::new(),
        demand_factors: Vec::new(),
        delivery_of_step: Vec::new(),
        coupling: None,
        safety: None,
        assumptions: assumptions(scenario, settings),
    };
    let coupled = couples(&scenario.network);
    let (whole, safe) = ("whole feeders", "safety against single outages");
    let choices = [(settings.whole_feeders, whole), (settings.against.is_some(), safe)];
    let mut asked = choices.iter().filter(|c| c.0).map(|c| c.1).chain(coupled.then_some(COUPLED));
    if let (Some(first), Some(second)) = (asked.next(), asked.next()) {
        return Err(DeliverError::NotTogether { first, second });
    }
    if coupled {
        let demands = Demands { factors: &demand_factors, of_step: &demand_of_step };
        let Some((over, coupling)) = together(scenario, situation, settings, demands, &work)? else {
            return Ok(PlanOutcome::Stopped { done: 0, total: demand_factors.len() });
        };
        plan.deliveries = over.deliveries;
        plan.demand_factors = over.demand_of_delivery.iter().map(|&d| demand_factors[d as usize].clone()).collect();
        plan.delivery_of_step = over.delivery_of_step;
        plan.coupling = Some(coupling);
    } else {
        let answers = alone(scenario, situation, settings, &demand_factors, &work)?;
        let (deliveries, margins): (Vec<_>, Vec<_>) = answers.into_iter().unzip();
        plan.deliveries = deliveries;
        plan.safety = settings.against.map(|against| Safety {
            branches: against.branches,
            generators: against.generators,
            margins: margins.into_iter().flatten().collect(),
        });
        let (done, total) = (plan.deliveries.len(), demand_factors.len());
        if done < total {
            return Ok(PlanOutcome::Stopped { done, total });
        }
        plan.demand_factors = demand_factors;
        plan.delivery_of_step = demand_of_step;
    }
    Ok(PlanOutcome::Done(plan))
}

/// The distinct demands of the horizon, as a factor on each feeder's power, in the order in which they first occur; and for
/// each step the position of its demand.
fn demands(scenario: &Scenario) -> (Vec<Vec<f64>>, Vec<u32>) {
    let mut known: HashMap<Vec<u64>, u32> = HashMap::new();
    let mut distinct = Vec::new();
    let steps = 0..scenario.horizon.steps as usize;
    let of_step = steps.map(|step| {
        // Feeders with the same profile have the same factor: profiles tell demands apart.
        let key = scenario.profiles.iter().map(|p| p.factor_by_step[step].to_bits()).collect();
        *known.entry(key).or_insert_with(|| {
            distinct.push((0..scenario.feeders.len()).map(|k| scenario.demand_factor(k, step)).collect());
            distinct.len() as u32 - 1
        })
    });
    let of_step = of_step.collect();
    (distinct, of_step)
}

/// Each step on its own: one delivery per demand, in their order, with its margin where safety is asked for; fewer if planning
/// was stopped.
fn alone(
    scenario: &Scenario,
    situation: &Situation,
    settings: &PlanSettings,
    demand_factors: &[Vec<f64>],
    work: &Work,
) -> Result<Vec<(Delivery, Option<Margin>)>, DeliverError> {
    let weights = Some(scenario.weights_in_plan());
    let choice = DeliverSettings {
        formulation: settings.formulation,
        weights,
        hvdc: scenario.hvdc,
        ..DeliverSettings::default()
    };
    let delivery = |k: usize| {
        let mut network = scenario.network.clone();
        set_demand(&mut network, &scenario.network, &demand_factors[k]);
        if settings.whole_feeders {
            return deliver_discrete(&network, situation, &choice, &DiscreteChoices::default()).map(|(d, _)| (d, None));
        }
        if let Some(against) = settings.against {
            // A stop ends planning between deliveries: half a margin is none.
            let Secure { delivery, extra_shed_mw, breaking_before, unsafe_left, .. } =
                secure(&network, situation, &choice, against)?;
            return Ok((delivery, Some(Margin { extra_shed_mw, breaking_before, unsafe_left })));
        }
        deliver(&network, situation, &choice).map(|d| (d, None))
    };
    each(demand_factors.len(), work, delivery).into_iter().collect()
}

/// All steps together, where storage, ramps or limits of energy couple them; `None` if planning was stopped.
fn together(
    scenario: &Scenario,
    situation: &Situation,
    settings: &PlanSettings,
    demands: Demands,
    work: &Work,
) -> Result<Option<(HorizonDelivery, Coupling)>, DeliverError> {
    let weights = scenario.weights_in_plan();
    let step_h = scenario.horizon.step_h();
    let choice =
        HorizonSettings { weights: Some(&weights), hvdc: scenario.hvdc, step_h, keep_energy: settings.keep_energy };
    let Some(mut over) = deliver_over(&scenario.network, situation, demands, &choice, work)? else { return Ok(None) };
    if settings.formulation != Formulation::Dc {
        let physics = (&choice, settings.formulation);
        let within = deliver_within(&scenario.network, situation, demands, &over, physics, work)?;
        let Some(within) = within else { return Ok(None) };
        over = within;
    }
    let steps = || over.delivery_of_step.iter().map(|&k| &over.deliveries[k as usize]);
    let objective_mwh = steps().map(|d| d.objective_mw * step_h).sum::<f64>();
    // A bound below a point that exists is rounding.
    let bound_mwh = over.bound_mwh.max(objective_mwh);
    let coupling = Coupling {
        storage_energy_mwh: energies(&scenario.network, step_h, steps),
        objective_mwh,
        bound_mwh,
        gap: (bound_mwh - objective_mwh) / bound_mwh.abs().max(1.0),
    };
    Ok(Some((over, coupling)))
}

/// Per storage unit: energy at the beginning of each step and at the end, MWh, from what it gives and takes.
fn energies<'a, I: Iterator<Item = &'a Delivery>>(
    network: &Network,
    step_h: f64,
    steps: impl Fn() -> I,
) -> Vec<Vec<f64>> {
    let of_unit = |(k, unit): (usize, &Storage)| {
        let mut energy_mwh = unit.energy_mwh;
        let after = |d: &Delivery| {
            let p_mw = d.storage_p_mw[k];
            energy_mwh -=
                step_h * if p_mw > 0.0 { p_mw / unit.discharge_efficiency } else { p_mw * unit.charge_efficiency };
            // Beyond its limits by rounding only.
            energy_mwh = energy_mwh.clamp(0.0, unit.energy_mwh_max.max(0.0));
            energy_mwh
        };
        std::iter::once(unit.energy_mwh).chain(steps().map(after)).collect()
    };
    network.storages.iter().enumerate().map(of_unit).collect()
}

/// What keeps the first step of a plan from carrying more.
pub fn limits_now(scenario: &Scenario, plan: &Plan) -> Vec<Limit> {
    let mut network = scenario.network.clone();
    let Some(&first) = plan.delivery_of_step.first() else { return Vec::new() };
    set_demand(&mut network, &scenario.network, &plan.demand_factors[first as usize]);
    limits(&network, &plan.situation, &plan.deliveries[first as usize])
}

/// What the scenario assumed, and what planning adds to it.
fn assumptions(scenario: &Scenario, settings: &PlanSettings) -> Vec<Assumption> {
    let mut all = scenario.assumptions.clone();
    // Whoever assumed so before knew no better.
    all.retain(|a| *a != Assumption::NoStorage);
    let mut add = |assumption: Assumption| {
        if !all.contains(&assumption) {
            all.push(assumption);
        }
    };
    if settings.formulation == Formulation::Dc {
        add(Assumption::DcOnly);
    }
    add(Assumption::NoRepairs);
    if !settings.whole_feeders {
        add(Assumption::PartialFeeders);
    }
    if !scenario.hvdc && scenario.network.hvdc_lines.iter().any(|l| l.in_service) {
        add(Assumption::NoHvdc);
    }
    if scenario.network.storages.iter().any(|s| s.in_service) {
        add(if settings.keep_energy { Assumption::StorageKeepsEnergy } else { Assumption::StorageMayEndEmpty });
    }
    all
}
