//! From the factored matrix to a step of every variable (eq. 18).

use super::super::form::Form;
use super::super::point::Point;
use super::{DUAL_SHIFT, Kkt, NONE};
use relight_numerics::{FactorError, Inertia};

/// Most rounds of iterative refinement, and the relative residual from which none is needed.
const REFINEMENTS: usize = 8;
const ACCURATE: f64 = 1e-11;

impl Kkt {
    /// Factors with `shift` added to the curvature of angles and voltages; tells whether the inertia is that of a minimum.
    pub fn factor(&mut self, form: &Form, shift: f64) -> Result<bool, FactorError> {
        let change = shift - self.shift;
        if change != 0.0 {
            for &row in &self.row {
                let d = &mut self.matrix.diagonal[row as usize];
                d[0][0] += change;
                d[1][1] += change;
            }
            self.shift = shift;
        }
        let inertia = self.factors.refactor(&self.symbolic, &self.matrix)?;
        let half = 2 * form.nodes() + 2 * self.hot.len();
        Ok(inertia == Inertia { positive: half, negative: half })
    }

    /// Solves for the step that the residuals `balance` and `beyond` (h + s) ask for, with barrier `mu` (eq. 18).
    ///
    /// Returns the largest residual of the equations relative to the right-hand side.
    pub fn solve(
        &mut self,
        form: &Form,
        point: &Point,
        mu: f64,
        balance: &[[f64; 2]],
        beyond: &[f64],
        step: &mut Point,
    ) -> f64 {
        self.right_hand_side(form, point, mu, balance, beyond, step);
        self.solution.copy_from_slice(&self.rhs);
        self.factors.solve(&self.symbolic, &mut self.solution);
        let size = largest(&self.rhs).max(1e-300);
        let mut off = f64::INFINITY;
        for round in 0..=REFINEMENTS {
            self.matrix.residual(&self.solution, &self.rhs, &mut self.rest);
            self.forget_dual_shift();
            // As Ipopt measures it: the equations' scale is that of the larger of both sides, within reason.
            let now = largest(&self.rest) / (size + largest(&self.solution).min(1e6 * size));
            if round == REFINEMENTS || now < ACCURATE || !now.is_finite() || now > 0.5 * off {
                off = off.min(now);
                break;
            }
            off = now;
            self.factors.solve(&self.symbolic, &mut self.rest);
            for (s, r) in self.solution.iter_mut().zip(&self.rest) {
                for (s, r) in s.iter_mut().zip(r) {
                    *s += r;
                }
            }
        }
        self.expand(form, point, mu, beyond, step);
        off
    }

    /// Takes the regularisation of the multipliers out of the residual: refinement solves the equations without it, or large
    /// multipliers would keep the balances from closing.
    fn forget_dual_shift(&mut self) {
        for &row in &self.row {
            let (rest, x) = (&mut self.rest[row as usize], &self.solution[row as usize]);
            rest[2] -= DUAL_SHIFT * x[2];
            rest[3] -= DUAL_SHIFT * x[3];
        }
    }

    /// The right-hand side; leaves the residual of each eliminated variable in `step.x`.
    fn right_hand_side(
        &mut self,
        form: &Form,
        point: &Point,
        mu: f64,
        balance: &[[f64; 2]],
        beyond: &[f64],
        step: &mut Point,
    ) {
        let at = form.places;
        for k in 0..at.end {
            let (l, u, x) = (form.lower[k], form.upper[k], point.x[k]);
            step.x[k] = if l == u { 0.0 } else { self.slope[k] - mu / (x - l) + mu / (u - x) };
        }
        let rhs = &mut self.rhs;
        for (i, g) in balance.iter().enumerate() {
            rhs[self.row[i] as usize] = [-self.angle_slope[i], -step.x[i], -g[0], -g[1]];
        }
        let weighted = |k: usize| self.compliance[k] * step.x[k];
        for (k, &node) in form.unit_node.iter().enumerate() {
            let r = &mut rhs[self.row[node as usize] as usize];
            r[2] -= weighted(at.p + k);
            r[3] -= weighted(at.q + k);
        }
        for ((k, load), &node) in (at.load..).zip(&form.problem.loads).zip(&form.load_node) {
            let r = &mut rhs[self.row[node as usize] as usize];
            r[2] += weighted(k) * load.p;
            r[3] += weighted(k) * load.q;
        }
        for (j, (shunt, &node)) in form.problem.shunts.iter().zip(&form.shunt_node).enumerate() {
            let (w, v) = (weighted(at.shunt + j), point.x[node as usize]);
            let r = &mut rhs[self.row[node as usize] as usize];
            r[1] += w * self.shunt_cross[j];
            r[2] += w * shunt.g * v * v;
            r[3] -= w * shunt.b * v * v;
        }
        for ((k, link), &(from, to)) in (at.link..).zip(&form.problem.links).zip(&form.link_nodes) {
            rhs[self.row[from as usize] as usize][2] += weighted(k);
            rhs[self.row[to as usize] as usize][2] -= weighted(k) * (1.0 - link.loss_share);
        }
        for (i, r) in (at.relief..at.end).step_by(4).enumerate() {
            let row = &mut rhs[self.row[i] as usize];
            row[2] += weighted(r + 1) - weighted(r);
            row[3] += weighted(r + 3) - weighted(r + 2);
        }
        self.push_back(form, point, mu, beyond);
    }

