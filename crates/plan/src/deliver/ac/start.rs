//! Where the method starts: voltages that flow without load would have, everything else inside its box (eq. 19, 20).

use super::answer::AcPoint;
use super::form::Form;
use super::point::{Point, Values};
use relight_numerics::{BlockLu, BlockMatrix};

/// Share of its box that a variable keeps from either end, and least distance in p.u.
const PUSH: f64 = 1e-2;

/// First values that are not told by voltages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guess {
    /// Share of loads that is served.
    pub served: f64,
    /// Barrier parameter the multipliers fit.
    pub mu: f64,
    /// Whether voltages honour taps and phase shifts, or are flat.
    pub graph: bool,
}

/// A starting point strictly within all boxes.
pub(super) fn start(form: &Form, guess: &Guess) -> Point {
    let mut point = Point::zero(form);
    let at = form.places;
    let n = form.nodes();
    if guess.graph {
        let (ln_v, va) = no_load(form);
        point.va = va;
        for (x, l) in point.x.iter_mut().zip(&ln_v) {
            *x = l.exp();
        }
    } else {
        point.x[..n].fill(1.0);
    }
    for k in at.p..at.q {
        point.x[k] = 0.5 * (form.lower[k] + form.upper[k]);
    }
    point.x[at.load..at.shunt].fill(guess.served);
    point.x[at.shunt..at.link].fill(0.9);
    point.x[at.relief..].fill(1.0);
    settle(form, &mut point, guess.mu, PUSH);
    point
}

/// First barrier parameter of a start from a neighbour, and the share of its box that a variable then keeps from either end.
pub(super) const NEAR_MU: f64 = 1e-6;
const NEAR_PUSH: f64 = 1e-4;

/// A starting point from the answer of a neighbouring situation. What that left dark (a magnitude of 0) starts as without it.
pub(super) fn start_near(form: &Form, near: &AcPoint) -> Point {
    let mut point = start(form, &Guess { served: 0.9, mu: NEAR_MU, graph: true });
    let at = form.places;
    for (&i, (va, vm)) in form.position.iter().zip(near.va.iter().zip(&near.vm)) {
        if *vm > 0.0 {
            point.x[i as usize] = *vm;
            point.va[i as usize] = *va;
        }
    }
    point.x[at.p..at.q].copy_from_slice(&near.p);
    point.x[at.q..at.load].copy_from_slice(&near.q);
    point.x[at.load..at.shunt].copy_from_slice(&near.served);
    point.x[at.shunt..at.link].copy_from_slice(&near.shunt);
    point.x[at.link..at.relief].copy_from_slice(&near.link);
    let mut values = Values::new(form);
    point.x[at.relief..].fill(0.0);
    values.evaluate(form, &point.va, &point.x);
    for (r, lacks) in point.x[at.relief..].chunks_exact_mut(4).zip(&values.balance) {
        let [p, q] = *lacks;
        r.copy_from_slice(&[p.max(0.0), (-p).max(0.0), q.max(0.0), (-q).max(0.0)].map(|v| v + NEAR_PUSH));
    }
    settle(form, &mut point, NEAR_MU, NEAR_PUSH);
    point
}

/// Moves everything strictly into its box, by a share `push` of it, opens the slacks, and sets the multipliers of bounds to
/// `mu / distance`.
fn settle(form: &Form, point: &mut Point, mu: f64, push: f64) {
    for k in 0..form.places.end {
        let (l, u) = (form.lower[k], form.upper[k]);
        if l == u {
            point.x[k] = l;
            continue;
        }
        let gap = if u.is_finite() { push * (u - l) } else { f64::INFINITY };
        let low = l + gap.min(push * l.abs().max(1.0));
        let high = if u.is_finite() { u - gap.min(push * u.abs().max(1.0)) } else { f64::INFINITY };
        point.x[k] = point.x[k].clamp(low, high);
        point.low[k] = mu / (point.x[k] - l);
        point.high[k] = mu / (u - point.x[k]);
    }
    let mut values = Values::new(form);
    values.evaluate(form, &point.va, &point.x);
    for ((s, y), h) in point.slack.iter_mut().zip(&mut point.push).zip(&values.beyond) {
        *s = (-h).max(push);
        *y = mu / *s;
    }
}

/// Logarithms of voltage magnitudes and angles of the network without load: the least squares of `ln v_from − ln v_to − ln tap`
/// and `θ_from − θ_to − shift`, weighted by admittance, with a slight pull of `ln v` to the middle of its box (eq. 19).
fn no_load(form: &Form) -> (Vec<f64>, Vec<f64>) {
    let n = form.nodes();
    let symbolic = &form.symbolic;
    let pattern = symbolic.pattern();
    let mut magnitude = BlockMatrix::<1>::zeros(pattern);
    let mut angle = BlockMatrix::<1>::zeros(pattern);
    let mut v = vec![[0.0]; n];
    let mut a = vec![[0.0]; n];
    for line in &form.lines {
        let (f, t) = (line.from as usize, line.to as usize);
        let weight = line.yft.0.hypot(line.yft.1);
        for (i, j, sign) in [(f, t, 1.0), (t, f, -1.0)] {
            let cross = pattern.position(i, j).expect("invariant: a line is an edge of the pattern");
            let own = pattern.diagonal()[i] as usize;
            for m in [&mut magnitude, &mut angle] {
                m.values[own][0][0] += weight;
                m.values[cross][0][0] -= weight;
            }
            v[i][0] += sign * weight * line.tap.ln();
            a[i][0] += sign * weight * line.shift;
        }
    }
    for (i, v) in v.iter_mut().enumerate() {
        let own = pattern.diagonal()[i] as usize;
        let pull = 1e-3 * magnitude.values[own][0][0] + 1e-9;
        let middle = (0.5 * (form.lower[i] + form.upper[i])).max(0.1).ln();
        magnitude.values[own][0][0] += pull;
        v[0] += pull * middle;
        angle.values[own][0][0] += 1e-9 * angle.values[own][0][0] + 1e-9;
    }
    for &r in &form.references {
        let own = pattern.diagonal()[r as usize] as usize;
        angle.values[own][0][0] *= 1e6;
    }
    let mut lu = BlockLu::<1>::new(symbolic);
    if lu.refactor(symbolic, &magnitude).is_ok() {
        lu.solve(symbolic, &mut v);
    } else {
        v.fill([0.0]);
    }
    if lu.refactor(symbolic, &angle).is_ok() {
        lu.solve(symbolic, &mut a);
    } else {
        a.fill([0.0]);
    }
    (v.into_iter().map(|[x]| x).collect(), a.into_iter().map(|[x]| x).collect())
}
