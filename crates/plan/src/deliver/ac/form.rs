//! The problem in the shape the interior point method works on: variables in boxes, buses in elimination order.
//!
//! ```text
//! minimise   f(x)                                   −worth of what is served, or cost of generation
//! subject to g(θ, x) = 0                            balance of P and Q at each node                        (eq. 8)
//!            h(θ, x) + s = 0,  s ≥ 0                ratings as (|S|² − r²) / 2r, angle limits               (eq. 9)
//!            l ≤ x ≤ u                              voltages, p, q, shares of loads and shunts
//! ```

use super::problem::{AcLine, AcProblem, Node};
use relight_numerics::{Ordering, Pattern, Symbolic};

/// What a variable of the box vector `x` is: where each kind begins in it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Places {
    /// Voltage magnitudes begin at 0; active power of units here.
    pub p: usize,
    pub q: usize,
    pub load: usize,
    pub shunt: usize,
    pub link: usize,
    /// Relief of balances in the elastic form: four per node (P up, P down, Q up, Q down); none otherwise.
    pub relief: usize,
    pub end: usize,
}

/// A limit of an angle difference: `sign (θ_from − θ_to) ≤ limit`.
#[derive(Clone, Copy, Debug)]
pub(super) struct AngleLimit {
    pub line: u32,
    pub sign: f64,
    pub limit: f64,
}

/// The problem in elimination order.
pub(super) struct Form<'a> {
    pub problem: &'a AcProblem,
    /// Fill of the bus graph.
    pub symbolic: Symbolic,
    /// Position in the elimination of each node of the problem.
    pub position: Vec<u32>,
    pub references: Vec<u32>,
    pub lines: Vec<AcLine>,
    /// Lines with a rating, with the rating; inequality `2 k` is its *from* end, `2 k + 1` its *to* end.
    pub rated: Vec<(u32, f64)>,
    /// Per line: its position in `rated`; `u32::MAX` without a rating.
    pub rating_of_line: Vec<u32>,
    /// Inequalities after those of `rated`.
    pub angles: Vec<AngleLimit>,
    pub places: Places,
    /// Box of each variable. Where both are equal the variable is fixed.
    pub lower: Vec<f64>,
    pub upper: Vec<f64>,
    /// Scaled gradient of the objective, constant part.
    pub slope: Vec<f64>,
    /// Scaled polynomial cost per unit, lowest power first; empty where nothing costs.
    pub cost: Vec<Vec<f64>>,
    /// Scaled curvature of the objective by the reactive power of each unit.
    pub reactive_cost: Vec<f64>,
    /// Factor from the objective in its own unit to the scaled one.
    pub scale: f64,
    /// Node (elimination order) of each unit, load, shunt.
    pub unit_node: Vec<u32>,
    pub load_node: Vec<u32>,
    pub shunt_node: Vec<u32>,
    pub link_nodes: Vec<(u32, u32)>,
    /// Fixed admittance at each node.
    pub fixed: Vec<(f64, f64)>,
}

/// What is minimised.
#[derive(Clone, Debug)]
pub(super) enum Goal {
    /// Most worth served.
    Serve,
    /// Least cost with everything served: per unit of the problem a polynomial of its power in p.u., lowest power first.
    Cost(Vec<Vec<f64>>),
}

/// A box thinner than this is widened by it, or the barrier has no room. Far below what `verify` can see.
const THINNEST: f64 = 2e-8;

/// Among points that serve the same, the one that spreads generation best is meant, or the dispatch would be a flat valley in
/// which Newton's steps run far: price of one p.u. of generation against 1 of a served p.u. of the least
/// worth; the same at full output of a unit
/// beyond that; the same of reactive power. What it costs in served load is measured in docs/methods/deliver_ac.md.
const TIE_P: f64 = 3e-4;
const TIE_P_SHARE: f64 = 5e-4;
const TIE_Q_SHARE: f64 = 3e-4;

/// Worth of one p.u. of relief in the elastic form, in scaled objective: beyond any price of power that is of use.
pub(super) const RELIEF_PRICE: f64 = 1e3;

