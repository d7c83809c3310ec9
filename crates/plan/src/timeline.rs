//! The main job: from a scenario and what is out to a plan for every step of the horizon. A reader of the crate starts here.
//!
//! [`plan`] reads like a table of contents:
//!
//! 1. **What is asked for** (`demands`): the profiles give each feeder's demand in every step. Days repeat, so that many
//!    steps ask for the same; each distinct demand is planned once.
//! 2. **Who gets what** ([`crate::deliver`]): for each distinct demand, the most weighted load that the damaged network can
//!    carry. Classes weigh as the scenario says, protected feeders more than any other
//!    ([`Scenario::weights_in_plan`]).
//! 3. **What was assumed** (`assumptions`), so that nobody reads more into the plan than is in it.
//!
//! The other engines of the design will find their places here, in this order: *restore* before 1 (what is mended when changes
//! the network of later steps), *rotate* after 2 (shares become queues that are off and on), *warm* after that (cold
//! buildings change the demand, back to 2 until nothing moves), *relieve* at the end. Until then the network stays as it is
//! over the horizon and a share of a feeder stands for a part of its time; the assumptions say so.
//!
//! The plan is the same to the last byte on any number of threads: threads only decide who computes a delivery.

use crate::deliver::{DeliverError, DeliverSettings, deliver};
use crate::limits;
use relight_model::outcome::{Delivery, Limit};
use relight_model::plan::Plan;
use relight_model::{Assumption, Network, Scenario, Situation};
use std::collections::HashMap;
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What can be chosen about planning.
#[derive(Clone, Copy, Debug)]
pub struct PlanSettings<'a> {
    /// Threads to use.
    pub threads: NonZero<usize>,
    /// Set from outside to stop: planning then ends with [`PlanOutcome::Stopped`] after the deliveries under way.
    pub stop: Option<&'a AtomicBool>,
}

impl Default for PlanSettings<'_> {
    /// One thread, never stopped.
    fn default() -> Self {
        Self { threads: NonZero::<usize>::MIN, stop: None }
    }
}

/// How planning ended.
#[derive(Clone, Debug, PartialEq)]
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
    let (demand_factors, delivery_of_step) = demands(scenario);
    let ready = deliveries(scenario, situation, settings, &demand_factors, progress)?;
    let total = demand_factors.len();
    if ready.len() < total {
        return Ok(PlanOutcome::Stopped { done: ready.len(), total });
    }
    Ok(PlanOutcome::Done(Plan {
        horizon: scenario.horizon,
        situation: situation.clone(),
        deliveries: ready,
        demand_factors,
        delivery_of_step,
        assumptions: assumptions(scenario),
    }))
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

/// One delivery per demand, in their order; fewer if planning was stopped.
fn deliveries(
    scenario: &Scenario,
    situation: &Situation,
    settings: &PlanSettings,
    demand_factors: &[Vec<f64>],
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Vec<Delivery>, DeliverError> {
    let total = demand_factors.len();
    let weights = Some(scenario.weights_in_plan());
    let choice = DeliverSettings { weights, hvdc: scenario.hvdc, ..DeliverSettings::default() };
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let ready: Mutex<Vec<Option<Result<Delivery, DeliverError>>>> = Mutex::new(vec![None; total]);
    progress(0, total);
    let work = || {
        let mut network = scenario.network.clone();
        loop {
            let k = next.fetch_add(1, Ordering::Relaxed);
            if k >= total || settings.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                return;
            }
            set_demand(&mut network, &scenario.network, &demand_factors[k]);
            let delivery = deliver(&network, situation, &choice);
            ready.lock().unwrap_or_else(|poisoned| poisoned.into_inner())[k] = Some(delivery);
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..settings.threads.get().min(total) {
            scope.spawn(work);
        }
        work();
    });
    let ready = ready.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    ready.into_iter().flatten().collect()
}

/// What keeps the first step of a plan from carrying more.
pub fn limits_now(scenario: &Scenario, plan: &Plan) -> Vec<Limit> {
    let mut network = scenario.network.clone();
    let Some(&first) = plan.delivery_of_step.first() else { return Vec::new() };
    set_demand(&mut network, &scenario.network, &plan.demand_factors[first as usize]);
    limits(&network, &plan.situation, &plan.deliveries[first as usize])
}

/// Scales the loads: load `k` is the demand of feeder `k`.
fn set_demand(network: &mut Network, full: &Network, factors: &[f64]) {
    for ((load, full), factor) in network.loads.iter_mut().zip(&full.loads).zip(factors) {
        load.p_mw = full.p_mw * factor;
        load.q_mvar = full.q_mvar * factor;
    }
}

/// What the scenario assumed, and what planning adds to it.
fn assumptions(scenario: &Scenario) -> Vec<Assumption> {
    let mut all = scenario.assumptions.clone();
    let mut add = |assumption: Assumption| {
        if !all.contains(&assumption) {
            all.push(assumption);
        }
    };
    add(Assumption::DcOnly);
    add(Assumption::NoRepairs);
    add(Assumption::PartialFeeders);
    if !scenario.hvdc && scenario.network.hvdc_lines.iter().any(|l| l.in_service) {
        add(Assumption::NoHvdc);
    }
    if scenario.network.storages.iter().any(|s| s.in_service) {
        add(Assumption::NoStorage);
    }
    all
}
