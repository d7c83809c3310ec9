//! A plan: what is served, step by step, and what it was made from.

use crate::outcome::Delivery;
use crate::{Assumption, Horizon, Situation};

/// The answer of the main job. `verify` must accept it before anybody sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Steps covered.
    pub horizon: Horizon,
    /// What is out, as of when, by which revision of the data.
    pub situation: Situation,
    /// Distinct deliveries; steps with the same demand share one.
    pub deliveries: Vec<Delivery>,
    /// For each delivery, the load at its buses: factor on each feeder's power.
    pub demand_factors: Vec<Vec<f64>>,
    /// For each step, the position of its delivery.
    pub delivery_of_step: Vec<u32>,
    /// What holds the steps together; `None` where each step was planned on its own.
    pub coupling: Option<Coupling>,
    /// What was assumed.
    pub assumptions: Vec<Assumption>,
}

/// What is known of a plan only over all its steps: storage, ramps, limits of energy.
#[derive(Clone, Debug, PartialEq)]
pub struct Coupling {
    /// Per storage unit: energy stored at the beginning of each step and at the end of the last, MWh; `steps + 1` values.
    pub storage_energy_mwh: Vec<Vec<f64>>,
    /// Worth of what is served over the horizon: the sum of the steps' `objective_mw` times the length of a step, MWh.
    pub objective_mwh: f64,
    /// Proven upper bound of that worth over all ways to use storage, ramps and energy, MWh, within the DC model.
    pub bound_mwh: f64,
    /// (bound − objective) / max(1, |bound|).
    pub gap: f64,
}

impl Plan {
    /// The delivery of a step.
    pub fn delivery(&self, step: usize) -> &Delivery {
        &self.deliveries[self.delivery_of_step[step] as usize]
    }
}
