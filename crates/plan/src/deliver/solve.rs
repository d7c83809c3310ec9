//! From a problem to a valid point and a proven bound: the order of attempts.

use super::angles::{Angles, Undetermined, add_shift_injections};
use super::bound;
use super::copper::{self, Share};
use super::dc;
use super::problem::{Line, Problem};
use super::reduce::{Reduced, reduce};
use relight_model::BranchIdx;
use relight_model::outcome::FailureReason;

/// A valid point of a problem, p.u. and rad.
pub(super) struct Point {
    /// Injection of each item.
    pub items: Vec<f64>,
    /// What each HVDC line sends.
    pub links: Vec<f64>,
    /// Angle of each node.
    pub theta: Vec<f64>,
    /// Largest violation of a line's limit or of a node's balance.
    pub violation: f64,
}

/// What came of a problem.
pub(super) enum Solved {
    /// A valid point and a proven upper bound of its worth, p.u.
    Valid(Point, f64),
    /// None was found.
    Failed(FailureReason),
}

/// Violations up to this do no harm and are left alone, p.u.
pub(super) const VIOLATION_NEGLIGIBLE_PU: f64 = 1e-10;
/// Violations up to this are left alone where taking them away would cost more than [`LOSS_SMALL`], p.u.
pub(super) const VIOLATION_HARMLESS_PU: f64 = 5e-8;
/// Violations beyond this make a point invalid, p.u.
pub(super) const VIOLATION_MAX_PU: f64 = 1e-7;
/// Share of the worth that may be given up without a second thought to be valid to rounding.
pub(super) const LOSS_SMALL: f64 = 1e-7;

/// Solves one problem.
///
/// First as if no line had a limit: where the flows that follow keep all limits, that is the optimum, and most small islands
/// end here. Otherwise the linear programme, made exact: the share-out within each node is redone in closed form, angles
/// follow from injections, and what is left of a violation is taken away by moving towards the point where nothing is fed in.
pub(super) fn solve(problem: &Problem, base_mva: f64) -> Solved {
    let mut physics = match Physics::new(problem) {
        Ok(physics) => physics,
        Err(Undetermined) => return Solved::Failed(FailureReason::AnglesUndetermined),
    };
    // However little prices prove: no item is worth more than at its better limit.
    let mut best_bound: f64 = problem.items.iter().map(|i| (i.value * i.low).max(i.value * i.high)).sum();
    let mut unlimited = None;
    if problem.links.is_empty() {
        let shares: Vec<Share> =
            problem.items.iter().map(|i| Share { low: i.low, high: i.high, value: i.value }).collect();
        let (items, price) = copper::share(&shares, 0.0);
        best_bound = best_bound.min(copper::bound(&shares, price));
        unlimited = physics.point(items, Vec::new()).ok();
        let done = |p: &mut Point| p.violation <= VIOLATION_NEGLIGIBLE_PU && problem.has_its_duty(&p.items);
        if let Some(point) = unlimited.take_if(done) {
            return Solved::Valid(point, best_bound);
        }
    }
    let reduced = reduce(problem);
    let answer = dc::solve(problem, &reduced);
    let mut found = None;
    if !answer.infeasible {
        best_bound = best_bound.min(bound::proven(problem, &reduced, &answer, |k| reduced.columns[k].share));
        let (items, links) = exact(problem, &reduced, &answer);
        found = physics.point(items, links).ok().map(|point| physics.pulled_in(point));
    }
    if found.as_ref().is_none_or(|p| p.violation > VIOLATION_MAX_PU) && physics.rest_is_valid {
        // The solver broke down. What flows without limits, pulled in, is valid all the same; the gap says what it is worth.
        found = unlimited.map(|point| physics.pulled_in(point));
    }
    match found.filter(|p| p.violation <= VIOLATION_MAX_PU && problem.has_its_duty(&p.items)) {
        Some(point) => Solved::Valid(point, best_bound),
        None => Solved::Failed(physics.why(base_mva)),
    }
}

