//! An iterate, and what the constraints say of it.

use super::form::Form;

/// Primal and dual variables. Nodes are in elimination order.
#[derive(Clone, Debug)]
pub(super) struct Point {
    /// Angles, rad.
    pub va: Vec<f64>,
    /// Everything in boxes: see [`super::form::Places`].
    pub x: Vec<f64>,
    /// Slacks of the inequalities.
    pub slack: Vec<f64>,
    /// Multipliers of the balances of P and Q.
    pub price: Vec<[f64; 2]>,
    /// Multipliers of the inequalities.
    pub push: Vec<f64>,
    /// Multipliers of the lower and upper bounds of `x`.
    pub low: Vec<f64>,
    pub high: Vec<f64>,
}

impl Point {
    /// All zero.
    pub fn zero(form: &Form) -> Self {
        let (n, m, k) = (form.nodes(), form.inequalities(), form.places.end);
        Self {
            va: vec![0.0; n],
            x: vec![0.0; k],
            slack: vec![0.0; m],
            price: vec![[0.0; 2]; n],
            push: vec![0.0; m],
            low: vec![0.0; k],
            high: vec![0.0; k],
        }
    }
}

/// Values of the constraints at a point.
#[derive(Clone, Debug)]
pub(super) struct Values {
    /// Per line: P and Q into its *from* end, P and Q into its *to* end.
    pub flow: Vec<[f64; 4]>,
    /// Per line: sine and cosine of the angle difference.
    pub turn: Vec<(f64, f64)>,
    /// Balances g, 0 where they hold.
    pub balance: Vec<[f64; 2]>,
    /// Inequalities h, not positive where they hold.
    pub beyond: Vec<f64>,
}

impl Values {
    /// Room for a form's values.
    pub fn new(form: &Form) -> Self {
        Self {
            flow: vec![[0.0; 4]; form.lines.len()],
            turn: vec![(0.0, 1.0); form.lines.len()],
            balance: vec![[0.0; 2]; form.nodes()],
            beyond: vec![0.0; form.inequalities()],
        }
    }

    /// Evaluates all constraints (eq. 8 and 9).
    pub fn evaluate(&mut self, form: &Form, va: &[f64], x: &[f64]) {
        self.injections(form, x);
        for ((line, flow), turn) in form.lines.iter().zip(&mut self.flow).zip(&mut self.turn) {
            let (f, t) = (line.from as usize, line.to as usize);
            let (sin, cos) = (va[f] - va[t]).sin_cos();
            *turn = (sin, cos);
            *flow = line.flows(x[f], x[t], *turn);
            self.balance[f][0] += flow[0];
            self.balance[f][1] += flow[1];
            self.balance[t][0] += flow[2];
            self.balance[t][1] += flow[3];
        }
        let (ratings, angles) = self.beyond.split_at_mut(2 * form.rated.len());
        for (h, &(k, rate)) in ratings.chunks_exact_mut(2).zip(&form.rated) {
            let [pf, qf, pt, qt] = self.flow[k as usize];
            let per_rate = 0.5 / rate;
            h[0] = (pf * pf + qf * qf - rate * rate) * per_rate;
            h[1] = (pt * pt + qt * qt - rate * rate) * per_rate;
        }
        for (h, a) in angles.iter_mut().zip(&form.angles) {
            let line = &form.lines[a.line as usize];
            *h = a.sign * (va[line.from as usize] - va[line.to as usize]) - a.limit;
        }
    }

    /// Everything in the balances but the lines.
    fn injections(&mut self, form: &Form, x: &[f64]) {
        let at = form.places;
        for (i, (b, fixed)) in self.balance.iter_mut().zip(&form.fixed).enumerate() {
            let v2 = x[i] * x[i];
            *b = [fixed.0 * v2, -fixed.1 * v2];
        }
        for (k, &node) in form.unit_node.iter().enumerate() {
            self.balance[node as usize][0] -= x[at.p + k];
            self.balance[node as usize][1] -= x[at.q + k];
        }
        for ((load, &node), z) in form.problem.loads.iter().zip(&form.load_node).zip(&x[at.load..]) {
            self.balance[node as usize][0] += z * load.p;
            self.balance[node as usize][1] += z * load.q;
        }
        for ((shunt, &node), s) in form.problem.shunts.iter().zip(&form.shunt_node).zip(&x[at.shunt..]) {
            let v = x[node as usize];
            self.balance[node as usize][0] += s * shunt.g * v * v;
            self.balance[node as usize][1] -= s * shunt.b * v * v;
        }
        for ((link, &(from, to)), p) in form.problem.links.iter().zip(&form.link_nodes).zip(&x[at.link..]) {
            self.balance[from as usize][0] += p;
            self.balance[to as usize][0] -= p * (1.0 - link.loss_share) - link.loss;
        }
        for (b, r) in self.balance.iter_mut().zip(x[at.relief..].chunks_exact(4)) {
            b[0] += r[1] - r[0];
            b[1] += r[3] - r[2];
        }
    }

    /// Sum and largest of the violations |g| and |h + s|.
    pub fn infeasibility(&self, slack: &[f64]) -> (f64, f64) {
        let (mut sum, mut largest) = (0.0, 0.0f64);
        let violations = self.balance.iter().flatten().map(|g| g.abs());
        for v in violations.chain(self.beyond.iter().zip(slack).map(|(h, s)| (h + s).abs())) {
            sum += v;
            largest = if v > largest { v } else { largest };
        }
        // A NaN anywhere shows in the sum.
        if sum.is_finite() { (sum, largest) } else { (f64::INFINITY, f64::INFINITY) }
    }
}
