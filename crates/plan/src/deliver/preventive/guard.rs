//! What single outages do to a point of one problem, by DC.

use super::{Against, Breach, Harm};
use crate::deliver::angles::{Angles, Undetermined};
use crate::deliver::problem::{Element, Line, Problem};
use crate::deliver::reduce::{Reduced, Walk, reduce};
use crate::deliver::solve::{Physics, Point};
use crate::deliver::topology::NONE;
use relight_model::{BranchIdx, GeneratorIdx, Network};
use relight_power::contingency::Outage;

/// A flow counts as beyond its rating from this share of it, and this many p.u., on: above what solvers leave, below what
/// anybody meters.
const SLACK_SHARE: f64 = 1e-6;
const SLACK_PU: f64 = 1e-7;
/// Below this share of itself a susceptance is cancelled by the rest of the network.
const CANCELLED: f64 = 1e-9;

/// One problem, ready to be asked about outages.
pub(super) struct Guard<'a> {
    pub network: &'a Network,
    /// The problem; generators are held where their outages count, so that (2) can be a row over them.
    pub problem: Problem,
    pub reduced: Reduced,
    pub against: Against,
    /// Per line: what it may carry after an outage, p.u.
    pub rate: Vec<f64>,
    /// Per island: what its generators must not give more than in all (2), p.u.; infinite where that is no limit.
    pub reserve: Vec<f64>,
    /// Flows when nothing is fed in.
    rest_flow: Vec<f64>,
    angles: Angles,
    walk: Walk,
    /// Lines on cycles.
    meshed: Vec<u32>,
}

/// A flow that an outage would cause: line `line` would carry `flow` + `factor` × what `outage` carries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct After {
    pub outage: u32,
    pub line: u32,
    /// The distribution factor D of (1).
    pub factor: f64,
    /// The flow, p.u.
    pub flow: f64,
    /// Whether it would be beyond the rating even with nothing fed in.
    pub hopeless: bool,
}

/// Sums over the part of an island on one side of a bridge.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    /// Served load.
    served: f64,
    /// What generators could give more.
    headroom: f64,
    /// Generators that can give power.
    sources: u32,
    /// What it feeds into the bridge.
    surplus: f64,
}

impl Side {
    fn add(&mut self, other: &Side) {
        self.served += other.served;
        self.headroom += other.headroom;
        self.sources += other.sources;
        self.surplus += other.surplus;
    }

    fn without(&self, other: &Side) -> Side {
        Side {
            served: self.served - other.served,
            headroom: self.headroom - other.headroom,
            sources: self.sources - other.sources,
            surplus: self.surplus - other.surplus,
        }
    }

    /// What it loses when it is left to itself: all without a source, else what its generators cannot make good for.
    fn loss(&self) -> f64 {
        if self.sources == 0 { self.served } else { (-self.surplus - self.headroom).clamp(0.0, self.served.max(0.0)) }
    }
}

impl<'a> Guard<'a> {
    /// Prepares a problem; `rate_mva` is the short-term rating of each branch of the network.
    pub fn new(
        network: &'a Network,
        problem: &Problem,
        against: Against,
        rate_mva: &[f64],
    ) -> Result<Self, Undetermined> {
        let mut problem = problem.clone();
        let generators = |i: &&mut crate::deliver::problem::Item| matches!(i.element, Element::Generator(_));
        problem.items.iter_mut().filter(generators).for_each(|i| i.held = against.generators);
        let reduced = reduce(&problem);
        let rest_flow = Physics::new(&problem)?.rest_flow;
        let tie = |t: &crate::deliver::reduce::Tie| Line {
            branch: 0,
            from: t.from,
            to: t.to,
            b_pu: t.b_pu,
            shift_rad: 0.0,
            low: 0.0,
            high: 0.0,
        };
        let ties: Vec<Line> = reduced.ties.iter().map(tie).collect();
        let angles = Angles::new(reduced.nodes, &reduced.references, &ties);
        let on_cycle = |k: &u32| reduced.tie_of_line[*k as usize] != NONE;
        Ok(Self {
            network,
            rate: problem.lines.iter().map(|l| rate_mva[l.branch as usize] / network.base_mva).collect(),
            reserve: reserve(&problem, against),
            rest_flow,
            angles,
            walk: Walk::new(&problem),
            meshed: (0..problem.lines.len() as u32).filter(on_cycle).collect(),
            problem,
            reduced,
            against,
        })
    }

