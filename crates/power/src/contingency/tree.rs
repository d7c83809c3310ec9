//! Depth-first tree of the network: which branches and nodes hold it together, and what hangs on them.
//!
//! With `pre(i)` the order in which the search meets node `i` and `low(i)` the smallest `pre` that the subtree of `i` reaches
//! over one branch outside the tree (Tarjan, Depth-first search and linear graph algorithms, SIAM J. Comput. 1, 1972):
//!
//! ```text
//! the branch from i up to its parent is a bridge          low(i) = pre(i)                                       (1)
//! node p cuts the subtree of its child c off              low(c) >= pre(p)                                      (2)
//! ```
//!
//! A subtree is a range of `pre`, so that sums over what an outage cuts off are differences of prefix sums.

use std::ops::Range;

use relight_model::Network;

use crate::problem::NodeKind;
use crate::problem::Problem;
use crate::structure::Structure;
use crate::topology::{NO_ISLAND, Topology};

const NONE: u32 = u32::MAX;

/// Branches, generators and demand by node, and the depth-first tree of every island.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    /// Nodes in the order they were met, island by island.
    pub order: Vec<u32>,
    /// Position in `order`; `NONE` for nodes that are out.
    pre: Vec<u32>,
    /// End of the subtree's range in `order`.
    end: Vec<u32>,
    low: Vec<u32>,
    /// Node above; itself at a root.
    parent: Vec<u32>,
    branch_start: Vec<u32>,
    /// Branches in service at each node.
    branches: Vec<u32>,
    generator_start: Vec<u32>,
    /// Generators in service at each node.
    generators: Vec<u32>,
    /// Buses in each node.
    bus_count: Vec<u32>,
    /// Sums over `order[..k]`: positive demand with voltage in MW, and people.
    demand_before: Vec<[f64; 2]>,
}

