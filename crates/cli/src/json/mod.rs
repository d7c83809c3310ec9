//! The JSON forms of answers: stable schemas, units in the field names. Fields may be added, never changed.

pub mod choices;
pub mod contingency;
pub mod deliver;
pub mod flow;

use relight_model::Network;
use relight_model::outcome::{BranchState, BusState, GeneratorState, Island};
use serde::Serialize;

/// A connected part.
#[derive(Serialize)]
pub struct IslandRow {
    id: u32,
    buses: u32,
    energized: bool,
    slack_bus: Option<u32>,
    load_mw: f64,
}

/// A bus.
#[derive(Serialize)]
pub struct BusRow {
    id: u32,
    vm_pu: f64,
    va_deg: f64,
    island: Option<u32>,
    energized: bool,
}

/// A branch; powers are positive into it.
#[derive(Serialize)]
pub struct BranchRow {
    row: u32,
    from: u32,
    to: u32,
    in_service: bool,
    p_from_mw: f64,
    q_from_mvar: f64,
    p_to_mw: f64,
    q_to_mvar: f64,
    loading_percent: Option<f64>,
}

/// A generator.
#[derive(Serialize)]
pub struct GenRow {
    row: u32,
    bus: u32,
    p_mw: f64,
    q_mvar: f64,
}

pub(crate) fn island_rows(network: &Network, islands: &[Island]) -> Vec<IslandRow> {
    let row = |(k, i): (usize, &Island)| IslandRow {
        id: k as u32,
        buses: i.buses,
        energized: i.energized,
        slack_bus: i.slack_bus.map(|b| network.buses[b.i()].id.0),
        load_mw: i.load_mw,
    };
    islands.iter().enumerate().map(row).collect()
}

pub(crate) fn bus_rows(network: &Network, states: &[BusState]) -> Vec<BusRow> {
    let row = |(b, s): (&relight_model::Bus, &BusState)| BusRow {
        id: b.id.0,
        vm_pu: s.vm_pu,
        va_deg: s.va_deg,
        island: s.island,
        energized: s.energized,
    };
    network.buses.iter().zip(states).map(row).collect()
}

pub(crate) fn branch_rows(network: &Network, states: &[BranchState]) -> Vec<BranchRow> {
    let row = |(b, s): (&relight_model::Branch, &BranchState)| BranchRow {
        row: b.row,
        from: network.buses[b.from.i()].id.0,
        to: network.buses[b.to.i()].id.0,
        in_service: s.in_service,
        p_from_mw: s.p_from_mw,
        q_from_mvar: s.q_from_mvar,
        p_to_mw: s.p_to_mw,
        q_to_mvar: s.q_to_mvar,
        loading_percent: s.loading_percent,
    };
    network.branches.iter().zip(states).map(row).collect()
}

pub(crate) fn gen_rows(network: &Network, states: &[GeneratorState]) -> Vec<GenRow> {
    let row = |(g, s): (&relight_model::Generator, &GeneratorState)| GenRow {
        row: g.row,
        bus: network.buses[g.bus.i()].id.0,
        p_mw: s.p_mw,
        q_mvar: s.q_mvar,
    };
    network.generators.iter().zip(states).map(row).collect()
}