    /// The part of the inequalities in the right-hand side.
    fn push_back(&mut self, form: &Form, point: &Point, mu: f64, beyond: &[f64]) {
        let rhs = &mut self.rhs;
        let pull = |m: usize| self.sigma[m] * (beyond[m] - point.slack[m]) + mu / point.slack[m];
        for (r, &(line, _)) in form.rated.iter().enumerate() {
            if self.hot_row[r] != NONE {
                let own = &mut rhs[self.hot_row[r] as usize];
                for e in 0..2 {
                    let m = 2 * r + e;
                    own[e] = point.slack[m] - beyond[m] - mu / point.push[m];
                    own[e + 2] = 0.0;
                }
                continue;
            }
            let line = &form.lines[line as usize];
            let (y, z) = (pull(2 * r), pull(2 * r + 1));
            let [g, h] = &self.gradient[r];
            let from = &mut rhs[self.row[line.from as usize] as usize];
            from[0] -= y * g[0] + z * h[0];
            from[1] -= y * g[1] + z * h[1];
            let to = &mut rhs[self.row[line.to as usize] as usize];
            to[0] += y * g[0] + z * h[0];
            to[1] -= y * g[2] + z * h[2];
        }
        for (m, a) in (2 * form.rated.len()..).zip(&form.angles) {
            let line = &form.lines[a.line as usize];
            rhs[self.row[line.from as usize] as usize][0] -= a.sign * pull(m);
            rhs[self.row[line.to as usize] as usize][0] += a.sign * pull(m);
        }
        for &r in &form.references {
            rhs[self.row[r as usize] as usize][0] = 0.0;
        }
    }

    /// From the condensed solution to the step of every variable.
    fn expand(&self, form: &Form, point: &Point, mu: f64, beyond: &[f64], step: &mut Point) {
        let at = form.places;
        for (i, &row) in self.row.iter().enumerate() {
            let [a, v, p, q] = self.solution[row as usize];
            (step.va[i], step.x[i], step.price[i]) = (a, v, [p, q]);
        }
        let mut set = |k: usize, pull: f64| step.x[k] = -self.compliance[k] * (step.x[k] + pull);
        for (k, &node) in form.unit_node.iter().enumerate() {
            let [p, q] = step.price[node as usize];
            set(at.p + k, -p);
            set(at.q + k, -q);
        }
        for ((k, load), &node) in (at.load..).zip(&form.problem.loads).zip(&form.load_node) {
            let [p, q] = step.price[node as usize];
            set(k, load.p * p + load.q * q);
        }
        for (j, (shunt, &node)) in form.problem.shunts.iter().zip(&form.shunt_node).enumerate() {
            let ([p, q], v) = (step.price[node as usize], point.x[node as usize]);
            let dv = self.solution[self.row[node as usize] as usize][1];
            set(at.shunt + j, self.shunt_cross[j] * dv + (shunt.g * p - shunt.b * q) * v * v);
        }
        for ((k, link), &(from, to)) in (at.link..).zip(&form.problem.links).zip(&form.link_nodes) {
            set(k, step.price[from as usize][0] - (1.0 - link.loss_share) * step.price[to as usize][0]);
        }
        for (i, r) in (at.relief..at.end).step_by(4).enumerate() {
            let [p, q] = step.price[i];
            set(r, -p);
            set(r + 1, p);
            set(r + 2, -q);
            set(r + 3, q);
        }
        for k in 0..at.end {
            let (down, up, dx) = (point.x[k] - form.lower[k], form.upper[k] - point.x[k], step.x[k]);
            let fixed = form.lower[k] == form.upper[k];
            step.low[k] = if fixed { 0.0 } else { (mu - point.low[k] * dx) / down - point.low[k] };
            step.high[k] = if fixed { 0.0 } else { (mu + point.high[k] * dx) / up - point.high[k] };
        }
        self.slacks(form, point, mu, beyond, step);
    }

    fn slacks(&self, form: &Form, point: &Point, mu: f64, beyond: &[f64], step: &mut Point) {
        let mut set = |m: usize, along: f64| {
            let (s, y) = (point.slack[m], point.push[m]);
            step.slack[m] = -beyond[m] - along;
            step.push[m] = (mu - y * step.slack[m]) / s - y;
        };
        for (r, &(line, _)) in form.rated.iter().enumerate() {
            let line = &form.lines[line as usize];
            let (f, t) = (line.from as usize, line.to as usize);
            for (e, g) in self.gradient[r].iter().enumerate() {
                set(2 * r + e, g[0] * (step.va[f] - step.va[t]) + g[1] * step.x[f] + g[2] * step.x[t]);
            }
        }
        for (m, a) in (2 * form.rated.len()..).zip(&form.angles) {
            let line = &form.lines[a.line as usize];
            set(m, a.sign * (step.va[line.from as usize] - step.va[line.to as usize]));
        }
        for &r in &self.hot {
            for e in 0..2 {
                step.push[2 * r as usize + e] = self.solution[self.hot_row[r as usize] as usize][e];
            }
        }
    }
}

fn largest(v: &[[f64; 4]]) -> f64 {
    let sum: f64 = v.iter().flatten().sum();
    if sum.is_finite() { v.iter().flatten().fold(0.0, |m, x| m.max(x.abs())) } else { f64::INFINITY }
}
