//! What keeps a delivery from carrying more, for people to read.

use relight_model::outcome::{Delivery, Limit, LimitKind};
use relight_model::{BusKind, Network, Situation};

/// An element counts as full from this share of its limit.
const FULL: f64 = 0.999;

/// What limits a delivery: dark islands and buses that are out with the demand lost in them, then full branches, HVDC lines and
/// generators, each kind in order of size. Empty where all demand is served.
pub fn limits(network: &Network, situation: &Situation, delivery: &Delivery) -> Vec<Limit> {
    let mut all = lost(network, situation, delivery);
    if delivery.served_mw < delivery.demand_mw * FULL || !all.is_empty() {
        let mut full = branches(network, delivery);
        full.extend(hvdc_lines(network, delivery));
        full.extend(generators(network, delivery));
        all.extend(full);
    }
    // Stable: equal sizes stay in the order of their rows.
    all.sort_by(|a, b| (order(a.kind)).cmp(&order(b.kind)).then(size_mw(b).total_cmp(&size_mw(a))));
    all
}

fn order(kind: LimitKind) -> u8 {
    match kind {
        LimitKind::IslandDark => 0,
        LimitKind::BusOut => 1,
        LimitKind::BranchFull => 2,
        LimitKind::AngleFull => 3,
        LimitKind::HvdcFull => 4,
        LimitKind::GeneratorFull => 5,
    }
}

fn size_mw(limit: &Limit) -> f64 {
    limit.lost_mw.unwrap_or(limit.at_mw)
}

/// Demand in islands without voltage and on buses that are out. Isolated buses of the case are not part of the demand.
fn lost(network: &Network, situation: &Situation, delivery: &Delivery) -> Vec<Limit> {
    // Per island, and then per bus that is out: demand, and the bus with the largest load.
    let islands = delivery.islands.len();
    let mut demand_mw = vec![0.0; islands + network.buses.len()];
    let mut largest: Vec<Option<(f64, usize)>> = vec![None; islands + network.buses.len()];
    for load in network.loads.iter().filter(|l| l.in_service && l.p_mw > 0.0) {
        let bus = load.bus.i();
        let state = &delivery.buses[bus];
        let place = match state.island {
            Some(island) if !state.energized => island as usize,
            None if situation.bus_out[bus] && network.buses[bus].kind != BusKind::Isolated => islands + bus,
            _ => continue,
        };
        demand_mw[place] += load.p_mw;
        if largest[place].is_none_or(|(mw, _)| load.p_mw > mw) {
            largest[place] = Some((load.p_mw, bus));
        }
    }
    let limit = |(place, largest): (usize, &Option<(f64, usize)>)| {
        let bus = &network.buses[largest.as_ref()?.1];
        Some(Limit {
            kind: if place < islands { LimitKind::IslandDark } else { LimitKind::BusOut },
            row: bus.row,
            name: bus.name.clone(),
            at_mw: 0.0,
            limit_mw: 0.0,
            lost_mw: Some(demand_mw[place]),
        })
    };
    largest.iter().enumerate().filter_map(limit).collect()
}

fn branches(network: &Network, delivery: &Delivery) -> Vec<Limit> {
    let mut full = Vec::new();
    for (branch, state) in network.branches.iter().zip(&delivery.branches).filter(|(_, s)| s.in_service) {
        // A rating is of apparent power at either end. In DC that is the active power.
        let at_mw = state.p_from_mw.hypot(state.q_from_mvar).max(state.p_to_mw.hypot(state.q_to_mvar));
        let mut add = |kind, limit_mw| {
            full.push(Limit { kind, row: branch.row, name: branch.name.clone(), at_mw, limit_mw, lost_mw: None });
        };
        let deg = delivery.buses[branch.from.i()].va_deg - delivery.buses[branch.to.i()].va_deg;
        if let Some(rate_mw) = branch.rate_a_mva.filter(|r| at_mw >= FULL * r) {
            add(LimitKind::BranchFull, rate_mw);
        } else if (deg > 0.0 && deg >= FULL * branch.angle_deg_max) || (deg < 0.0 && deg <= FULL * branch.angle_deg_min)
        {
            add(LimitKind::AngleFull, at_mw);
        }
    }
    full
}

fn hvdc_lines(network: &Network, delivery: &Delivery) -> Vec<Limit> {
    let lines = network.hvdc_lines.iter().zip(&delivery.hvdc_p_from_mw);
    let full = lines.filter_map(|(line, p_mw)| {
        let p_mw = (*p_mw)?;
        let limit_mw = if p_mw >= 0.0 { line.p_mw_max } else { line.p_mw_min }.abs();
        (p_mw != 0.0 && p_mw.abs() >= FULL * limit_mw).then(|| Limit {
            kind: LimitKind::HvdcFull,
            row: line.row,
            name: String::new(),
            at_mw: p_mw.abs(),
            limit_mw,
            lost_mw: None,
        })
    });
    full.collect()
}

fn generators(network: &Network, delivery: &Delivery) -> Vec<Limit> {
    let units = network.generators.iter().zip(&delivery.generators);
    let full = units.filter(|(unit, state)| unit.p_mw_max > 0.0 && state.p_mw >= FULL * unit.p_mw_max);
    full.map(|(unit, state)| Limit {
        kind: LimitKind::GeneratorFull,
        row: unit.row,
        name: unit.name.clone(),
        at_mw: state.p_mw,
        limit_mw: unit.p_mw_max,
        lost_mw: None,
    })
    .collect()
}
