//! The linear programme of a reduced problem (eq. 7), given to Clarabel.

use super::copper::box_max;
use super::problem::{Line, Problem};
use super::reduce::Reduced;
use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettingsBuilder, DefaultSolver, IPSolver, SolverStatus, SupportedConeT};

/// What the solver found: not yet exact, to be made a valid point by `point` and a proven bound by `bound`.
pub(super) struct Answer {
    /// Injection of each column, p.u.
    pub columns: Vec<f64>,
    /// What each HVDC line sends, p.u.
    pub links: Vec<f64>,
    /// Price of one p.u. at each node: the multiplier of its balance.
    pub price: Vec<f64>,
    /// Multiplier of each tie's angle limits, per rad: positive at the upper one.
    pub angle_price: Vec<f64>,
    /// Whether the solver proved that no point exists.
    pub infeasible: bool,
    /// Whether the solver reached its tolerances, or came near.
    pub solved: bool,
}

/// Iterations at the most; usual are 15 to 40.
const ITERATIONS_MAX: u32 = 200;

/// Rows and columns under construction. Rows are `a x + s = b`, first those with s = 0, then those with s >= 0.
struct Programme {
    column_start: Vec<usize>,
    row: Vec<usize>,
    value: Vec<f64>,
    cost: Vec<f64>,
    right: Vec<f64>,
}

impl Programme {
    /// Adds a column with its limits, if it has any, as rows of its own.
    fn column(&mut self, cost: f64, entries: &[(usize, f64)], low: f64, high: f64) {
        for &(row, value) in entries {
            self.row.push(row);
            self.value.push(value);
        }
        for (sign, limit) in [(1.0, high), (-1.0, -low)] {
            if limit.is_finite() {
                self.row.push(self.right.len());
                self.value.push(sign);
                self.right.push(limit);
            }
        }
        self.column_start.push(self.row.len());
        self.cost.push(cost);
    }
}

/// Solves the linear programme.
///
/// Columns: what is injected, what bridges and HVDC lines carry, and the angle of each node that is no reference. Rows: the
/// balance of each node, the angle limits of ties, and the limits of columns. Worth is divided by its largest so that the
/// solver's tolerances mean the same for any weights (eq. 8).
pub(super) fn solve(problem: &Problem, reduced: &Reduced) -> Answer {
    let worth = reduced.columns.iter().fold(0.0f64, |m, c| m.max(c.share.value.abs()));
    let worth = if worth > 0.0 { worth } else { 1.0 };
    let rows = TieRows::new(reduced);
    let mut p = Programme {
        column_start: vec![0],
        row: Vec::new(),
        value: Vec::new(),
        cost: Vec::new(),
        right: vec![0.0; reduced.nodes],
    };
    for tie in &reduced.ties {
        p.right[tie.from as usize] -= tie.shift_flow;
        p.right[tie.to as usize] += tie.shift_flow;
    }
    problem.links.iter().for_each(|l| p.right[reduced.node_of[l.to as usize] as usize] += l.loss);
    p.right.extend(&rows.right);
    for c in &reduced.columns {
        p.column(-c.share.value / worth, &[(c.node as usize, 1.0)], c.share.low, c.share.high);
    }
    for b in &reduced.bridges {
        p.column(0.0, &[(b.from as usize, -1.0), (b.to as usize, 1.0)], b.low, b.high);
    }
    for l in &problem.links {
        let (from, to) = (reduced.node_of[l.from as usize], reduced.node_of[l.to as usize]);
        p.column(0.0, &[(from as usize, -1.0), (to as usize, 1.0 - l.loss_share)], l.low, l.high);
    }
    rows.angle_columns(reduced, &mut p);

    let (m, n) = (p.right.len(), p.cost.len());
    let a = CscMatrix::new(m, n, p.column_start, p.row, p.value);
    let cones = [SupportedConeT::ZeroConeT(reduced.nodes), SupportedConeT::NonnegativeConeT(m - reduced.nodes)];
    let settings = DefaultSettingsBuilder::default()
        .verbose(false)
        .max_iter(ITERATIONS_MAX)
        .max_threads(1)
        .direct_solve_method("qdldl".into())
        .presolve_enable(false)
        .build()
        .expect("invariant: constant settings are valid");
    let mut solver = DefaultSolver::new(&CscMatrix::zeros((n, n)), &p.cost, &a, &p.right, &cones, settings)
        .expect("invariant: sizes agree by construction");
    solver.solve();
    let s = &solver.solution;
    let columns = reduced.columns.len();
    let links = columns + reduced.bridges.len();
    Answer {
        columns: s.x[..columns].to_vec(),
        links: s.x[links..links + problem.links.len()].to_vec(),
        price: s.z[..reduced.nodes].iter().map(|z| z * worth).collect(),
        angle_price: rows.angle_price(reduced, &s.z[reduced.nodes..], worth),
        infeasible: s.status == SolverStatus::PrimalInfeasible,
        solved: matches!(s.status, SolverStatus::Solved | SolverStatus::AlmostSolved),
    }
}

