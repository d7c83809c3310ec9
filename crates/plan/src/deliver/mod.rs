//! The most weighted load that a damaged network can carry at one instant: maximum load delivery, by the DC model or by AC
//! physics (`ac`, a room of its own with its own table). What follows is DC.
//!
//! For each live island (connected by what is in service, with a generator that can give power), in per unit and rad:
//!
//! ```text
//! maximise    Σ w |P| z                                                   worth of what is served
//! subject to  (1) Σ p − Σ P z − Σ G s = Σ f     f = b (θ_from − θ_to − φ),   b = 1 / (x tap)    at each node
//!             (2) 0 ≤ z ≤ 1,  0 ≤ s ≤ 1                                   loads, negative ones too, and shunts
//!             (3) min(0, Pmin) ≤ p ≤ max(0, Pmax)                         a generator may be off
//!             (4) |f| ≤ rate A        (5) angmin ≤ θ_from − θ_to ≤ angmax
//!             (6) HVDC lines, if asked for: take p, give p (1 − λ) − c,  Pmin ≤ p ≤ Pmax
//! ```
//!
//! Dark islands serve nothing. Storage units are not used here; [`horizon`] uses them. docs/methods/deliver_dc.md derives what follows:
//!
//! | file | does |
//! |---|---|
//! | `topology` | nodes and islands of what is left, which are live |
//! | `problem` | (1) to (6) of a group of islands, in per unit |
//! | `solve` | the order of attempts; from a solver's answer to a point that is valid to rounding (13) |
//! | `copper` | (9) sharing as if no line had a limit, in closed form |
//! | `reduce` | bridges, parallel lines and equal loads taken out without changing the optimum |
//! | `dc` | (7), (8) the linear programme, by Clarabel |
//! | `bound` | (10) to (12) a proven upper bound from the solver's prices |
//! | `angles` | (1) angles and flows from injections, by the block LU of `relight-numerics` |
//! | `ac` | the same with voltages, reactive power and losses, by an interior point method (docs/methods/deliver_ac.md) |
//! | [`soc_bound`] | `soc`: what no AC delivery can beat, by the second-order-cone relaxation (docs/methods/deliver_soc.md) |
//! | [`deliver_discrete`] | `discrete`: feeders off or on, units off or above their minimum (docs/methods/deliver_choices.md) |
//! | [`deliver_by_priority`] | `priorities`: one class after another, equal shares within a class (docs/methods/deliver_choices.md) |
//! | [`preventive`] | the least shedding after which no single outage breaks the delivery (docs/methods/preventive.md) |
//! | `outcome`, `balance` | the answer in the network's order and units, its mismatch recomputed |
//!
//! **Invariant**: every answer passes `relight_verify::verify_delivery` (held by `tests/properties.rs`).
//!
//! An answer always exists. In DC without phase shifters, nothing served is valid; an island in which shifters alone exceed a limit
//! that no injection mends stays dark and is listed in [`Delivery::failures`].

mod ac;
mod angles;
mod balance;
mod bound;
mod copper;
mod dc;
mod discrete;
pub mod horizon;
mod outcome;
pub mod preventive;
mod priorities;
mod problem;
mod reduce;
mod soc;
mod solve;
mod topology;

pub use ac::AcEffort;
pub use discrete::{DiscreteChoices, DiscreteReport, deliver_discrete};
pub use priorities::{ClassReport, GIVEN_UP, Priorities, PriorityReport, SHARE_FOUND, deliver_by_priority};
pub use soc::{SocAnswer, SocIsland, SocStatus, soc_bound};

use outcome::Assembly;
use problem::Problem;
use relight_model::outcome::{Delivery, Formulation};
use relight_model::{CostCurve, Network, Situation};
use solve::Solved;
use std::borrow::Cow;
use std::sync::atomic::AtomicBool;
use topology::Topology;

