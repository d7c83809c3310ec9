//! Islands: what hangs together, whether it has a source, and who is its reference.

use relight_model::{BusIdx, BusKind, Network, Situation};
use relight_numerics::DisjointSets;

use crate::structure::{Structure, bus_alive};

/// No island: the bus is out or isolated.
pub(crate) const NO_ISLAND: u32 = u32::MAX;

/// A connected part of the network in one situation.
#[derive(Debug, Clone, PartialEq)]
pub struct IslandTopology {
    /// Number of its buses.
    pub buses: u32,
    /// Its references: every file slack bus with a generator in service, else the one bus of the largest generator.
    /// Empty where the island has no source and is dark.
    pub references: Vec<BusIdx>,
    /// Sum of its in-service loads, MW.
    pub load_mw: f64,
}

/// What is in service and what hangs together, for one situation.
#[derive(Debug, Clone, PartialEq)]
pub struct Topology {
    /// Per bus: neither out nor isolated.
    pub bus_alive: Vec<bool>,
    /// Per branch: in service with both ends alive.
    pub branch_on: Vec<bool>,
    /// Per generator: in service on a bus that is alive.
    pub generator_on: Vec<bool>,
    /// Per bus: position in `islands`; `None` if out or isolated.
    pub island_of_bus: Vec<Option<u32>>,
    /// Islands, by their first bus.
    pub islands: Vec<IslandTopology>,
}

impl Topology {
    /// Islands of `network` in `situation`.
    ///
    /// An island has a source if a generator able to supply (`p_mw_max` or `p_mw` above 0) is in service there, or any
    /// generator on a slack bus of the file. Synchronous condensers alone do not light an island.
    pub fn new(network: &Network, situation: &Situation) -> Self {
        let alive = bus_alive(network, situation);
        let groups = crate::structure::fused_groups(network, &alive);
        Self::of_nodes(network, situation, alive, &groups, network.buses.len())
    }

    /// The same over the nodes of a structure whose groups fit this situation.
    pub(crate) fn on(network: &Network, situation: &Situation, alive: Vec<bool>, structure: &Structure) -> Self {
        Self::of_nodes(network, situation, alive, &structure.node_of_bus, structure.nodes())
    }

    fn of_nodes(
        network: &Network,
        situation: &Situation,
        bus_alive: Vec<bool>,
        node_of_bus: &[u32],
        nodes: usize,
    ) -> Self {
        let branch_on: Vec<bool> = network
            .branches
            .iter()
            .zip(&situation.branch_out)
            .map(|(b, &out)| b.in_service && !out && bus_alive[b.from.i()] && bus_alive[b.to.i()])
            .collect();
        let generator_on: Vec<bool> = network
            .generators
            .iter()
            .zip(&situation.generator_out)
            .map(|(g, &out)| g.in_service && !out && bus_alive[g.bus.i()])
            .collect();
        let mut sets = DisjointSets::new(nodes);
        for (b, _) in network.branches.iter().zip(&branch_on).filter(|(_, on)| **on) {
            sets.join(node_of_bus[b.from.i()], node_of_bus[b.to.i()]);
        }
        let mut island_of_set = vec![NO_ISLAND; nodes];
        let mut islands: Vec<IslandTopology> = Vec::new();
        let mut island_of_bus = vec![None; network.buses.len()];
        for (i, _) in bus_alive.iter().enumerate().filter(|(_, alive)| **alive) {
            let set = sets.find(node_of_bus[i]) as usize;
            if island_of_set[set] == NO_ISLAND {
                island_of_set[set] = islands.len() as u32;
                islands.push(IslandTopology { buses: 0, references: Vec::new(), load_mw: 0.0 });
            }
            islands[island_of_set[set] as usize].buses += 1;
            island_of_bus[i] = Some(island_of_set[set]);
        }
        for load in network.loads.iter().filter(|l| l.in_service) {
            if let Some(k) = island_of_bus[load.bus.i()] {
                islands[k as usize].load_mw += load.p_mw;
            }
        }
        let mut topology = Self { bus_alive, branch_on, generator_on, island_of_bus, islands };
        topology.choose_references(network);
        topology
    }

    fn choose_references(&mut self, network: &Network) {
        let mut largest: Vec<Option<(f64, BusIdx)>> = vec![None; self.islands.len()];
        for (g, _) in network.generators.iter().zip(&self.generator_on).filter(|(_, on)| **on) {
            let Some(k) = self.island_of_bus[g.bus.i()] else { continue };
            if network.buses[g.bus.i()].kind == BusKind::Slack {
                self.islands[k as usize].references.push(g.bus);
            }
            let best = &mut largest[k as usize];
            if (g.p_mw_max > 0.0 || g.p_mw > 0.0) && best.is_none_or(|(p, _)| g.p_mw_max > p) {
                *best = Some((g.p_mw_max, g.bus));
            }
        }
        for (island, largest) in self.islands.iter_mut().zip(largest) {
            island.references.sort_unstable();
            island.references.dedup();
            if let (true, Some((_, bus))) = (island.references.is_empty(), largest) {
                island.references.push(bus);
            }
        }
    }
}
