//! Fills the matrix: what stands in the blocks of nodes and lines (eq. 12 to 17).

use super::super::form::Form;
use super::super::point::{Point, Values};
use super::{DUAL_SHIFT, HOT, Kkt, NONE, WARM};

impl Kkt {
    /// Gradients and Σ of the inequalities; decides which lines are hot.
    pub(super) fn inequalities(&mut self, form: &Form, point: &Point, values: &Values) {
        for (sigma, (y, s)) in self.sigma.iter_mut().zip(point.push.iter().zip(&point.slack)) {
            *sigma = y / s;
        }
        let mut hottest = 0.0f64;
        for (k, &(line, rate)) in form.rated.iter().enumerate() {
            self.gradient[k] = rating_gradients(form, &point.x, values, line as usize, rate);
            if self.hot_row[k] == NONE {
                hottest = hottest.max(stiffness(&self.gradient[k], &self.sigma[2 * k..]));
            }
        }
        if hottest > HOT {
            for k in 0..form.rated.len() {
                if self.hot_row[k] == NONE && stiffness(&self.gradient[k], &self.sigma[2 * k..]) > WARM {
                    self.hot.push(k as u32);
                }
            }
            self.reshape(form);
        }
    }

    /// Σ of bounds, slopes of the box variables, and what eliminating units, loads and shunts leaves in the blocks.
    pub(super) fn boxes(&mut self, form: &Form, point: &Point) {
        let at = form.places;
        for k in 0..at.end {
            let (l, u, x) = (form.lower[k], form.upper[k], point.x[k]);
            let sigma = point.low[k] / (x - l) + point.high[k] / (u - x);
            self.compliance[k] = if k < at.p {
                sigma
            } else if l == u {
                0.0
            } else {
                1.0 / sigma
            };
            self.slope[k] = form.slope[k];
        }
        for (k, &node) in form.unit_node.iter().enumerate() {
            let (first, second) = form.cost_slope(k, point.x[at.p + k]);
            let (p, q, [a, b]) = (at.p + k, at.q + k, point.price[node as usize]);
            if self.compliance[p] > 0.0 && second != 0.0 {
                self.compliance[p] = 1.0 / (1.0 / self.compliance[p] + second);
            }
            self.slope[p] += first - a;
            if self.compliance[q] > 0.0 {
                self.compliance[q] = 1.0 / (1.0 / self.compliance[q] + form.reactive_cost[k]);
            }
            self.slope[q] += form.reactive_cost[k] * point.x[q] - b;
            let d = &mut self.matrix.diagonal[self.row[node as usize] as usize];
            d[2][2] -= self.compliance[p];
            d[3][3] -= self.compliance[q];
        }
        for ((k, load), &node) in (at.load..).zip(&form.problem.loads).zip(&form.load_node) {
            let ([a, b], c) = (point.price[node as usize], self.compliance[k]);
            self.slope[k] += load.p * a + load.q * b;
            let d = &mut self.matrix.diagonal[self.row[node as usize] as usize];
            d[2][2] -= c * load.p * load.p;
            d[2][3] -= c * load.p * load.q;
            d[3][3] -= c * load.q * load.q;
        }
        self.shunts(form, point);
        for (i, fixed) in form.fixed.iter().enumerate() {
            let ([a, b], v) = (point.price[i], point.x[i]);
            self.slope[i] += 2.0 * v * (a * fixed.0 - b * fixed.1);
            let d = &mut self.matrix.diagonal[self.row[i] as usize];
            d[1][1] += self.compliance[i] + 2.0 * (a * fixed.0 - b * fixed.1);
            d[1][2] += 2.0 * v * fixed.0;
            d[1][3] -= 2.0 * v * fixed.1;
            d[2][2] -= DUAL_SHIFT;
            d[3][3] -= DUAL_SHIFT;
        }
        for (i, r) in (at.relief..at.end).step_by(4).enumerate() {
            let [a, b] = point.price[i];
            let d = &mut self.matrix.diagonal[self.row[i] as usize];
            d[2][2] -= self.compliance[r] + self.compliance[r + 1];
            d[3][3] -= self.compliance[r + 2] + self.compliance[r + 3];
            self.slope[r] -= a;
            self.slope[r + 1] += a;
            self.slope[r + 2] -= b;
            self.slope[r + 3] += b;
        }
    }

