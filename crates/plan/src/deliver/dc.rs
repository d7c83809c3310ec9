//! The linear programme of a reduced problem (eq. 7), given to Clarabel.

use super::problem::Problem;
use super::reduce::{Column, Reduced, Tie};
use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettingsBuilder, DefaultSolver, IPSolver, SolverStatus, SupportedConeT};

/// What the solver found: not yet exact, to be made a valid point by `solve` and a proven bound by `bound`.
pub(super) struct Answer {
    /// Injection of each column, p.u.
    pub columns: Vec<f64>,
    /// What each HVDC line sends, p.u.
    pub links: Vec<f64>,
    /// Price of one p.u. at each node: the multiplier of its balance.
    pub price: Vec<f64>,
    /// Multiplier of each tie's angle limits, per rad: positive at the upper one.
    pub angle_price: Vec<f64>,
    /// Price of one p.u. of each tie's flow in rows beyond those of the problem; 0 without such rows.
    pub flow_price: Vec<f64>,
    /// Whether the solver proved that no point exists.
    pub infeasible: bool,
}

/// Iterations at the most; usual are 15 to 35.
const ITERATIONS_MAX: u32 = 200;

/// Solves the linear programme.
///
/// Columns: what is injected, what bridges, HVDC lines and ties carry, and the angle of each node that is no reference. Rows:
/// the balance of each node and the flow law of each tie. Two choices of scale matter to the solver:
/// * The flow law is written in angles, flow/b − (θ_from − θ_to) = −shift, with the flow a column of its own. Written in flows,
///   or with flows put in, the susceptances (1 to 10⁴) meet in the rows of the balances, and the dual residual stalls.
/// * Worth is divided by its largest, so that the tolerances mean the same for any weights (eq. 8).
pub(super) fn solve(problem: &Problem, reduced: &Reduced) -> Answer {
    let worth = largest_worth(&reduced.columns);
    let mut p = Programme::new(Block::rows(reduced), 0);
    let block = p.block(problem, reduced, worth, 0, |_| 0.0, |_| Held::default());
    let found = p.solve();
    block.answer(problem, reduced, worth, &found)
}

/// The largest worth of a column, by which all are divided; 1 where nothing is worth anything.
pub(super) fn largest_worth<'a>(columns: impl IntoIterator<Item = &'a Column>) -> f64 {
    let worth = columns.into_iter().fold(0.0f64, |m, c| m.max(c.share.value.abs()));
    if worth > 0.0 { worth } else { 1.0 }
}

/// Rows and columns under construction. Rows are `a x + s = b`, first those with s = 0, then those with s >= 0.
pub(super) struct Programme {
    equalities: usize,
    column_start: Vec<usize>,
    row: Vec<usize>,
    value: Vec<f64>,
    cost: Vec<f64>,
    /// Columns with a quadratic cost q x² / 2, in order, and their q.
    quadratic: Vec<(usize, f64)>,
    /// Entries of the ties' flows in inequalities beyond those of a problem, in order of rows; empty without such rows.
    pub rows_of_tie: Vec<Vec<(u32, f64)>>,
    /// Right side of each row.
    pub right: Vec<f64>,
}

/// What the solver came to: columns, multipliers of the rows, and whether it proved that no point exists.
pub(super) struct Found {
    pub x: Vec<f64>,
    pub z: Vec<f64>,
    pub infeasible: bool,
}

impl Programme {
    /// A programme whose first rows are these equalities, then these inequalities; limits of columns follow.
    pub fn new(equalities: usize, inequalities: usize) -> Self {
        Self {
            equalities,
            column_start: vec![0],
            row: Vec::new(),
            value: Vec::new(),
            cost: Vec::new(),
            quadratic: Vec::new(),
            rows_of_tie: Vec::new(),
            right: vec![0.0; equalities + inequalities],
        }
    }

