//! Safety of AC deliveries: the safe DC point sets limits, AC outages check.
//!
//! 1. The DC problem is made safe. Its shares `z` are the most that AC may serve of each load, its powers the most that AC may
//!    take from each generator, with room for losses (4).
//! 2. AC delivers within these limits, and every outage is solved by AC (`relight_power::contingency`).
//!    The bound that the answer states is that of the delivery without regard to outages.
//! 3. Where a branch is overloaded after an outage all the same (reactive power, losses, another dispatch), its rating in
//!    step 1 is lowered in proportion, and all is done again, [`ROUNDS_MAX`] times at the most. The best round is kept: the one
//!    with the fewest outages that break it, then the most worth.

use super::{
    Against, Asked, Breach, Harm, Secure, breaking_powers, in_order, left_of, secure_dc, short_term_mva, told,
};
use crate::deliver::outcome::{bounded, worth_of_demand};
use crate::deliver::{DeliverSettings, ac};
use relight_model::outcome::{BoundBy, Delivery, FlowStatus};
use relight_model::{BusKind, LoadModel, Network, Situation};
use relight_power::contingency::{Contingency, Control, Outage, OutageKind, OutageResult, Physics};
use relight_power::{Balancing, Settings};
use std::sync::atomic::Ordering;

/// Most times that ratings are lowered.
const ROUNDS_MAX: u32 = 4;
/// Room that generators get for losses, as a share of what they give in DC.
const LOSSES: f64 = 0.06;
/// Least share of a generator's power that it keeps: an island whose generators DC leaves at nothing still has voltage, and
/// needs what its lines and transformers lose.
const KEPT: f64 = 1e-3;
/// What a rating is lowered by beyond the proportion of the overload.
const EXTRA: f64 = 0.995;

/// The most load served by AC so that no single outage breaks the delivery, as far as the steps above find it.
pub(super) fn secure(
    network: &Network,
    situation: &Situation,
    settings: &DeliverSettings,
    weights: &[f64],
    against: Against,
) -> Secure {
    let rate_mva = short_term_mva(network);
    let (plain, _) = ac::deliver(network, situation, settings, weights);
    let before = breaking(network, situation, &plain, against, &rate_mva);
    let asked = Asked { network, situation, weights, hvdc: settings.hvdc, stop: settings.stop, against };
    let mut lowered = rate_mva.clone();
    let mut best: Option<Secure> = None;
    for _ in 0..ROUNDS_MAX {
        let safe = secure_dc(&asked, &lowered);
        let limited = within(network, situation, &safe.delivery, against);
        let shares = (0..network.loads.len()).map(|k| (0.0, most_share(network, &safe.delivery, k))).collect();
        let choice = DeliverSettings { shares: Some(shares), near: Some(&plain), bound: false, ..settings.clone() };
        let (mut delivery, _) = ac::deliver(&limited, situation, &choice, weights);
        bounded_by(&mut delivery, &plain, network, weights);
        let left = breaking(network, situation, &delivery, against, &rate_mva);
        let effort = super::Effort { rounds: safe.rounds, constraints: safe.constraints };
        let lower = overloads(&left);
        let round = told(plain.clone(), delivery, effort, before.clone(), left);
        let rank = |s: &Secure| (s.unsafe_left.len(), s.extra_shed_worth_mw);
        if best.as_ref().is_none_or(|b| rank(&round) < rank(b)) {
            best = Some(round);
        }
        if lower.is_empty() || settings.stop.is_some_and(|s| s.load(Ordering::Relaxed)) {
            break;
        }
        lower.into_iter().for_each(|(branch, share)| lowered[branch] *= share * EXTRA);
    }
    best.expect("invariant: there is a first round")
}

/// What no delivery can beat, no safe one can: the proven bound of the plain delivery, as long as both open the same lines. That
/// of the limits set here proves nothing.
fn bounded_by(delivery: &mut Delivery, plain: &Delivery, network: &Network, weights: &[f64]) {
    if delivery.opened == plain.opened {
        bounded(delivery, plain.bound_mw, plain.bound_by);
    } else {
        bounded(delivery, worth_of_demand(network, weights), BoundBy::Demand);
    }
}

