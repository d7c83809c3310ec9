//! What is left of the network: nodes, islands, and which of them are live.

use relight_model::outcome::Island;
use relight_model::{BusIdx, BusKind, Network, Situation};
use relight_numerics::DisjointSets;

/// Mark for "none" in vectors of positions.
pub(super) const NONE: u32 = DisjointSets::NONE;

/// The network that a situation leaves. A node is a bus, or several that closed switches join.
pub(super) struct Topology {
    /// Per bus: its node, [`NONE`] if the bus is out or isolated.
    pub node_of_bus: Vec<u32>,
    /// Per node: its island.
    pub island_of_node: Vec<u32>,
    /// Per island, in the order of its first bus.
    pub islands: Vec<Island>,
    /// Per branch: in service with both ends there. A branch from a bus to itself is not.
    pub branch_on: Vec<bool>,
    /// Per generator: in service on a bus that is there.
    pub generator_on: Vec<bool>,
}

impl Topology {
    /// Finds nodes and islands. An island is live if a generator with `p_mw_max > 0` is in service in it; its reference
    /// is the bus of the largest such generator, the first of equals.
    pub fn new(network: &Network, situation: &Situation) -> Self {
        let there: Vec<bool> = network
            .buses
            .iter()
            .zip(&situation.bus_out)
            .map(|(bus, &out)| !out && bus.kind != BusKind::Isolated)
            .collect();
        let ends = |a: BusIdx, b: BusIdx| a != b && there[a.i()] && there[b.i()];
        let branch_on: Vec<bool> = network
            .branches
            .iter()
            .zip(&situation.branch_out)
            .map(|(b, &out)| b.in_service && !out && ends(b.from, b.to))
            .collect();
        let generator_on: Vec<bool> = network
            .generators
            .iter()
            .zip(&situation.generator_out)
            .map(|(g, &out)| g.in_service && !out && there[g.bus.i()])
            .collect();

        let mut joined = DisjointSets::new(network.buses.len());
        for s in network.switches.iter().filter(|s| s.closed && ends(s.from, s.to)) {
            joined.join(s.from.0, s.to.0);
        }
        let (node_of_bus, nodes) = joined.numbered(&there);
        let mut connected = DisjointSets::new(nodes);
        for (branch, _) in network.branches.iter().zip(&branch_on).filter(|(_, on)| **on) {
            connected.join(node_of_bus[branch.from.i()], node_of_bus[branch.to.i()]);
        }
        let (island_of_node, count) = connected.numbered(&vec![true; nodes]);
        let mut topology = Self { node_of_bus, island_of_node, islands: Vec::new(), branch_on, generator_on };
        topology.islands = topology.describe(network, count);
        topology
    }

    /// Whether both buses are one, or joined by closed switches.
    pub fn one_node(&self, a: BusIdx, b: BusIdx) -> bool {
        a == b || (self.node_of_bus[a.i()] != NONE && self.node_of_bus[a.i()] == self.node_of_bus[b.i()])
    }

    /// Island of a bus; `None` if the bus is out or isolated.
    pub fn island_of_bus(&self, bus: BusIdx) -> Option<usize> {
        let node = self.node_of_bus[bus.i()];
        (node != NONE).then(|| self.island_of_node[node as usize] as usize)
    }

    fn describe(&self, network: &Network, count: usize) -> Vec<Island> {
        let blank = Island { buses: 0, energized: false, slack_bus: None, load_mw: 0.0, max_mismatch_pu: 0.0 };
        let mut islands = vec![blank; count];
        for bus in 0..network.buses.len() {
            if let Some(i) = self.island_of_bus(bus.into()) {
                islands[i].buses += 1;
            }
        }
        for load in network.loads.iter().filter(|l| l.in_service) {
            if let Some(i) = self.island_of_bus(load.bus) {
                islands[i].load_mw += load.p_mw;
            }
        }
        let mut largest_mw = vec![0.0; count];
        for (generator, _) in network.generators.iter().zip(&self.generator_on).filter(|(_, on)| **on) {
            if let Some(i) = self.island_of_bus(generator.bus)
                && generator.p_mw_max > largest_mw[i]
            {
                largest_mw[i] = generator.p_mw_max;
                islands[i].energized = true;
                islands[i].slack_bus = Some(generator.bus);
            }
        }
        islands
    }
}
