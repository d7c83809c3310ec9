//! The line search: how far along a step, and whether the constraints' curvature is taken into account first.

use super::super::point::Point;
use super::{Interior, KAPPA_SIGMA, Trial};

/// Least share of the way to the boundary, W(8).
const TAU_MIN: f64 = 0.99;
/// γ_θ, γ_φ of W(18); s_θ, s_φ, δ = 1 of W(19); η of W(20).
const GAMMA: f64 = 1e-5;
const S_THETA: f64 = 1.1;
const S_PHI: f64 = 2.3;
const ETA: f64 = 1e-4;
/// Most second-order corrections of a step.
const CORRECTIONS: u32 = 4;
/// A step shorter than this share of what the boundaries allow is followed by a more careful one.
const CUT: f64 = 0.2;
/// Attempts with more shift before a line search counts as failed.
const DAMPED: u32 = 5;

impl Interior<'_, '_> {
    /// Where no point along the step is acceptable, shorter and more careful steps may be: more and more shift.
    pub(super) fn advance_damped(&mut self) -> bool {
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
    pub(super) fn advance(&mut self) -> bool {
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
    fn longest_primal(&self, step: &Point, tau: f64) -> f64 {
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
