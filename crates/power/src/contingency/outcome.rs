//! What is asked and what is answered, outage by outage.

use relight_model::outcome::FlowStatus;
use relight_model::safety::Outage;
use relight_model::{BranchIdx, BusIdx};

/// What one outage leaves behind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OutageResult {
    /// What went out.
    pub outage: Outage,
    /// How the power flow ended. `Dark`: nothing has voltage any more.
    pub status: FlowStatus,
    /// Connected parts, those without voltage too.
    pub islands: u32,
    /// Connected parts without voltage.
    pub dark_islands: u32,
    /// Positive demand that had voltage before and has none now, MW.
    pub lost_mw: f64,
    /// People behind that demand, where the caller said how many each load feeds.
    pub lost_people: Option<f64>,
    /// Loadings and voltages; `None` where the flow did not converge or nothing has voltage.
    pub extremes: Option<Extremes>,
}

/// The extremes of a solved power flow.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Extremes {
    /// Highest loading, percent, and its branch; `None` where no branch with a rating carries power.
    pub max_loading: Option<(f64, BranchIdx)>,
    /// Branches loaded above their rating.
    pub overloads: u32,
    /// Lowest voltage magnitude, p.u., and its bus; `None` in DC.
    pub vm_min: Option<(f64, BusIdx)>,
    /// Highest voltage magnitude, p.u., and its bus; `None` in DC.
    pub vm_max: Option<(f64, BusIdx)>,
    /// Buses below their lowest allowed magnitude.
    pub low_voltages: u32,
    /// Buses above their highest allowed magnitude.
    pub high_voltages: u32,
}

/// Share by which a limit may be exceeded before it counts: far above rounding, far below what anybody meters.
pub(crate) const LIMIT_SLACK: f64 = 1e-6;

/// Answer of [`super::Contingency::run`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// In the order asked; without those that screening left out or that a stop came before.
    pub outages: Vec<OutageResult>,
    /// Outages that the DC screening found harmless, and that were therefore not solved in AC.
    pub screened_out: usize,
    /// Outages not looked at because of a stop.
    pub not_done: usize,
    /// Outages that were solved from the start as a fresh power flow is, because the quick way did not lead to an answer.
    pub solved_afresh: usize,
}
