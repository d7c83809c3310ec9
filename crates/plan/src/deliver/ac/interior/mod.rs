//! The interior point method: primal-dual steps on a barrier problem whose μ goes to 0, with a filter line search.
//!
//! Follows Wächter & Biegler, "On the implementation of an interior-point filter line-search algorithm for large-scale nonlinear
//! programming", Math. Program. 106 (2006), whose equations are named W(n) below; docs/methods/deliver_ac.md says where it
//! differs. Every iteration works in room made once.

mod line_search;

use super::form::Form;
use super::kkt::Kkt;
use super::point::{Point, Values};
use std::sync::atomic::{AtomicBool, Ordering};

/// What can be chosen about a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort<'a> {
    /// First barrier parameter.
    pub mu: f64,
    /// Most iterations.
    pub iterations: u32,
    /// Set from outside to stop.
    pub stop: Option<&'a AtomicBool>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Optimal within the tolerances.
    Optimal,
    /// Every constraint holds, the objective may be improved.
    Feasible,
    /// Neither.
    Stuck,
}

/// What came of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub ending: Ending,
    pub iterations: u32,
    /// Factorisations.
    pub factorisations: u32,
}

/// Violation up to which constraints hold: a hundredth of what `verify` allows.
const FEASIBLE: f64 = 1e-8;
/// Scaled dual residual at which a run is done, and from which it may count as done when nothing moves any more.
const DUAL: f64 = 1e-6;
const DUAL_ACCEPTABLE: f64 = 1e-3;
/// Barrier parameter at the end, per scaled objective of 1 p.u.
const MU_END: f64 = 1e-9;
/// Complementarity that may be left in an acceptable end, as a share of the objective.
const GAP_ACCEPTABLE: f64 = 1e-5;

/// κ_ε, κ_μ, θ_μ of W(7).
const KAPPA_EPSILON: f64 = 10.0;
const KAPPA_MU: f64 = 0.2;
const THETA_MU: f64 = 1.5;
/// κ_Σ of W(16).
const KAPPA_SIGMA: f64 = 1e10;
/// Relative residual from which a step counts as solved for.
const SOLVED: f64 = 1e-4;
/// Iterations that a run which is stopped still has to make its constraints hold, μ as it is.
const LAST: u32 = 40;
/// Largest shift of the curvature before a step is given up.
const SHIFT_MAX: f64 = 1e10;

/// The method at work on one form.
pub(super) struct Interior<'a, 'b> {
    form: &'a Form<'b>,
    pub point: Point,
    values: Values,
    kkt: Kkt,
    step: Point,
    trial: Trial,
    mu: f64,
    filter: Vec<(f64, f64)>,
    /// Largest violation sums that are considered, W(21).
    theta_max: f64,
    theta_min: f64,
    last_shift: f64,
    /// Whether the last factorisation needed it.
    shifted: bool,
    factorisations: u32,
    /// Least shift of the next step: grows while line searches cut steps short.
    damping: f64,
}

/// Room for a trial point of the line search.
struct Trial {
    va: Vec<f64>,
    x: Vec<f64>,
    slack: Vec<f64>,
    values: Values,
    balance: Vec<[f64; 2]>,
    beyond: Vec<f64>,
    step: Point,
}

/// Figures of the optimality conditions at a point.
#[derive(Clone, Copy, Debug)]
struct Errors {
    /// Largest violation.
    primal: f64,
    /// Largest scaled dual residual.
    dual: f64,
    /// Largest deviation of a complementarity from μ, scaled.
    complementarity: f64,
    /// Sum of complementarities: what the objective may be off.
    gap: f64,
}

impl<'a, 'b> Interior<'a, 'b> {
    /// Room for a form, at a point strictly within its boxes.
    pub fn new(form: &'a Form<'b>, point: Point) -> Self {
        let kkt = Kkt::new(form);
        let mut values = Values::new(form);
        values.evaluate(form, &point.va, &point.x);
        let trial = Trial {
            va: point.va.clone(),
            x: point.x.clone(),
            slack: point.slack.clone(),
            balance: values.balance.clone(),
            beyond: values.beyond.clone(),
            values: values.clone(),
            step: Point::zero(form),
        };
        let step = Point::zero(form);
        Self {
            form,
            point,
            values,
            kkt,
            step,
            trial,
            mu: 0.1,
            filter: Vec::new(),
            theta_max: f64::INFINITY,
            theta_min: 0.0,
            last_shift: 0.0,
            shifted: false,
            factorisations: 0,
            damping: 0.0,
        }
    }

    /// Takes the multipliers of the balances from one step of Newton's method, the rest left where it is: for a start whose
    /// prices are not known.
    pub fn price(&mut self, mu: f64) {
        self.mu = mu;
        self.kkt.linearise(self.form, &self.point, &self.values);
        if self.direction(0.0) {
            for (p, d) in self.point.price.iter_mut().zip(&self.step.price) {
                p[0] += d[0];
                p[1] += d[1];
            }
        }
    }

