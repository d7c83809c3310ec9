//! Lines as the relaxation sees them: one current per pair of nodes, and every line between the two an affine function of it
//! (docs/methods/deliver_soc.md, eq. 2 to 6).

use super::super::ac::problem::{AcLine, AcProblem};
use super::complex::Complex;

/// Two nodes with lines between them, seen from `from`. The base line's series element carries P + jQ, with ℓ the square of
/// its current; both are measured in `scale`: P = scale P', ℓ = scale² ℓ'.
pub(super) struct Pair {
    pub from: u32,
    pub to: u32,
    /// t and z of the base line.
    pub tap: Complex,
    pub z: Complex,
    /// 1/|t|².
    pub kappa: f64,
    pub scale: f64,
    /// Most ℓ' of any point of the AC problem.
    pub l_max: f64,
    /// The tightest limits of angle(from) − angle(to) of all its lines, rad.
    pub angle_min: f64,
    pub angle_max: f64,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// Power into the two ends of a line, as functions of its pair's variables.
pub(super) struct Line {
    /// Position in [`AcProblem::lines`].
    pub line: u32,
    /// Power into the line at the pair's `from`, then at its `to`.
    pub ends: [Power; 2],
    /// Most apparent power at either end; infinite without a rating.
    pub rate: f64,
}

/// Complex power as Σ coefficient · variable, for the variables w_from, w_to, P', Q', ℓ'.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Power(pub [Complex; 5]);

/// A pi circuit: an ideal transformer t at *from*, then y in series, with a shunt at either side of y.
#[derive(Clone, Copy, Debug)]
struct Pi {
    tap: Complex,
    y: Complex,
    /// Shunts as the nodes see them.
    shunt_from: Complex,
    shunt_to: Complex,
}

impl Pi {
    /// A circuit with the line's admittances, seen from the side asked for. Any |t| gives one; |t|² = |Ytt|/|Yff| gives the
    /// smallest shunts, and is the ratio itself for equal charging at both ends.
    fn of(line: &AcLine, flipped: bool) -> Self {
        let [mut yff, mut yft, mut ytf, mut ytt] = [line.yff, line.yft, line.ytf, line.ytt].map(Complex::from);
        if flipped {
            (yff, yft, ytf, ytt) = (ytt, ytf, yft, yff);
        }
        let ratio = (ytt.abs() / yff.abs()).sqrt();
        let ratio = if (1e-3..=1e3).contains(&ratio) { ratio } else { 1.0 };
        let tap = Complex::polar(ratio, 0.5 * (yft * ytf.conj()).arg());
        let y = -(ytf * tap);
        // Half an angle is known up to half a turn.
        let (tap, y) = if (y - ytt).abs() <= (y + ytt).abs() { (tap, y) } else { (-tap, -y) };
        let clean = |s: Complex| {
            // Below the rounding of the admittances themselves.
            let noise = 4.0 * f64::EPSILON * y.abs();
            let zero = |x: f64| if x.abs() <= noise { 0.0 } else { x };
            Complex::new(zero(s.re), zero(s.im))
        };
        let shunt_from = clean(yff - y.scaled(1.0 / (ratio * ratio)));
        Self { tap, y, shunt_from, shunt_to: clean(ytt - y) }
    }

    /// Powers into its ends with W/t = κ w_from − conj(z) S of the base line (eq. 5).
    fn ends(&self, base: &Pi, scale: f64) -> [Power; 2] {
        let (kappa, kappa_base) = (self.kappa(), base.kappa());
        let z = Complex::ONE / base.y;
        let rho = base.tap / self.tap;
        let y = self.y.conj();
        let own = y * (Complex::new(kappa, 0.0) - rho.scaled(kappa_base));
        let share = rho * (self.y / base.y).conj();
        // |V_from/t − V_to|² of this line.
        let turn = rho - Complex::ONE;
        let across = turn * z.conj();
        let d = [
            kappa - kappa_base - 2.0 * turn.re * kappa_base,
            0.0,
            2.0 * across.re * scale,
            -2.0 * across.im * scale,
            (z.re * z.re + z.im * z.im) * scale * scale,
        ];
        let series = [
            own,
            Complex::default(),
            share.scaled(scale),
            (share * Complex::new(0.0, 1.0)).scaled(scale),
            Complex::default(),
        ];
        let mut from = series;
        from[0] = from[0] + self.shunt_from.conj();
        let mut to = [Complex::default(); 5];
        for ((to, &d), &s) in to.iter_mut().zip(&d).zip(&series) {
            *to = y.scaled(d) - s;
        }
        to[1] = to[1] + self.shunt_to.conj();
        [Power(from), Power(to)]
    }

