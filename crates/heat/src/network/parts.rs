//! What of a network carries water in a situation, which parts have pressure, and why a consumer is cut off.
//!
//! Pipes, open valves and pumps join junctions to *pieces*. Sources lead from piece to piece, and so do substations, each in one
//! direction only; what is given from outside leads from and to a place outside. Water can pass a source or a substation exactly
//! if it lies on a directed cycle of that graph: if both its pieces are in one strongly connected component (Tarjan 1972). All
//! others stand, and are left out of the equations. Pieces joined by what is left are the *parts*; a part has pressure if
//! something holds it: a fixed pressure, or one of the sources that run in it.

use super::structure::{Kind, Structure};
use relight_model::warm::ColdReason;
use relight_model::{HeatNetwork, HeatSituation, JunctionIdx};
use relight_numerics::DisjointSets;

/// Pressure at the return of a source that holds a part for which no source names one, bar.
const P_HELD_BAR: f64 = 3.0;

/// Which branches may carry water, which nodes have a given pressure.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Per branch: whether it is part of the equations.
    pub live: Vec<bool>,
    /// Per node (elimination order): whether it has a pressure.
    pub wet: Vec<bool>,
    /// Per node: pressure that is held there, Pa.
    pub held_pa: Vec<Option<f64>>,
    /// Per substation: why it is not live.
    pub reason: Vec<Option<ColdReason>>,
}

struct Finder<'a> {
    network: &'a HeatNetwork,
    structure: &'a Structure,
    situation: &'a HeatSituation,
}

fn is(flags: &[bool], k: usize) -> bool {
    flags.get(k).copied().unwrap_or(false)
}

/// Finds the parts of a network in a situation.
pub(super) fn find(network: &HeatNetwork, structure: &Structure, situation: &HeatSituation) -> Parts {
    Finder { network, structure, situation }.find()
}

impl Finder<'_> {
    fn find(&self) -> Parts {
        let s = self.structure;
        let nodes = s.symbolic.nodes();
        let able = self.able();
        let stiff = s.of(Kind::Pipe).start..s.of(Kind::Pump).end;
        let mut sets = DisjointSets::new(nodes);
        for b in stiff.clone().filter(|&b| able[b]) {
            sets.join(s.branches[b].from, s.branches[b].to);
        }
        let (piece, pieces) = sets.clone().numbered(&vec![true; nodes]);
        let component = self.components(&able, &piece, pieces);
        let mut live = able.clone();
        for b in s.of(Kind::Source).chain(s.of(Kind::Substation)) {
            let [from, to] = [s.branches[b].from, s.branches[b].to].map(|n| component[piece[n as usize] as usize]);
            live[b] = able[b] && from == to;
            if live[b] {
                sets.join(s.branches[b].from, s.branches[b].to);
            }
        }
        let (part, parts) = sets.numbered(&vec![true; nodes]);
        let held_pa = self.held(&part, parts);
        let mut has_pressure = vec![false; parts];
        for (node, held) in held_pa.iter().enumerate() {
            has_pressure[part[node] as usize] |= held.is_some();
        }
        let in_service = |node: usize| self.network.junctions[s.junctions()[node] as usize].in_service;
        let wet: Vec<bool> = (0..nodes).map(|n| has_pressure[part[n] as usize] && in_service(n)).collect();
        for (b, live) in live.iter_mut().enumerate() {
            *live &= wet[s.branches[b].from as usize];
        }
        let reason = self.reasons(&able, &live);
        Parts { live, wet, held_pa, reason }
    }

    /// Per branch: whether it and its ends are in service and nothing shuts it.
    fn able(&self) -> Vec<bool> {
        let (n, s, out) = (self.network, self.structure, self.situation);
        let mut able = Vec::with_capacity(s.branches.len());
        able.extend(n.pipes.iter().enumerate().map(|(k, p)| p.in_service && !is(&out.pipe_out, k)));
        able.extend(n.valves.iter().map(|v| v.open));
        able.extend(n.pumps.iter().enumerate().map(|(k, p)| p.bypass || (p.in_service && !is(&out.pump_out, k))));
        able.extend(n.sources.iter().enumerate().map(|(k, x)| x.in_service && !is(&out.source_out, k)));
        able.extend(n.substations.iter().enumerate().map(|(k, x)| x.in_service && !is(&out.substation_out, k)));
        for (able, b) in able.iter_mut().zip(&s.branches) {
            let [from, to] = [b.from, b.to].map(|node| n.junctions[s.junctions()[node as usize] as usize].in_service);
            *able &= from && to && b.from != b.to;
        }
        able
    }

    /// Per piece its strongly connected component; the last one is the place outside.
    fn components(&self, able: &[bool], piece: &[u32], pieces: usize) -> Vec<u32> {
        let s = self.structure;
        let outside = pieces as u32;
        let mut edges: Vec<(u32, u32)> = Vec::new();
        for b in s.of(Kind::Source).chain(s.of(Kind::Substation)).filter(|&b| able[b]) {
            edges.push((piece[s.branches[b].from as usize], piece[s.branches[b].to as usize]));
        }
        for fixed in &self.network.fixed_pressures {
            let at = piece[s.node(fixed.junction)];
            edges.extend([(at, outside), (outside, at)]);
        }
        for injection in &self.network.injections {
            let at = piece[s.node(injection.junction)];
            edges.push(if injection.mdot_kg_per_s > 0.0 { (outside, at) } else { (at, outside) });
        }
        // Thousands of substations lead from the same piece to the same other one.
        edges.sort_unstable();
        edges.dedup();
        strongly_connected(pieces + 1, &edges)
    }

    /// Per node the pressure that is held there, Pa.
    fn held(&self, part: &[u32], parts: usize) -> Vec<Option<f64>> {
        let (n, s) = (self.network, self.structure);
        let mut held = vec![None; part.len()];
        let mut done = vec![false; parts];
        for fixed in n.fixed_pressures.iter().filter(|f| n.junctions[f.junction.i()].in_service) {
            held[s.node(fixed.junction)] = Some(fixed.p_bar * 1e5);
            done[part[s.node(fixed.junction)] as usize] = true;
        }
        // Sources that name a pressure come first, then the largest, then by id: the order of the table says nothing.
        let mut order: Vec<usize> = (0..n.sources.len()).collect();
        let rank = |k: usize| (n.sources[k].p_return_bar.is_some(), n.sources[k].heat_mw_max);
        order.sort_by(|&a, &b| {
            let ((named_a, mw_a), (named_b, mw_b)) = (rank(a), rank(b));
            named_b.cmp(&named_a).then(mw_b.total_cmp(&mw_a)).then_with(|| n.sources[a].id.cmp(&n.sources[b].id))
        });
        let at = |j: JunctionIdx| part[s.node(j)];
        let named = |part: Option<u32>| {
            let here = |k: usize| part.is_none_or(|p| at(n.sources[k].return_junction) == p);
            order.iter().find_map(|&k| n.sources[k].p_return_bar.filter(|_| here(k)))
        };
        for &k in &order {
            let source = &n.sources[k];
            let own = at(source.return_junction);
            let ends = [source.return_junction, source.supply_junction];
            let runs = source.in_service && !is(&self.situation.source_out, k);
            if !runs || done[own as usize] || ends.iter().any(|j| !n.junctions[j.i()].in_service) {
                continue;
            }
            // Its own pressure; else that of the source which should have held this part, else that of any.
            let p_bar = source.p_return_bar.or_else(|| named(Some(own))).or_else(|| named(None)).unwrap_or(P_HELD_BAR);
            held[s.node(source.return_junction)] = Some(p_bar * 1e5);
            done[own as usize] = true;
        }
        held
    }

    /// Why each substation that is not live is not.
    fn reasons(&self, able: &[bool], live: &[bool]) -> Vec<Option<ColdReason>> {
        let (n, s) = (self.network, self.structure);
        let nodes = s.symbolic.nodes();
        // What hangs together by water at all, whichever way it may flow.
        let mut sets = DisjointSets::new(nodes);
        let mut piped = vec![false; nodes];
        for (b, branch) in s.branches.iter().enumerate().filter(|&(b, _)| able[b]) {
            sets.join(branch.from, branch.to);
            if b < s.of(Kind::Pump).end {
                piped[branch.from as usize] = true;
                piped[branch.to as usize] = true;
            }
        }
        let mut fed = vec![false; nodes];
        for b in s.of(Kind::Source).filter(|&b| able[b]) {
            fed[sets.find(s.branches[b].from) as usize] = true;
        }
        for fixed in n.fixed_pressures.iter().filter(|f| n.junctions[f.junction.i()].in_service) {
            fed[sets.find(s.node(fixed.junction) as u32) as usize] = true;
        }
        let mut reasons = Vec::with_capacity(n.substations.len());
        for (k, b) in s.of(Kind::Substation).enumerate() {
            let branch = s.branches[b];
            let out = !n.substations[k].in_service || is(&self.situation.substation_out, k);
            reasons.push(if live[b] {
                None
            } else if out {
                Some(ColdReason::Off)
            } else if !fed[sets.find(branch.from) as usize] && piped[branch.from as usize] && piped[branch.to as usize]
            {
                Some(ColdReason::NoSource)
            } else {
                Some(ColdReason::CutOff)
            });
        }
        reasons
    }
}

