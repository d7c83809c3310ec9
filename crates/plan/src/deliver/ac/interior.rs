//! The interior point method: primal-dual steps on a barrier problem whose μ goes to 0, with a filter line search.
//!
//! Follows Wächter & Biegler, "On the implementation of an interior-point filter line-search algorithm for large-scale nonlinear
//! programming", Math. Program. 106 (2006), whose equations are named W(n) below; docs/methods/deliver_ac.md says where it
//! differs. Every iteration works in room made once.

use super::form::Form;
use super::kkt::{Kkt, Step};
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
/// Least share of the way to the boundary, W(8).
const TAU_MIN: f64 = 0.99;
/// γ_θ, γ_φ of W(18); s_θ, s_φ, δ of W(19); η of W(20); κ_Σ of W(16).
const GAMMA: f64 = 1e-5;
const S_THETA: f64 = 1.1;
const S_PHI: f64 = 2.3;
const ETA: f64 = 1e-4;
const KAPPA_SIGMA: f64 = 1e10;
/// Most second-order corrections of a step.
const CORRECTIONS: u32 = 4;
/// A step shorter than this share of what the boundaries allow is followed by a more careful one.
const CUT: f64 = 0.2;
/// Attempts with more shift before a line search counts as failed.
const DAMPED: u32 = 5;
/// Relative residual from which a step counts as solved for.
const SOLVED: f64 = 1e-4;
/// Largest shift of the curvature before a step is given up.
const SHIFT_MAX: f64 = 1e10;

