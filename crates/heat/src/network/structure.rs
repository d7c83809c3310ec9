//! What of a network stays the same in every situation: its branches, and the fill of its matrix.

use relight_model::{HeatNetwork, JunctionIdx};
use relight_numerics::{Pattern, Symbolic, SymmetricMatrix};
use std::ops::Range;

/// What carries water between two junctions. Branches of one kind follow each other, in the order of their table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A pipe.
    Pipe,
    /// A valve.
    Valve,
    /// A pump.
    Pump,
    /// A source, from its return junction to its supply junction.
    Source,
    /// A substation, from its supply junction to its return junction.
    Substation,
}

/// A branch of the graph; ends are positions in the elimination order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Branch {
    pub from: u32,
    pub to: u32,
    /// Where its off-diagonal entry stands; of no meaning for a loop.
    pub entry: u32,
}

/// The graph of a network with its symbolic factorisation. Made once; serves every situation, and every network of the same
/// tables whose branches join the same junctions.
#[derive(Clone, Debug)]
pub struct Structure {
    pub(super) symbolic: Symbolic,
    pub(super) branches: Vec<Branch>,
    /// First branch of each kind, and the end.
    first: [usize; 6],
    /// Per node, where its branches start in `incident`.
    pub(super) incident_start: Vec<u32>,
    /// Branches at each node.
    pub(super) incident: Vec<u32>,
}

impl Structure {
    /// Orders and analyses the graph of a network.
    ///
    /// # Panics
    /// If a branch names a junction that the network does not have; validation refuses such networks.
    pub fn new(network: &HeatNetwork) -> Self {
        let ends = ends(network);
        let symbolic = Symbolic::new(&Pattern::from_edges(network.junctions.len(), &ends));
        let empty = SymmetricMatrix::<1>::zeros(&symbolic);
        let new_of_old = symbolic.ordering().new_of_old();
        let branches: Vec<Branch> = ends
            .iter()
            .map(|&(from, to)| {
                let (from, to) = (new_of_old[from as usize], new_of_old[to as usize]);
                let entry = empty.position(from.min(to) as usize, from.max(to) as usize).unwrap_or(0) as u32;
                Branch { from, to, entry }
            })
            .collect();
        let mut first = [0; 6];
        let lengths = [
            network.pipes.len(),
            network.valves.len(),
            network.pumps.len(),
            network.sources.len(),
            network.substations.len(),
        ];
        for (k, length) in lengths.into_iter().enumerate() {
            first[k + 1] = first[k] + length;
        }
        let (incident_start, incident) = incidence(network.junctions.len(), &branches);
        Self { symbolic, branches, first, incident_start, incident }
    }

    /// Whether a network joins the same junctions by the same branches as the one that this was made of.
    pub fn fits(&self, network: &HeatNetwork) -> bool {
        let ends = ends(network);
        network.junctions.len() == self.symbolic.nodes()
            && ends.len() == self.branches.len()
            && ends.iter().zip(&self.branches).all(|(&(from, to), b)| {
                self.node(JunctionIdx(from)) == b.from as usize && self.node(JunctionIdx(to)) == b.to as usize
            })
    }

    /// Positions of the branches of a kind.
    pub(super) fn of(&self, kind: Kind) -> Range<usize> {
        self.first[kind as usize]..self.first[kind as usize + 1]
    }

    /// Position of a junction in the elimination order.
    pub(super) fn node(&self, junction: JunctionIdx) -> usize {
        self.symbolic.ordering().new_of_old()[junction.i()] as usize
    }

    /// Junction at each position of the elimination order.
    pub(super) fn junctions(&self) -> &[u32] {
        self.symbolic.ordering().old_of_new()
    }

    /// Branches at a node.
    pub(super) fn at(&self, node: usize) -> &[u32] {
        &self.incident[self.incident_start[node] as usize..self.incident_start[node + 1] as usize]
    }
}

/// Ends of all branches, as junctions, in the order of [`Kind`].
fn ends(network: &HeatNetwork) -> Vec<(u32, u32)> {
    let pipes = network.pipes.iter().map(|p| (p.from, p.to));
    let valves = network.valves.iter().map(|v| (v.from, v.to));
    let pumps = network.pumps.iter().map(|p| (p.from, p.to));
    let sources = network.sources.iter().map(|s| (s.return_junction, s.supply_junction));
    let substations = network.substations.iter().map(|s| (s.supply_junction, s.return_junction));
    pipes.chain(valves).chain(pumps).chain(sources).chain(substations).map(|(a, b)| (a.0, b.0)).collect()
}

fn incidence(nodes: usize, branches: &[Branch]) -> (Vec<u32>, Vec<u32>) {
    let mut start = vec![0u32; nodes + 1];
    for b in branches {
        start[b.from as usize + 1] += 1;
        start[b.to as usize + 1] += 1;
    }
    for i in 0..nodes {
        start[i + 1] += start[i];
    }
    let mut next = start.clone();
    let mut incident = vec![0u32; 2 * branches.len()];
    for (k, b) in branches.iter().enumerate() {
        for node in [b.from, b.to] {
            incident[next[node as usize] as usize] = k as u32;
            next[node as usize] += 1;
        }
    }
    (start, incident)
}
