//! Settles a network at winter peak: taps, the dispatch of the gates, and the check that all limits hold.

use super::equipment::{TAP_110_10, TAP_330_110};
use super::flow::{self, State};
use super::sizing::LOSSES;
use super::{Assembled, Skeleton};
use crate::CityError;
use crate::geometry::rounded;
use relight_model::{BranchKind, BusKind, Network};
use std::f64::consts::TAU;

/// Voltage aimed at behind transformers at peak, p.u.: 10 kV, and 110 kV.
const TARGET_10_PU: f64 = 1.02;
const TARGET_110_PU: f64 = 1.03;
/// Loading above which a corridor grows, and a distance kept from the limits of voltage, p.u.
const LOADING_MAX: f64 = 0.85;
const VM_MARGIN_PU: f64 = 0.005;
/// Reactive over active power of a CHP at peak.
const PLANT_TAN_PHI: f64 = 0.15;

/// Sets taps and dispatch. Returns the corridors that are too full; none means that every limit holds with margin.
pub(crate) fn settle(built: &mut Assembled, skeleton: &Skeleton) -> Result<Vec<usize>, CityError> {
    first_dispatch(built, skeleton);
    release_plants(&mut built.network);
    let failed = CityError::NotSettled { what: "the AC power flow at winter peak" };
    let mut state = flow::solve(&built.network, None).ok_or(failed.clone())?;
    for round in 0..12 {
        // A tap that would go back and forth stops moving after a few rounds.
        let moved = round < 6 && set_taps(&mut built.network, &state);
        let off_mw = share_losses(built, &state);
        state = flow::solve(&built.network, Some(state)).ok_or(failed.clone())?;
        if !moved && off_mw < 0.01 {
            break;
        }
    }
    hold_plants(&mut built.network, &state);
    share_losses(built, &state);
    let state = flow::solve(&built.network, Some(state)).ok_or(failed)?;
    let network = &built.network;
    let mut full = Vec::new();
    for (branch, corridor) in network.branches.iter().zip(&built.corridor_of) {
        let [pf, qf, pt, qt] = flow::flow_pu(branch, &state.vm_pu, &state.va_rad);
        let mva = (pf * pf + qf * qf).max(pt * pt + qt * qt).sqrt() * network.base_mva;
        if mva > LOADING_MAX * branch.rate_a_mva.unwrap_or(f64::INFINITY) {
            full.push(corridor.ok_or(CityError::NotSettled { what: "transformers that carry the winter peak" })?);
        }
    }
    full.dedup();
    if !full.is_empty() {
        return Ok(full);
    }
    let kept = network
        .buses
        .iter()
        .zip(&state.vm_pu)
        .all(|(bus, &vm)| vm >= bus.vm_pu_min + VM_MARGIN_PU && vm <= bus.vm_pu_max - VM_MARGIN_PU);
    if !kept {
        return Err(CityError::NotSettled { what: "voltages within their limits at winter peak" });
    }
    write_state(&mut built.network, &state)?;
    Ok(full)
}

/// Every city's gates cover its demand and an estimate of the losses, beside what the CHPs give.
fn first_dispatch(built: &mut Assembled, skeleton: &Skeleton) {
    let cities = built.sections.len();
    let (mut needed, mut gates) = (vec![0.0; cities], vec![0.0; cities]);
    for node in &skeleton.nodes {
        needed[node.city] += LOSSES * node.load_mw;
    }
    let city_of = |g: &relight_model::Generator| skeleton.nodes[g.bus.i()].city;
    let is_gate = |k: &usize| built.gates.binary_search(k).is_ok();
    for (k, generator) in built.network.generators.iter().enumerate() {
        if is_gate(&k) {
            gates[city_of(generator)] += generator.p_mw_max;
        } else {
            needed[city_of(generator)] -= generator.p_mw;
        }
    }
    for &k in &built.gates {
        let generator = &mut built.network.generators[k];
        let city = skeleton.nodes[generator.bus.i()].city;
        generator.p_mw = rounded(needed[city] * generator.p_mw_max / gates[city], 1e4);
    }
}

