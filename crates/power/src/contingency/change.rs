//! What an outage changes in the equations of the situation it happens in.
//!
//! An outage touches few nodes: the ends of branches that go, a node that goes, a generator's node, a new reference. What it
//! cuts off is known from the tree without a search. Where that is not all there is to it (a set point changes, the last
//! source goes, a substation splits), the outage is solved afresh instead: [`Change::afresh`].

use std::ops::Range;

use relight_model::{BusKind, Network};

use crate::Settings;
use crate::admittance::Complex;
use crate::contingency::tree::Tree;
use crate::problem::{NodeKind, Problem};
use crate::structure::Structure;
use crate::topology::Topology;
use relight_model::safety::Outage;

/// The situation before the outage.
#[derive(Clone, Copy)]
pub(crate) struct Before<'a> {
    pub network: &'a Network,
    pub settings: &'a Settings,
    pub structure: &'a Structure,
    pub topology: &'a Topology,
    pub problem: &'a Problem,
    pub tree: &'a Tree,
}

/// A node whose equations change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct NodeChange {
    pub node: u32,
    pub kind: NodeKind,
    /// What the node loses of its given injection, p.u.
    pub lost: Complex,
}

/// What one outage changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Change {
    /// The quick way does not cover this outage.
    pub afresh: bool,
    /// Branches that carry nothing any more because they, or an end of theirs, went out.
    pub branches: Vec<u32>,
    /// Ends of these branches, and whatever else changes; each node once.
    pub nodes: Vec<NodeChange>,
    /// Further nodes that lose their voltage, with branches among themselves and `nodes` alone.
    pub dark: Vec<u32>,
    pub islands: u32,
    pub dark_islands: u32,
    pub lost_mw: f64,
    pub lost_people: f64,
    /// Parts cut off.
    parts: Vec<Range<u32>>,
}

impl Change {
    /// Makes this the change of `outage`, reusing its storage. The outage is one of [`super::list`].
    pub(crate) fn set(&mut self, before: &Before<'_>, outage: Outage) {
        let Before { network, structure, topology, problem, .. } = *before;
        self.afresh = false;
        self.branches.clear();
        self.nodes.clear();
        self.dark.clear();
        self.parts.clear();
        self.islands = topology.islands.len() as u32;
        self.dark_islands = topology.islands.iter().filter(|i| i.references.is_empty()).count() as u32;
        (self.lost_mw, self.lost_people) = (0.0, 0.0);
        match outage {
            Outage::Branch(k) => {
                let slots = &structure.slots[k.i()];
                self.branches.push(k.0);
                self.parts.extend(before.tree.behind_branch(slots.from, slots.to));
                self.islands += self.parts.len() as u32;
                if !problem.is_live(slots.from as usize) {
                    self.dark_islands += self.parts.len() as u32;
                    self.branches.clear();
                    return;
                }
                self.touch(problem, slots.from);
                self.touch(problem, slots.to);
                if !self.parts.is_empty() {
                    self.place_references(before, slots.from, None, None);
                }
            }
            Outage::Generator(g) => {
                let node = structure.node_of_bus[network.generators[g.i()].bus.i()];
                if problem.is_live(node as usize) {
                    self.lose_generator(before, g.i(), node);
                    self.place_references(before, node, None, Some(g.0));
                }
            }
            Outage::Bus(b) => {
                let node = structure.node_of_bus[b.i()];
                if before.tree.buses_at(node) > 1 {
                    self.afresh = true; // the node falls apart
                } else {
                    self.lose_node(before, node);
                }
            }
            Outage::Substation(b) => self.lose_node(before, structure.node_of_bus[b.i()]),
        }
    }

    fn touch(&mut self, problem: &Problem, node: u32) -> &mut NodeChange {
        let at = self.nodes.iter().position(|c| c.node == node).unwrap_or_else(|| {
            self.nodes.push(NodeChange { node, kind: problem.kind[node as usize], lost: [0.0; 2] });
            self.nodes.len() - 1
        });
        &mut self.nodes[at]
    }

