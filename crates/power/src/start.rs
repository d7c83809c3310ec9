//! Starting voltages.

use relight_model::Network;
use relight_numerics::SingularMatrix;

use crate::admittance::Complex;
use crate::dc::ScalarSolver;
use crate::problem::{NodeKind, Problem};
use crate::structure::Structure;
use crate::topology::Topology;

/// Magnitudes (p.u.) and angles (radians) per node.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StartVoltages {
    pub vm: Vec<f64>,
    pub theta: Vec<f64>,
}

impl StartVoltages {
    /// The voltages as complex numbers, zero in the dark.
    pub(crate) fn complex(&self, problem: &Problem) -> Vec<Complex> {
        let polar = self.vm.iter().zip(&self.theta).zip(&problem.kind);
        polar
            .map(|((&vm, &theta), &kind)| match kind {
                NodeKind::Off => [0.0; 2],
                _ => [vm * theta.cos(), vm * theta.sin()],
            })
            .collect()
    }
}

/// Set points where voltage is held, 1 elsewhere; angles of the island's reference.
pub(crate) fn flat(problem: &Problem) -> StartVoltages {
    StartVoltages { vm: problem.vm_set.clone(), theta: problem.reference_angle.clone() }
}

/// As [`flat`], with the angles of a DC power flow.
pub(crate) fn dc(
    structure: &Structure,
    problem: &Problem,
    solver: &mut ScalarSolver,
) -> Result<StartVoltages, SingularMatrix> {
    let theta = solver.dc_angles(&structure.symbolic, problem)?;
    Ok(StartVoltages { vm: problem.vm_set.clone(), theta })
}

/// Voltages of the network file, with set points where voltage is held.
pub(crate) fn file(network: &Network, structure: &Structure, problem: &Problem) -> StartVoltages {
    let mut start = flat(problem);
    // Backwards, so that the first bus of a fused group has the last word.
    for (bus, &node) in network.buses.iter().zip(&structure.node_of_bus).rev() {
        let node = node as usize;
        if matches!(problem.kind[node], NodeKind::Pq) && bus.vm_pu > 0.0 {
            start.vm[node] = bus.vm_pu;
        }
        if problem.kind[node] != NodeKind::Slack {
            start.theta[node] = bus.va_deg.to_radians();
        }
    }
    start
}

/// The voltages of the network without injections, nearly: the weighted least squares
///
/// ```text
/// min Σ w (ln Vf - ln tap - ln Vt)²      min Σ w (θf - shift - θt)²      w = 1/|r + jx|
/// ```
///
/// over the branches in service, with set points held. Each is one Laplacian solve on the same pattern. Taps and shifts that
/// would drive large circulating flows from a flat start are honoured, so that Newton begins where its model is good.
pub(crate) fn no_load(
    network: &Network,
    structure: &Structure,
    topology: &Topology,
    problem: &Problem,
    solver: &mut ScalarSolver,
) -> Result<StartVoltages, SingularMatrix> {
    let symbolic = &structure.symbolic;
    let mut weights = vec![0.0; symbolic.pattern().entries()];
    let mut from_taps = vec![0.0; structure.nodes()];
    let mut from_shifts = vec![0.0; structure.nodes()];
    for (k, branch) in network.branches.iter().enumerate().filter(|(k, _)| topology.branch_on[*k]) {
        let slots = structure.slots[k];
        let w = 1.0 / branch.r_pu.hypot(branch.x_pu);
        for (at, value) in [(slots.ff, w), (slots.ft, -w), (slots.tf, -w), (slots.tt, w)] {
            weights[at as usize] += value;
        }
        let (tap, shift) = (w * branch.tap.ln(), w * branch.shift_deg.to_radians());
        from_taps[slots.from as usize] += tap;
        from_taps[slots.to as usize] -= tap;
        from_shifts[slots.from as usize] += shift;
        from_shifts[slots.to as usize] -= shift;
    }
    let held = |i: usize| !matches!(problem.kind[i], NodeKind::Pq);
    let ln_vm =
        solver.solve(symbolic, |at| weights[at], |i| from_taps[i], |i| held(i).then(|| problem.vm_set[i].ln()))?;
    let theta = solver.solve(
        symbolic,
        |at| weights[at],
        |i| from_shifts[i],
        |i| match problem.kind[i] {
            NodeKind::Slack => Some(problem.reference_angle[i]),
            NodeKind::Off => Some(0.0),
            NodeKind::Pv | NodeKind::Pq => None,
        },
    )?;
    Ok(StartVoltages { vm: ln_vm.into_iter().map(f64::exp).collect(), theta })
}
