//! deliver
mod angles;
mod balance;
mod bound;
mod copper;
mod dc;
mod outcome;
mod problem;
mod reduce;
mod solve;
mod topology;

use outcome::Assembly;
use relight_model::outcome::{Delivery, Formulation};
use relight_model::{Network, Situation};
use solve::Solved;
use topology::Topology;

/// What can be chosen about a delivery.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliverSettings {
    /// Physics to compute with.
    pub formulation: Formulation,
    /// Worth of one MW of each load, in the network's order, not negative; `None` = 1 for all.
    pub weights: Option<Vec<f64>>,
    /// Whether HVDC lines carry power.
    pub hvdc: bool,
}

impl Default for DeliverSettings {
    /// DC, a MW is worth a MW, no HVDC lines.
    fn default() -> Self {
        Self { formulation: Formulation::Dc, weights: None, hvdc: false }
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

/// The most weighted load that `network` can carry in `situation`, by the DC model.
pub fn deliver(network: &Network, situation: &Situation, settings: &DeliverSettings) -> Result<Delivery, DeliverError> {
    check(network, situation, settings)?;
    let topology = Topology::new(network, situation);
    let ones;
    let weights = match &settings.weights {
        Some(weights) => weights,
        None => {
            ones = vec![1.0; network.loads.len()];
            &ones
        }
    };
    let mut assembly = Assembly::new(network, &topology, weights);
    for problem in problem::problems(network, &topology, weights, settings.hvdc) {
        // The seam for other physics: each solves the problem of a group of islands, bound and valid point.
        let solve = match settings.formulation {
            Formulation::Dc => solve::solve,
        };
        let solved = solve(&problem, network.base_mva);
        if matches!(solved, Solved::Failed(_)) && !problem.links.is_empty() {
            // HVDC lines may have to send more than their islands can give: then they stay off.
            for problem in problem.without_links() {
                assembly.add(&problem, &solve(&problem, network.base_mva));
            }
        } else {
            assembly.add(&problem, &solved);
        }
    }
    Ok(assembly.finish(situation))
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
    Ok(())
}