/// Injections of items and flows of HVDC lines from a solver's answer: within their limits, and balanced.
pub(super) fn exact(problem: &Problem, reduced: &Reduced, answer: &dc::Answer) -> (Vec<f64>, Vec<f64>) {
    let links: Vec<f64> = problem.links.iter().zip(&answer.links).map(|(l, p)| p.clamp(l.low, l.high)).collect();
    let totals = balanced_totals(problem, reduced, answer, &links);
    (items_of_totals(problem, reduced, answer, &totals), links)
}

/// Angles, flows and violations of one problem.
pub(super) struct Physics<'a> {
    problem: &'a Problem,
    angles: Angles,
    /// Flows when nothing is fed in: what phase shifters drive round.
    pub rest_flow: Vec<f64>,
    /// Whether nothing fed in is a valid point.
    pub rest_is_valid: bool,
}

impl<'a> Physics<'a> {
    pub fn new(problem: &'a Problem) -> Result<Self, Undetermined> {
        let mut angles = Angles::new(problem.island_of_node.len(), &problem.reference, &problem.lines);
        let mut injection = vec![0.0; problem.island_of_node.len()];
        add_shift_injections(&problem.lines, &mut injection);
        let theta = angles.solve(&injection)?;
        let rest_flow: Vec<f64> = problem.lines.iter().map(|l| l.flow(&theta)).collect();
        let links_rest = problem.links.iter().all(|l| l.low <= 0.0 && l.high >= 0.0 && l.loss == 0.0);
        let rest_is_valid = links_rest && problem.lines.iter().zip(&rest_flow).all(|(l, &f)| excess(l, f) <= 0.0);
        Ok(Self { problem, angles, rest_flow, rest_is_valid })
    }

    /// The point of given injections. What does not balance goes to the references.
    pub fn point(&mut self, items: Vec<f64>, links: Vec<f64>) -> Result<Point, Undetermined> {
        let mut injection = vec![0.0; self.problem.island_of_node.len()];
        for (item, x) in self.problem.items.iter().zip(&items) {
            injection[item.node as usize] += x;
        }
        for (link, &p) in self.problem.links.iter().zip(&links) {
            injection[link.from as usize] -= p;
            injection[link.to as usize] += link.arrives(p);
        }
        let mut unbalanced = injection.clone();
        add_shift_injections(&self.problem.lines, &mut injection);
        let theta = self.angles.solve(&injection)?;
        let mut violation = 0.0f64;
        for line in self.problem.lines.iter() {
            let flow = line.flow(&theta);
            violation = violation.max(excess(line, flow));
            unbalanced[line.from as usize] -= flow;
            unbalanced[line.to as usize] += flow;
        }
        let violation = unbalanced.iter().fold(violation, |v, u| v.max(u.abs()));
        Ok(Point { items, links, theta, violation })
    }

    /// Moves a point towards rest until no limit is exceeded: flows are affine in injections, so that the share `t` of the way
    /// that a line needs is (flow − limit) / (flow − flow at rest).
    pub fn pulled_in(&mut self, point: Point) -> Point {
        if point.violation <= VIOLATION_NEGLIGIBLE_PU || !self.rest_is_valid {
            return point;
        }
        let mut t = self.way_to_rest(&point.theta, VIOLATION_NEGLIGIBLE_PU);
        if t > LOSS_SMALL {
            // A line that may carry next to nothing would take all with it: its excess, if harmless, is left alone.
            t = self.way_to_rest(&point.theta, VIOLATION_HARMLESS_PU);
        }
        let pull = |x: &Vec<f64>| x.iter().map(|x| x * (1.0 - t)).collect::<Vec<_>>();
        self.point(pull(&point.items), pull(&point.links)).unwrap_or(point)
    }

    /// Share of the way to rest that brings every flow to at most `allowed` beyond its limits (eq. 13).
    pub fn way_to_rest(&self, theta: &[f64], allowed: f64) -> f64 {
        let mut t = 0.0f64;
        for (line, rest) in self.problem.lines.iter().zip(&self.rest_flow) {
            let flow = line.flow(theta);
            let over = excess(line, flow);
            if over > allowed {
                t = t.max((over / (flow - rest).abs()).min(1.0));
            }
        }
        t
    }

