//! Newton's equations of the barrier problem, condensed to one 4x4 block per node (docs/methods/deliver_ac.md, eq. 12 to 18).
//!
//! Units, loads, shunts, HVDC lines, slacks and the bounds of voltages are eliminated where they stand, so that a node's block
//! holds (θ, v, multiplier of P, multiplier of Q). An inequality is eliminated into the blocks of its line too, as
//! Σ ∇h ∇hᵀ, until that product would drown the digits of the rest: then its line gets a node of its own (`hot`).

use super::form::Form;
use super::point::{Point, Values};
use relight_numerics::{BlockLdl, FactorError, Inertia, Ordering, Pattern, Symbolic, SymmetricMatrix};

/// Regularisation of the multipliers: keeps a block invertible where a node has nothing to absorb power.
const DUAL_SHIFT: f64 = 1e-9;

/// A line whose Σ |∇h|² is beyond this gets its own node ...
const HOT: f64 = 1e8;
/// ... and with it all lines beyond this, so that the pattern changes seldom.
const WARM: f64 = 1e5;

const NONE: u32 = u32::MAX;

/// A step in all variables.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub va: Vec<f64>,
    pub x: Vec<f64>,
    pub slack: Vec<f64>,
    pub price: Vec<[f64; 2]>,
    pub push: Vec<f64>,
    pub low: Vec<f64>,
    pub high: Vec<f64>,
}

/// The equations, with room for everything they need.
pub(super) struct Kkt {
    symbolic: Symbolic,
    matrix: SymmetricMatrix<4>,
    factors: BlockLdl<4>,
    /// Row of the matrix of each node, and of each rated line (`NONE` unless hot).
    row: Vec<u32>,
    hot_row: Vec<u32>,
    /// Hot lines in the order of their rows.
    hot: Vec<u32>,
    /// Place of the block of each line, and of each HVDC line.
    line_block: Vec<u32>,
    link_block: Vec<u32>,
    /// Places of the blocks (hot line, its *from* node) and (hot line, its *to* node), by order in `hot`.
    hot_blocks: Vec<[u32; 2]>,
    /// Diagonal shift that the matrix holds at the moment.
    shift: f64,
    /// Per rated line: gradient by (θ_from − θ_to, v_from, v_to) of its two inequalities.
    gradient: Vec<[[f64; 3]; 2]>,
    /// y / s per inequality.
    sigma: Vec<f64>,
    /// 1 / (Σ of bounds + curvature) of each eliminated variable, 0 where fixed; Σ of bounds itself for voltages.
    compliance: Vec<f64>,
    /// ∇f + Jgᵀλ of each box variable (for voltages with the inequalities' part), without bounds.
    pub slope: Vec<f64>,
    /// The same of the angles.
    pub angle_slope: Vec<f64>,
    /// Cross derivative of each shunt's share and the voltage.
    shunt_cross: Vec<f64>,
    rhs: Vec<[f64; 4]>,
    solution: Vec<[f64; 4]>,
    rest: Vec<[f64; 4]>,
}

impl Kkt {
    /// Room for a form's equations, with no hot line.
    pub fn new(form: &Form) -> Self {
        let n = form.nodes();
        let mut kkt = Self {
            matrix: SymmetricMatrix::zeros(&form.symbolic),
            factors: BlockLdl::new(&form.symbolic),
            symbolic: form.symbolic.clone(),
            row: (0..n as u32).collect(),
            hot_row: vec![NONE; form.rated.len()],
            hot: Vec::new(),
            line_block: Vec::new(),
            link_block: Vec::new(),
            hot_blocks: Vec::new(),
            shift: 0.0,
            gradient: vec![[[0.0; 3]; 2]; form.rated.len()],
            sigma: vec![0.0; form.inequalities()],
            compliance: vec![0.0; form.places.end],
            slope: vec![0.0; form.places.end],
            angle_slope: vec![0.0; n],
            shunt_cross: vec![0.0; form.shunt_node.len()],
            rhs: vec![[0.0; 4]; n],
            solution: vec![[0.0; 4]; n],
            rest: vec![[0.0; 4]; n],
        };
        kkt.place_blocks(form);
        kkt
    }

    /// Room for a step.
    pub fn step(&self, form: &Form) -> Step {
        let (n, m, k) = (form.nodes(), form.inequalities(), form.places.end);
        Step {
            va: vec![0.0; n],
            x: vec![0.0; k],
            slack: vec![0.0; m],
            price: vec![[0.0; 2]; n],
            push: vec![0.0; m],
            low: vec![0.0; k],
            high: vec![0.0; k],
        }
    }