/// The method at work on one form.
pub(super) struct Interior<'a, 'b> {
    form: &'a Form<'b>,
    pub point: Point,
    values: Values,
    kkt: Kkt,
    step: Step,
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
    step: Step,
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
            step: kkt.step(form),
        };
        let step = kkt.step(form);
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
                stopping = Some(iterations + 15);
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

    /// Where no point along the step is acceptable, shorter and more careful steps may be: more and more shift.
    fn advance_damped(&mut self) -> bool {
        let mut shift = (10.0 * self.last_shift).max(1e-3);
        for _ in 0..DAMPED {
            if !self.direction(shift) {
                return false;
            }
            if self.advance() {
                return true;
            }
            shift *= 30.0;
        }
        false
    }

    /// Line search along the step; false where no acceptable point was found.
    fn advance(&mut self) -> bool {
        let tau = TAU_MIN.max(1.0 - self.mu);
        let longest = self.longest_primal(&self.step, tau);
        let dual = self.longest_dual(tau);
        let theta = self.values.infeasibility(&self.point.slack).0;
        let phi = self.barrier(&self.point.x, &self.point.slack);
        let descent = self.descent();
        let mut alpha = longest;
        let mut tries = 0;
        let accepted = loop {
            self.try_step(alpha, false);
            let trial_theta = self.trial.values.infeasibility(&self.trial.slack).0;
            if self.acceptable(theta, phi, descent, alpha, trial_theta) {
                break true;
            }
            if tries == 0 && trial_theta >= theta && self.correct(alpha, tau, theta, phi, descent) {
                break true;
            }
            tries += 1;
            alpha *= 0.5;
            if tries > 14 {
                break false;
            }
        };
        if !accepted {
            // Near the end rounding hides descent: a full step that mends the conditions is good.
            if theta > 1e-6 {
                return false;
            }
            alpha = longest;
            self.try_step(alpha, false);
            let trial_theta = self.trial.values.infeasibility(&self.trial.slack).0;
            if trial_theta > 1e-5_f64.max(10.0 * theta) {
                return false;
            }
        }
        self.damping = if alpha < CUT * longest {
            (4.0 * self.damping).max(1e-4)
        } else if self.damping < 1e-6 {
            0.0
        } else {
            0.2 * self.damping
        };
        self.take(alpha, dual);
        true
    }

    /// W(15): the longest step that keeps the variables within a share `tau` of their distance to the boundary.
    fn longest_primal(&self, step: &Step, tau: f64) -> f64 {
        let (form, point) = (self.form, &self.point);
        let mut alpha = 1.0f64;
        for k in 0..form.places.end {
            let (x, dx) = (point.x[k], step.x[k]);
            let room = if dx < 0.0 { x - form.lower[k] } else { form.upper[k] - x };
            if alpha * dx.abs() > tau * room {
                alpha = tau * room / dx.abs();
            }
        }
        for (s, ds) in point.slack.iter().zip(&step.slack) {
            if -alpha * ds > tau * s {
                alpha = -tau * s / ds;
            }
        }
        alpha
    }

    fn longest_dual(&self, tau: f64) -> f64 {
        let mut alpha = 1.0f64;
        let (p, d) = (&self.point, &self.step);
        for (z, dz) in [(&p.low, &d.low), (&p.high, &d.high), (&p.push, &d.push)] {
            for (z, dz) in z.iter().zip(dz) {
                if -alpha * dz > tau * z {
                    alpha = -tau * z / dz;
                }
            }
        }
        alpha
    }

    /// The barrier function: objective − μ Σ ln distance.
    fn barrier(&self, x: &[f64], slack: &[f64]) -> f64 {
        let mut logs = Logarithms::default();
        let form = self.form;
        for (k, &x) in x.iter().enumerate() {
            if form.lower[k] == form.upper[k] {
                continue;
            }
            logs.add(x - form.lower[k]);
            if form.upper[k].is_finite() {
                logs.add(form.upper[k] - x);
            }
        }
        slack.iter().for_each(|&s| logs.add(s));
        form.value(x) - self.mu * logs.sum()
    }

    /// Slope of the barrier function along the step.
    fn descent(&self) -> f64 {
        let (form, point, step) = (self.form, &self.point, &self.step);
        let mut sum = 0.0;
        for k in 0..form.places.end {
            if form.lower[k] == form.upper[k] {
                continue;
            }
            let x = point.x[k];
            sum += (form.slope[k] - self.mu / (x - form.lower[k]) + self.mu / (form.upper[k] - x)) * step.x[k];
        }
        for k in 0..form.cost.len() {
            sum += form.cost_slope(k, point.x[form.places.p + k]).0 * step.x[form.places.p + k];
        }
        for k in 0..form.reactive_cost.len() {
            sum += form.reactive_cost[k] * point.x[form.places.q + k] * step.x[form.places.q + k];
        }
        for (s, ds) in point.slack.iter().zip(&step.slack) {
            sum -= self.mu / s * ds;
        }
        sum
    }

    /// Evaluates the constraints at `point + alpha step` (or the corrected step).
    fn try_step(&mut self, alpha: f64, corrected: bool) {
        let Self { form, point, step, trial, .. } = self;
        let Trial { va, x, slack, values, step: correction, .. } = trial;
        let step = if corrected { &*correction } else { &*step };
        let ahead = |to: &mut [f64], from: &[f64], by: &[f64]| {
            for ((to, from), by) in to.iter_mut().zip(from).zip(by) {
                *to = from + alpha * by;
            }
        };
        ahead(va, &point.va, &step.va);
        ahead(x, &point.x, &step.x);
        ahead(slack, &point.slack, &step.slack);
        values.evaluate(form, va, x);
        // A slack may always grow to what its inequality leaves: less violation, and less barrier.
        for (s, h) in slack.iter_mut().zip(&values.beyond) {
            *s = s.max(-h);
        }
    }

    /// Whether the trial point is one to go to: W(18) to W(20) and the filter.
    fn acceptable(&mut self, theta: f64, phi: f64, descent: f64, alpha: f64, trial_theta: f64) -> bool {
        if !trial_theta.is_finite() || trial_theta > self.theta_max {
            return false;
        }
        let trial_phi = self.barrier(&self.trial.x, &self.trial.slack);
        // Rounding of sums of this size.
        let noise = 1e-13 * phi.abs().max(1.0);
        if self.filter.iter().any(|&(t, p)| trial_theta >= t && trial_phi >= p + noise) {
            return false;
        }
        let switching = descent < 0.0 && alpha * (-descent).powf(S_PHI) > theta.powf(S_THETA);
        if theta <= self.theta_min && switching {
            return trial_phi <= phi + ETA * alpha * descent + noise;
        }
        if trial_theta <= (1.0 - GAMMA) * theta || trial_phi <= phi - GAMMA * theta + noise {
            self.filter.push(((1.0 - GAMMA) * theta, phi - GAMMA * theta));
            return true;
        }
        false
    }

    /// Second-order corrections, W section 2.4: the constraints' curvature over the step is taken into the right-hand side.
    /// The factors are there, so that a correction costs a solve.
    fn correct(&mut self, first: f64, tau: f64, theta: f64, phi: f64, descent: f64) -> bool {
        let Self { trial, values, point, .. } = self;
        trial.balance.copy_from_slice(&values.balance);
        for ((t, h), s) in trial.beyond.iter_mut().zip(&values.beyond).zip(&point.slack) {
            *t = h + s;
        }
        let (mut alpha, mut before) = (first, f64::INFINITY);
        for _ in 0..CORRECTIONS {
            let Self { kkt, form, point, trial, mu, .. } = self;
            for (c, ahead) in trial.balance.iter_mut().zip(&trial.values.balance) {
                *c = [alpha * c[0] + ahead[0], alpha * c[1] + ahead[1]];
            }
            for (c, (s, h)) in trial.beyond.iter_mut().zip(trial.slack.iter().zip(&trial.values.beyond)) {
                *c = alpha * *c + h + s;
            }
            let Trial { balance, beyond, step, .. } = trial;
            kkt.solve(form, point, *mu, balance, beyond, step);
            alpha = self.longest_primal(&self.trial.step, tau);
            self.try_step(alpha, true);
            let trial_theta = self.trial.values.infeasibility(&self.trial.slack).0;
            if self.acceptable(theta, phi, descent, first, trial_theta) {
                self.step.price.copy_from_slice(&self.trial.step.price);
                return true;
            }
            if trial_theta > 0.99 * before {
                return false;
            }
            before = trial_theta;
        }
        false
    }

    /// Moves to the trial point, and along the dual step.
    fn take(&mut self, alpha: f64, dual: f64) {
        let Self { form, point, values, step, trial, mu, .. } = self;
        std::mem::swap(&mut point.va, &mut trial.va);
        std::mem::swap(&mut point.x, &mut trial.x);
        std::mem::swap(&mut point.slack, &mut trial.slack);
        std::mem::swap(values, &mut trial.values);
        for (p, d) in point.price.iter_mut().zip(&step.price) {
            p[0] += alpha * d[0];
            p[1] += alpha * d[1];
        }
        // W(16): multipliers stay within a factor of what the barrier says.
        let near = |z: f64, room: f64| z.clamp(*mu / KAPPA_SIGMA / room, KAPPA_SIGMA * *mu / room);
        for k in 0..form.places.end {
            if form.lower[k] == form.upper[k] {
                continue;
            }
            let x = point.x[k];
            point.low[k] = near(point.low[k] + dual * step.low[k], x - form.lower[k]);
            if form.upper[k].is_finite() {
                point.high[k] = near(point.high[k] + dual * step.high[k], form.upper[k] - x);
            }
        }
        for ((y, dy), s) in point.push.iter_mut().zip(&step.push).zip(&point.slack) {
            *y = near(*y + dual * dy, *s);
        }
    }
}

/// Sum of logarithms by products: one logarithm for many factors.
#[derive(Default)]
struct Logarithms {
    sum: f64,
    product: f64,
    factors: u32,
}

impl Logarithms {
    #[inline(always)]
    fn add(&mut self, v: f64) {
        self.product = if self.factors == 0 { v } else { self.product * v };
        self.factors += 1;
        if self.factors == 8 {
            self.sum += self.product.ln();
            self.factors = 0;
        }
    }

    fn sum(&self) -> f64 {
        self.sum + if self.factors > 0 { self.product.ln() } else { 0.0 }
    }
}