/// Moves taps to where the voltage behind them meets its target. Returns whether any moved.
fn set_taps(network: &mut Network, state: &State) -> bool {
    let mut moved = false;
    for branch in network.branches.iter_mut().filter(|b| b.kind == BranchKind::Transformer) {
        let low = branch.to.i();
        let ((step, most), target) = match network.buses[low].base_kv {
            ..20.0 => (TAP_110_10, TARGET_10_PU),
            20.0..200.0 => (TAP_330_110, TARGET_110_PU),
            _ => continue,
        };
        // The voltage behind a transformer goes nearly with the inverse of its ratio.
        let wanted = branch.tap * state.vm_pu[low] / target;
        let tap = rounded(1.0 + step * ((wanted - 1.0) / step).round().clamp(-most, most), 1e6);
        moved |= tap != branch.tap;
        branch.tap = tap;
    }
    moved
}

/// While taps are sought, CHPs give reactive power in a fixed proportion instead of holding a voltage: beside a tap changer
/// with steps of its own, a voltage guessed beforehand would drive reactive power in circles.
fn release_plants(network: &mut Network) {
    for generator in &mut network.generators {
        let bus = &mut network.buses[generator.bus.i()];
        if bus.base_kv < 200.0 {
            bus.kind = BusKind::Pq;
            generator.q_mvar = PLANT_TAN_PHI * generator.p_mw;
        }
    }
}

/// From now on every CHP holds the voltage that came out.
fn hold_plants(network: &mut Network, state: &State) {
    for generator in &mut network.generators {
        let bus = &mut network.buses[generator.bus.i()];
        if bus.base_kv < 200.0 {
            bus.kind = BusKind::Pv;
            generator.vm_pu = rounded(state.vm_pu[generator.bus.i()], 1e4);
        }
    }
}

/// Spreads what the reference has to give beyond its set point over all gates. Returns how much that was, MW.
fn share_losses(built: &mut Assembled, state: &State) -> f64 {
    let network = &mut built.network;
    let Some(slack) = network.buses.iter().position(|b| b.kind == BusKind::Slack) else { return 0.0 };
    let set_mw: f64 = network.generators.iter().filter(|g| g.bus.i() == slack).map(|g| g.p_mw).sum();
    let more_mw = state.p_pu[slack] * network.base_mva - set_mw;
    let total: f64 = built.gates.iter().map(|&k| network.generators[k].p_mw_max).sum();
    for &k in &built.gates {
        let generator = &mut network.generators[k];
        generator.p_mw = rounded(generator.p_mw + more_mw * generator.p_mw_max / total, 1e4);
    }
    more_mw.abs()
}

/// Writes the solution into the network: start values of voltages, reactive power of the generators.
fn write_state(network: &mut Network, state: &State) -> Result<(), CityError> {
    for (i, bus) in network.buses.iter_mut().enumerate() {
        bus.vm_pu = rounded(state.vm_pu[i], 1e4);
        bus.va_deg = if bus.kind == BusKind::Slack { 0.0 } else { rounded(state.va_rad[i] * 360.0 / TAU, 1e2) };
    }
    let capacity = |network: &Network, bus: usize| -> f64 {
        network.generators.iter().filter(|g| g.bus.i() == bus).map(|g| g.p_mw_max).sum()
    };
    for k in 0..network.generators.len() {
        let bus = network.generators[k].bus.i();
        let share = network.generators[k].p_mw_max / capacity(network, bus);
        let generator = &mut network.generators[k];
        generator.q_mvar = rounded(state.q_pu[bus] * network.base_mva * share, 1e2);
        let within_q = generator.q_mvar <= generator.q_mvar_max && generator.q_mvar >= generator.q_mvar_min;
        if !within_q || generator.p_mw > generator.p_mw_max || generator.p_mw < generator.p_mw_min {
            return Err(CityError::NotSettled { what: "generators within their limits at winter peak" });
        }
    }
    Ok(())
}