    fn lose_node(&mut self, before: &Before<'_>, node: u32) {
        let Before { network, settings, structure, problem, tree, .. } = *before;
        tree.behind_node(structure, node, &mut self.parts);
        let rest = !tree.is_root(node);
        let live = problem.is_live(node as usize);
        // Its island goes; what is cut off and what is left over come.
        let left = self.parts.len() as u32 + u32::from(rest);
        self.islands = self.islands - 1 + left;
        if !live {
            self.dark_islands = self.dark_islands - 1 + left;
            return;
        }
        let hangs_on = |bus: relight_model::BusIdx| structure.node_of_bus[bus.i()] == node;
        let hvdc = network.hvdc_lines.iter().any(|l| l.in_service && (hangs_on(l.from) || hangs_on(l.to)));
        if (settings.hvdc_lines && hvdc) || left == 0 {
            self.afresh = true;
            return;
        }
        let own = tree.position(node)..tree.position(node) + 1;
        let lost = tree.demand(&own);
        (self.lost_mw, self.lost_people) = (lost[0], lost[1]);
        self.touch(problem, node).kind = NodeKind::Off;
        for &branch in tree.branches_at(node) {
            let slots = &structure.slots[branch as usize];
            self.branches.push(branch);
            self.touch(problem, if slots.from == node { slots.to } else { slots.from });
        }
        self.place_references(before, node, Some(node), None);
    }

    /// Takes a generator off its node, and the voltage of the node where nobody is left to hold it.
    fn lose_generator(&mut self, before: &Before<'_>, lost: usize, node: u32) {
        let Before { network, settings, problem, tree, .. } = *before;
        let base = network.base_mva;
        let g = &network.generators[lost];
        let change = self.touch(problem, node);
        change.lost = [g.p_mw / base, g.q_mvar / base];
        if change.kind == NodeKind::Pq {
            return;
        }
        let mut others = tree.generators_at(node).iter().filter(|&&k| k as usize != lost);
        let holds = |k: &&u32| {
            let kind = network.buses[network.generators[**k as usize].bus.i()].kind;
            matches!(kind, BusKind::Pv | BusKind::Slack)
        };
        match others.rfind(holds) {
            None if change.kind == NodeKind::Pv => {
                change.kind = NodeKind::Pq;
                self.afresh |= settings.hvdc_lines; // whose ends may hold the voltage on
            }
            None => {} // a reference: its place is decided with the others
            Some(&k) => self.afresh |= network.generators[k as usize].vm_pu != problem.vm_set[node as usize],
        }
    }

    /// Gives every part its references, or none, after `gone` and `lost_generator` went from the island of `at`.
    fn place_references(&mut self, before: &Before<'_>, at: u32, gone: Option<u32>, lost_generator: Option<u32>) {
        let Before { network, structure, topology, problem, tree, .. } = *before;
        let island = problem.island[at as usize];
        let references = &topology.islands[island as usize].references;
        let node_of = |bus: &relight_model::BusIdx| structure.node_of_bus[bus.i()];
        let robbed = lost_generator.map(|_| at);
        if references.iter().map(node_of).any(|r| robbed == Some(r)) {
            self.replace_reference(before, at, lost_generator.unwrap_or(u32::MAX));
            return;
        }
        let parts = std::mem::take(&mut self.parts);
        let mut lit = 0;
        for part in &parts {
            let inside = |node: u32| part.contains(&tree.position(node));
            if references.iter().map(node_of).any(|r| inside(r) && gone != Some(r)) {
                lit += 1;
                continue;
            }
            let nodes = &tree.order[part.start as usize..part.end as usize];
            match largest_source(network, nodes.iter().flat_map(|&i| tree.generators_at(i)).copied()) {
                Some(g) => {
                    self.make_reference(before, g);
                    lit += 1;
                }
                None => self.darken(before, part),
            }
        }
        // What is left over beside the parts.
        let rest = gone.is_none_or(|node| !tree.is_root(node));
        if rest {
            let beside = |node: u32| {
                let position = tree.position(node);
                problem.island[node as usize] == island
                    && gone != Some(node)
                    && !parts.iter().any(|part| part.contains(&position))
            };
            if references.iter().map(node_of).any(&beside) {
                lit += 1;
            } else {
                let on = (0..network.generators.len() as u32).filter(|&k| topology.generator_on[k as usize]);
                let source =
                    largest_source(network, on.filter(|&k| beside(node_of(&network.generators[k as usize].bus))));
                match source {
                    Some(g) => {
                        self.make_reference(before, g);
                        lit += 1;
                    }
                    None => self.afresh = true,
                }
            }
        }
        self.parts = parts;
        // Whether anything has voltage still is then a question for a fresh solve.
        self.afresh |= lit == 0;
    }