/// What can be chosen about a delivery.
#[derive(Clone, Debug)]
pub struct DeliverSettings<'a> {
    /// Physics to compute with.
    pub formulation: Formulation,
    /// Worth of one MW of each load, in the network's order, not negative; `None` = 1 for all.
    pub weights: Option<Vec<f64>>,
    /// Whether HVDC lines carry power.
    pub hvdc: bool,
    /// What is sought.
    pub objective: Objective,
    /// AC: whether the cone relaxation is solved too, so that the answer states a proven gap. Without it the bound is the demand.
    pub bound: bool,
    /// Least and most share of each load that may be served, in the network's order; `None` = 0 to 1 for all. An island that
    /// cannot serve the least of all its loads is given up.
    pub shares: Option<Vec<(f64, f64)>>,
    /// Per generator whether it must run, in the network's order; `None` = free for all.
    pub commitment: Option<Vec<Commitment>>,
    /// AC: the answer of a neighbouring situation of the same network, from which to start.
    pub near: Option<&'a Delivery>,
    /// AC: set from outside to stop. The answer then is a valid point that may be improved.
    pub stop: Option<&'a AtomicBool>,
}

/// What is decided about a generator beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commitment {
    /// Anything from 0 to its limits: a minimum above 0 is ignored.
    Free,
    /// It gives nothing, reactive power neither.
    Off,
    /// It runs at no less than its minimum.
    On,
}

/// What a delivery seeks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// The most worth of served load.
    Served,
    /// AC: the least cost of generation with all load served and generators within their limits, as an optimal power flow.
    Cost,
}

impl Default for DeliverSettings<'_> {
    /// DC, a MW is worth a MW, no HVDC lines, with a bound.
    fn default() -> Self {
        Self {
            formulation: Formulation::Dc,
            weights: None,
            hvdc: false,
            objective: Objective::Served,
            bound: true,
            shares: None,
            commitment: None,
            near: None,
            stop: None,
        }
    }
}

impl DeliverSettings<'_> {
    /// Worth of one MW of each load.
    fn weights_of(&self, network: &Network) -> Cow<'_, [f64]> {
        self.weights.as_ref().map_or_else(|| vec![1.0; network.loads.len()].into(), |w| w.into())
    }
}

/// Why no delivery can be computed: the three arguments do not fit each other.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DeliverError {
    /// A weight that is negative or no number.
    #[error("weight of the load in row {row} is {value} (allowed: 0 to 1e12); hint: 1 counts a MW as a MW")]
    Weight {
        /// Row of the load.
        row: u32,
        /// Weight given.
        value: f64,
    },
    /// A range of shares that is none.
    #[error("share of the load in row {row} is {least} to {most} (allowed: 0 to 1, least first)")]
    Share {
        /// Row of the load.
        row: u32,
        /// Least share given.
        least: f64,
        /// Most share given.
        most: f64,
    },
    /// Two things that do not go together.
    #[error("{first} and {second} do not go together; hint: choose one")]
    NotTogether {
        /// One of them.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// Something that only AC deliveries know.
    #[error("{what} needs the AC formulation; hint: --formulation ac")]
    OnlyAc {
        /// What was asked for.
        what: &'static str,
    },
    /// A cost that is no polynomial.
    #[error("cost of the generator in row {row} is piecewise linear; hint: least cost takes polynomials")]
    PiecewiseCost {
        /// Row of the generator.
        row: u32,
    },
    /// A vector of another length than the network's table.
    #[error("{what}: {given} values for {rows} rows; hint: make it from the same network")]
    Length {
        /// Which vector.
        what: &'static str,
        /// Its length.
        given: usize,
        /// Rows of the table.
        rows: usize,
    },
}

/// Largest weight: beyond it the sums of a network lose the small loads to rounding.
const WEIGHT_MAX: f64 = 1e12;

/// The most weighted load that `network` can carry in `situation`.
///
/// The answer's status is `Optimal` where the proven gap is at most 1e-6 in all islands, `Feasible` where it is larger or an
/// island is listed in `failures`, `Failed` where all live islands are.
///
/// # Errors
/// [`DeliverError`] where the arguments do not fit each other. What cannot be served is an answer, not an error.
pub fn deliver(network: &Network, situation: &Situation, settings: &DeliverSettings) -> Result<Delivery, DeliverError> {
    deliver_with_effort(network, situation, settings).map(|(delivery, _)| delivery)
}