impl<'a> Form<'a> {
    /// Brings a problem into shape.
    pub fn new(problem: &'a AcProblem, goal: &Goal, elastic: bool) -> Self {
        let n = problem.nodes.len();
        let mut edges: Vec<(u32, u32)> = problem.lines.iter().map(|l| (l.from, l.to)).collect();
        edges.extend(problem.links.iter().map(|l| (l.from, l.to)));
        let pattern = Pattern::from_edges(n, &edges);
        let ordering = Ordering::amd(&pattern);
        let position = ordering.new_of_old().to_vec();
        let at = |node: u32| position[node as usize];
        let places = Self::places(problem, elastic);
        let mut form = Self {
            problem,
            references: problem.references.iter().map(|&r| at(r)).collect(),
            lines: problem.lines.iter().map(|l| AcLine { from: at(l.from), to: at(l.to), ..*l }).collect(),
            rated: (0u32..).zip(&problem.lines).filter(|(_, l)| l.rate.is_finite()).map(|(k, l)| (k, l.rate)).collect(),
            rating_of_line: Vec::new(),
            angles: angle_limits(problem),
            places,
            lower: vec![0.0; places.end],
            upper: vec![0.0; places.end],
            slope: vec![0.0; places.end],
            cost: Vec::new(),
            reactive_cost: vec![0.0; problem.units.len()],
            scale: 1.0,
            unit_node: problem.units.iter().map(|u| at(u.node)).collect(),
            load_node: problem.loads.iter().map(|l| at(l.node)).collect(),
            shunt_node: problem.shunts.iter().map(|s| at(s.node)).collect(),
            link_nodes: problem.links.iter().map(|l| (at(l.from), at(l.to))).collect(),
            fixed: vec![(0.0, 0.0); n],
            symbolic: Symbolic::with_ordering(&pattern, ordering),
            position,
        };
        form.rating_of_line = vec![u32::MAX; form.lines.len()];
        for (r, &(line, _)) in (0u32..).zip(&form.rated) {
            form.rating_of_line[line as usize] = r;
        }
        form.boxes(matches!(goal, Goal::Serve));
        form.objective(goal);
        form
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.fixed.len()
    }

    /// Number of inequalities.
    pub fn inequalities(&self) -> usize {
        2 * self.rated.len() + self.angles.len()
    }

    fn places(problem: &AcProblem, elastic: bool) -> Places {
        let p = problem.nodes.len();
        let q = p + problem.units.len();
        let load = q + problem.units.len();
        let shunt = load + problem.loads.len();
        let link = shunt + problem.shunts.len();
        let relief = link + problem.links.len();
        let end = relief + if elastic { 4 * problem.nodes.len() } else { 0 };
        Places { p, q, load, shunt, link, relief, end }
    }

    fn boxes(&mut self, shares_free: bool) {
        let at = self.places;
        let mut set = |k: usize, low: f64, high: f64| {
            (self.lower[k], self.upper[k]) = (low, high);
        };
        // The barrier needs ends. Where the data sets none, these are beyond what the island could use.
        let size: f64 = self.problem.loads.iter().map(|l| l.p.hypot(l.q)).sum();
        let most_power = 10.0 * (1.0 + size);
        let end = |limit: f64| if limit.is_finite() { limit } else { most_power.copysign(limit) };
        for (node, &position) in self.problem.nodes.iter().zip(&self.position) {
            let node = Node { vm_max: if node.vm_max.is_finite() { node.vm_max } else { 2.0 + node.vm_min }, ..*node };
            let widen = (0.5 * (THINNEST - (node.vm_max - node.vm_min))).max(0.0);
            set(position as usize, node.vm_min - widen, node.vm_max + widen);
            self.fixed[position as usize] = (node.g_fixed, node.b_fixed);
        }
        for (k, unit) in self.problem.units.iter().enumerate() {
            set(at.p + k, end(unit.p_min), end(unit.p_max));
            set(at.q + k, end(unit.q_min), end(unit.q_max));
        }
        for (k, load) in self.problem.loads.iter().enumerate() {
            set(at.load + k, load.least, load.most);
        }
        for k in at.shunt..at.link {
            set(k, if shares_free { 0.0 } else { 1.0 }, 1.0);
        }
        for (k, link) in self.problem.links.iter().enumerate() {
            set(at.link + k, end(link.p_min), end(link.p_max));
        }
        for k in at.relief..at.end {
            set(k, 0.0, f64::INFINITY);
        }
        // What hardly moves does not move at all.
        for k in at.p..at.relief {
            if self.upper[k] - self.lower[k] < THINNEST {
                let mid = 0.5 * (self.lower[k] + self.upper[k]);
                (self.lower[k], self.upper[k]) = (mid, mid);
            }
        }
    }

