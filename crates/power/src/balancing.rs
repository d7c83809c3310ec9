//! Shares of the generators in balancing their island.

use relight_model::Network;

use crate::Balancing;
use crate::problem::{NodeKind, Problem};
use crate::structure::Structure;
use crate::topology::Topology;

/// Share of every node, summing to 1 over each island that has any; empty if references balance alone.
pub(crate) fn shares(
    network: &Network,
    structure: &Structure,
    topology: &Topology,
    problem: &Problem,
    balancing: Balancing,
) -> Vec<f64> {
    if balancing == Balancing::Reference {
        return Vec::new();
    }
    let islands = topology.islands.len();
    let mut surplus = vec![0.0; islands];
    for ((&island, &kind), &p) in problem.island.iter().zip(&problem.kind).zip(&problem.dc_p) {
        if kind != NodeKind::Off {
            surplus[island as usize] += p;
        }
    }
    let mut share = vec![0.0; structure.nodes()];
    let mut total = vec![0.0; islands];
    for (g, _) in network.generators.iter().zip(&topology.generator_on).filter(|(_, on)| **on) {
        let node = structure.node_of_bus[g.bus.i()] as usize;
        if problem.kind[node] == NodeKind::Off {
            continue;
        }
        let island = problem.island[node] as usize;
        let weight = match balancing {
            Balancing::Reference => 0.0,
            Balancing::Capacity => g.p_mw_max,
            Balancing::Headroom if surplus[island] > 0.0 => g.p_mw - g.p_mw_min,
            Balancing::Headroom => g.p_mw_max - g.p_mw,
        };
        if weight > 0.0 && weight.is_finite() {
            share[node] += weight;
            total[island] += weight;
        }
    }
    for (share, &island) in share.iter_mut().zip(&problem.island) {
        if *share > 0.0 {
            *share /= total[island as usize];
        }
    }
    share
}
