//! The nets of the speed comparison, against pandapipes 0.16 (bidirectional): pressures within 1e-4 bar, temperatures within 0.01 K.

use crate::bench_nets::{found, net};
use relight_heat::network::{Settings, solve};
use relight_model::warm::HeatState;
use relight_model::{Draw, HeatNetwork, HeatSituation};

/// Largest differences: bar, K, kg/s.
fn differences(network: &HeatNetwork, state: &HeatState, [p_bar, t_k, mdot]: &[Vec<f64>; 3]) -> [f64; 3] {
    assert_eq!((p_bar.len(), mdot.len()), (network.junctions.len(), network.pipes.len()));
    let largest = |it: &mut dyn Iterator<Item = f64>| it.fold(0.0, f64::max);
    [
        largest(&mut p_bar.iter().zip(&state.p_bar).map(|(a, b)| (a - b.unwrap()).abs())),
        largest(&mut t_k.iter().zip(&state.t_c).map(|(a, b)| (a - 273.15 - b.unwrap()).abs())),
        largest(&mut mdot.iter().zip(&state.pipe_mdot_kg_per_s).map(|(a, b)| (a - b).abs())),
    ]
}

fn check(nodes: usize, loops: usize) {
    let Some(mut network) = net(nodes, loops) else { return };
    for consumer in ["mdot", "dT"] {
        let found = found(nodes, loops, consumer).unwrap();
        // Consumers of kind `dT` take what flow a spread of 30 K needs; pandapipes sizes it with the mean of two heat capacities,
        // which over a bent curve is 3e-4 off the enthalpy. Pressures are compared at its flows, flows among themselves below.
        let (pipes, count) = (network.pipes.len(), network.substations.len());
        for (k, substation) in network.substations.iter_mut().enumerate() {
            substation.draw = Draw::Flow(found[2][pipes - 2 * (count - k)]);
        }
        let state = solve(&network, &HeatSituation::intact(&network), &Settings::default());
        assert!(state.converged);
        let [p_bar, t_k, mdot] = differences(&network, &state, &found);
        eprintln!(
            "{nodes}_{loops} {consumer}: {p_bar:.2e} bar, {t_k:.2e} K, {mdot:.2e} kg/s, {} steps",
            state.iterations
        );
        assert!(p_bar <= 1e-4 && t_k <= 0.01, "{nodes}_{loops} {consumer}: {p_bar} bar, {t_k} K");
        if consumer == "dT" {
            let first_return = network.junctions.len() - count;
            for (k, substation) in network.substations.iter_mut().enumerate() {
                substation.draw = Draw::ReturnAt(found[1][first_return + k] - 273.15);
            }
            let state = solve(&network, &HeatSituation::intact(&network), &Settings::default());
            let [p_bar, t_k, _] = differences(&network, &state, &found);
            assert!(state.converged && p_bar <= 1e-3 && t_k <= 0.01, "{nodes}_{loops} by return: {p_bar} bar, {t_k} K");
            for (k, consumer) in state.consumers.iter().enumerate() {
                let theirs = found[2][pipes - 2 * (count - k)];
                assert!((consumer.mdot_kg_per_s / theirs - 1.0).abs() < 4e-4, "{k}: {consumer:?} and {theirs}");
            }
        }
    }
}

#[test]
fn trees_and_loops_of_100() {
    check(100, 0);
    check(100, 2);
}

#[test]
fn trees_and_loops_of_1000() {
    check(1000, 0);
    check(1000, 10);
}

#[test]
fn trees_and_loops_of_5000() {
    check(5000, 0);
    check(5000, 50);
}
