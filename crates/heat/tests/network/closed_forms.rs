//! Temperatures against the stored closed forms, within 0.01 K, and circulation against the stored tables.
//!
//! Of the stored tables `test_pump`, `test_valve` and `test_pressure_control` are of natural gas (pandapipes' `lgas`), compressible
//! at bars: a network of hot water has nothing to be compared with there. Pumps and valves are compared in `oracles`.

use crate::bench_nets::{junction, pandapipes_water, shared};
use relight_heat::network::{Settings, solve};
use relight_model::warm::HeatState;
use relight_model::{
    FixedPressure, Fluid, Friction, HeatNetwork, HeatSituation, HeatSource, Injection, JunctionIdx, Pipe, Property,
    SourceKind,
};

const KELVIN: f64 = 273.15;

fn pipe(id: usize, from: u32, to: u32, length_m: f64) -> Pipe {
    Pipe {
        id: id.to_string(),
        from: JunctionIdx(from),
        to: JunctionIdx(to),
        length_m,
        d_inner_m: 0.075,
        roughness_mm: 0.1,
        zeta: 0.0,
        u_w_per_m_k: 5.0 * std::f64::consts::PI * 0.075,
        t_ground_c: 293.0 - KELVIN,
        q_ext_w: 0.0,
        in_service: true,
    }
}

/// Water of the closed forms: 4182 J/(kg K) at any temperature.
fn network(junctions: u32, pipes: &[(u32, u32, f64)], fed: &[(u32, f64)], given: &[(u32, f64)]) -> HeatNetwork {
    HeatNetwork {
        fluid: Fluid::Given {
            density_kg_per_m3: Property::Constant(998.0),
            heat_capacity_j_per_kg_k: Property::Constant(4182.0),
            viscosity_pa_s: Property::Constant(1e-3),
        },
        friction: Friction::Nikuradse,
        junctions: (0..junctions).map(|k| junction(k.to_string())).collect(),
        pipes: pipes.iter().enumerate().map(|(k, &(a, b, length_m))| pipe(k, a, b, length_m)).collect(),
        fixed_pressures: fed
            .iter()
            .map(|&(at, t_k)| FixedPressure { junction: JunctionIdx(at), p_bar: 5.0, t_c: t_k - KELVIN })
            .collect(),
        injections: given
            .iter()
            .map(|&(at, mdot)| Injection { junction: JunctionIdx(at), mdot_kg_per_s: mdot })
            .collect(),
        ..HeatNetwork::default()
    }
}

fn intact(network: &HeatNetwork) -> HeatState {
    let state = solve(network, &HeatSituation::intact(network), &Settings::default());
    assert!(state.converged);
    state
}

fn check(state: &HeatState, wanted_k: &[(usize, f64)]) {
    for &(at, t_k) in wanted_k {
        let found = state.t_c[at].unwrap() + KELVIN;
        assert!((found - t_k).abs() <= 0.01, "junction {at}: {found} and {t_k}");
    }
}

/// Every row of the seven tables that is a pipe: alpha, d, mdot, cp, Text, Tinit, l, T.
#[test]
fn every_pipe_of_the_tables_cools_exponentially() {
    let Some(folder) = shared("oracles/heat/analytic") else { return };
    let mut rows = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.starts_with("Temperature_") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let cells: Vec<Option<f64>> = text.split([';', '\n']).map(|cell| cell.trim().parse().ok()).collect();
        for row in cells.windows(8) {
            let [Some(5.0), Some(0.075), Some(mdot), Some(4182.0), Some(293.0), Some(t_k), Some(l), Some(wanted)] = row
            else {
                continue;
            };
            if *l > 0.0 {
                let net = network(2, &[(0, 1, *l)], &[(0, *t_k)], &[(1, -mdot)]);
                check(&intact(&net), &[(0, *t_k), (1, *wanted)]);
                rows += 1;
            }
        }
    }
    assert_eq!(rows, 22);
}

#[test]
fn tees_mix_and_part() {
    // tee_2ab_1zu: one inflow, two outflows.
    let net = network(4, &[(0, 1, 2500.0), (1, 2, 2500.0), (3, 1, 2500.0)], &[(0, 350.0)], &[(2, -1.0), (3, -1.0)]);
    check(&intact(&net), &[(1, 333.0816228), (2, 312.8192027), (3, 312.8192027)]);
    // tee_2zu_1ab: two inflows of the same kind.
    let net = network(4, &[(0, 1, 2500.0), (2, 1, 2500.0), (1, 3, 2500.0)], &[(0, 350.0), (2, 350.0)], &[(3, -1.0)]);
    check(&intact(&net), &[(1, 306.9365931), (3, 299.891242)]);
    // 2zu_2ab: two inflows of 1 kg/s each, by symmetry of the pipes, at 300 and 350 K.
    let pipes = [(0, 2, 2500.0), (1, 2, 2500.0), (2, 3, 2500.0), (2, 4, 2500.0)];
    let net = network(5, &pipes, &[(0, 300.0), (1, 350.0)], &[(3, -1.0), (4, -1.0)]);
    check(&intact(&net), &[(2, 308.823074), (3, 300.8240523), (4, 300.8240523)]);
}