    /// Runs to an end.
    pub fn run(&mut self, effort: &Effort) -> Run {
        self.mu = effort.mu;
        let theta = self.values.infeasibility(&self.point.slack).0;
        (self.theta_max, self.theta_min) = (1e4 * theta.max(1.0), 1e-4 * theta.max(1.0));
        let mut best_dual = f64::INFINITY;
        let mut stale = 0;
        let mut iterations = 0;
        let mut stopping: Option<u32> = None;
        let ending = loop {
            self.kkt.linearise(self.form, &self.point, &self.values);
            let errors = self.errors(0.0);
            if errors.primal <= FEASIBLE
                && errors.dual <= DUAL
                && self.mu <= MU_END * 1.01
                && errors.complementarity <= KAPPA_EPSILON * MU_END
            {
                break Ending::Optimal;
            }
            let acceptable = errors.primal <= FEASIBLE
                && errors.dual <= DUAL_ACCEPTABLE
                && errors.gap <= GAP_ACCEPTABLE * self.form.value(&self.point.x).abs().max(1.0);
            stale = if acceptable && errors.dual > 0.9 * best_dual { stale + 1 } else { 0 };
            best_dual = best_dual.min(errors.dual);
            if acceptable && stale >= 5 {
                break Ending::Optimal;
            }
            if effort.stop.is_some_and(|s| s.load(Ordering::Relaxed)) && stopping.is_none() {
                stopping = Some(iterations + LAST);
            }
            let stopped = stopping.is_some_and(|at| iterations >= at || errors.primal <= FEASIBLE);
            if iterations >= effort.iterations || stopped {
                break self.fallback(errors, acceptable);
            }
            if stopping.is_none() {
                self.lower_mu();
            }
            if !self.direction(self.damping) {
                break self.fallback(errors, acceptable);
            }
            if !self.advance() && !self.advance_damped() {
                break self.fallback(errors, acceptable);
            }
            iterations += 1;
        };
        Run { ending, iterations, factorisations: self.factorisations }
    }

    fn fallback(&self, errors: Errors, acceptable: bool) -> Ending {
        match (acceptable, errors.primal <= FEASIBLE) {
            (true, _) => Ending::Optimal,
            (_, true) => Ending::Feasible,
            _ => Ending::Stuck,
        }
    }

    /// W(5): the errors of the conditions at barrier `mu`.
    fn errors(&self, mu: f64) -> Errors {
        let primal = self.values.infeasibility(&self.point.slack).1;
        let (form, point) = (self.form, &self.point);
        let (mut dual, mut compl, mut gap, mut size) = (0.0f64, 0.0f64, 0.0, 0.0);
        for k in 0..form.places.end {
            if form.lower[k] == form.upper[k] {
                continue;
            }
            dual = dual.max((self.kkt.slope[k] - point.low[k] + point.high[k]).abs());
            let down = point.low[k] * (point.x[k] - form.lower[k]);
            let up = if form.upper[k].is_finite() { point.high[k] * (form.upper[k] - point.x[k]) } else { mu };
            compl = compl.max((down - mu).abs()).max((up - mu).abs());
            gap += down + up - if form.upper[k].is_finite() { 0.0 } else { mu };
            size += point.low[k] + point.high[k];
        }
        for (s, y) in point.slack.iter().zip(&point.push) {
            compl = compl.max((s * y - mu).abs());
            gap += s * y;
            size += y;
        }
        dual = self.kkt.angle_slope.iter().fold(dual, |m, a| m.max(a.abs()));
        let prices: f64 = point.price.iter().flatten().map(|p| p.abs()).sum();
        let bounds = (2 * form.places.end + point.slack.len()).max(1) as f64;
        // W(6)
        let dual_scale = ((size + prices) / (bounds + 2.0 * form.nodes() as f64) / 100.0).max(1.0);
        let compl_scale = (size / bounds / 100.0).max(1.0);
        Errors { primal, dual: dual / dual_scale, complementarity: compl / compl_scale, gap }
    }

    /// W(7): lowers μ as long as the barrier problem is solved well enough.
    fn lower_mu(&mut self) {
        while self.mu > MU_END {
            let errors = self.errors(self.mu);
            if errors.primal.max(errors.dual).max(errors.complementarity) > KAPPA_EPSILON * self.mu {
                return;
            }
            self.mu = (KAPPA_MU * self.mu).min(self.mu.powf(THETA_MU)).max(MU_END);
            self.filter.clear();
        }
    }

    /// Factors, with as much shift as the inertia asks for (W, algorithm IC), and solves for the step.
    fn direction(&mut self, least: f64) -> bool {
        // A shift that was needed just now will likely be needed again, if less of it: a factorisation is saved.
        let likely = if self.shifted { self.last_shift / 3.0 } else { 0.0 };
        let mut shift = if likely > 1e-9 { least.max(likely) } else { least };
        let mut first = shift == 0.0;
        loop {
            self.factorisations += 1;
            let right = self.kkt.factor(self.form, shift).unwrap_or(false);
            if right && self.solve() {
                break;
            }
            shift = if !first {
                shift * if self.last_shift == 0.0 { 100.0 } else { 8.0 }
            } else if self.last_shift == 0.0 {
                1e-4
            } else {
                (self.last_shift / 3.0).max(1e-12)
            };
            first = false;
            if shift > SHIFT_MAX {
                return false;
            }
        }
        self.shifted = shift > least;
        if shift > 0.0 {
            self.last_shift = shift;
        }
        true
    }

    /// Solves for the step; false where the equations are not met.
    fn solve(&mut self) -> bool {
        let Self { kkt, form, point, values, step, trial, mu, .. } = self;
        for ((t, h), s) in trial.beyond.iter_mut().zip(&values.beyond).zip(&point.slack) {
            *t = h + s;
        }
        kkt.solve(form, point, *mu, &values.balance, &trial.beyond, step) < SOLVED
    }
}