/// Share of a load that the safe DC point serves; loads without active power are free in DC.
fn most_share(network: &Network, safe: &Delivery, k: usize) -> f64 {
    if network.loads[k].p_mw == 0.0 { 1.0 } else { safe.load_served[k].clamp(0.0, 1.0) }
}

/// The branches that are overloaded after some outage, each with its rating over its largest flow.
fn overloads(breaches: &[Breach]) -> Vec<(usize, f64)> {
    let mut worst: std::collections::BTreeMap<usize, f64> = std::collections::BTreeMap::new();
    for breach in breaches {
        if let Harm::Overload { branch, at_mva, limit_mva, .. } = breach.harm {
            let share = worst.entry(branch.i()).or_insert(1.0);
            *share = share.min(limit_mva / at_mva);
        }
    }
    worst.into_iter().collect()
}

/// The network with generators limited to what they give in DC and a part of the rest, the same part in each island (4):
/// enough for losses, and no more than what (2) leaves.
fn within(network: &Network, situation: &Situation, safe: &Delivery, against: Against) -> Network {
    let mut limited = network.clone();
    let island = |g: &relight_model::Generator| safe.buses[g.bus.i()].island.map_or(0, |i| i as usize);
    let mut sums = vec![(0.0, 0.0, 0.0f64, 0u32); safe.islands.len().max(1)];
    let on: Vec<usize> = (0..network.generators.len())
        .filter(|&k| {
            let g = &network.generators[k];
            // Those that are out give nothing and lend nothing.
            g.in_service && !situation.generator_out[k] && g.p_mw_max > 0.0 && safe.buses[g.bus.i()].energized
        })
        .collect();
    for &k in &on {
        let unit = &network.generators[k];
        let (given, all, largest, count) = &mut sums[island(unit)];
        *given += safe.generators[k].p_mw;
        *all += unit.p_mw_max;
        *largest = largest.max(unit.p_mw_max);
        *count += 1;
    }
    for &k in &on {
        let (given, all, largest, count) = sums[island(&network.generators[k])];
        let reserve = if against.generators && count > 1 { all - largest } else { all };
        let room = (reserve - given).max(0.0).min(LOSSES * given.max(0.0));
        let part = if all > given { (room / (all - given)).min(1.0) } else { 0.0 };
        let p_mw = safe.generators[k].p_mw;
        let unit = &mut limited.generators[k];
        unit.p_mw_max = (p_mw + part * (unit.p_mw_max - p_mw)).max(KEPT * unit.p_mw_max);
    }
    limited
}

/// Which single outages break an AC delivery.
///
/// The power flow of each outage starts from the delivery: loads at constant power, generators hold their voltage (whatever
/// reactive power that takes) and share what is lost by their headroom. Voltages are not judged: their limits are those of normal operation.
pub(super) fn breaking(
    network: &Network,
    situation: &Situation,
    delivery: &Delivery,
    against: Against,
    rate_mva: &[f64],
) -> Vec<Breach> {
    let mut breaches = breaking_powers(network, situation, delivery, against, rate_mva, false);
    let known: std::collections::HashSet<Outage> = breaches.iter().map(|b| b.outage).collect();
    let (network, situation) = as_delivered(network, situation, delivery, rate_mva);
    // What splits an island changes balances, as the loss of a generator does: generators share it by their headroom.
    let (by_reference, by_headroom) = (Balancing::Reference, Balancing::Headroom);
    let mut unbalancing = Vec::new();
    if against.branches {
        let (before, results) = solved(&network, &situation, by_reference, |study| study.list(&[OutageKind::Branch]));
        for result in results.iter().filter(|r| !known.contains(&r.outage)) {
            match result.islands > before {
                true => unbalancing.push(result.outage),
                false => breaches.extend(broken(result, rate_mva)),
            }
        }
    }
    let (_, results) = solved(&network, &situation, by_headroom, |study| {
        if against.generators {
            unbalancing.extend(study.list(&[OutageKind::Generator]).into_iter().filter(|o| !known.contains(o)));
        }
        unbalancing
    });
    breaches.extend(results.iter().filter_map(|r| broken(r, rate_mva)));
    in_order(breaches)
}

