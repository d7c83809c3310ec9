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
    /// What was assumed.
    pub assumptions: Vec<Assumption>,
}

impl Plan {
    /// The delivery of a step.
    pub fn delivery(&self, step: usize) -> &Delivery {
        &self.deliveries[self.delivery_of_step[step] as usize]
    }
}