    fn kappa(&self) -> f64 {
        1.0 / (self.tap.re * self.tap.re + self.tap.im * self.tap.im)
    }
}

/// The pairs of a problem, in the order of their nodes.
pub(super) fn pairs(problem: &AcProblem) -> Vec<Pair> {
    let mut order: Vec<u32> = (0..problem.lines.len() as u32).collect();
    let key = |k: u32| {
        let line = &problem.lines[k as usize];
        (line.from.min(line.to), line.from.max(line.to))
    };
    order.sort_by_key(|&k| (key(k), k));
    // As a rule no line carries more than all that can be fed in. The geometric mean of that and 1 p.u. is a scale, no limit.
    let fed = problem.units.iter().map(|u| u.p_max).filter(|p| p.is_finite()).sum::<f64>();
    order.chunk_by(|&a, &b| key(a) == key(b)).map(|group| pair(problem, group, fed)).collect()
}

fn pair(problem: &AcProblem, group: &[u32], fed: f64) -> Pair {
    let line = |k: u32| &problem.lines[k as usize];
    let (from, to) = (line(group[0]).from, line(group[0]).to);
    let circuits: Vec<Pi> = group.iter().map(|&k| Pi::of(line(k), line(k).from != from)).collect();
    let mut base = 0;
    for (i, pi) in circuits.iter().enumerate() {
        if pi.y.abs() > circuits[base].y.abs() {
            base = i;
        }
    }
    let (pi, rate) = (circuits[base], line(group[base]).rate);
    let (flow_max, l_max) = reach(problem, from, to, &pi, rate);
    let scale = flow_max.min(fed).max(1e-6).sqrt();
    let (mut angle_min, mut angle_max) = (f64::NEG_INFINITY, f64::INFINITY);
    for l in group.iter().map(|&k| line(k)) {
        let (low, high) = if l.from == from { (l.angle_min, l.angle_max) } else { (-l.angle_max, -l.angle_min) };
        (angle_min, angle_max) = (angle_min.max(low), angle_max.min(high));
    }
    let lines =
        group.iter().zip(&circuits).map(|(&k, own)| Line { line: k, ends: own.ends(&pi, scale), rate: line(k).rate });
    Pair {
        from,
        to,
        tap: pi.tap,
        z: Complex::ONE / pi.y,
        kappa: pi.kappa(),
        scale,
        l_max: l_max / (scale * scale),
        angle_min,
        angle_max,
        lines: lines.collect(),
    }
}

/// The most that |S| and ℓ of a series element can be in any point of the AC problem (eq. 9): by the voltages at its ends,
/// and by its rating.
fn reach(problem: &AcProblem, from: u32, to: u32, pi: &Pi, rate: f64) -> (f64, f64) {
    let (f, t) = (&problem.nodes[from as usize], &problem.nodes[to as usize]);
    let ratio = pi.tap.abs();
    let (v_from, v_to) = (f.vm_max / ratio, t.vm_max);
    let current = pi.y.abs() * (v_from + v_to);
    let by_rating = rate + pi.shunt_from.abs() * f.vm_max * f.vm_max;
    let flow = (v_from * current).min(by_rating);
    let v_least = f.vm_min.max(0.0) / ratio;
    let by_flow = if v_least > 0.0 { flow / v_least } else { f64::INFINITY };
    (flow, current.min(by_flow).powi(2))
}