/// Per node the number of its strongly connected component (Tarjan 1972, without recursion). `edges` are sorted.
fn strongly_connected(nodes: usize, edges: &[(u32, u32)]) -> Vec<u32> {
    const NEW: u32 = u32::MAX;
    let first = |node: usize| edges.partition_point(|e| (e.0 as usize) < node);
    let mut next: Vec<usize> = (0..nodes).map(first).collect();
    let (mut index, mut low) = (vec![NEW; nodes], vec![NEW; nodes]);
    let mut component = vec![NEW; nodes];
    let (mut path, mut open) = (Vec::new(), Vec::new());
    let (mut seen, mut found) = (0, 0);
    for root in 0..nodes {
        if index[root] != NEW {
            continue;
        }
        path.push(root);
        while let Some(&node) = path.last() {
            if index[node] == NEW {
                (index[node], low[node]) = (seen, seen);
                seen += 1;
                open.push(node);
            }
            let edge = edges.get(next[node]).filter(|e| e.0 as usize == node);
            if let Some(&(_, to)) = edge {
                let to = to as usize;
                if index[to] == NEW {
                    path.push(to);
                    continue;
                }
                if component[to] == NEW {
                    low[node] = low[node].min(low[to]);
                }
                next[node] += 1;
                continue;
            }
            path.pop();
            if low[node] == index[node] {
                while let Some(member) = open.pop() {
                    component[member] = found;
                    if member == node {
                        break;
                    }
                }
                found += 1;
            }
        }
    }
    component
}

#[cfg(test)]
mod tests {
    use super::strongly_connected;

    #[test]
    fn components_are_the_cycles() {
        let edges = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (5, 3)];
        let c = strongly_connected(6, &edges);
        assert!(c[0] == c[1] && c[1] == c[2]);
        let mut others = vec![c[0], c[3], c[4], c[5]];
        others.sort_unstable();
        others.dedup();
        assert_eq!(others.len(), 4);
    }
}
