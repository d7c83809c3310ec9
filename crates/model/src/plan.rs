//! A plan: what is served, step by step, and what it was made from.

use crate::outcome::Delivery;
use crate::safety::Breach;
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
    /// What single outages would do; `None` where it was not asked.
    pub safety: Option<Safety>,
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

/// Safety of a plan against single outages.
#[derive(Clone, Debug, PartialEq)]
pub struct Safety {
    /// Whether it was made safe against lines and transformers.
    pub branches: bool,
    /// Whether it was made safe against generators.
    pub generators: bool,
    /// For each delivery of the plan.
    pub margins: Vec<Margin>,
}

/// What safety costs a delivery, and what it leaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Margin {
    /// Served power that the delivery without regard to outages has more, MW. Where weights differ it can be negative.
    pub extra_shed_mw: f64,
    /// Outages that would break the delivery without regard to them.
    pub breaking_before: Vec<Breach>,
    /// Outages that still break this one.
    pub unsafe_left: Vec<Breach>,
}

impl Plan {
    /// The delivery of a step.
    pub fn delivery(&self, step: usize) -> &Delivery {
        &self.deliveries[self.delivery_of_step[step] as usize]
    }
}
