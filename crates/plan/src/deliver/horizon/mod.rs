//! Delivery over the steps of a horizon: storage is kept for the peak, units rise before it, reservoirs last.
//!
//! Each step is a problem of its own (`deliver`, eq. 1 to 6); what holds them together, for step t of length h:
//!
//! ```text
//! maximise    Σ_t Σ w |P| z                                                                 worth over all steps
//! subject to  (1) 0 ≤ c ≤ C,  0 ≤ d ≤ D      a storage unit takes c and gives d
//!             (2) e_t+1 = e_t + h (η_c c − d / η_d)      (3) 0 ≤ e ≤ E,  and e_T ≥ e_0 if asked for
//!             (4) |p_t+1 − p_t| ≤ 60 h R             a generator's ramp, R in MW per minute; the first step is free
//!             (5) Σ_t h p_t ≤ A                          a reservoir or a stock of fuel
//! ```
//!
//! A unit with a limit of energy only gives. Storage makes no island live. docs/methods/horizon.md derives what follows:
//!
//! | file | does |
//! |---|---|
//! | `units` | (1) to (5) in per unit; the possible trajectory nearest to a wished one |
//! | `programme` | all steps as one linear programme; (7) the bound that its prices prove |
//! | `steps` | the steps by other physics, within what the answer leaves to each |
//! | `solve` | the order of attempts: alone, then together with the limits that bind; (6) exact |
//!
//! **Invariant**: every answer passes `relight_verify::verify_plan` (held by `tests/horizon.rs`).

mod programme;
mod solve;
mod steps;
mod units;

pub use steps::deliver_within;

use super::outcome::Assembly;
use super::problem::{self, Problem};
use super::solve::Solved;
use super::topology::Topology;
use super::{DeliverError, DeliverSettings, check};
use crate::work::{Work, each};
use relight_model::outcome::Delivery;
use relight_model::{Network, Situation};
use solve::{Group, Outcome};
use std::sync::Mutex;

/// What can be chosen about deliveries over a horizon.
#[derive(Clone, Copy, Debug)]
pub struct HorizonSettings<'a> {
    /// Worth of one MW of each load; `None` = 1 for all.
    pub weights: Option<&'a [f64]>,
    /// Whether HVDC lines carry power.
    pub hvdc: bool,
    /// Length of a step, h, above 0.
    pub step_h: f64,
    /// Whether storage must end with at least the energy that it begins with.
    pub keep_energy: bool,
}

/// What is asked for in the steps of a horizon.
#[derive(Clone, Copy, Debug)]
pub struct Demands<'a> {
    /// Distinct demands: factor on each load.
    pub factors: &'a [Vec<f64>],
    /// Per step: position of its demand.
    pub of_step: &'a [u32],
}

/// Deliveries of all steps.
#[derive(Clone, Debug, PartialEq)]
pub struct HorizonDelivery {
    /// Distinct deliveries.
    pub deliveries: Vec<Delivery>,
    /// Per delivery: position of its demand.
    pub demand_of_delivery: Vec<u32>,
    /// Per step: position of its delivery.
    pub delivery_of_step: Vec<u32>,
    /// Proven upper bound of the worth over the horizon, MWh.
    pub bound_mwh: f64,
}

/// Whether anything in service can hold the steps of a plan together: storage, a ramp, a limit of energy.
pub fn couples(network: &Network) -> bool {
    network.storages.iter().any(|s| s.in_service)
        || network.generators.iter().any(|g| g.in_service && (g.ramp_mw_per_min.is_some() || g.energy_mwh.is_some()))
}

/// The most worth that `network` can be served over a horizon in `situation`, by the DC model.
///
/// `Ok(None)` if it was stopped: then there is no half answer. Where nothing that couples steps binds, each step is what
/// [`super::deliver`] gives, to the last byte.
///
/// # Errors
/// [`DeliverError`] where the arguments do not fit each other.
pub fn deliver_over(
    network: &Network,
    situation: &Situation,
    demands: Demands,
    settings: &HorizonSettings,
    work: &Work,
) -> Result<Option<HorizonDelivery>, DeliverError> {
    let weights = settings.weights.map_or_else(|| vec![1.0; network.loads.len()], <[f64]>::to_vec);
    let choice = DeliverSettings { weights: Some(weights.clone()), hvdc: settings.hvdc, ..DeliverSettings::default() };
    check(network, situation, &choice)?;
    let asked: Vec<Asked> = demands.factors.iter().map(|f| Asked::new(network, situation, f)).collect();
    let problems: Vec<Vec<Problem>> =
        asked.iter().map(|a| problem::problems(&a.network, &a.topology, &weights, &choice)).collect();
    let mut groups = groups(network, &Topology::new(network, situation), problems, demands.of_step, settings);
    let total = groups.len();
    let lots: Vec<Mutex<&mut Group>> = groups.iter_mut().map(Mutex::new).collect();
    let outcomes = each(total, work, |k| {
        let mut group = lots[k].lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        solve::solve(&mut group, work.stop)
    });
    match outcomes.into_iter().collect::<Option<Vec<Outcome>>>() {
        Some(outcomes) if outcomes.len() == total => {
            let step = |demand: usize, step: usize| {
                let Asked { network, topology } = &asked[demand];
                let mut assembly = Assembly::new(network, topology, &weights);
                for (group, outcome) in groups.iter().zip(&outcomes) {
                    let solved = &outcome.solved[if outcome.by_step { step } else { demand }];
                    assembly.add(&group.problems[demand], solved);
                }
                assembly.finish(situation)
            };
            let by_step = outcomes.iter().any(|o| o.by_step);
            let bound_mwh = outcomes.iter().map(|o| o.bound).sum::<f64>() * network.base_mva * settings.step_h;
            Ok(Some(distinct(demands, by_step, bound_mwh, step)))
        }
        _ => Ok(None),
    }
}

