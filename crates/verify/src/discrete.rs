//! Are the choices of a delivery whole?

use crate::delivery::{ALLOWED_PU, verify_delivery};
use crate::verdict::{Check, Gauge, Verdict};
use relight_model::outcome::Delivery;
use relight_model::{Network, Situation};

/// Checks as [`verify_delivery`] does, and that each load is served whole or not at all, and each generator with a minimum
/// output gives nothing at all or its minimum at least (docs/methods/deliver_choices.md, eq. 1 and 2).
pub fn verify_discrete(
    network: &Network,
    situation: &Situation,
    delivery: &Delivery,
    weights: Option<&[f64]>,
) -> Verdict {
    let mut checks = verify_delivery(network, situation, delivery, weights).checks;
    checks.extend([feeders(delivery), units(network, delivery)]);
    Verdict::new(checks)
}

fn feeders(delivery: &Delivery) -> Check {
    let mut gauge = Gauge::new("whole_feeders", "", 0.0);
    for (k, &share) in delivery.load_served.iter().enumerate() {
        gauge.note(share.min(1.0 - share).abs(), || format!("load {}", k + 1));
    }
    gauge.done()
}

fn units(network: &Network, delivery: &Delivery) -> Check {
    let mut gauge = Gauge::new("unit_minima", "p.u.", ALLOWED_PU);
    for (unit, state) in network.generators.iter().zip(&delivery.generators).filter(|(g, _)| g.p_mw_min > 0.0) {
        let off_by_mw = state.p_mw.abs().max(state.q_mvar.abs());
        let below_mw = unit.p_mw_min - state.p_mw;
        gauge.note(off_by_mw.min(below_mw) / network.base_mva, || format!("generator row {}", unit.row));
    }
    gauge.done()
}
