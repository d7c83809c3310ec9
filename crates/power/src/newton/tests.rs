//! The Jacobian against finite differences, its solves against dense LU, on small nets and on real cases.

use relight_model::{LoadModel, Network, Situation};
use relight_numerics::{BlockMatrix, DenseLu, RobustLu};

use super::*;
use crate::dc::ScalarSolver;
use crate::settings::Settings;
use crate::structure::{Structure, bus_alive, fused_groups};
use crate::topology::Topology;
use crate::{start, test_networks};

struct Case {
    structure: Structure,
    problem: Problem,
    newton: Newton,
}

fn case(network: &Network) -> Case {
    let situation = Situation::intact(network);
    let alive = bus_alive(network, &situation);
    let structure = Structure::new(network, fused_groups(network, &alive));
    let topology = Topology::on(network, &situation, alive, &structure);
    let problem = Problem::new(network, &structure, &topology, &Settings::default());
    let mut newton = Newton::new(&structure.symbolic);
    let flat = start::flat(&problem);
    newton.copy_voltages(&flat.complex(&problem), &flat.theta);
    Case { structure, problem, newton }
}

/// Every column of the Jacobian by central differences of the mismatch in (θ, ln Vm).
fn check_jacobian(case: &mut Case) {
    let Case { structure, problem, newton } = case;
    let symbolic = &structure.symbolic;
    let n = structure.nodes();
    newton.evaluate(symbolic, problem);
    let mut jacobian = BlockMatrix::zeros(symbolic.pattern());
    assemble(symbolic, problem, &newton.v, &newton.s, &mut jacobian);
    let (v, theta) = (newton.v.clone(), newton.theta.clone());
    for j in 0..n {
        for c in 0..2 {
            let h = 1e-6;
            let mut side = |sign: f64| {
                newton.copy_voltages(&v, &theta);
                newton.step.fill([0.0; 2]);
                // The magnitude step is taken as a factor 1 + h, which is ln Vm + h to first order and beyond by symmetry.
                newton.step[j][c] = sign * h;
                newton.take_step();
                newton.evaluate(symbolic, problem);
                newton.step.clone()
            };
            let (plus, minus) = (side(1.0), side(-1.0));
            for i in 0..n {
                let solved = match problem.kind[i] {
                    NodeKind::Pq => 2,
                    NodeKind::Pv => 1,
                    NodeKind::Slack | NodeKind::Off => 0,
                };
                for r in 0..solved {
                    let slope = -(plus[i][r] - minus[i][r]) / (2.0 * h); // step holds -F
                    let entry = symbolic.pattern().position(i, j).map_or(0.0, |at| jacobian.values[at][r][c]);
                    assert!(
                        (slope - entry).abs() < 1e-7 * (1.0 + entry.abs()),
                        "({i},{r}) by ({j},{c}): {slope} {entry}"
                    );
                }
            }
        }
    }
}

#[test]
fn jacobian_is_the_derivative_of_the_mismatch() {
    let mut network = test_networks::ring();
    network.loads[0].model = LoadModel::ConstantCurrent;
    network.loads[1].model = LoadModel::ConstantImpedance;
    let mut flat = case(&network);
    check_jacobian(&mut flat);
    let mut solved = case(&network);
    let attempt = solved.newton.run(&solved.structure.symbolic, &solved.problem, 1e-10, 20);
    assert_eq!(attempt.ending, Ending::Converged);
    check_jacobian(&mut solved);
}

