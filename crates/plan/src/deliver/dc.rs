//! The linear programme of a reduced problem (eq. 7), given to Clarabel.

use super::problem::Problem;
use super::reduce::{Reduced, Tie};
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
    let worth = reduced.columns.iter().fold(0.0f64, |m, c| m.max(c.share.value.abs()));
    let worth = if worth > 0.0 { worth } else { 1.0 };
    let mut p = Programme::new(reduced.nodes + reduced.ties.len());
    for c in &reduced.columns {
        p.column(-c.share.value / worth, &[(c.node, 1.0)], c.share.low, c.share.high);
    }
    for b in &reduced.bridges {
        p.column(0.0, &[(b.from, -1.0), (b.to, 1.0)], b.low, b.high);
    }
    for l in &problem.links {
        let (from, to) = (reduced.node_of[l.from as usize], reduced.node_of[l.to as usize]);
        p.column(0.0, &[(from, -1.0), (to, 1.0 - l.loss_share)], l.low, l.high);
        p.right[to as usize] += l.loss;
    }
    let first_limit = ties(reduced, &mut p);

    let (rows, equalities) = (p.right.len(), p.equalities);
    let columns = p.cost.len();
    let a = CscMatrix::new(rows, columns, p.column_start, p.row, p.value);
    let cones = [SupportedConeT::ZeroConeT(equalities), SupportedConeT::NonnegativeConeT(rows - equalities)];
    let settings = DefaultSettingsBuilder::default()
        .verbose(false)
        .max_iter(ITERATIONS_MAX)
        .max_threads(1)
        .direct_solve_method("qdldl".into())
        .presolve_enable(false)
        .build()
        .expect("invariant: constant settings are valid");
    let no_quadratic = CscMatrix::zeros((columns, columns));
    let mut solver = DefaultSolver::new(&no_quadratic, &p.cost, &a, &p.right, &cones, settings)
        .expect("invariant: sizes agree by construction");
    solver.solve();

    let found = &solver.solution;
    let links = reduced.columns.len() + reduced.bridges.len();
    let limit_price = |(tie, &first): (&Tie, &usize)| worth * tie.b_pu * tie_multiplier(tie, &found.z[first..]);
    Answer {
        columns: found.x[..reduced.columns.len()].to_vec(),
        links: found.x[links..links + problem.links.len()].to_vec(),
        price: found.z[..reduced.nodes].iter().map(|z| z * worth).collect(),
        angle_price: reduced.ties.iter().zip(&first_limit).map(limit_price).collect(),
        infeasible: found.status == SolverStatus::PrimalInfeasible,
    }
}

/// Rows and columns under construction. Rows are `a x + s = b`, first those with s = 0, then those with s >= 0.
struct Programme {
    equalities: usize,
    column_start: Vec<usize>,
    row: Vec<usize>,
    value: Vec<f64>,
    cost: Vec<f64>,
    right: Vec<f64>,
}

impl Programme {
    fn new(equalities: usize) -> Self {
        Self {
            equalities,
            column_start: vec![0],
            row: Vec::new(),
            value: Vec::new(),
            cost: Vec::new(),
            right: vec![0.0; equalities],
        }
    }

    /// Adds a column. Its limits, where finite, become rows of their own: upper before lower.
    fn column(&mut self, cost: f64, entries: &[(u32, f64)], low: f64, high: f64) {
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
    }
}

/// Adds the flows of ties and the angles of nodes; returns where the limits of each tie's flow begin.
fn ties(reduced: &Reduced, p: &mut Programme) -> Vec<usize> {
    let mut first_limit = Vec::with_capacity(reduced.ties.len());
    let mut angle: Vec<Vec<(u32, f64)>> = vec![Vec::new(); reduced.nodes];
    for (k, tie) in reduced.ties.iter().enumerate() {
        let law = (reduced.nodes + k) as u32;
        p.right[law as usize] = -tie.shift_flow / tie.b_pu;
        first_limit.push(p.right.len());
        let (low, high) = tie.flow_limits();
        p.column(0.0, &[(tie.from, -1.0), (tie.to, 1.0), (law, 1.0 / tie.b_pu)], low, high);
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
