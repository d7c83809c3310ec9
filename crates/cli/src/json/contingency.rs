//! `relight.contingency/1`: the answer of `relight contingency --json`.

use super::flow::status_name;
use relight_model::Network;
use relight_power::contingency::{Answer, Contingency, Extremes, Outage, OutageResult, Physics};
use serde::Serialize;

/// Wall times, s.
#[derive(Serialize, Default)]
pub struct TimeS {
    /// Reading the files.
    pub read: f64,
    /// Analysis, the situation itself, and the list of outages.
    pub setup: f64,
    /// All outages.
    pub solve: f64,
    /// Median of the further runs of `--repeat`; absent without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub solve_median: Option<f64>,
}

/// What was listed and how it was looked at.
pub struct Listed {
    /// Number of outages.
    pub outages: usize,
    /// Physics.
    pub physics: Physics,
}

/// Extremes of one power flow; `null` where there is none.
#[derive(Serialize)]
struct ExtremesRow {
    max_loading_percent: Option<f64>,
    max_loading_row: Option<u32>,
    overloads: Option<u32>,
    vm_pu_min: Option<f64>,
    vm_pu_min_row: Option<u32>,
    vm_pu_max: Option<f64>,
    vm_pu_max_row: Option<u32>,
    low_voltages: Option<u32>,
    high_voltages: Option<u32>,
}

/// The situation before any outage.
#[derive(Serialize)]
struct BaseRow {
    status: &'static str,
    islands: u32,
    #[serde(flatten)]
    extremes: ExtremesRow,
}

/// One outage.
#[derive(Serialize)]
struct OutageRow {
    kind: &'static str,
    row: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    bus: Option<u32>,
    status: &'static str,
    islands: u32,
    dark_islands: u32,
    lost_mw: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lost_people: Option<f64>,
    #[serde(flatten)]
    extremes: ExtremesRow,
}

/// The answer.
#[derive(Serialize)]
pub struct ContingencyJson {
    schema: &'static str,
    case: String,
    formulation: &'static str,
    screened: bool,
    base: BaseRow,
    listed: usize,
    screened_out: usize,
    not_done: usize,
    complete: bool,
    solved_afresh: usize,
    outages: Vec<OutageRow>,
    time_s: TimeS,
    per_second: f64,
}

/// Puts an answer into its JSON form; `told` are the outages to list.
pub fn contingency(
    network: &Network,
    study: &Contingency<'_>,
    listed: &Listed,
    answer: &Answer,
    told: &[OutageResult],
    time_s: TimeS,
) -> ContingencyJson {
    let base = study.base();
    let looked_at = listed.outages - answer.not_done;
    let seconds = time_s.solve_median.unwrap_or(time_s.solve);
    ContingencyJson {
        schema: "relight.contingency/1",
        case: network.name.clone(),
        formulation: if listed.physics == Physics::Dc { "dc" } else { "ac" },
        screened: listed.physics == Physics::Screened,
        base: BaseRow {
            status: status_name(base.status),
            islands: base.islands,
            extremes: extremes(network, base.extremes),
        },
        listed: listed.outages,
        screened_out: answer.screened_out,
        not_done: answer.not_done,
        complete: answer.not_done == 0,
        solved_afresh: answer.solved_afresh,
        outages: told.iter().map(|r| outage(network, r)).collect(),
        time_s,
        per_second: if seconds > 0.0 { looked_at as f64 / seconds } else { 0.0 },
    }
}

fn extremes(network: &Network, extremes: Option<Extremes>) -> ExtremesRow {
    let of = |pick: fn(&Extremes) -> u32| extremes.as_ref().map(pick);
    let loading = extremes.and_then(|e| e.max_loading);
    let (low, high) = (extremes.and_then(|e| e.vm_min), extremes.and_then(|e| e.vm_max));
    // DC knows no voltages: neither extremes nor counts of them.
    let volts = |n: Option<u32>| n.filter(|_| low.is_some());
    ExtremesRow {
        max_loading_percent: loading.map(|l| l.0),
        max_loading_row: loading.map(|l| network.branches[l.1.i()].row),
        overloads: of(|e| e.overloads),
        vm_pu_min: low.map(|v| v.0),
        vm_pu_min_row: low.map(|v| network.buses[v.1.i()].row),
        vm_pu_max: high.map(|v| v.0),
        vm_pu_max_row: high.map(|v| network.buses[v.1.i()].row),
        low_voltages: volts(of(|e| e.low_voltages)),
        high_voltages: volts(of(|e| e.high_voltages)),
    }
}

fn outage(network: &Network, r: &OutageResult) -> OutageRow {
    let (kind, row, bus) = match r.outage {
        Outage::Branch(k) => ("branch", network.branches[k.i()].row, None),
        Outage::Generator(k) => ("gen", network.generators[k.i()].row, None),
        Outage::Bus(k) => ("bus", network.buses[k.i()].row, Some(network.buses[k.i()].id.0)),
        Outage::Substation(k) => ("substation", network.buses[k.i()].row, Some(network.buses[k.i()].id.0)),
    };
    OutageRow {
        kind,
        row,
        bus,
        status: status_name(r.status),
        islands: r.islands,
        dark_islands: r.dark_islands,
        lost_mw: r.lost_mw,
        lost_people: r.lost_people,
        extremes: extremes(network, r.extremes),
    }
}
