//! Which units run, and which lines are opened because that serves more.

use super::super::{Commitment, DeliverError};
use super::desk::Desk;
use relight_model::BranchIdx;
use relight_model::outcome::Delivery;

/// Gain of worth from which a choice counts as better, in proportion.
const BETTER: f64 = 1e-6;
/// Part of what an island's units give that their minima together may take.
const MINIMA: f64 = 0.98;
/// Most units whose choice is turned over to see whether that serves more.
const TURNED: usize = 6;
/// Solves that are kept for the feeders.
const KEPT: u32 = 6;

/// Opens lines of `openable` one after another where that serves more (eq. 3); which, and the delivery with them open.
pub(super) fn open_what_helps(
    desk: &mut Desk,
    openable: &[BranchIdx],
    continuous: &Delivery,
) -> Result<(Vec<BranchIdx>, Delivery), DeliverError> {
    let mut best = continuous.clone();
    let mut opened = Vec::new();
    for &branch in openable {
        if !best.branches[branch.i()].in_service || !desk.may_solve(KEPT + 1) {
            continue;
        }
        desk.situation.branch_out[branch.i()] = true;
        let weights = desk.weights.clone();
        let open = desk.solve(&weights, None, &best)?;
        if better(desk, &open, &best) {
            desk.opened.push(branch);
            desk.accept(&open);
            opened.push(branch);
            best = open;
        } else {
            desk.situation.branch_out[branch.i()] = false;
        }
    }
    Ok((opened, best))
}

/// Decides which units with a minimum run, and solves with that.
///
/// Per island, those that would run nearest to or above their minimum are on, as long as the minima together fit into what the
/// island's units give (eq. 2). Where that serves less than before, the units below their minimum are turned over one by one.
pub(super) fn commit(desk: &mut Desk, free: Delivery) -> Result<Delivery, DeliverError> {
    let candidates = candidates(desk, &free);
    if candidates.is_empty() {
        return Ok(free);
    }
    let mut room_mw = vec![0.0; free.islands.len()];
    for (unit, state) in desk.network.generators.iter().zip(&free.generators) {
        if let Some(island) = free.buses[unit.bus.i()].island {
            room_mw[island as usize] += MINIMA * state.p_mw.max(0.0);
        }
    }
    for &(k, island, _) in &candidates {
        let least_mw = desk.network.generators[k].p_mw_min;
        desk.commitment[k] = if least_mw <= room_mw[island as usize] { Commitment::On } else { Commitment::Off };
        if desk.commitment[k] == Commitment::On {
            room_mw[island as usize] -= least_mw;
        }
    }
    let below: Vec<usize> = candidates.iter().filter(|(_, _, part)| *part < 1.0).map(|c| c.0).collect();
    if below.is_empty() {
        // Every unit runs above its minimum as it is.
        return Ok(free);
    }
    let weights = desk.weights.clone();
    let mut best = desk.solve(&weights, None, &free)?;
    for &k in below.iter().rev().take(TURNED) {
        if !better(desk, &free, &best) || !desk.may_solve(KEPT + 1) {
            break;
        }
        let before = desk.commitment[k];
        desk.commitment[k] = if before == Commitment::On { Commitment::Off } else { Commitment::On };
        let turned = desk.solve(&weights, None, &best)?;
        if better(desk, &turned, &best) {
            best = turned;
        } else {
            desk.commitment[k] = before;
        }
    }
    desk.accept(&best);
    Ok(best)
}

/// Units with a minimum in live islands: position, island, and what each gives as a part of its minimum; the largest first.
fn candidates(desk: &Desk, free: &Delivery) -> Vec<(usize, u32, f64)> {
    let units = desk.network.generators.iter().zip(&free.generators).enumerate();
    let mut all: Vec<(usize, u32, f64)> = units
        .filter(|(k, (unit, _))| unit.in_service && !desk.situation.generator_out[*k] && unit.p_mw_min > 0.0)
        .filter_map(|(k, (unit, state))| {
            let bus = &free.buses[unit.bus.i()];
            // To rounding: a unit at its minimum is not below it.
            let part = state.p_mw / unit.p_mw_min * (1.0 + 1e-9);
            bus.island.filter(|_| bus.energized).map(|island| (k, island, part))
        })
        .collect();
    all.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
    all
}

/// Whether `a` is worth more than `b`, or leaves fewer islands without an answer.
fn better(desk: &Desk, a: &Delivery, b: &Delivery) -> bool {
    let (worth_a, worth_b) = (desk.worth_mw(a), desk.worth_mw(b));
    a.failures.len() < b.failures.len()
        || (a.failures.len() == b.failures.len() && worth_a > worth_b + BETTER * worth_b.abs().max(1.0))
}