    /// Adds a column; returns its position. Its limits, where finite, become rows of their own: upper before lower.
    pub fn column(&mut self, cost: f64, entries: &[(u32, f64)], low: f64, high: f64) -> usize {
        for &(row, value) in entries {
            self.row.push(row as usize);
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
        self.cost.len() - 1
    }

    /// Adds the columns of a problem; its rows begin at `first_row`. `held` says what else a held column does,
    /// `even` its quadratic cost.
    pub fn block(
        &mut self,
        problem: &Problem,
        reduced: &Reduced,
        worth: f64,
        first_row: usize,
        even: impl Fn(&Column) -> f64,
        mut held: impl FnMut(&Column) -> Held,
    ) -> Block {
        let row = |node: u32| first_row as u32 + node;
        let first_column = self.cost.len();
        for c in &reduced.columns {
            let mut entries = vec![(row(c.node), 1.0)];
            let mut cost = -c.share.value / worth;
            if c.held {
                let held = held(c);
                cost += held.cost;
                entries.extend(held.entries);
                if held.unplugged {
                    entries.clear();
                }
            }
            let k = self.column(cost, &entries, c.share.low, c.share.high);
            let even = even(c);
            if even > 0.0 {
                self.quadratic.push((k, even));
            }
        }
        for b in &reduced.bridges {
            self.column(0.0, &[(row(b.from), -1.0), (row(b.to), 1.0)], b.low, b.high);
        }
        let first_link = self.cost.len();
        for l in &problem.links {
            let (from, to) = (row(reduced.node_of[l.from as usize]), row(reduced.node_of[l.to as usize]));
            self.column(0.0, &[(from, -1.0), (to, 1.0 - l.loss_share)], l.low, l.high);
            self.right[to as usize] += l.loss;
        }
        let first_limit = ties(reduced, first_row as u32, self);
        Block { first_row, first_column, first_link, first_limit }
    }

    /// Solves it.
    pub fn solve(self) -> Found {
        let (rows, columns, equalities) = (self.right.len(), self.cost.len(), self.equalities);
        let a = CscMatrix::new(rows, columns, self.column_start, self.row, self.value);
        let cones = [SupportedConeT::ZeroConeT(equalities), SupportedConeT::NonnegativeConeT(rows - equalities)];
        let settings = DefaultSettingsBuilder::default()
            .verbose(false)
            .max_iter(ITERATIONS_MAX)
            .max_threads(1)
            .direct_solve_method("qdldl".into())
            .presolve_enable(false)
            .build()
            .expect("invariant: constant settings are valid");
        let mut quadratic = CscMatrix::zeros((columns, columns));
        for &(k, q) in &self.quadratic {
            quadratic.colptr[k + 1] = 1;
            quadratic.rowval.push(k);
            quadratic.nzval.push(q);
        }
        for k in 0..columns {
            quadratic.colptr[k + 1] += quadratic.colptr[k];
        }
        let mut solver = DefaultSolver::new(&quadratic, &self.cost, &a, &self.right, &cones, settings)
            .expect("invariant: sizes agree by construction");
        solver.solve();
        let infeasible = solver.solution.status == SolverStatus::PrimalInfeasible;
        Found { x: solver.solution.x, z: solver.solution.z, infeasible }
    }
}

/// What a held column does beside feeding its node.
#[derive(Default)]
pub(super) struct Held {
    /// Its entries in rows beyond those of the problem, in order of rows.
    pub entries: Vec<(u32, f64)>,
    /// Cost beside its worth, in units of the largest worth.
    pub cost: f64,
    /// Whether it feeds nothing at all here; with a cost above 0 it then stays at 0.
    pub unplugged: bool,
}

/// Where a problem stands in a programme.
pub(super) struct Block {
    first_row: usize,
    /// Position of its first column; those of [`Reduced::columns`] follow in order.
    pub first_column: usize,
    first_link: usize,
    first_limit: Vec<usize>,
}

impl Block {
    /// Rows that a problem takes.
    pub fn rows(reduced: &Reduced) -> usize {
        reduced.nodes + reduced.ties.len()
    }

    /// The part of what was found that is about this problem, in its own units of worth.
    pub fn answer(&self, problem: &Problem, reduced: &Reduced, worth: f64, found: &Found) -> Answer {
        let part = |first: usize, count: usize| found.x[first..first + count].to_vec();
        let limit_price = |(tie, &first): (&Tie, &usize)| worth * tie.b_pu * tie_multiplier(tie, &found.z[first..]);
        let rows = &found.z[self.first_row..];
        Answer {
            columns: part(self.first_column, reduced.columns.len()),
            links: part(self.first_link, problem.links.len()),
            price: rows[..reduced.nodes].iter().map(|z| z * worth).collect(),
            angle_price: reduced.ties.iter().zip(&self.first_limit).map(limit_price).collect(),
            flow_price: vec![0.0; reduced.ties.len()],
            infeasible: found.infeasible,
        }
    }
}

/// Adds the flows of ties and the angles of nodes; returns where the limits of each tie's flow begin.
fn ties(reduced: &Reduced, first_row: u32, p: &mut Programme) -> Vec<usize> {
    let mut first_limit = Vec::with_capacity(reduced.ties.len());
    let mut angle: Vec<Vec<(u32, f64)>> = vec![Vec::new(); reduced.nodes];
    for (k, tie) in reduced.ties.iter().enumerate() {
        let law = first_row + (reduced.nodes + k) as u32;
        p.right[law as usize] = -tie.shift_flow / tie.b_pu;
        first_limit.push(p.right.len());
        let (low, high) = tie.flow_limits();
        let mut entries = vec![(first_row + tie.from, -1.0), (first_row + tie.to, 1.0), (law, 1.0 / tie.b_pu)];
        entries.extend(p.rows_of_tie.get(k).into_iter().flatten());
        p.column(0.0, &entries, low, high);
        angle[tie.from as usize].push((law, -1.0));
        angle[tie.to as usize].push((law, 1.0));
    }
    reduced.references.iter().for_each(|&r| angle[r as usize].clear());
    for column in angle.iter().filter(|c| !c.is_empty()) {
        p.column(0.0, column, f64::NEG_INFINITY, f64::INFINITY);
    }
    first_limit
}

/// Multiplier of a tie's flow limits, positive at the upper one, from the multipliers that begin with its own.
fn tie_multiplier(tie: &Tie, z: &[f64]) -> f64 {
    let (low, high) = tie.flow_limits();
    let upper = usize::from(high.is_finite());
    let at_high = if high.is_finite() { z[0] } else { 0.0 };
    let at_low = if low.is_finite() { z[upper] } else { 0.0 };
    at_high - at_low
}