/// Islands before, and what each of the outages leaves behind.
fn solved(
    network: &Network,
    situation: &Situation,
    balancing: Balancing,
    outages: impl FnOnce(&Contingency) -> Vec<Outage>,
) -> (u32, Vec<OutageResult>) {
    let settings = Settings { balancing, hvdc_lines: true, ..Settings::default() };
    let study = Contingency::new(network, situation, &settings, Physics::Ac, None)
        .expect("invariant: default settings are within their limits");
    (study.base().islands, study.run(&outages(&study), &Control::default()).outages)
}

/// The breach that a solved outage is, if it is one.
fn broken(result: &OutageResult, rate_mva: &[f64]) -> Option<Breach> {
    let harm = match (result.status, result.extremes) {
        (FlowStatus::Diverged, _) => Harm::NoFlow,
        (FlowStatus::Converged, Some(extremes)) if extremes.overloads > 0 => {
            let (percent, branch) = extremes.max_loading?;
            let limit_mva = rate_mva[branch.i()];
            Harm::Overload { branch, at_mva: limit_mva * percent / 100.0, limit_mva, overloads: extremes.overloads }
        }
        _ => return None,
    };
    Some(Breach { outage: result.outage, harm })
}

/// Network and situation as the delivery has them, with short-term ratings.
fn as_delivered(network: &Network, situation: &Situation, d: &Delivery, rate_mva: &[f64]) -> (Network, Situation) {
    let mut n = network.clone();
    let mut situation = left_of(situation, d);
    for (out, state) in situation.bus_out.iter_mut().zip(&d.buses) {
        *out |= !state.energized;
    }
    for (branch, &rate) in n.branches.iter_mut().zip(rate_mva) {
        branch.rate_a_mva = rate.is_finite().then_some(rate);
    }
    for (load, share) in n.loads.iter_mut().zip(&d.load_served) {
        (load.p_mw, load.q_mvar, load.model) = (load.p_mw * share, load.q_mvar * share, LoadModel::ConstantPower);
    }
    for (shunt, share) in n.shunts.iter_mut().zip(&d.shunt_served) {
        (shunt.g_mw, shunt.b_mvar) = (shunt.g_mw * share, shunt.b_mvar * share);
    }
    for (bus, state) in n.buses.iter_mut().zip(&d.buses) {
        (bus.vm_pu, bus.va_deg) = (state.vm_pu, state.va_deg);
        if bus.kind != BusKind::Isolated {
            bus.kind = BusKind::Pq;
        }
    }
    for (unit, state) in n.generators.iter_mut().zip(&d.generators) {
        (unit.p_mw, unit.q_mvar, unit.vm_pu) = (state.p_mw, state.q_mvar, d.buses[unit.bus.i()].vm_pu);
        if unit.in_service && n.buses[unit.bus.i()].kind != BusKind::Isolated {
            n.buses[unit.bus.i()].kind = BusKind::Pv;
        }
    }
    n.storages.iter_mut().zip(d.storage_p_mw.iter().zip(&d.storage_q_mvar)).for_each(|(unit, (p, q))| {
        (unit.p_mw, unit.q_mvar) = (*p, *q);
    });
    for (k, line) in n.hvdc_lines.iter_mut().enumerate() {
        line.in_service &= d.hvdc_p_from_mw[k].is_some();
        line.p_from_mw = d.hvdc_p_from_mw[k].unwrap_or(0.0);
        (line.q_from_mvar, line.q_to_mvar) = (d.hvdc_q_from_mvar[k], d.hvdc_q_to_mvar[k]);
        // Converters keep their reactive power.
        (line.vm_from_pu, line.vm_to_pu) = (0.0, 0.0);
    }
    (n, situation)
}