/// Items grouped by node: where each group starts, and the items.
fn by_node(nodes: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> (Vec<u32>, Vec<u32>) {
    let mut start = vec![0u32; nodes + 1];
    for (node, _) in pairs.clone() {
        start[node as usize + 1] += 1;
    }
    for i in 0..nodes {
        start[i + 1] += start[i];
    }
    let mut next = start.clone();
    let mut items = vec![0u32; start[nodes] as usize];
    for (node, item) in pairs {
        items[next[node as usize] as usize] = item;
        next[node as usize] += 1;
    }
    (start, items)
}

impl Tree {
    pub(crate) fn new(
        network: &Network,
        structure: &Structure,
        topology: &Topology,
        problem: &Problem,
        people_by_load: Option<&[f64]>,
    ) -> Self {
        let n = structure.nodes();
        let ends = structure.slots.iter().enumerate().filter(|(k, _)| topology.branch_on[*k]);
        let ends = ends.flat_map(|(k, s)| {
            let second = (s.from != s.to).then_some((s.to, k as u32));
            std::iter::once((s.from, k as u32)).chain(second)
        });
        let (branch_start, branches) = by_node(n, ends);
        let on = network.generators.iter().enumerate().filter(|(k, _)| topology.generator_on[*k]);
        let (generator_start, generators) = by_node(n, on.map(|(k, g)| (structure.node_of_bus[g.bus.i()], k as u32)));
        let mut bus_count = vec![0; n];
        structure.node_of_bus.iter().for_each(|&node| bus_count[node as usize] += 1);
        let mut tree = Self {
            bus_count,
            order: Vec::with_capacity(n),
            pre: vec![NONE; n],
            end: vec![0; n],
            low: vec![0; n],
            parent: (0..n as u32).collect(),
            branch_start,
            branches,
            generator_start,
            generators,
            demand_before: Vec::new(),
        };
        // References first, so that what an outage cuts off is the part without the island's reference.
        for bus in topology.islands.iter().filter_map(|i| i.references.first()) {
            tree.search(structure, structure.node_of_bus[bus.i()]);
        }
        for root in (0..n as u32).filter(|&i| problem.island[i as usize] != NO_ISLAND) {
            if tree.pre[root as usize] == NONE {
                tree.search(structure, root);
            }
        }
        tree.sum_demand(network, structure, topology, problem, people_by_load);
        tree
    }

    fn search(&mut self, structure: &Structure, root: u32) {
        let mut via = vec![NONE];
        let mut open: Vec<(u32, u32)> = vec![(root, self.branch_start[root as usize])];
        self.meet(root);
        while let Some((node, at)) = open.last_mut() {
            let i = *node as usize;
            if *at == self.branch_start[i + 1] {
                let below = *node;
                self.end[i] = self.order.len() as u32;
                open.pop();
                via.pop();
                if let Some(&(above, _)) = open.last() {
                    self.low[above as usize] = self.low[above as usize].min(self.low[below as usize]);
                }
                continue;
            }
            let branch = self.branches[*at as usize];
            *at += 1;
            let slots = &structure.slots[branch as usize];
            let other = if slots.from == *node { slots.to } else { slots.from };
            let here = *node;
            if via.last() == Some(&branch) || other == here {
                continue;
            }
            if self.pre[other as usize] == NONE {
                self.meet(other);
                self.parent[other as usize] = here;
                open.push((other, self.branch_start[other as usize]));
                via.push(branch);
            } else {
                self.low[i] = self.low[i].min(self.pre[other as usize]);
            }
        }
    }

    fn meet(&mut self, node: u32) {
        let position = self.order.len() as u32;
        (self.pre[node as usize], self.low[node as usize]) = (position, position);
        self.order.push(node);
    }

    fn sum_demand(
        &mut self,
        network: &Network,
        structure: &Structure,
        topology: &Topology,
        problem: &Problem,
        people_by_load: Option<&[f64]>,
    ) {
        let mut at_node = vec![[0.0f64; 2]; structure.nodes()];
        for (k, load) in network.loads.iter().enumerate() {
            let node = structure.node_of_bus[load.bus.i()] as usize;
            if load.in_service && topology.bus_alive[load.bus.i()] && problem.kind[node] != NodeKind::Off {
                at_node[node][0] += load.p_mw.max(0.0);
                at_node[node][1] += people_by_load.and_then(|p| p.get(k)).copied().unwrap_or(0.0);
            }
        }
        let mut sum = [0.0; 2];
        self.demand_before.push(sum);
        for &node in &self.order {
            let here = at_node[node as usize];
            sum = [sum[0] + here[0], sum[1] + here[1]];
            self.demand_before.push(sum);
        }
    }

    /// Demand with voltage in a range of `order`: MW and people.
    pub(crate) fn demand(&self, range: &Range<u32>) -> [f64; 2] {
        let (a, b) = (self.demand_before[range.start as usize], self.demand_before[range.end as usize]);
        [b[0] - a[0], b[1] - a[1]]
    }

    /// Branches in service at a node.
    pub(crate) fn branches_at(&self, node: u32) -> &[u32] {
        &self.branches[self.branch_start[node as usize] as usize..self.branch_start[node as usize + 1] as usize]
    }

    /// Generators in service at a node, in the network's order.
    pub(crate) fn generators_at(&self, node: u32) -> &[u32] {
        let i = node as usize;
        &self.generators[self.generator_start[i] as usize..self.generator_start[i + 1] as usize]
    }

    /// Number of buses that a node is made of.
    pub(crate) fn buses_at(&self, node: u32) -> u32 {
        self.bus_count[node as usize]
    }

    /// The subtree of a node.
    pub(crate) fn subtree(&self, node: u32) -> Range<u32> {
        self.pre[node as usize]..self.end[node as usize]
    }

    pub(crate) fn position(&self, node: u32) -> u32 {
        self.pre[node as usize]
    }

    pub(crate) fn is_root(&self, node: u32) -> bool {
        self.parent[node as usize] == node
    }

    /// The part that a branch between two nodes holds to its island alone (1); `None` if it does not.
    pub(crate) fn behind_branch(&self, a: u32, b: u32) -> Option<Range<u32>> {
        let below = if self.parent[b as usize] == a { b } else { a };
        let above = if below == b { a } else { b };
        let bridge =
            a != b && self.parent[below as usize] == above && self.low[below as usize] == self.pre[below as usize];
        bridge.then(|| self.subtree(below))
    }

    /// The parts that a node holds to its island alone (2), each once; `structure` says where branches lead.
    pub(crate) fn behind_node(&self, structure: &Structure, node: u32, parts: &mut Vec<Range<u32>>) {
        for &branch in self.branches_at(node) {
            let slots = &structure.slots[branch as usize];
            let other = if slots.from == node { slots.to } else { slots.from };
            let child = other != node && self.parent[other as usize] == node;
            if child && self.low[other as usize] >= self.pre[node as usize] {
                let part = self.subtree(other);
                if !parts.contains(&part) {
                    parts.push(part);
                }
            }
        }
    }
}
