//! Newton-Raphson on the power balance, polar form, with relative magnitude steps.
//!
//! Symbols: `V = Vm e^{jθ}`, `Y` the bus admittance matrix, `I = Y V`, `S = V conj(I)`, `Sg` the injections given.
//!
//! ```text
//! F(θ, Vm)  = S - Sg(Vm)                                                   power mismatch of a node             (1)
//! tᵢⱼ       = Vᵢ conj(Yᵢⱼ Vⱼ) = a + jb                                                                          (2)
//! ∂Sᵢ/∂θⱼ   = -j tᵢⱼ,            Vmⱼ ∂Sᵢ/∂Vmⱼ = tᵢⱼ                          j ≠ i                                (3)
//! ∂Sᵢ/∂θᵢ   = j (Sᵢ - tᵢᵢ),      Vmᵢ ∂Sᵢ/∂Vmᵢ = Sᵢ + tᵢᵢ                                                          (4)
//! J (Δθ, ΔVm/Vm) = -F,          V ← V (1 + ΔVm/Vm) e^{jΔθ}                                                       (5)
//! ```
//!
//! (Van Ness & Griffin 1961; Tinney & Hart 1967; the relative step is Stott's 1974 form.) One 2x2 block per entry of `Y`:
//! rows (P, Q), columns (θ, ln Vm). Where a quantity is given instead of solved, its row is that of the identity and its
//! right-hand side zero, so that kinds of nodes change values and never the pattern. No sine is taken: (2) to (4) need
//! products of `V` alone, and (5) turns `V` by a short series.

use relight_numerics::{Block, BlockLu, BlockMatrix, RobustLu, RowScatter, Symbolic};

use crate::admittance::{Complex, plus, times, times_conjugate};
use crate::problem::{NodeKind, Problem};

/// Decimal digits that factors with static pivots must keep for their step to be taken unchecked.
const DIGITS_KEPT: i32 = 4;
/// Factor by which a step with old factors is expected to do worse than the last step.
const REUSE_CAUTION: f64 = 4.0;
/// Most steps with old factors that are foreseen; beyond that, new factors are cheaper.
const REUSED_STEPS_MAX: f64 = 2.0;
/// Longest damped step: radians, or share of the magnitude.
const STEP_RADIANS_MAX: f64 = 1.0;
const HALVINGS_MAX: u32 = 10;
/// Share of the linear model's descent that a damped step must keep.
const ARMIJO: f64 = 1e-4;
/// Mismatch beyond which an attempt is given up, p.u.
const HOPELESS_PU: f64 = 1e12;

/// Why an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Converged,
    /// Iterations used up, or no further descent.
    Stalled,
    /// Not a number, or a singular Jacobian, at a node of this island (`None` if it cannot be told).
    Broken(Option<u32>),
}

/// How one attempt went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Attempt {
    pub ending: Ending,
    pub iterations: u32,
    pub mismatch_pu: f64,
}

/// Voltages, factors and scratch of the iteration, made once per structure.
#[derive(Debug, Clone)]
pub(crate) struct Newton {
    /// `Vm e^{jθ}` per node.
    pub v: Vec<Complex>,
    /// Angles, followed step by step so that no arc tangent is taken, radians.
    pub theta: Vec<f64>,
    /// `S` of the voltages last evaluated.
    pub s: Vec<Complex>,
    /// `Yᵢⱼ Vⱼ` per entry of the pattern, of the voltages last evaluated.
    currents: Vec<Complex>,
    /// `-F`, then the step.
    pub(crate) step: Vec<Complex>,
    lu: BlockLu<2>,
    /// Made when static pivots first fail.
    robust: Option<Box<(RobustLu<2>, BlockMatrix<2>)>>,
    /// Per island whose balance is shared: what its generators give together beyond their set points.
    pub surplus: Vec<f64>,
    pub(crate) surplus_step: Vec<f64>,
}

