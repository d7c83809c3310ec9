//! What no AC delivery can beat: the second-order-cone relaxation of an island, and a bound proven from its prices.
//!
//! With W = V_from conj(V_to) of two connected nodes and w = |V|², powers are linear in w and W, and only |W|² = w_from w_to is
//! not. Written in the flow S = P + jQ through the series element z behind the transformer t, κ = 1/|t|²:
//!
//! ```text
//! maximise    Σ worth z
//! subject to  (1) Σ p − Σ P z − Σ G s w = Σ Re S_end,   Σ q − Σ Q z + Σ B s w = Σ Im S_end      at each node
//!             (2) w_to = κ w_from − 2 Re(conj(z) S) + |z|² ℓ            voltage drop of each pair of nodes
//!             (3) P² + Q² ≤ κ w_from ℓ                                  an equality in AC: here the relaxation
//!             (4) s w in [0, w]     (5) S_end affine in w, S, ℓ for every line of the pair
//!             (6) |S_end| ≤ rate A,  angle limits by W/t = κ w_from − conj(z) S,  boxes of w, z, p, q
//! ```
//!
//! This is the branch flow model (Farivar & Low 2013), equivalent to the relaxation in w and W of Jabr 2006, and far better
//! scaled. docs/methods/deliver_soc.md derives it and the bound.
//!
//! | file | does |
//! |---|---|
//! | `pairs` | (2), (5): lines between the same two nodes share one current |
//! | `programme` | (7) rows and columns |
//! | `proof` | (8) to (13) a bound that holds whatever the solver answered |
//! | `answer` | all islands of a network, in MW |
//! | `complex` | complex arithmetic |
//!
//! **Invariant**: a bound is never below what any AC point of the problem is worth, and "infeasible" is said only with a
//! proof (held by `tests/soc.rs`).

mod answer;
mod complex;
mod pairs;
mod programme;
mod proof;

pub use answer::{SocAnswer, SocIsland, soc_bound};

use super::ac::problem::{AcLoad, AcProblem};
use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSettingsBuilder, DefaultSolver, IPSolver, SolverStatus};
use complex::Complex;
use programme::{Programme, programme, w_limits};

/// How a bound was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocStatus {
    /// The relaxation was solved: no lower bound is to be had from it.
    Solved,
    /// The solver stopped short of its tolerance. The bound is proven all the same, a lower one may be.
    Almost,
    /// Proven: no voltages keep the limits, even with nothing served.
    Infeasible,
    /// Nothing was proven but that no more can be served than there is.
    NotSolved,
}

/// What no AC point of a problem can beat.
#[derive(Clone, Debug)]
pub(in crate::deliver) struct SocBound {
    /// Upper bound of Σ worth · share served over all points with shares between `least` and `most`, p.u.; 0 if infeasible.
    pub bound_pu: f64,
    pub status: SocStatus,
    /// Iterations of the solver.
    pub iterations: u32,
    /// The relaxation's solution, where it was solved: a start for an AC solver.
    #[allow(dead_code)] // the AC engine that starts from it follows
    pub point: Option<SocPoint>,
}

/// Solution of the relaxation, p.u. and rad.
#[allow(dead_code)] // as above
#[derive(Clone, Debug)]
pub(in crate::deliver) struct SocPoint {
    /// Per node: squared voltage magnitude.
    pub w: Vec<f64>,
    /// Per load: share served.
    pub served: Vec<f64>,
    /// Per line: angle(from) − angle(to). Round a circle they need not add up to 0.
    pub angle: Vec<f64>,
}

/// Iterations at the most; usual are 15 to 60.
const ITERATIONS_MAX: u32 = 200;
/// Relative gap at which the solver stops.
const GAP: f64 = 1e-7;
/// Feasibility at which the solver stops. The proof charges what is missing, which at this level is next to nothing.
const FEASIBILITY: f64 = 1e-6;
/// Gap between a proven bound and the relaxation's own value up to which the relaxation counts as solved.
const GAP_SOLVED: f64 = 1e-5;
/// The same in p.u., for islands that are worth next to nothing.
const GAP_SMALL: f64 = 1e-6;