    pub(super) fn shunts(&mut self, form: &Form, point: &Point) {
        let at = form.places;
        for (j, (shunt, &node)) in form.problem.shunts.iter().zip(&form.shunt_node).enumerate() {
            let (k, i) = (at.shunt + j, node as usize);
            let ([a, b], v, s, c) = (point.price[i], point.x[i], point.x[k], self.compliance[k]);
            let worth = a * shunt.g - b * shunt.b;
            self.slope[k] += worth * v * v;
            self.slope[i] += 2.0 * s * v * worth;
            let cross = 2.0 * v * worth;
            self.shunt_cross[j] = cross;
            let (gp, gq) = (shunt.g * v * v, -shunt.b * v * v);
            let d = &mut self.matrix.diagonal[self.row[i] as usize];
            d[1][1] += 2.0 * s * worth - c * cross * cross;
            d[1][2] += 2.0 * s * v * shunt.g - c * cross * gp;
            d[1][3] -= 2.0 * s * v * shunt.b + c * cross * gq;
            d[2][2] -= c * gp * gp;
            d[2][3] -= c * gp * gq;
            d[3][3] -= c * gq * gq;
        }
    }

    /// Balances and curvature of one line, its ratings condensed unless it is hot (eq. 13 to 16).
    pub(super) fn line(&mut self, form: &Form, point: &Point, values: &Values, k: usize) {
        let line = &form.lines[k];
        let (f, t) = (line.from as usize, line.to as usize);
        let (vf, vt) = (point.x[f], point.x[t]);
        let [gp, gq, hp, hq] = line.gradients(vf, vt, values.turn[k]);
        let ([mut a, mut b], [mut c, mut d]) = (point.price[f], point.price[t]);
        let mut bend = [0.0; 6];
        if form.rating_of_line[k] != NONE {
            let r = form.rating_of_line[k] as usize;
            let [pf, qf, pt, qt] = values.flow[k];
            let per_rate = 1.0 / form.rated[r].1;
            let (y, z) = (point.push[2 * r] * per_rate, point.push[2 * r + 1] * per_rate);
            add_outer(&mut bend, y, &gp);
            add_outer(&mut bend, y, &gq);
            add_outer(&mut bend, z, &hp);
            add_outer(&mut bend, z, &hq);
            if self.hot_row[r] == NONE {
                add_outer(&mut bend, self.sigma[2 * r], &self.gradient[r][0]);
                add_outer(&mut bend, self.sigma[2 * r + 1], &self.gradient[r][1]);
            }
            (a, b, c, d) = (a + y * pf, b + y * qf, c + z * pt, d + z * qt);
        }
        let slope = |i: usize| a * gp[i] + b * gq[i] + c * hp[i] + d * hq[i];
        self.angle_slope[f] += slope(0);
        self.angle_slope[t] -= slope(0);
        self.slope[f] += slope(1);
        self.slope[t] += slope(2);
        line.add_curvature(&mut bend, vf, vt, values.turn[k], [a, b, c, d]);
        let [aa, af, at, ff, ft, tt] = bend;
        add_upper(&mut self.matrix.diagonal[self.row[f] as usize], [aa, af, ff], [gp[0], gq[0], gp[1], gq[1]]);
        add_upper(&mut self.matrix.diagonal[self.row[t] as usize], [aa, -at, tt], [-hp[0], -hq[0], hp[2], hq[2]]);
        let edge =
            [[-aa, at, hp[0], hq[0]], [-af, ft, hp[1], hq[1]], [-gp[0], gp[2], 0.0, 0.0], [-gq[0], gq[2], 0.0, 0.0]];
        let block = &mut self.matrix.upper[self.line_block[k] as usize];
        for i in 0..4 {
            for j in 0..4 {
                block[i][j] += if f < t { edge[i][j] } else { edge[j][i] };
            }
        }
    }

    /// Hot lines: their inequalities keep multipliers of their own, with −1/Σ on the diagonal (eq. 17).
    pub(super) fn hot_lines(&mut self, form: &Form) {
        for (&r, blocks) in self.hot.iter().zip(&self.hot_blocks) {
            let r = r as usize;
            let line = &form.lines[form.rated[r].0 as usize];
            let own = self.hot_row[r];
            let d = &mut self.matrix.diagonal[own as usize];
            for e in 0..2 {
                d[e][e] = -1.0 / self.sigma[2 * r + e];
                d[e + 2][e + 2] = 1.0;
                let [a, vf, vt] = self.gradient[r][e];
                for (block, node, pair) in [(blocks[0], line.from, [a, vf]), (blocks[1], line.to, [-a, vt])] {
                    let block = &mut self.matrix.upper[block as usize];
                    for (i, g) in pair.into_iter().enumerate() {
                        if own < self.row[node as usize] {
                            block[e][i] = g;
                        } else {
                            block[i][e] = g;
                        }
                    }
                }
            }
        }
    }