impl Newton {
    pub(crate) fn new(symbolic: &Symbolic) -> Self {
        let n = symbolic.nodes();
        Self {
            v: vec![[0.0; 2]; n],
            theta: vec![0.0; n],
            s: vec![[0.0; 2]; n],
            currents: vec![[0.0; 2]; symbolic.pattern().entries()],
            step: vec![[0.0; 2]; n],
            lu: BlockLu::new(symbolic),
            robust: None,
            surplus: Vec::new(),
            surplus_step: Vec::new(),
        }
    }

    /// Takes the voltages given, with their angles in radians.
    pub(crate) fn copy_voltages(&mut self, v: &[Complex], theta: &[f64]) {
        self.v.copy_from_slice(v);
        self.theta.copy_from_slice(theta);
    }

    /// Makes every voltage anew from its magnitude and its angle.
    pub(crate) fn refresh_voltages(&mut self) {
        for i in 0..self.v.len() {
            self.set_voltage(i, self.v[i][0].hypot(self.v[i][1]), self.theta[i]);
        }
    }

    /// Sets the voltage of node `i`; the angle in radians.
    pub(crate) fn set_voltage(&mut self, i: usize, vm: f64, theta: f64) {
        let (sin, cos) = theta.sin_cos();
        self.theta[i] = theta;
        self.v[i] = [vm * cos, vm * sin];
    }

    /// Undamped iterations (5) until the mismatch is at most `tolerance`.
    ///
    /// Factors are kept for a further step ("dishonest" Newton) where that is foreseen to reach the tolerance: a step with
    /// old factors shrinks the mismatch by about the share that the last one did, and costs a third of a full one.
    pub(crate) fn run(
        &mut self,
        symbolic: &Symbolic,
        problem: &Problem,
        tolerance: f64,
        max_iterations: u32,
    ) -> Attempt {
        let mut iterations = 0;
        let mut before_pu = f64::INFINITY;
        // Whether factors that may be used again are at hand.
        let mut factored = false;
        loop {
            let mismatch_pu = self.evaluate(symbolic, problem);
            let ending = if mismatch_pu <= tolerance {
                Ending::Converged
            } else if !mismatch_pu.is_finite() || mismatch_pu > HOPELESS_PU {
                Ending::Broken(None)
            } else if iterations == max_iterations {
                Ending::Stalled
            } else {
                let shrinks_by = REUSE_CAUTION * mismatch_pu / before_pu;
                let steps_left = (tolerance / mismatch_pu).ln() / shrinks_by.ln();
                if factored && shrinks_by < 1.0 && steps_left <= REUSED_STEPS_MAX {
                    self.lu.solve(symbolic, &mut self.step);
                } else {
                    match self.find_step(symbolic, problem) {
                        Ok(trusted) => factored = trusted && problem.share.is_empty(),
                        Err(island) => return Attempt { ending: Ending::Broken(island), iterations, mismatch_pu },
                    }
                }
                self.take_step();
                iterations += 1;
                before_pu = mismatch_pu;
                continue;
            };
            return Attempt { ending, iterations, mismatch_pu };
        }
    }

    /// Sum of squares of the mismatches last evaluated.
    fn merit(&self) -> f64 {
        self.step.iter().map(|f| f[0] * f[0] + f[1] * f[1]).sum()
    }

    /// Iterations whose step is shortened until the sum of squared mismatches falls (Armijo 1966, by halving), and never turns
    /// an angle by more than `STEP_RADIANS_MAX` or changes a magnitude by more than that share.
    pub(crate) fn run_damped(
        &mut self,
        symbolic: &Symbolic,
        problem: &Problem,
        tolerance: f64,
        max_iterations: u32,
    ) -> Attempt {
        let mut mismatch_pu = self.evaluate(symbolic, problem);
        let mut iterations = 0;
        loop {
            let merit = self.merit();
            let ending = if mismatch_pu <= tolerance {
                Ending::Converged
            } else if !merit.is_finite() {
                Ending::Broken(None)
            } else if iterations == max_iterations {
                Ending::Stalled
            } else if let Err(island) = self.find_step(symbolic, problem) {
                Ending::Broken(island)
            } else {
                iterations += 1;
                match self.search(symbolic, problem, merit) {
                    Some(mismatch) => {
                        mismatch_pu = mismatch;
                        continue;
                    }
                    None => Ending::Stalled,
                }
            };
            return Attempt { ending, iterations, mismatch_pu };
        }
    }

