//! A small AC power flow for planning: fast decoupled (Stott and Alsac 1974, XB scheme), its two systems solved by conjugate
//! gradients. Slow beside the engines, yet independent of them and enough to set taps by.

use super::sparse::Symmetric;
use crate::geometry::sin_turn;
use relight_model::{Branch, BusKind, Network};
use std::f64::consts::TAU;

/// Voltages and the power that they draw from each bus.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) vm_pu: Vec<f64>,
    pub(crate) va_rad: Vec<f64>,
    /// Power that flows into the network at each bus, p.u.
    pub(crate) p_pu: Vec<f64>,
    pub(crate) q_pu: Vec<f64>,
}

/// Largest mismatch of a settled network, p.u.: 1 kW on 100 MVA.
const MISMATCH_MAX_PU: f64 = 1e-5;

/// Solves the network from a state; `None` if it does not converge.
pub(crate) fn solve(network: &Network, start: Option<State>) -> Option<State> {
    let n = network.buses.len();
    let mut state = start.unwrap_or_else(|| State {
        vm_pu: vec![1.0; n],
        va_rad: vec![0.0; n],
        p_pu: vec![0.0; n],
        q_pu: vec![0.0; n],
    });
    let mut given = (vec![0.0; n], vec![0.0; n]);
    for generator in &network.generators {
        let i = generator.bus.i();
        given.0[i] += generator.p_mw / network.base_mva;
        // A generator on a bus without voltage control gives the reactive power that is written.
        match network.buses[i].kind {
            BusKind::Pq => given.1[i] += generator.q_mvar / network.base_mva,
            _ => state.vm_pu[i] = generator.vm_pu,
        }
    }
    for load in &network.loads {
        given.0[load.bus.i()] -= load.p_mw / network.base_mva;
        given.1[load.bus.i()] -= load.q_mvar / network.base_mva;
    }
    let kind = |i: usize| network.buses[i].kind;
    let (angles, magnitudes) = matrices(network);
    for _ in 0..80 {
        draw(network, &mut state);
        let dp: Vec<f64> =
            (0..n).map(|i| if kind(i) == BusKind::Slack { 0.0 } else { given.0[i] - state.p_pu[i] }).collect();
        let dq = |state: &State| -> Vec<f64> {
            (0..n).map(|i| if kind(i) == BusKind::Pq { given.1[i] - state.q_pu[i] } else { 0.0 }).collect()
        };
        let worst = |d: &[f64]| d.iter().fold(0.0f64, |w, v| w.max(v.abs()));
        let mismatch = worst(&dp).max(worst(&dq(&state)));
        if mismatch <= MISMATCH_MAX_PU {
            return Some(state);
        }
        if !mismatch.is_finite() || mismatch > 1e6 {
            return None;
        }
        let right: Vec<f64> = dp.iter().zip(&state.vm_pu).map(|(d, v)| d / v).collect();
        let mut step = vec![0.0; n];
        angles.solve(&right, &mut step, 1e-3).then_some(())?;
        state.va_rad.iter_mut().zip(&step).for_each(|(a, s)| *a += s);
        draw(network, &mut state);
        let right: Vec<f64> = dq(&state).iter().zip(&state.vm_pu).map(|(d, v)| d / v).collect();
        step.fill(0.0);
        magnitudes.solve(&right, &mut step, 1e-3).then_some(())?;
        state.vm_pu.iter_mut().zip(&step).for_each(|(v, s)| *v += s);
    }
    None
}

/// The two constant matrices: B' of 1/x without shunts and taps, B'' of the true susceptances.
fn matrices(network: &Network) -> (Symmetric, Symmetric) {
    let n = network.buses.len();
    let (mut of_angle, mut of_magnitude) = (vec![0.0; n], vec![0.0; n]);
    let (mut angle_pairs, mut magnitude_pairs) = (Vec::new(), Vec::new());
    for branch in &network.branches {
        let (f, t) = (branch.from.i(), branch.to.i());
        of_angle[f] += 1.0 / branch.x_pu;
        of_angle[t] += 1.0 / branch.x_pu;
        angle_pairs.push((f, t, -1.0 / branch.x_pu));
        let b = branch.x_pu / (branch.r_pu * branch.r_pu + branch.x_pu * branch.x_pu);
        of_magnitude[f] += (b - branch.b_from_pu) / (branch.tap * branch.tap);
        of_magnitude[t] += b - branch.b_to_pu;
        magnitude_pairs.push((f, t, -b / branch.tap));
    }
    for shunt in &network.shunts {
        of_magnitude[shunt.bus.i()] -= shunt.b_mvar / network.base_mva;
    }
    let kind = |i: usize| network.buses[i].kind;
    (
        Symmetric::new(of_angle, &angle_pairs, |i| kind(i) == BusKind::Slack),
        Symmetric::new(of_magnitude, &magnitude_pairs, |i| kind(i) != BusKind::Pq),
    )
}

/// Power that the voltages draw from every bus.
fn draw(network: &Network, state: &mut State) {
    state.p_pu.fill(0.0);
    state.q_pu.fill(0.0);
    for branch in &network.branches {
        let [pf, qf, pt, qt] = flow_pu(branch, &state.vm_pu, &state.va_rad);
        state.p_pu[branch.from.i()] += pf;
        state.q_pu[branch.from.i()] += qf;
        state.p_pu[branch.to.i()] += pt;
        state.q_pu[branch.to.i()] += qt;
    }
    for shunt in &network.shunts {
        let i = shunt.bus.i();
        state.q_pu[i] -= shunt.b_mvar / network.base_mva * state.vm_pu[i] * state.vm_pu[i];
    }
}

/// Active and reactive power into the *from* and *to* end of a branch without shift, p.u.
pub(crate) fn flow_pu(branch: &Branch, vm_pu: &[f64], va_rad: &[f64]) -> [f64; 4] {
    let (f, t) = (branch.from.i(), branch.to.i());
    let square = branch.r_pu * branch.r_pu + branch.x_pu * branch.x_pu;
    let (g, b) = (branch.r_pu / square, -branch.x_pu / square);
    let (vf, vt) = (vm_pu[f] / branch.tap, vm_pu[t]);
    let turns = (va_rad[f] - va_rad[t]) / TAU;
    let (s, c) = (sin_turn(turns), sin_turn(turns + 0.25));
    [
        vf * vf * g - vf * vt * (g * c + b * s),
        -vf * vf * (b + branch.b_from_pu) - vf * vt * (g * s - b * c),
        vt * vt * g - vf * vt * (g * c - b * s),
        -vt * vt * (b + branch.b_to_pu) + vf * vt * (g * s + b * c),
    ]
}
