//! What never changes while a network lives: nodes, elimination order, fill, and where each branch's values go.

use relight_model::{BusKind, Network, Situation};
use relight_numerics::{DisjointSets, Pattern, Symbolic};

use crate::admittance::TwoPort;

/// Where the four values of a branch's [`TwoPort`] are added.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BranchSlots {
    pub from: u32,
    pub to: u32,
    pub ff: u32,
    pub ft: u32,
    pub tf: u32,
    pub tt: u32,
}

/// Nodes of the network in elimination order and the pattern of all its branches, in service or not.
#[derive(Debug, Clone)]
pub(crate) struct Structure {
    /// First bus (position in the network) of the group of fused buses that each bus belongs to.
    pub group_of_bus: Vec<u32>,
    /// Node of each bus. Nodes are numbered in elimination order.
    pub node_of_bus: Vec<u32>,
    pub symbolic: Symbolic,
    pub slots: Vec<BranchSlots>,
    pub two_ports: Vec<TwoPort>,
}

/// Buses whose removal would leave them and their switches out, as the network file and the situation say.
pub(crate) fn bus_alive(network: &Network, situation: &Situation) -> Vec<bool> {
    network.buses.iter().zip(&situation.bus_out).map(|(b, &out)| !out && b.kind != BusKind::Isolated).collect()
}

/// For every bus the first bus it is fused with by closed switches between live buses.
pub(crate) fn fused_groups(network: &Network, alive: &[bool]) -> Vec<u32> {
    let mut sets = DisjointSets::new(network.buses.len());
    for s in network.switches.iter().filter(|s| s.closed && alive[s.from.i()] && alive[s.to.i()]) {
        sets.join(s.from.0, s.to.0);
    }
    (0..network.buses.len() as u32).map(|i| sets.find(i)).collect()
}

impl Structure {
    /// Orders and analyses the network whose buses are fused as `group_of_bus` says.
    pub(crate) fn new(network: &Network, group_of_bus: Vec<u32>) -> Self {
        let mut node_of_bus = vec![0u32; group_of_bus.len()];
        let mut nodes = 0u32;
        for (i, &first) in group_of_bus.iter().enumerate() {
            // The first bus of a group comes before the others, so its node is known.
            node_of_bus[i] = if first as usize == i {
                nodes += 1;
                nodes - 1
            } else {
                node_of_bus[first as usize]
            };
        }
        let edges: Vec<(u32, u32)> =
            network.branches.iter().map(|b| (node_of_bus[b.from.i()], node_of_bus[b.to.i()])).collect();
        let symbolic = Symbolic::new(&Pattern::from_edges(nodes as usize, &edges));
        let new_of_old = symbolic.ordering().new_of_old();
        for node in &mut node_of_bus {
            *node = new_of_old[*node as usize];
        }
        let pattern = symbolic.pattern();
        let at = |i: u32, j: u32| {
            pattern.position(i as usize, j as usize).expect("invariant: every branch is in the pattern") as u32
        };
        let slots = network
            .branches
            .iter()
            .map(|b| {
                let (from, to) = (node_of_bus[b.from.i()], node_of_bus[b.to.i()]);
                BranchSlots { from, to, ff: at(from, from), ft: at(from, to), tf: at(to, from), tt: at(to, to) }
            })
            .collect();
        let two_ports = network.branches.iter().map(TwoPort::of).collect();
        Self { group_of_bus, node_of_bus, symbolic, slots, two_ports }
    }

    pub(crate) fn nodes(&self) -> usize {
        self.symbolic.nodes()
    }
}