    /// Takes the longest of the halved steps that lowers the merit; returns the largest mismatch there. Without one, the
    /// voltages stay as they were.
    fn search(&mut self, symbolic: &Symbolic, problem: &Problem, merit: f64) -> Option<f64> {
        let (v, theta, step) = (self.v.clone(), self.theta.clone(), self.step.clone());
        let (surplus, surplus_step) = (self.surplus.clone(), self.surplus_step.clone());
        let largest = step.as_flattened().iter().fold(0.0f64, |m, s| m.max(s.abs()));
        let mut length = (STEP_RADIANS_MAX / largest).min(1.0);
        for _ in 0..HALVINGS_MAX {
            for (s, full) in self.step.as_flattened_mut().iter_mut().zip(step.as_flattened()) {
                *s = full * length;
            }
            for (s, full) in self.surplus_step.iter_mut().zip(&surplus_step) {
                *s = full * length;
            }
            self.take_step();
            let mismatch = self.evaluate(symbolic, problem);
            if mismatch.is_finite() && self.merit() <= merit * (1.0 - ARMIJO * length) {
                return Some(mismatch);
            }
            self.v.copy_from_slice(&v);
            self.theta.copy_from_slice(&theta);
            self.surplus.copy_from_slice(&surplus);
            length *= 0.5;
        }
        self.evaluate(symbolic, problem);
        None
    }

    /// Equation (1): stores `S` and `-F`, and returns the largest |F|; infinity if any is not a number.
    pub(crate) fn evaluate(&mut self, symbolic: &Symbolic, problem: &Problem) -> f64 {
        let pattern = symbolic.pattern();
        let (mut worst, mut probe) = (0.0f64, 0.0);
        for i in 0..self.v.len() {
            let row = pattern.row(i);
            let mut current = [0.0; 2];
            let entries = problem.y[row.clone()].iter().zip(&mut self.currents[row.clone()]);
            for ((&y, store), &j) in entries.zip(&pattern.columns()[row]) {
                let product = times(y, self.v[j as usize]);
                *store = product;
                current = plus(current, product);
            }
            let s = times_conjugate(self.v[i], current);
            self.s[i] = s;
            let given = problem.given(i, self.v[i]);
            let missing = match problem.kind[i] {
                NodeKind::Pq => [given[0] - s[0], given[1] - s[1]],
                NodeKind::Pv => [given[0] - s[0], 0.0],
                NodeKind::Slack | NodeKind::Off => [0.0; 2],
            };
            self.step[i] = missing;
            worst = worst.max(missing[0].abs()).max(missing[1].abs());
            probe += missing[0] * 0.0 + missing[1] * 0.0;
        }
        if !problem.share.is_empty() {
            worst = self.add_surplus(problem);
        }
        if probe == 0.0 { worst } else { f64::INFINITY }
    }

    /// Largest |F| of each island, of the voltages last evaluated.
    pub(crate) fn mismatch_by_island(&self, problem: &Problem, islands: usize) -> Vec<f64> {
        let mut worst = vec![0.0f64; islands];
        for (missing, &island) in self.step.iter().zip(&problem.island) {
            if let Some(w) = worst.get_mut(island as usize) {
                let largest = missing[0].abs().max(missing[1].abs());
                let finite = (missing[0] + missing[1]).is_finite();
                *w = w.max(if finite { largest } else { f64::INFINITY });
            }
        }
        worst
    }

