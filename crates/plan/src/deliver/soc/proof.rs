//! What no AC point can beat, from prices alone: weak duality with every inner maximum in closed form
//! (docs/methods/deliver_soc.md, eq. 8 to 13).

use super::super::ac::problem::AcProblem;
use super::super::copper::box_max;
use super::programme::{Programme, w_limits};

/// An upper bound of `worth` · Σ worth · share over all AC points of the problem, from any multipliers `z` of the
/// programme's rows. With `worth` = 0, a result below 0 proves that there is no AC point.
///
/// `x`, a point of the relaxation, only helps to choose among valid bounds. No property of `x` or `z` is trusted; what
/// rounding may have done to the sums is added. May be infinite or NaN where the multipliers prove nothing.
pub(super) fn proven(problem: &AcProblem, programme: &Programme, worth: f64, x: &[f64], z: &[f64]) -> f64 {
    let nodes = problem.nodes.len();
    let price = Prices::new(problem, programme, z);
    let mut sum = Sum::default();
    for (row, &right) in programme.right.iter().enumerate() {
        if right != 0.0 && price.counts(row) {
            sum.add(right * price.of_row[row]);
        }
    }
    let mut w_gain: Vec<f64> = (0..nodes).map(|i| price.most_gain(i)).collect();
    for (k, pair) in programme.pairs.iter().enumerate() {
        let from = pair.from as usize;
        let column = Programme::column_of_pair(nodes, k);
        let flow = price.size_of_gain(column).hypot(price.size_of_gain(column + 1));
        let alpha = -price.most_gain(column + 2);
        let (low, high) = w_limits(&problem.nodes[from]);
        let w = pair.kappa * if x[from].is_finite() { x[from].clamp(low, high).max(1e-3 * high) } else { high };
        // A price of ℓ' that is too low is raised, at the cost of the most that ℓ' can be (eq. 11).
        let raised = alpha.max(flow * (w / (4.0 * pair.l_max)).sqrt());
        if raised > alpha {
            sum.add((raised - alpha) * pair.l_max);
        }
        if flow > 0.0 {
            w_gain[from] += pair.kappa * flow * flow / (4.0 * raised.max(0.0));
        }
    }
    let (price_p, price_q) = price.of_row[..2 * nodes].split_at(nodes);
    for s in &problem.shunts {
        let n = s.node as usize;
        w_gain[n] += (s.b * price_q[n] - s.g * price_p[n]).max(0.0);
    }
    for (node, gain) in problem.nodes.iter().zip(&w_gain) {
        let (low, high) = w_limits(node);
        sum.add(box_max(*gain, low, high));
    }
    for u in &problem.units {
        sum.add(box_max(price_p[u.node as usize], u.p_min, u.p_max));
        sum.add(box_max(price_q[u.node as usize], u.q_min, u.q_max));
    }
    for l in &problem.links {
        let gain = (1.0 - l.loss_share) * price_p[l.to as usize] - price_p[l.from as usize];
        sum.add(box_max(gain, l.p_min, l.p_max));
    }
    for l in &problem.loads {
        let n = l.node as usize;
        let terms = [worth * l.worth, -l.p * price_p[n], -l.q * price_q[n]];
        sum.add(box_max(terms.iter().sum(), l.least, l.most));
        sum.size += terms.iter().map(|t| t.abs()).sum::<f64>();
    }
    sum.at_most()
}

/// Multipliers made to fit the cones they must lie in, and what columns gain at them.
struct Prices<'a> {
    programme: &'a Programme,
    of_row: Vec<f64>,
    zero_rows: usize,
}

impl<'a> Prices<'a> {
    fn new(problem: &AcProblem, programme: &'a Programme, z: &[f64]) -> Self {
        let nodes = problem.nodes.len();
        let mut of_row = z.to_vec();
        for row in programme.angle_rows.clone() {
            of_row[row] = of_row[row].max(0.0);
        }
        for cone in of_row[programme.rating_rows.clone()].chunks_exact_mut(3) {
            cone[0] = cone[1].hypot(cone[2]);
        }
        for u in &problem.units {
            let (p, q) = (u.node as usize, nodes + u.node as usize);
            of_row[p] = finite_side(of_row[p], u.p_min, u.p_max);
            of_row[q] = finite_side(of_row[q], u.q_min, u.q_max);
        }
        Self { programme, of_row, zero_rows: 2 * nodes + programme.pairs.len() }
    }

    /// Whether a row's multiplier is used. Boxes and the pairs' cones are maximised over in closed form instead.
    fn counts(&self, row: usize) -> bool {
        row < self.zero_rows || self.programme.angle_rows.contains(&row) || self.programme.rating_rows.contains(&row)
    }

    /// What one more unit of a column is worth, and what rounding may have changed about it.
    fn gain(&self, column: usize) -> (f64, f64) {
        let a = &self.programme.a;
        let cells = a.colptr[column]..a.colptr[column + 1];
        let (mut gain, mut size) = (0.0, 0.0);
        for (&row, &value) in a.rowval[cells.clone()].iter().zip(&a.nzval[cells.clone()]) {
            if self.counts(row) {
                gain -= value * self.of_row[row];
                size += (value * self.of_row[row]).abs();
            }
        }
        (gain, f64::EPSILON * cells.len() as f64 * size)
    }

    fn most_gain(&self, column: usize) -> f64 {
        let (gain, rounding) = self.gain(column);
        gain + rounding
    }

    fn size_of_gain(&self, column: usize) -> f64 {
        let (gain, rounding) = self.gain(column);
        gain.abs() + rounding
    }
}

/// A price at which a box without limit on one side gains nothing there.
fn finite_side(price: f64, low: f64, high: f64) -> f64 {
    let price = if high.is_finite() { price } else { price.min(0.0) };
    if low.is_finite() { price } else { price.max(0.0) }
}

/// A sum that knows how far rounding can have taken it.
#[derive(Default)]
struct Sum {
    value: f64,
    size: f64,
    terms: f64,
}

impl Sum {
    fn add(&mut self, term: f64) {
        self.value += term;
        self.size += term.abs();
        self.terms += 1.0;
    }

    /// No less than the exact sum: each term carries a few roundings of its own, and the sum one for each term
    /// (Higham 2002, section 4.2).
    fn at_most(&self) -> f64 {
        self.value + f64::EPSILON * (self.terms + 16.0) * self.size
    }
}