/// The distinct deliveries of all steps. `delivery(demand, step)` makes one; all steps of a demand are alike unless `by_step`.
fn distinct(
    demands: Demands,
    by_step: bool,
    bound_mwh: f64,
    delivery: impl Fn(usize, usize) -> Delivery,
) -> HorizonDelivery {
    let mut all = HorizonDelivery {
        deliveries: Vec::new(),
        demand_of_delivery: Vec::new(),
        delivery_of_step: Vec::new(),
        bound_mwh,
    };
    if !by_step {
        all.deliveries = (0..demands.factors.len()).map(|demand| delivery(demand, 0)).collect();
        all.demand_of_delivery = (0..demands.factors.len() as u32).collect();
        all.delivery_of_step = demands.of_step.to_vec();
        return all;
    }
    for (t, &demand) in demands.of_step.iter().enumerate() {
        let made = delivery(demand as usize, t);
        let mut known = all.demand_of_delivery.iter().zip(&all.deliveries);
        let place = known.position(|(d, other)| *d == demand && *other == made);
        all.delivery_of_step.push(place.unwrap_or(all.deliveries.len()) as u32);
        if place.is_none() {
            all.deliveries.push(made);
            all.demand_of_delivery.push(demand);
        }
    }
    all
}

/// The groups of islands over all steps, each with what couples its steps.
fn groups<'a>(
    network: &Network,
    topology: &Topology,
    problems: Vec<Vec<Problem>>,
    demand_of_step: &'a [u32],
    settings: &HorizonSettings,
) -> Vec<Group<'a>> {
    let count = problems.first().map_or(0, Vec::len);
    let mut by_group: Vec<Vec<Problem>> = (0..count).map(|_| Vec::with_capacity(problems.len())).collect();
    for of_demand in problems {
        by_group.iter_mut().zip(of_demand).for_each(|(group, problem)| group.push(problem));
    }
    let mut groups = Vec::with_capacity(count);
    for problems in by_group {
        for mut problems in without_links_that_fail(problems, network.base_mva) {
            let storages = units::storages(network, topology, &problems[0], settings);
            let generators = units::generators(network, &problems[0], demand_of_step.len(), settings);
            problems.iter_mut().for_each(|p| units::only_give(p, &generators));
            let (step_h, base_mva) = (settings.step_h, network.base_mva);
            groups.push(Group { problems, demand_of_step, storages, generators, step_h, base_mva });
        }
    }
    groups
}

/// HVDC lines may have to send more than their islands can give in some step: then they stay off in all.
fn without_links_that_fail(problems: Vec<Problem>, base_mva: f64) -> Vec<Vec<Problem>> {
    let fails = |p: &Problem| matches!(super::solve::solve(p, base_mva), Solved::Failed(_));
    if problems[0].links.is_empty() || !problems.iter().any(fails) {
        return vec![problems];
    }
    let mut parts: Vec<Vec<Problem>> = problems[0].islands.iter().map(|_| Vec::new()).collect();
    for problem in &problems {
        parts.iter_mut().zip(problem.without_links()).for_each(|(part, problem)| part.push(problem));
    }
    parts
}

/// The network as one demand has it.
struct Asked {
    network: Network,
    topology: Topology,
}

impl Asked {
    fn new(full: &Network, situation: &Situation, factors: &[f64]) -> Self {
        let mut network = full.clone();
        set_demand(&mut network, full, factors);
        let topology = Topology::new(&network, situation);
        Self { network, topology }
    }
}

/// Scales the loads of a network that is a copy of `full`.
pub(crate) fn set_demand(network: &mut Network, full: &Network, factors: &[f64]) {
    for ((load, full), factor) in network.loads.iter_mut().zip(&full.loads).zip(factors) {
        load.p_mw = full.p_mw * factor;
        load.q_mvar = full.q_mvar * factor;
    }
}