    /// Solves (5) for the step; says whether the factors were good without a check of the residual. The error names the
    /// island of a pivot that does not exist.
    pub(crate) fn find_step(&mut self, symbolic: &Symbolic, problem: &Problem) -> Result<bool, Option<u32>> {
        let Self { lu, v, s, currents, .. } = self;
        let quality = lu.refactor_rows(symbolic, |i, row| fill_row(symbolic, problem, v, s, currents, i, row));
        let trusted = quality.is_ok_and(|q| q.keeps_digits(DIGITS_KEPT));
        if !trusted {
            self.factor_checked(symbolic, problem);
        }
        let mut step = std::mem::take(&mut self.step);
        let solved = if problem.share.is_empty() {
            self.solve(symbolic, problem, trusted, &mut step)
        } else {
            self.solve_bordered(symbolic, problem, trusted, &mut step)
        };
        self.step = step;
        solved.map(|()| trusted)
    }

    /// Factors of the Jacobian at the voltages at hand, and these; `None` where static pivots do not do.
    pub(crate) fn factors(&mut self, symbolic: &Symbolic, problem: &Problem) -> Option<(&BlockLu<2>, &[Complex])> {
        self.evaluate(symbolic, problem);
        let trusted = self.find_step(symbolic, problem).is_ok_and(|trusted| trusted);
        trusted.then_some((&self.lu, &self.v))
    }

    /// Solves with the factors at hand: `J x = x`.
    pub(crate) fn solve(
        &mut self,
        symbolic: &Symbolic,
        problem: &Problem,
        trusted: bool,
        x: &mut [Complex],
    ) -> Result<(), Option<u32>> {
        if trusted {
            self.lu.solve(symbolic, x);
            return Ok(());
        }
        let (lu, matrix) = self.robust.as_deref_mut().expect("invariant: factored with checks just before");
        let right_hand_side = x.to_vec();
        match lu.solve(symbolic, matrix, &right_hand_side, x) {
            Ok(_) => Ok(()),
            Err(singular) => Err(problem.island.get(singular.column / 2).copied()),
        }
    }

    /// Factors for solves with checked residual, refinement, and a pivot search where that does not do.
    fn factor_checked(&mut self, symbolic: &Symbolic, problem: &Problem) {
        let (lu, matrix) = &mut **self
            .robust
            .get_or_insert_with(|| Box::new((RobustLu::new(symbolic), BlockMatrix::zeros(symbolic.pattern()))));
        assemble(symbolic, problem, &self.v, &self.s, matrix);
        lu.factor(symbolic, matrix);
    }

    /// Applies the step (5).
    pub(crate) fn take_step(&mut self) {
        for ((v, theta), step) in self.v.iter_mut().zip(&mut self.theta).zip(&self.step) {
            let [sin, cos] = sin_cos(step[0]);
            let size = 1.0 + step[1];
            *theta += step[0];
            *v = times(*v, [size * cos, size * sin]);
        }
        for (surplus, step) in self.surplus.iter_mut().zip(&self.surplus_step) {
            *surplus += step;
        }
    }
}

impl Problem {
    /// `Sg` of node `i` at voltage `v`.
    #[inline(always)]
    pub(crate) fn given(&self, i: usize, v: Complex) -> Complex {
        let s = self.s[i];
        match self.s_current.get(i) {
            Some(c) => {
                let vm = v[0].hypot(v[1]);
                [s[0] - vm * c[0], s[1] - vm * c[1]]
            }
            None => s,
        }
    }
}

/// Row `i` of the Jacobian by (3) and (4).
#[inline(always)]
fn fill_row(
    symbolic: &Symbolic,
    problem: &Problem,
    v: &[Complex],
    s: &[Complex],
    currents: &[Complex],
    i: usize,
    row: &mut RowScatter<'_, 2>,
) {
    let kind = problem.kind[i];
    if matches!(kind, NodeKind::Off | NodeKind::Slack) {
        row.set(i, [[1.0, 0.0], [0.0, 1.0]]);
        return;
    }
    let pattern = symbolic.pattern();
    let at = pattern.row(i);
    let solves_q = if kind == NodeKind::Pq { 1.0 } else { 0.0 };
    let vi = v[i];
    for (&current, &j) in currents[at.clone()].iter().zip(&pattern.columns()[at]) {
        let [a, b] = times_conjugate(vi, current);
        if j as usize == i {
            row.set(i, diagonal_block(problem, kind, i, vi, s[i], [a, b]));
        } else {
            row.set(j as usize, [[b, a], [-a * solves_q, b * solves_q]]);
        }
    }
}