    fn objective(&mut self, goal: &Goal) {
        match goal {
            Goal::Serve => {
                let size: f64 = self.problem.loads.iter().map(|l| l.p.abs()).sum();
                let worth: f64 = self.problem.loads.iter().map(|l| l.worth).sum();
                self.scale = if worth > 0.0 { size / worth } else { 1.0 };
                for (slope, load) in self.slope[self.places.load..].iter_mut().zip(&self.problem.loads) {
                    *slope = -self.scale * load.worth;
                }
                // No load is worth so little that its generation costs more.
                let worth_per_pu =
                    self.problem.loads.iter().filter(|l| l.worth > 0.0).map(|l| self.scale * l.worth / l.p.abs());
                let tie = worth_per_pu.fold(1.0, f64::min);
                let spread = |u: &super::problem::AcUnit| {
                    vec![0.0, tie * TIE_P, tie * TIE_P_SHARE / (u.p_max - u.p_min).max(1e-3)]
                };
                self.cost = self.problem.units.iter().map(spread).collect();
                let units = self.problem.units.iter();
                self.reactive_cost = units.map(|u| tie * TIE_Q_SHARE / (u.q_max - u.q_min).max(1e-2)).collect();
            }
            Goal::Cost(polynomials) => {
                let steepest = |(k, c): (usize, &Vec<f64>)| {
                    let at = |p: f64| c.iter().enumerate().skip(1).rev().fold(0.0, |s, (k, a)| s * p + a * k as f64);
                    at(self.lower[self.places.p + k]).abs().max(at(self.upper[self.places.p + k]).abs())
                };
                let steepest = polynomials.iter().enumerate().map(steepest);
                self.scale = 1.0 / steepest.fold(1e-12, f64::max);
                let scaled = |c: &Vec<f64>| c.iter().map(|a| a * self.scale).collect();
                self.cost = polynomials.iter().map(scaled).collect();
            }
        }
        for slope in &mut self.slope[self.places.relief..] {
            *slope = RELIEF_PRICE;
        }
    }

    /// Scaled objective.
    pub fn value(&self, x: &[f64]) -> f64 {
        let linear: f64 = self.slope.iter().zip(x).map(|(a, b)| a * b).sum();
        let reactive = self.reactive_cost.iter().zip(&x[self.places.q..]).map(|(c, q)| 0.5 * c * q * q).sum::<f64>();
        let cost = self.cost.iter().zip(&x[self.places.p..]);
        linear + reactive + cost.map(|(c, p)| c.iter().rev().fold(0.0, |s, a| s * p + a)).sum::<f64>()
    }

    /// First and second derivative of the objective by the power of unit `k`.
    pub fn cost_slope(&self, k: usize, p: f64) -> (f64, f64) {
        let Some(c) = self.cost.get(k) else { return (0.0, 0.0) };
        let derivative = |order: usize| {
            let factor = |k: usize| if order == 1 { k as f64 } else { (k * (k - 1)) as f64 };
            c.iter().enumerate().skip(order).rev().fold(0.0, |sum, (k, a)| sum * p + a * factor(k))
        };
        (derivative(1), derivative(2))
    }
}

fn angle_limits(problem: &AcProblem) -> Vec<AngleLimit> {
    let mut limits = Vec::new();
    for (k, l) in (0u32..).zip(&problem.lines) {
        if l.angle_max.is_finite() {
            limits.push(AngleLimit { line: k, sign: 1.0, limit: l.angle_max });
        }
        if l.angle_min.is_finite() {
            limits.push(AngleLimit { line: k, sign: -1.0, limit: -l.angle_min });
        }
    }
    limits
}