    /// The angle of a reference does not move: its row and column are those of the identity.
    pub(super) fn fix_angles(&mut self, form: &Form) {
        for &r in &form.references {
            let row = self.row[r as usize];
            let d = &mut self.matrix.diagonal[row as usize];
            d[0] = [1.0, 0.0, 0.0, 0.0];
            self.angle_slope[r as usize] = 0.0;
            let mut clear = |block: u32, other: u32| {
                let block = &mut self.matrix.upper[block as usize];
                if row < other {
                    block[0] = [0.0; 4];
                } else {
                    block.iter_mut().for_each(|b| b[0] = 0.0);
                }
            };
            for (line, &block) in form.lines.iter().zip(&self.line_block) {
                if line.from == r || line.to == r {
                    let other = if line.from == r { line.to } else { line.from };
                    clear(block, self.row[other as usize]);
                }
            }
            for (&h, blocks) in self.hot.iter().zip(&self.hot_blocks) {
                let line = &form.lines[form.rated[h as usize].0 as usize];
                for (node, block) in [line.from, line.to].into_iter().zip(blocks) {
                    if node == r {
                        clear(*block, self.hot_row[h as usize]);
                    }
                }
            }
        }
    }

    pub(super) fn angle_limits(&mut self, form: &Form, point: &Point) {
        let first = 2 * form.rated.len();
        for (m, a) in (first..).zip(&form.angles) {
            let line = &form.lines[a.line as usize];
            let (f, t) = (line.from as usize, line.to as usize);
            self.angle_slope[f] += a.sign * point.push[m];
            self.angle_slope[t] -= a.sign * point.push[m];
            let sigma = self.sigma[m];
            self.matrix.diagonal[self.row[f] as usize][0][0] += sigma;
            self.matrix.diagonal[self.row[t] as usize][0][0] += sigma;
            self.matrix.upper[self.line_block[a.line as usize] as usize][0][0] -= sigma;
        }
    }

    pub(super) fn links(&mut self, form: &Form, point: &Point) {
        let at = form.places.link;
        for (j, (link, &(from, to))) in form.problem.links.iter().zip(&form.link_nodes).enumerate() {
            let (k, keep) = (at + j, 1.0 - link.loss_share);
            self.slope[k] += point.price[from as usize][0] - keep * point.price[to as usize][0];
            let c = self.compliance[k];
            self.matrix.diagonal[self.row[from as usize] as usize][2][2] -= c;
            self.matrix.diagonal[self.row[to as usize] as usize][2][2] -= c * keep * keep;
            self.matrix.upper[self.link_block[j] as usize][2][2] += c * keep;
        }
    }
}

fn stiffness(gradients: &[[f64; 3]; 2], sigma: &[f64]) -> f64 {
    let size = |g: &[f64; 3]| 2.0 * g[0] * g[0] + g[1] * g[1] + g[2] * g[2];
    (size(&gradients[0]) * sigma[0]).max(size(&gradients[1]) * sigma[1])
}

/// Gradients of (|S|² − r²) / 2r at both ends by (θ_from − θ_to, v_from, v_to).
fn rating_gradients(form: &Form, x: &[f64], values: &Values, k: usize, rate: f64) -> [[f64; 3]; 2] {
    let line = &form.lines[k];
    let [gp, gq, hp, hq] = line.gradients(x[line.from as usize], x[line.to as usize], values.turn[k]);
    let [pf, qf, pt, qt] = values.flow[k].map(|s| s / rate);
    let both = |p: f64, q: f64, g: [f64; 3], h: [f64; 3]| [0, 1, 2].map(|i| p * g[i] + q * h[i]);
    [both(pf, qf, gp, gq), both(pt, qt, hp, hq)]
}

/// Adds `factor · g gᵀ` to a symmetric 3x3 matrix kept as its upper triangle.
#[inline(always)]
fn add_outer(bend: &mut [f64; 6], factor: f64, g: &[f64; 3]) {
    bend[0] += factor * g[0] * g[0];
    bend[1] += factor * g[0] * g[1];
    bend[2] += factor * g[0] * g[2];
    bend[3] += factor * g[1] * g[1];
    bend[4] += factor * g[1] * g[2];
    bend[5] += factor * g[2] * g[2];
}

/// Adds curvature (θθ, θv, vv) and the gradients of P and Q (by θ, then by v) to a node's block.
#[inline(always)]
fn add_upper(d: &mut [[f64; 4]; 4], bend: [f64; 3], gradient: [f64; 4]) {
    d[0][0] += bend[0];
    d[0][1] += bend[1];
    d[1][1] += bend[2];
    d[0][2] += gradient[0];
    d[0][3] += gradient[1];
    d[1][2] += gradient[2];
    d[1][3] += gradient[3];
}