    /// Gives the lines `hot` nodes of their own, each right after the end that is eliminated first.
    fn reshape(&mut self, form: &Form) {
        let n = form.nodes();
        let mut after: Vec<Vec<u32>> = vec![Vec::new(); n];
        for &r in &self.hot {
            let line = &form.lines[form.rated[r as usize].0 as usize];
            after[line.from.min(line.to) as usize].push(r);
        }
        self.hot.clear();
        let mut rows = 0u32;
        for (i, lines) in after.iter().enumerate() {
            self.row[i] = rows;
            rows += 1;
            for &r in lines {
                self.hot_row[r as usize] = rows;
                self.hot.push(r);
                rows += 1;
            }
        }
        let at = |node: u32| self.row[node as usize];
        let mut edges: Vec<(u32, u32)> = form.lines.iter().map(|l| (at(l.from), at(l.to))).collect();
        edges.extend(form.link_nodes.iter().map(|&(a, b)| (at(a), at(b))));
        for &r in &self.hot {
            let (line, row) = (&form.lines[form.rated[r as usize].0 as usize], self.hot_row[r as usize]);
            edges.extend([(row, at(line.from)), (row, at(line.to))]);
        }
        let rows = rows as usize;
        let pattern = Pattern::from_edges(rows, &edges);
        self.symbolic = Symbolic::with_ordering(&pattern, Ordering::natural(rows));
        self.matrix = SymmetricMatrix::zeros(&self.symbolic);
        self.factors = BlockLdl::new(&self.symbolic);
        for v in [&mut self.rhs, &mut self.solution, &mut self.rest] {
            v.clear();
            v.resize(rows, [0.0; 4]);
        }
        self.place_blocks(form);
    }

    fn place_blocks(&mut self, form: &Form) {
        let place = |a: u32, b: u32| {
            let at = self.matrix.position(a.min(b) as usize, a.max(b) as usize);
            at.expect("invariant: every line and link is an edge of the pattern") as u32
        };
        let at = |node: u32| self.row[node as usize];
        self.line_block = form.lines.iter().map(|l| place(at(l.from), at(l.to))).collect();
        self.link_block = form.link_nodes.iter().map(|&(a, b)| place(at(a), at(b))).collect();
        let ends = |&r: &u32| {
            let (line, row) = (&form.lines[form.rated[r as usize].0 as usize], self.hot_row[r as usize]);
            [place(row, at(line.from)), place(row, at(line.to))]
        };
        self.hot_blocks = self.hot.iter().map(ends).collect();
    }

    /// Fills the matrix and the slopes at a point.
    pub fn linearise(&mut self, form: &Form, point: &Point, values: &Values) {
        self.inequalities(form, point, values);
        self.matrix.clear();
        self.shift = 0.0;
        self.boxes(form, point);
        self.angle_slope.fill(0.0);
        for k in 0..form.lines.len() {
            self.line(form, point, values, k);
        }
        self.hot_lines(form);
        self.angle_limits(form, point);
        self.links(form, point);
        self.fix_angles(form);
        for d in &mut self.matrix.diagonal {
            for i in 0..4 {
                for j in 0..i {
                    d[i][j] = d[j][i];
                }
            }
        }
    }

    /// Gradients and Σ of the inequalities; decides which lines are hot.
    fn inequalities(&mut self, form: &Form, point: &Point, values: &Values) {
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
    fn boxes(&mut self, form: &Form, point: &Point) {
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

    fn shunts(&mut self, form: &Form, point: &Point) {
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
    fn line(&mut self, form: &Form, point: &Point, values: &Values, k: usize) {
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
    fn hot_lines(&mut self, form: &Form) {
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
    fn fix_angles(&mut self, form: &Form) {
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

    fn angle_limits(&mut self, form: &Form, point: &Point) {
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

    fn links(&mut self, form: &Form, point: &Point) {
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
        step: &mut Step,
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
        step: &mut Step,
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
    fn expand(&self, form: &Form, point: &Point, mu: f64, beyond: &[f64], step: &mut Step) {
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

    fn slacks(&self, form: &Form, point: &Point, mu: f64, beyond: &[f64], step: &mut Step) {
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

/// Most rounds of iterative refinement, and the relative residual from which none is needed.
const REFINEMENTS: usize = 8;
const ACCURATE: f64 = 1e-11;

fn largest(v: &[[f64; 4]]) -> f64 {
    let sum: f64 = v.iter().flatten().sum();
    if sum.is_finite() { v.iter().flatten().fold(0.0, |m, x| m.max(x.abs())) } else { f64::INFINITY }
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