/// Rows of the ties' angle limits.
struct TieRows {
    /// Per tie: first of its rows, counted from the first row with s >= 0, upper limit before lower.
    first: Vec<usize>,
    right: Vec<f64>,
}

impl TieRows {
    fn new(reduced: &Reduced) -> Self {
        let mut rows = Self { first: Vec::with_capacity(reduced.ties.len()), right: Vec::new() };
        for tie in &reduced.ties {
            rows.first.push(rows.right.len());
            for limit in [tie.angle_high, -tie.angle_low] {
                if limit.is_finite() {
                    rows.right.push(limit * scale(tie.b_pu));
                }
            }
        }
        rows
    }

    /// One column per node that is no reference.
    fn angle_columns(&self, reduced: &Reduced, p: &mut Programme) {
        let mut entries: Vec<Vec<(usize, f64)>> = vec![Vec::new(); reduced.nodes];
        for (tie, &first) in reduced.ties.iter().zip(&self.first) {
            for (node, sign) in [(tie.from, 1.0), (tie.to, -1.0)] {
                let column = &mut entries[node as usize];
                column.push((tie.from as usize, -sign * tie.b_pu));
                column.push((tie.to as usize, sign * tie.b_pu));
                let mut row = reduced.nodes + first;
                for (limit, side) in [(tie.angle_high, 1.0), (-tie.angle_low, -1.0)] {
                    if limit.is_finite() {
                        column.push((row, sign * side * scale(tie.b_pu)));
                        row += 1;
                    }
                }
            }
        }
        reduced.references.iter().for_each(|&r| entries[r as usize].clear());
        let mut is_reference = vec![false; reduced.nodes];
        reduced.references.iter().for_each(|&r| is_reference[r as usize] = true);
        for (mut column, _) in entries.into_iter().zip(is_reference).filter(|(_, is)| !is) {
            column.sort_by_key(|e| e.0);
            column.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                kept.1 += if same { next.1 } else { 0.0 };
                same
            });
            p.column(0.0, &column, f64::NEG_INFINITY, f64::INFINITY);
        }
    }

    fn angle_price(&self, reduced: &Reduced, z: &[f64], worth: f64) -> Vec<f64> {
        let price = |(tie, &first): (&super::reduce::Tie, &usize)| {
            let (mut row, mut price) = (first, 0.0);
            for (limit, side) in [(tie.angle_high, 1.0), (-tie.angle_low, -1.0)] {
                if limit.is_finite() {
                    price += side * z[row] * scale(tie.b_pu) * worth;
                    row += 1;
                }
            }
            price
        };
        reduced.ties.iter().zip(&self.first).map(price).collect()
    }
}

/// Angle rows are written in p.u. of flow.
fn scale(b_pu: f64) -> f64 {
    b_pu.abs().max(1.0)
}