    /// Why there is no valid point: the branch furthest beyond its limits at rest.
    fn why(&self, base_mva: f64) -> FailureReason {
        let worst = self
            .problem
            .lines
            .iter()
            .zip(&self.rest_flow)
            .max_by(|(a, fa), (b, fb)| excess(a, **fa).total_cmp(&excess(b, **fb)))
            .filter(|(line, flow)| excess(line, **flow) > 0.0);
        match worst {
            Some((line, flow)) => FailureReason::LimitExceeded {
                branch: BranchIdx(line.branch),
                p_mw: flow * base_mva,
                p_mw_min: line.low * base_mva,
                p_mw_max: line.high * base_mva,
            },
            None => FailureReason::NotSolved,
        }
    }
}

/// How far a flow is beyond its limits, p.u.; negative inside.
fn excess(line: &Line, flow: f64) -> f64 {
    (flow - line.high).max(line.low - flow)
}

/// What each reduced node injects in all, within its limits and so that each island balances.
///
/// The solver's balance holds to its tolerance; the rest is spread over the nodes in proportion to the room they have.
fn balanced_totals(problem: &Problem, reduced: &Reduced, answer: &dc::Answer, links: &[f64]) -> Vec<f64> {
    let mut total = vec![0.0; reduced.nodes];
    let mut limits = vec![(0.0, 0.0); reduced.nodes];
    for (column, x) in reduced.columns.iter().zip(&answer.columns) {
        let n = column.node as usize;
        let x = if x.is_finite() { x.clamp(column.share.low, column.share.high) } else { 0.0 };
        total[n] += x;
        // What other steps depend on stays as it is.
        let (low, high) = if column.held { (x, x) } else { (column.share.low, column.share.high) };
        limits[n].0 += low;
        limits[n].1 += high;
    }
    let islands = problem.islands.len();
    let mut island = vec![0; reduced.nodes];
    for (node, &i) in reduced.node_of.iter().zip(&problem.island_of_node) {
        island[*node as usize] = i as usize;
    }
    let mut surplus = vec![0.0; islands];
    total.iter().zip(&island).for_each(|(t, &i)| surplus[i] += t);
    for (link, &p) in problem.links.iter().zip(links) {
        surplus[problem.island_of_node[link.from as usize] as usize] -= p;
        surplus[problem.island_of_node[link.to as usize] as usize] += link.arrives(p);
    }
    let room = |n: usize, total: &[f64]| {
        if surplus[island[n]] > 0.0 { total[n] - limits[n].0 } else { limits[n].1 - total[n] }
    };
    let mut rooms = vec![0.0; islands];
    (0..reduced.nodes).for_each(|n| rooms[island[n]] += room(n, &total));
    for n in 0..reduced.nodes {
        let i = island[n];
        if rooms[i] > 0.0 {
            let part = (surplus[i].abs() / rooms[i]).min(1.0) * room(n, &total);
            total[n] -= part * surplus[i].signum();
        }
    }
    total
}

/// Shares each reduced node's total out over its columns, the most valuable first, and each column over its items. Held
/// columns inject what the answer says.
fn items_of_totals(problem: &Problem, reduced: &Reduced, answer: &dc::Answer, totals: &[f64]) -> Vec<f64> {
    let mut items = vec![0.0; problem.items.len()];
    let mut first = 0;
    for columns in reduced.columns.chunk_by(|a, b| a.node == b.node) {
        let injections = &answer.columns[first..first + columns.len()];
        first += columns.len();
        let mut total = totals[columns[0].node as usize];
        for (column, x) in columns.iter().zip(injections).filter(|(c, _)| c.held) {
            items[column.items[0] as usize] = *x;
            total -= x;
        }
        let free = || columns.iter().filter(|c| !c.held);
        let shares: Vec<Share> = free().map(|c| c.share).collect();
        let (x, _) = copper::share(&shares, total);
        for (column, x) in free().zip(x) {
            for &k in &column.items {
                let item = &problem.items[k as usize];
                let member = Share { low: item.low, high: item.high, value: item.value };
                items[k as usize] = column.share.part(&member, x);
            }
        }
    }
    items
}
