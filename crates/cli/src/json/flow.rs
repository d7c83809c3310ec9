//! `relight.flow/1`: the answer of `relight flow --json`.

use super::{BranchRow, BusRow, GenRow, IslandRow, branch_rows, bus_rows, gen_rows, island_rows};
use relight_model::Network;
use relight_model::outcome::{FlowResult, FlowStatus, SwitchState};
use serde::Serialize;

/// Wall times, s.
#[derive(Serialize, Default)]
pub struct TimeS {
    /// Reading the case and damage files.
    pub read: f64,
    /// Ordering, symbolic analysis and everything else done once per network.
    pub setup: f64,
    /// The solve, from start vector to result.
    pub solve: f64,
    /// Median of the repeated warm solves of `--repeat`; absent without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub solve_median: Option<f64>,
    /// The same with ordering and symbolic analysis thrown away before each; absent without `--repeat` and with `--dc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub solve_cold_median: Option<f64>,
}

/// A switch between two buses; powers are positive into its *from* side, and leave its *to* side.
#[derive(Serialize)]
struct SwitchRow {
    row: u32,
    from: u32,
    to: u32,
    closed: bool,
    p_from_mw: f64,
    q_from_mvar: f64,
}

/// The answer.
#[derive(Serialize)]
pub struct Flow {
    schema: &'static str,
    case: String,
    formulation: &'static str,
    status: &'static str,
    iterations: u32,
    max_mismatch_pu: f64,
    islands: Vec<IslandRow>,
    bus: Vec<BusRow>,
    branch: Vec<BranchRow>,
    r#gen: Vec<GenRow>,
    switch: Vec<SwitchRow>,
    time_s: TimeS,
}

/// Puts a power flow into its JSON form.
pub fn flow(network: &Network, result: &FlowResult, dc: bool, time_s: TimeS) -> Flow {
    Flow {
        schema: "relight.flow/1",
        case: network.name.clone(),
        formulation: if dc { "dc" } else { "ac" },
        status: status_name(result.status),
        iterations: result.iterations,
        max_mismatch_pu: result.max_mismatch_pu,
        islands: island_rows(network, &result.islands),
        bus: bus_rows(network, &result.buses),
        branch: branch_rows(network, &result.branches),
        r#gen: gen_rows(network, &result.generators),
        switch: switch_rows(network, &result.switches),
        time_s,
    }
}

fn switch_rows(network: &Network, states: &[SwitchState]) -> Vec<SwitchRow> {
    let row = |(w, s): (&relight_model::Switch, &SwitchState)| SwitchRow {
        row: w.row,
        from: network.buses[w.from.i()].id.0,
        to: network.buses[w.to.i()].id.0,
        closed: s.closed,
        p_from_mw: s.p_from_mw,
        q_from_mvar: s.q_from_mvar,
    };
    network.switches.iter().zip(states).map(row).collect()
}

/// Name of a status in JSON.
pub fn status_name(status: FlowStatus) -> &'static str {
    match status {
        FlowStatus::Converged => "converged",
        FlowStatus::Diverged => "diverged",
        FlowStatus::Dark => "dark",
    }
}