/// As [`deliver`], and what the AC method took for it (all 0 for DC).
///
/// # Errors
/// As [`deliver`].
pub fn deliver_with_effort(
    network: &Network,
    situation: &Situation,
    settings: &DeliverSettings,
) -> Result<(Delivery, AcEffort), DeliverError> {
    check(network, situation, settings)?;
    let weights = settings.weights_of(network);
    Ok(match settings.formulation {
        Formulation::Dc => (deliver_dc(network, situation, &weights, settings), AcEffort::default()),
        Formulation::Ac => ac::deliver(network, situation, settings, &weights),
    })
}

fn deliver_dc(network: &Network, situation: &Situation, weights: &[f64], settings: &DeliverSettings) -> Delivery {
    let topology = Topology::new(network, situation);
    let mut assembly = Assembly::new(network, &topology, weights);
    for (problem, solved) in solve_dc(network, &topology, weights, settings) {
        assembly.add(&problem, &solved);
    }
    assembly.finish(situation)
}

/// Each problem of what is left, with what came of it.
fn solve_dc(
    network: &Network,
    topology: &Topology,
    weights: &[f64],
    settings: &DeliverSettings,
) -> Vec<(Problem, Solved)> {
    let mut all = Vec::new();
    for problem in problem::problems(network, topology, weights, settings) {
        let solved = solve::solve(&problem, network.base_mva);
        if matches!(solved, Solved::Failed(_)) && !problem.links.is_empty() {
            // HVDC lines may have to send more than their islands can give: then they stay off.
            all.extend(problem.without_links().into_iter().map(|p| {
                let solved = solve::solve(&p, network.base_mva);
                (p, solved)
            }));
        } else {
            all.push((problem, solved));
        }
    }
    all
}

fn check(network: &Network, situation: &Situation, settings: &DeliverSettings) -> Result<(), DeliverError> {
    let length =
        |what, given, rows| if given == rows { Ok(()) } else { Err(DeliverError::Length { what, given, rows }) };
    length("situation: branches", situation.branch_out.len(), network.branches.len())?;
    length("situation: generators", situation.generator_out.len(), network.generators.len())?;
    length("situation: buses", situation.bus_out.len(), network.buses.len())?;
    if let Some(weights) = &settings.weights {
        length("weights", weights.len(), network.loads.len())?;
        for (load, &value) in network.loads.iter().zip(weights) {
            if !(0.0..=WEIGHT_MAX).contains(&value) {
                return Err(DeliverError::Weight { row: load.row, value });
            }
        }
    }
    if let Some(shares) = &settings.shares {
        length("shares", shares.len(), network.loads.len())?;
        for (load, &(least, most)) in network.loads.iter().zip(shares) {
            if !(0.0 <= least && least <= most && most <= 1.0) {
                return Err(DeliverError::Share { row: load.row, least, most });
            }
        }
    }
    if let Some(commitment) = &settings.commitment {
        length("commitment", commitment.len(), network.generators.len())?;
    }
    if settings.objective == Objective::Cost && settings.formulation != Formulation::Ac {
        return Err(DeliverError::OnlyAc { what: "least cost" });
    }
    if settings.objective == Objective::Cost {
        let in_use = network.generators.iter().filter(|g| g.in_service);
        for unit in in_use {
            if matches!(&unit.cost, Some(cost) if matches!(cost.curve, CostCurve::Piecewise(_))) {
                return Err(DeliverError::PiecewiseCost { row: unit.row });
            }
        }
    }
    if let Some(near) = settings.near {
        length("near: buses", near.buses.len(), network.buses.len())?;
        length("near: loads", near.load_served.len(), network.loads.len())?;
        length("near: generators", near.generators.len(), network.generators.len())?;
        length("near: shunts", near.shunt_served.len(), network.shunts.len())?;
    }
    Ok(())
}