/// Solves the Jacobian at the present voltages by blocks and by dense LU with partial pivoting.
fn check_against_dense(case: &mut Case, tolerance: f64) {
    let Case { structure, problem, newton } = case;
    let symbolic = &structure.symbolic;
    let n = structure.nodes();
    newton.evaluate(symbolic, problem);
    let mut jacobian = BlockMatrix::zeros(symbolic.pattern());
    assemble(symbolic, problem, &newton.v, &newton.s, &mut jacobian);
    let mut dense = vec![0.0; 4 * n * n];
    for i in 0..n {
        for at in symbolic.pattern().row(i) {
            let j = symbolic.pattern().columns()[at] as usize;
            for (r, row) in jacobian.values[at].iter().enumerate() {
                for (c, value) in row.iter().enumerate() {
                    dense[(2 * i + r) * 2 * n + 2 * j + c] = *value;
                }
            }
        }
    }
    let b: Vec<Complex> = (0..n).map(|i| [1.0 + (i % 5) as f64, 0.3 - (i % 3) as f64]).collect();
    let mut want = b.as_flattened().to_vec();
    DenseLu::factor(2 * n, &dense).unwrap().solve(&mut want);
    newton.step.copy_from_slice(&b);
    newton.find_step(symbolic, problem).unwrap();
    let mut checked = vec![[0.0; 2]; n];
    let mut lu = RobustLu::new(symbolic);
    lu.factor(symbolic, &jacobian);
    lu.solve(symbolic, &jacobian, &b, &mut checked).unwrap();
    let size = want.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    for got in [&newton.step, &checked] {
        for (g, w) in got.as_flattened().iter().zip(&want) {
            assert!((g - w).abs() <= tolerance * size, "{g} instead of {w} of {size}");
        }
    }
}

#[test]
fn flat_and_converged_jacobians_agree_with_dense_lu() {
    let Some(folder) = test_networks::shared_folder() else { return };
    for name in ["case14", "case118", "case300", "case33bw", "case_RTS_GMLC"] {
        let bytes = std::fs::read(folder.join(format!("cases/{name}.m"))).unwrap();
        let (network, _) = relight_formats::matpower::read(&bytes);
        let mut case = case(&network.unwrap());
        check_against_dense(&mut case, 1e-9);
        let attempt = case.newton.run(&case.structure.symbolic, &case.problem, 1e-8, 20);
        assert_eq!(attempt.ending, Ending::Converged, "{name}");
        check_against_dense(&mut case, 1e-9);
    }
}

#[test]
fn zero_impedance_like_and_negative_reactances_agree_with_dense_lu() {
    let mut network = test_networks::ring();
    network.branches[1].r_pu = 0.0;
    network.branches[1].x_pu = 1e-9;
    network.branches[3].x_pu = -0.03; // a series capacitor
    check_against_dense(&mut case(&network), 1e-6);
}

#[test]
fn near_singular_jacobians_agree_with_dense_lu() {
    // At the nose of the PV curve (b = 1/x = 10, unit slack, tan φ = 0) the Jacobian is singular at V = 1/√2, θ = -45°.
    let mut network = test_networks::ring();
    network.buses.truncate(2);
    network.branches.truncate(1);
    network.branches[0] = test_networks::branch(0, 1, 0.0, 0.1);
    network.generators.truncate(1);
    network.generators[0].vm_pu = 1.0;
    network.loads.truncate(1);
    let mut case = case(&network);
    let node = case.structure.node_of_bus[1] as usize;
    for distance in [1e-3, 1e-6, 1e-9] {
        case.newton.set_voltage(node, 0.5f64.sqrt() + distance, -45f64.to_radians());
        check_against_dense(&mut case, 1e-3);
    }
    assert!(case.newton.robust.is_none(), "nine digits of conditioning are fine without checks");
    case.newton.set_voltage(node, 0.5f64.sqrt() + 1e-12, -45f64.to_radians());
    check_against_dense(&mut case, 1e-2);
    assert!(case.newton.robust.is_some(), "twelve are not: the checked solve takes over");
}

#[test]
fn small_angle_series_is_the_sine() {
    for k in -100..=100 {
        let x = 0.0026 * f64::from(k);
        let [sin, cos] = sin_cos(x);
        assert!((sin - x.sin()).abs() <= 3e-16 * x.sin().abs() && (cos - x.cos()).abs() <= 3e-16, "{x}");
    }
}

#[test]
fn dc_angles_of_a_line_are_its_loading() {
    let mut network = test_networks::ring();
    network.buses.truncate(2);
    network.branches.truncate(1);
    network.generators.truncate(1);
    network.loads.truncate(1); // 45 MW over x = 0.08: 0.036 rad
    let case = case(&network);
    let theta = ScalarSolver::new(&case.structure.symbolic).dc_angles(&case.structure.symbolic, &case.problem).unwrap();
    assert!((theta[case.structure.node_of_bus[1] as usize] + 0.036).abs() < 1e-15, "{theta:?}");
}