    /// Calls `each` with every flow beyond its short-term rating after the outage of a branch that is no bridge (1), and
    /// `undetermined` with every such branch whose loss leaves no flow determined.
    ///
    /// With `w = B⁻¹ a_k`: `D_lk = b_l a_lᵀ w / (1 − b_k a_kᵀ w)`. Parallel lines share their `w`.
    pub fn overloads(&mut self, flow: &[f64], mut each: impl FnMut(After), mut undetermined: impl FnMut(u32)) {
        let mut by_tie = self.meshed.clone();
        by_tie.sort_by_key(|&k| self.reduced.tie_of_line[k as usize]);
        let watched: Vec<u32> = self.meshed.iter().copied().filter(|&l| self.rate[l as usize].is_finite()).collect();
        let mut injection = vec![0.0; self.reduced.nodes];
        let tie_of = |k: u32| self.reduced.tie_of_line[k as usize];
        for same in by_tie.chunk_by(|&a, &b| tie_of(a) == tie_of(b)) {
            let tie = &self.reduced.ties[tie_of(same[0]) as usize];
            (injection[tie.from as usize], injection[tie.to as usize]) = (1.0, -1.0);
            let w = self.angles.solve(&injection);
            (injection[tie.from as usize], injection[tie.to as usize]) = (0.0, 0.0);
            let Ok(w) = w else {
                same.iter().for_each(|&k| undetermined(k));
                continue;
            };
            // a_lᵀ w, in the direction of the tie of k.
            let across = |line: &Line| {
                let node = |n: u32| self.reduced.node_of[n as usize] as usize;
                w[node(line.from)] - w[node(line.to)]
            };
            let own = w[tie.from as usize] - w[tie.to as usize];
            for &k in same {
                let out = &self.problem.lines[k as usize];
                let left = 1.0 - out.b_pu * own;
                if left.abs() < CANCELLED {
                    undetermined(k);
                    continue;
                }
                let sign = if self.reduced.node_of[out.from as usize] == tie.from { 1.0 } else { -1.0 };
                for &l in watched.iter().filter(|&&l| l != k) {
                    let line = &self.problem.lines[l as usize];
                    let factor = sign * line.b_pu * across(line) / left;
                    let after = flow[l as usize] + factor * flow[k as usize];
                    let rate = self.rate[l as usize];
                    if beyond(after, rate) {
                        let rest = self.rest_flow[l as usize] + factor * self.rest_flow[k as usize];
                        let hopeless = rest.abs() > rate;
                        each(After { outage: k, line: l, factor, flow: after, hopeless });
                    }
                }
            }
        }
    }

    /// Everything that breaks a point.
    pub fn breaches(&mut self, point: &Point) -> Vec<Breach> {
        let mut breaches = self.losses(point);
        if !self.against.branches {
            return breaches;
        }
        let flow = super::flows(&self.problem, point);
        let (mut over, mut undetermined) = (Vec::<After>::new(), Vec::new());
        self.overloads(&flow, |a| over.push(a), |k| undetermined.push(k));
        breaches.extend(undetermined.iter().map(|&k| super::no_flow(self.problem.lines[k as usize].branch)));
        for same in over.chunk_by(|a, b| a.outage == b.outage) {
            let loading = |a: &After| a.flow.abs() / self.rate[a.line as usize];
            if let Some(worst) = same.iter().max_by(|a, b| loading(a).total_cmp(&loading(b))) {
                let branch = |line: u32| BranchIdx(self.problem.lines[line as usize].branch);
                let harm = Harm::Overload {
                    branch: branch(worst.line),
                    at_mva: worst.flow.abs() * self.network.base_mva,
                    limit_mva: self.rate[worst.line as usize] * self.network.base_mva,
                    overloads: same.len() as u32,
                };
                breaches.push(Breach { outage: Outage::Branch(branch(worst.outage)), harm });
            }
        }
        breaches
    }