#[inline(always)]
fn diagonal_block(problem: &Problem, kind: NodeKind, i: usize, v: Complex, s: Complex, t: Complex) -> Block<2> {
    let [p, q] = s;
    let [a, b] = t;
    let mut block = [[b - q, p + a], [p - a, q + b]];
    if let Some(c) = problem.s_current.get(i) {
        let vm = v[0].hypot(v[1]);
        block[0][1] += vm * c[0];
        block[1][1] += vm * c[1];
    }
    if kind == NodeKind::Pv {
        block[1] = [0.0, 1.0];
    }
    block
}

/// Block of row `i` and column `j` of the Jacobian where node `i` is of `kind`, has voltage `v`, gives `s` to the network and is
/// joined to `j`, at voltage `other`, by the admittance `y`.
pub(crate) fn block_of_kind(
    problem: &Problem,
    kind: NodeKind,
    (i, j): (usize, usize),
    (v, other): (Complex, Complex),
    y: Complex,
    s: Complex,
) -> Block<2> {
    let t = times_conjugate(v, times(y, other));
    let [a, b] = t;
    match kind {
        NodeKind::Off | NodeKind::Slack if i == j => [[1.0, 0.0], [0.0, 1.0]],
        NodeKind::Off | NodeKind::Slack => [[0.0; 2]; 2],
        _ if i == j => diagonal_block(problem, kind, i, v, s, t),
        NodeKind::Pv => [[b, a], [0.0, 0.0]],
        NodeKind::Pq => [[b, a], [-a, b]],
    }
}

/// The Jacobian as a matrix, for the checked solve and for tests.
pub(crate) fn assemble(
    symbolic: &Symbolic,
    problem: &Problem,
    v: &[Complex],
    s: &[Complex],
    matrix: &mut BlockMatrix<2>,
) {
    let pattern = symbolic.pattern();
    matrix.clear();
    for i in 0..pattern.nodes() {
        let diagonal = pattern.diagonal()[i] as usize;
        match problem.kind[i] {
            NodeKind::Off | NodeKind::Slack => matrix.values[diagonal] = [[1.0, 0.0], [0.0, 1.0]],
            kind => {
                for at in pattern.row(i) {
                    let t = times_conjugate(v[i], times(problem.y[at], v[pattern.columns()[at] as usize]));
                    let [a, b] = t;
                    matrix.values[at] = match (at == diagonal, kind) {
                        (true, _) => diagonal_block(problem, kind, i, v[i], s[i], t),
                        (false, NodeKind::Pv) => [[b, a], [0.0, 0.0]],
                        (false, _) => [[b, a], [-a, b]],
                    };
                }
            }
        }
    }
}

/// Sine and cosine; by Taylor series (to 1e-17 of the value) for the small steps of a converging iteration.
#[inline(always)]
fn sin_cos(x: f64) -> [f64; 2] {
    let z = x * x;
    if z < 0.0625 {
        let sin = 1.0 / 39_916_800.0;
        let sin = 1.0 / 362_880.0 - z * sin;
        let sin = 1.0 / 5_040.0 - z * sin;
        let sin = 1.0 / 120.0 - z * sin;
        let sin = 1.0 / 6.0 - z * sin;
        let cos = 1.0 / 479_001_600.0;
        let cos = 1.0 / 3_628_800.0 - z * cos;
        let cos = 1.0 / 40_320.0 - z * cos;
        let cos = 1.0 / 720.0 - z * cos;
        let cos = 1.0 / 24.0 - z * cos;
        let cos = 0.5 - z * cos;
        [x - x * z * sin, 1.0 - z * cos]
    } else {
        let (sin, cos) = x.sin_cos();
        [sin, cos]
    }
}

#[cfg(test)]
mod tests;
