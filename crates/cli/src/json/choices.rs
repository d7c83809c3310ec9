//! What choices cost, as part of `relight.deliver/1`.

use relight_model::Network;
use relight_plan::deliver::{DiscreteReport, PriorityReport};
use serde::Serialize;

/// Whole feeders and units against shares of them.
#[derive(Serialize)]
pub struct DiscreteJson {
    continuous_served_mw: f64,
    continuous_objective_mw: f64,
    loss_mw: f64,
    loss_percent: f64,
    loss_worth_percent: f64,
    units_off_rows: Vec<u32>,
    opened_to_serve_more_rows: Vec<u32>,
    solves: u32,
}

impl DiscreteJson {
    /// Of the report of a delivery of this network.
    pub fn new(network: &Network, r: &DiscreteReport) -> Self {
        Self {
            continuous_served_mw: r.continuous_served_mw,
            continuous_objective_mw: r.continuous_objective_mw,
            loss_mw: r.loss_mw,
            loss_percent: r.loss_percent,
            loss_worth_percent: r.loss_worth_percent,
            units_off_rows: r.units_off.iter().map(|k| network.generators[k.i()].row).collect(),
            opened_to_serve_more_rows: r.opened.iter().map(|b| network.branches[b.i()].row).collect(),
            solves: r.solves,
        }
    }
}

/// One class after another against weights.
#[derive(Serialize)]
pub struct PriorityJson {
    weighted_served_mw: f64,
    price_mw: f64,
    price_worth_mw: f64,
    classes: Vec<ClassRow>,
    solves: u32,
}

#[derive(Serialize)]
struct ClassRow {
    rank: u32,
    demand_mw: f64,
    served_mw: f64,
    least_share: Option<f64>,
}

impl PriorityJson {
    /// Of a report.
    pub fn new(r: &PriorityReport) -> Self {
        let class = |c: &relight_plan::deliver::ClassReport| ClassRow {
            rank: c.rank,
            demand_mw: c.demand_mw,
            served_mw: c.served_mw,
            least_share: c.least_share,
        };
        Self {
            weighted_served_mw: r.weighted_served_mw,
            price_mw: r.price_mw,
            price_worth_mw: r.price_worth_mw,
            classes: r.classes.iter().map(class).collect(),
            solves: r.solves,
        }
    }
}
