//! What a finished answer lacks to balance, recomputed from its own numbers.

use super::topology::{NONE, Topology};
use relight_model::Network;
use relight_model::outcome::Delivery;

/// Per bus: the mismatch of its node (eq. 1), p.u., from the shares, powers and flows as they are handed out.
pub(super) fn mismatch_pu(network: &Network, topology: &Topology, delivery: &Delivery) -> Vec<f64> {
    let mut sum_mw = vec![0.0; topology.island_of_node.len()];
    let mut add = |bus: relight_model::BusIdx, mw: f64| {
        let node = topology.node_of_bus[bus.i()];
        if node != NONE {
            sum_mw[node as usize] += mw;
        }
    };
    for (load, share) in network.loads.iter().zip(&delivery.load_served).filter(|(l, _)| l.in_service) {
        add(load.bus, -load.p_mw * share);
    }
    for (shunt, share) in network.shunts.iter().zip(&delivery.shunt_served).filter(|(s, _)| s.in_service) {
        add(shunt.bus, -shunt.g_mw * share);
    }
    for (unit, state) in network.generators.iter().zip(&delivery.generators) {
        add(unit.bus, state.p_mw);
    }
    for (unit, p_mw) in network.storages.iter().zip(&delivery.storage_p_mw) {
        add(unit.bus, *p_mw);
    }
    for (branch, state) in network.branches.iter().zip(&delivery.branches).filter(|(_, s)| s.in_service) {
        add(branch.from, -state.p_from_mw);
        add(branch.to, -state.p_to_mw);
    }
    for (line, p) in network.hvdc_lines.iter().zip(&delivery.hvdc_p_from_mw) {
        if let Some(p) = p {
            add(line.from, -p);
            add(line.to, p * (1.0 - line.loss_share) - line.loss_mw);
        }
    }
    let of_node = |&node: &u32| if node == NONE { 0.0 } else { sum_mw[node as usize].abs() / network.base_mva };
    topology.node_of_bus.iter().map(of_node).collect()
}