/// A proven upper bound of Σ value·x from any prices (eq. 10 to 12); infinite where the prices prove nothing.
///
/// The prices of a solver fit the free angles only nearly. One Laplacian solve shifts the nodes' prices so that they fit; what
/// rounding leaves is charged at the largest angle that is possible.
pub(super) fn bound(problem: &Problem, reduced: &Reduced, answer: &Answer) -> f64 {
    let lines: Vec<Line> = reduced
        .ties
        .iter()
        .map(|t| Line { branch: 0, from: t.from, to: t.to, b_pu: t.b_pu, shift_rad: 0.0, low: 0.0, high: 0.0 })
        .collect();
    let Ok(shift) = super::angles::Angles::new(reduced.nodes, &reduced.references, &lines)
        .solve(&angle_misfit(reduced, &answer.price, &answer.angle_price).iter().map(|g| -g).collect::<Vec<_>>())
    else {
        return f64::INFINITY;
    };
    let price: Vec<f64> = answer.price.iter().zip(&shift).map(|(p, s)| p + s).collect();
    let misfit = angle_misfit(reduced, &price, &answer.angle_price);
    let mut is_reference = vec![false; reduced.nodes];
    reduced.references.iter().for_each(|&r| is_reference[r as usize] = true);
    let mut sum = 0.0;
    for ((g, reach), is) in misfit.iter().zip(angle_reach(problem, reduced)).zip(is_reference) {
        if !is && *g != 0.0 {
            sum += g.abs() * reach;
        }
    }
    for c in &reduced.columns {
        sum += box_max(c.share.value - price[c.node as usize], c.share.low, c.share.high);
    }
    for b in &reduced.bridges {
        sum += box_max(price[b.from as usize] - price[b.to as usize], b.low, b.high);
    }
    for l in &problem.links {
        let (from, to) =
            (price[reduced.node_of[l.from as usize] as usize], price[reduced.node_of[l.to as usize] as usize]);
        sum += box_max(from - (1.0 - l.loss_share) * to, l.low, l.high) + to * l.loss;
    }
    for (t, y) in reduced.ties.iter().zip(&answer.angle_price) {
        sum += box_max(*y, t.angle_low, t.angle_high);
        sum -= (price[t.from as usize] - price[t.to as usize]) * t.shift_flow;
    }
    sum
}

/// What the Lagrangian's gradient by each angle lacks to 0.
fn angle_misfit(reduced: &Reduced, price: &[f64], angle_price: &[f64]) -> Vec<f64> {
    let mut misfit = vec![0.0; reduced.nodes];
    for (t, y) in reduced.ties.iter().zip(angle_price) {
        let h = t.b_pu * (price[t.from as usize] - price[t.to as usize]) - y;
        misfit[t.from as usize] += h;
        misfit[t.to as usize] -= h;
    }
    misfit
}

/// How far from 0 each angle can be in any valid point: along a path from the reference, what each tie allows. A tie without
/// limits carries no more than all that is fed in, shifters included (a flow driven by angles through positive
/// susceptances runs in no circles).
fn angle_reach(problem: &Problem, reduced: &Reduced) -> Vec<f64> {
    let mut fed = reduced.columns.iter().map(|c| c.share.high).sum::<f64>();
    fed += problem.links.iter().map(|l| l.high.abs().max(l.low.abs())).sum::<f64>();
    fed += reduced.ties.iter().map(|t| t.shift_flow.abs()).sum::<f64>();
    let mut neighbours: Vec<Vec<(u32, f64)>> = vec![Vec::new(); reduced.nodes];
    for t in &reduced.ties {
        let allowed = t.angle_low.abs().max(t.angle_high.abs()).min(fed / t.b_pu.abs());
        neighbours[t.from as usize].push((t.to, allowed));
        neighbours[t.to as usize].push((t.from, allowed));
    }
    let mut reach = vec![f64::INFINITY; reduced.nodes];
    let mut queue: std::collections::VecDeque<u32> = reduced.references.iter().copied().collect();
    queue.iter().for_each(|&r| reach[r as usize] = 0.0);
    while let Some(v) = queue.pop_front() {
        for &(w, allowed) in &neighbours[v as usize] {
            if reach[w as usize].is_infinite() {
                reach[w as usize] = reach[v as usize] + allowed;
                queue.push_back(w);
            }
        }
    }
    reach
}