    /// What breaks a point whatever flows do: bridges whose loss costs load (3), and generators that the headroom of the
    /// others does not cover (2).
    pub fn losses(&self, point: &Point) -> Vec<Breach> {
        let mut breaches = Vec::new();
        let base = self.network.base_mva;
        let mut below = self.sides(point);
        for &v in self.walk.preorder.iter().rev() {
            if let Some((parent, _)) = self.walk.parent(v) {
                let side = below[v];
                below[parent].add(&side);
            }
        }
        let mut whole = below.clone();
        for &v in &self.walk.preorder {
            if let Some((parent, line)) = self.walk.parent(v) {
                whole[v] = whole[parent];
                let lost = below[v].loss() + whole[v].without(&below[v]).loss();
                if self.against.branches && self.walk.by_bridge(v) && lost > SLACK_PU {
                    let outage = Outage::Branch(BranchIdx(self.problem.lines[line].branch));
                    breaches.push(Breach { outage, harm: Harm::Lost { lost_mw: lost * base } });
                }
            }
        }
        for (item, &p) in self.problem.items.iter().zip(&point.items).filter(|(i, _)| i.high > 0.0) {
            let Element::Generator(k) = item.element else { continue };
            let island = &whole[item.node as usize];
            let missing = p - (island.headroom - (item.high - p));
            let harm = match island.sources {
                1 => Harm::Lost { lost_mw: island.served * base },
                _ => Harm::Headroom { missing_mw: missing * base },
            };
            let breaks =
                if island.sources == 1 { island.served > SLACK_PU } else { missing > SLACK_SHARE * p + SLACK_PU };
            if self.against.generators && breaks {
                breaches.push(Breach { outage: Outage::Generator(GeneratorIdx(k)), harm });
            }
        }
        breaches
    }

    /// Per node: what is there.
    fn sides(&self, point: &Point) -> Vec<Side> {
        let mut sides = vec![Side::default(); self.problem.island_of_node.len()];
        for (item, &x) in self.problem.items.iter().zip(&point.items) {
            let side = &mut sides[item.node as usize];
            side.surplus += x;
            match item.element {
                Element::Load(_) => side.served += (-x).max(0.0),
                Element::Generator(_) => {
                    side.headroom += item.high - x;
                    side.sources += u32::from(item.high > 0.0);
                }
                _ => {}
            }
        }
        for (link, &p) in self.problem.links.iter().zip(&point.links) {
            sides[link.from as usize].surplus -= p;
            sides[link.to as usize].surplus += link.arrives(p);
        }
        sides
    }
}

/// Whether a flow is beyond a rating.
fn beyond(flow: f64, rate: f64) -> bool {
    flow.abs() > rate * (1.0 + SLACK_SHARE) + SLACK_PU
}

/// Per island: all its generators can give less the largest of them (2). No limit where it has one source, or outages of
/// generators do not count.
fn reserve(problem: &Problem, against: Against) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0f64, 0u32); problem.islands.len()];
    for item in problem.items.iter().filter(|i| matches!(i.element, Element::Generator(_)) && i.high > 0.0) {
        let (all, largest, count) = &mut sums[problem.island_of_node[item.node as usize] as usize];
        *all += item.high;
        *largest = largest.max(item.high);
        *count += 1;
    }
    let limit = |(all, largest, count): (f64, f64, u32)| {
        if against.generators && count > 1 { all - largest } else { f64::INFINITY }
    };
    sums.into_iter().map(limit).collect()
}