/// Bounds what any AC point of `problem` can be worth. Always a valid bound: at worst the worth of all
/// that may be served.
pub(in crate::deliver) fn bound(problem: &AcProblem) -> SocBound {
    let worth_of_all: f64 = problem.loads.iter().map(|l| l.worth * l.most).sum();
    let not_solved = SocBound { bound_pu: worth_of_all, status: SocStatus::NotSolved, iterations: 0, point: None };
    let density = |l: &AcLoad| l.worth / l.p.hypot(l.q);
    let highest = problem.loads.iter().map(density).fold(0.0, f64::max);
    let worth_unit = if highest > 0.0 { highest } else { 1.0 };
    let programme = programme(problem, worth_unit);
    if limits_conflict(problem, &programme) {
        return SocBound { bound_pu: 0.0, status: SocStatus::Infeasible, ..not_solved };
    }
    if !programme.is_finite() {
        return not_solved;
    }
    let columns = programme.cost.len();
    let no_quadratic = CscMatrix::zeros((columns, columns));
    let Programme { cost, a, right, cones, .. } = &programme;
    let mut solver = DefaultSolver::new(&no_quadratic, cost, a, right, cones, settings())
        .expect("invariant: sizes agree by construction");
    solver.solve();
    let found = &solver.solution;
    let iterations = found.iterations;
    if matches!(found.status, SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible) {
        // The multipliers are a ray: they prove it if nothing at all keeps them at 0 or above.
        if proof::proven(problem, &programme, 0.0, &found.x, &found.z) < 0.0 {
            return SocBound { bound_pu: 0.0, status: SocStatus::Infeasible, iterations, point: None };
        }
        return SocBound { iterations, ..not_solved };
    }
    let proven = worth_unit * proof::proven(problem, &programme, 1.0 / worth_unit, &found.x, &found.z);
    // A sum of worths is the limit of every bound; NaN is none.
    let bound_pu = proven.max(0.0).min(worth_of_all);
    let primal = -found.obj_val * worth_unit;
    let close = (bound_pu - primal).abs() <= GAP_SOLVED * bound_pu + GAP_SMALL * worth_unit;
    let status = match found.status {
        SolverStatus::Solved | SolverStatus::AlmostSolved if close => SocStatus::Solved,
        _ if proven < worth_of_all => SocStatus::Almost,
        _ => SocStatus::NotSolved,
    };
    let point = (status != SocStatus::NotSolved).then(|| point(problem, &programme, &found.x));
    SocBound { bound_pu, status, iterations, point }
}

/// One step of refinement does: more cost a third of the time and gained nothing.
fn settings() -> DefaultSettings<f64> {
    DefaultSettingsBuilder::default()
        .verbose(false)
        .max_iter(ITERATIONS_MAX)
        .max_threads(1)
        .direct_solve_method("qdldl".into())
        .presolve_enable(false)
        .tol_gap_rel(GAP)
        .tol_gap_abs(GAP)
        .tol_feas(FEASIBILITY)
        .iterative_refinement_max_iter(1)
        .build()
        .expect("invariant: constant settings are valid")
}

/// Limits that no value lies between.
fn limits_conflict(problem: &AcProblem, programme: &Programme) -> bool {
    problem.nodes.iter().any(|n| n.vm_max < n.vm_min.max(0.0))
        || problem.links.iter().any(|l| l.p_max < l.p_min)
        || problem.loads.iter().any(|l| l.most < l.least)
        || programme.pairs.iter().any(|p| p.angle_max < p.angle_min)
}

/// The solver's point in the problem's terms.
fn point(problem: &AcProblem, programme: &Programme, x: &[f64]) -> SocPoint {
    let nodes = problem.nodes.len();
    let limited = |(node, &w): (_, &f64)| {
        let (low, high) = w_limits(node);
        w.clamp(low, high)
    };
    let columns = programme.column_of_load.iter().zip(&programme.whole_load);
    let served =
        |(load, (&column, &whole)): (&AcLoad, (&u32, &f64))| (x[column as usize] / whole).clamp(load.least, load.most);
    let mut angle = vec![0.0; problem.lines.len()];
    for (k, pair) in programme.pairs.iter().enumerate() {
        let column = Programme::column_of_pair(nodes, k);
        let flow = Complex::new(x[column], x[column + 1]).scaled(pair.scale);
        let own = Complex::new(pair.kappa * x[pair.from as usize], 0.0);
        let angle_of_pair = (pair.tap * (own - pair.z.conj() * flow)).arg();
        for line in &pair.lines {
            let same_way = problem.lines[line.line as usize].from == pair.from;
            angle[line.line as usize] = if same_way { angle_of_pair } else { -angle_of_pair };
        }
    }
    SocPoint {
        w: problem.nodes.iter().zip(x).map(limited).collect(),
        served: problem.loads.iter().zip(columns).map(served).collect(),
        angle,
    }
}