    /// A generator of a reference went: the bus stays one if a slack bus of the file has another, else the largest follows.
    fn replace_reference(&mut self, before: &Before<'_>, at: u32, lost: u32) {
        let Before { network, structure, topology, problem, tree, .. } = *before;
        let slack_bus = |k: &u32| network.buses[network.generators[*k as usize].bus.i()].kind == BusKind::Slack;
        let island = problem.island[at as usize];
        let references = &topology.islands[island as usize].references;
        let here = || tree.generators_at(at).iter().copied().filter(|&k| k != lost);
        if here().any(|k| slack_bus(&k)) {
            // With several slack buses in one node, the first of them may change: that is not worth a rule of its own.
            self.afresh |= references.iter().filter(|b| structure.node_of_bus[b.i()] == at).count() > 1;
            return;
        }
        let holds = |k: u32| network.buses[network.generators[k as usize].bus.i()].kind == BusKind::Pv;
        let next_kind = if here().any(holds) { NodeKind::Pv } else { NodeKind::Pq };
        if references.iter().any(|b| structure.node_of_bus[b.i()] != at) {
            self.touch(problem, at).kind = next_kind;
            return;
        }
        let on = (0..network.generators.len() as u32).filter(|&k| k != lost && topology.generator_on[k as usize]);
        let mine =
            |k: &u32| problem.island[structure.node_of_bus[network.generators[*k as usize].bus.i()] as usize] == island;
        match largest_source(network, on.filter(mine)) {
            None => self.afresh = true,
            Some(g) => {
                self.touch(problem, at).kind = next_kind;
                self.make_reference(before, g);
            }
        }
    }

    fn make_reference(&mut self, before: &Before<'_>, generator: u32) {
        let Before { network, structure, problem, .. } = *before;
        let node = structure.node_of_bus[network.generators[generator as usize].bus.i()];
        let change = self.touch(problem, node);
        // A bus that held no voltage gets a set point now: its voltage jumps, which is more than this way covers.
        let held = matches!(problem.kind[node as usize], NodeKind::Pv | NodeKind::Slack) && change.kind != NodeKind::Pq;
        change.kind = NodeKind::Slack;
        self.afresh |= !held;
    }

    fn darken(&mut self, before: &Before<'_>, part: &Range<u32>) {
        let tree = before.tree;
        let lost = tree.demand(part);
        self.lost_mw += lost[0];
        self.lost_people += lost[1];
        self.dark_islands += 1;
        for &node in &tree.order[part.start as usize..part.end as usize] {
            match self.nodes.iter_mut().find(|c| c.node == node) {
                Some(change) => change.kind = NodeKind::Off,
                None => self.dark.push(node),
            }
        }
    }
}

/// The generator able to supply with the largest `p_mw_max`, the first of equals (see [`Topology::new`]).
fn largest_source(network: &Network, generators: impl Iterator<Item = u32>) -> Option<u32> {
    let able = generators.filter(|&k| {
        let g = &network.generators[k as usize];
        g.p_mw_max > 0.0 || g.p_mw > 0.0
    });
    able.fold(None, |best: Option<u32>, k| {
        let p = |k: u32| network.generators[k as usize].p_mw_max;
        match best {
            Some(b) if p(k) > p(b) || (p(k) == p(b) && k < b) => Some(k),
            Some(b) => Some(b),
            None => Some(k),
        }
    })
}