#[test]
fn a_loop_mixes_what_its_two_ways_bring() {
    // masche_1load: 0-1, then 1-2 beside 1-3-2. The flows of the table follow from a local loss on the long way.
    let net = |zeta: f64| {
        let pipes = [(0, 1, 2500.0), (1, 2, 2500.0), (1, 3, 2500.0), (3, 2, 2500.0)];
        let mut net = network(4, &pipes, &[(0, 350.0)], &[(2, -1.0)]);
        net.pipes[3].zeta = zeta;
        net
    };
    let (mut low, mut high) = (0.0, 1e4);
    for _ in 0..60 {
        let zeta = 0.5 * (low + high);
        if intact(&net(zeta)).pipe_mdot_kg_per_s[1] < 0.606421 { low = zeta } else { high = zeta }
    }
    let state = intact(&net(low));
    assert!((state.pipe_mdot_kg_per_s[1] - 0.606421).abs() < 1e-6);
    check(&state, &[(1, 321.1848506), (3, 297.708615), (2, 298.6604458)]);
    let end_k = [1, 3].map(|k| state.pipe_t_c[k].unwrap().1 + KELVIN);
    assert!((end_k[0] - 301.8236468).abs() < 0.01 && (end_k[1] - 293.7866302).abs() < 0.01, "{end_k:?}");
}

#[test]
fn heat_taken_out_cools_by_its_share() {
    // heat_exchanger_test: 20 kW out of 0.22760187 m/s in 75 mm, 330 to 325.252907 K.
    let mdot = 1000.0 * 0.22760187 * 0.004417865;
    let mut net = network(2, &[(0, 1, 1.0)], &[(0, 330.0)], &[(1, -mdot)]);
    net.pipes[0].u_w_per_m_k = 0.0;
    net.pipes[0].q_ext_w = -20e3 * 4182.0 / 4190.0;
    check(&intact(&net), &[(1, 325.252907)]);
}

/// Two pipes and a heat exchanger between the ends of a circulation pump, as in `test_circ_pump_*`.
fn circulation() -> HeatNetwork {
    let mut net = network(4, &[(0, 1, 433.8), (1, 2, 1e-6), (2, 3, 263.7)], &[], &[(0, -2.0), (3, 2.0)]);
    let Fluid::Given { density_kg_per_m3, viscosity_pa_s, heat_capacity_j_per_kg_k } = &mut net.fluid else {
        return net;
    };
    // Water at 283 to 303 K of the same tables as `pandapipes_water`, whose points begin at 323 K.
    *density_kg_per_m3 = Property::Points(vec![(9.85, 999.7), (19.85, 998.21), (29.85, 995.65)]);
    *viscosity_pa_s = Property::Points(vec![(9.85, 1.306e-3), (19.85, 1.002e-3), (29.85, 0.798e-3)]);
    *heat_capacity_j_per_kg_k = Property::Points(vec![(9.85, 4195.5), (19.85, 4184.4), (29.85, 4180.1)]);
    assert_ne!(net.fluid, pandapipes_water());
    for pipe in &mut net.pipes {
        (pipe.d_inner_m, pipe.roughness_mm, pipe.u_w_per_m_k) = (0.1022, 1.0, 0.0);
    }
    net.pipes[1].d_inner_m = 0.1;
    net.pipes[1].q_ext_w = -200e3;
    net.junctions[3].t_c = 10.0;
    net
}

fn table(name: &str, column: usize) -> Option<Vec<f64>> {
    let text = std::fs::read_to_string(shared(&format!("oracles/heat/analytic/{name}.csv"))?).unwrap();
    Some(text.lines().skip(1).filter_map(|line| line.split(';').nth(column)?.trim().parse().ok()).collect())
}

fn check_circulation(state: &HeatState, name: &str, mixes_at_return: bool) {
    let (Some(p_bar), Some(t_k), Some(v)) = (table(name, 0), table(name, 1), table(name, 2)) else { return };
    for (k, wanted) in p_bar.iter().enumerate() {
        let found = state.p_bar[k].unwrap();
        assert!((found / wanted - 1.0).abs() < 4e-3, "{name}: p {k}: {found} and {wanted}");
    }
    // Given flows arrive at the temperature of their junction; pandapipes takes that of the mixture.
    let junctions = if mixes_at_return { 0..3 } else { 0..4 };
    for k in junctions {
        let found = state.t_c[k].unwrap() + KELVIN;
        assert!((found - t_k[k]).abs() < 0.05, "{name}: t {k}: {found} and {}", t_k[k]);
    }
    let area = std::f64::consts::FRAC_PI_4 * 0.1022 * 0.1022;
    for (k, wanted) in [0, 2].into_iter().zip(&v) {
        let found = state.pipe_mdot_kg_per_s[k] / (999.0 * area);
        assert!((found - wanted).abs() < 0.006, "{name}: v {k}: {found} and {wanted}");
    }
}

#[test]
fn circulation_by_flow() {
    let mut net = circulation();
    net.fixed_pressures.push(FixedPressure { junction: JunctionIdx(0), p_bar: 5.0, t_c: 300.0 - KELVIN });
    net.injections.push(Injection { junction: JunctionIdx(3), mdot_kg_per_s: -5.0 });
    check_circulation(&intact(&net), "test_circ_pump_mass", true);
}

#[test]
fn circulation_by_pressure() {
    let mut net = circulation();
    net.sources.push(HeatSource {
        id: "pump".into(),
        name: String::new(),
        kind: SourceKind::BoilerHouse,
        return_junction: JunctionIdx(3),
        supply_junction: JunctionIdx(0),
        heat_mw_max: 1e3,
        t_supply_c: 300.0 - KELVIN,
        lift_bar: 2.0,
        p_return_bar: Some(3.0),
        feeder: None,
        generator: None,
        heat_per_power: 0.0,
        heat_mw_alone: 0.0,
        in_service: true,
    });
    let state = intact(&net);
    assert!((state.source_mdot_kg_per_s[0] - 12.15309).abs() < 0.05, "{:?}", state.source_mdot_kg_per_s);
    check_circulation(&state, "test_circ_pump_pressure", true);
}
