//! Whether a state obeys the laws: recomputed from the network and the numbers of the state, equation by equation.

use relight_heat::network::Properties;
use relight_model::warm::{ColdReason, HeatState, Supplied};
use relight_model::{Draw, Friction, HeatNetwork, HeatSituation};

/// Flows in kg/s, heats in relation to their sum.
const TOLERANCE: f64 = 1e-6;

/// Panics where a law is broken.
pub fn check(network: &HeatNetwork, situation: &HeatSituation, state: &HeatState) {
    assert!(state.converged, "not converged after {} steps", state.iterations);
    assert!(state.mdot_mismatch_kg_per_s <= TOLERANCE);
    flows(network, state);
    pressures(network, state);
    heat(network, state);
    consumers(network, situation, state);
}

fn largest_flow(state: &HeatState) -> f64 {
    state.pipe_mdot_kg_per_s.iter().chain(&state.source_mdot_kg_per_s).fold(1.0, |a, m| m.abs().max(a))
}

/// What all branches bring to each junction, each weighed by `of(kg/s, temperature at this end)`.
fn sums(network: &HeatNetwork, state: &HeatState, of: impl Fn(f64, Option<f64>) -> f64) -> Vec<f64> {
    let mut sum = vec![0.0; network.junctions.len()];
    let node = |j: relight_model::JunctionIdx| state.t_c[j.i()];
    let mut branch =
        |from: relight_model::JunctionIdx, to: relight_model::JunctionIdx, m: f64, ends: (Option<f64>, Option<f64>)| {
            sum[from.i()] -= of(m, ends.0);
            sum[to.i()] += of(m, ends.1);
        };
    for (k, pipe) in network.pipes.iter().enumerate() {
        let ends = state.pipe_t_c[k].map_or((None, None), |(a, b)| (Some(a), Some(b)));
        branch(pipe.from, pipe.to, state.pipe_mdot_kg_per_s[k], ends);
    }
    for (valve, &m) in network.valves.iter().zip(&state.valve_mdot_kg_per_s) {
        let up = node(if m > 0.0 { valve.from } else { valve.to });
        branch(valve.from, valve.to, m, (up, up));
    }
    for (pump, &m) in network.pumps.iter().zip(&state.pump_mdot_kg_per_s) {
        let up = node(if m > 0.0 { pump.from } else { pump.to });
        branch(pump.from, pump.to, m, (up, up));
    }
    let properties = Properties::new(&network.fluid);
    for (k, source) in network.sources.iter().enumerate() {
        let m = state.source_mdot_kg_per_s[k];
        let back = node(source.return_junction);
        let out = back.map(|t_c| {
            let h = properties.enthalpy_j_per_kg(t_c) + state.source_heat_mw[k] * 1e6 / m.max(1e-12);
            properties.temperature_c(h, t_c)
        });
        branch(source.return_junction, source.supply_junction, m, (back, out));
    }
    for (k, substation) in network.substations.iter().enumerate() {
        let consumer = &state.consumers[k];
        let ends = (node(substation.supply_junction), consumer.t_return_c);
        branch(substation.supply_junction, substation.return_junction, consumer.mdot_kg_per_s, ends);
    }
    sum
}

fn flows(network: &HeatNetwork, state: &HeatState) {
    let mut sum = sums(network, state, |m, _| m);
    for (fixed, m) in network.fixed_pressures.iter().zip(&state.fixed_mdot_kg_per_s) {
        sum[fixed.junction.i()] += m;
    }
    for injection in &network.injections {
        if state.p_bar[injection.junction.i()].is_some() {
            sum[injection.junction.i()] += injection.mdot_kg_per_s;
        }
    }
    let scale = largest_flow(state);
    for (j, sum) in sum.iter().enumerate() {
        assert!(sum.abs() <= TOLERANCE * scale, "junction {j}: {sum} kg/s do not balance");
    }
}

/// Darcy and Colebrook with the temperatures of the state, by fixed-point iteration.
fn pressures(network: &HeatNetwork, state: &HeatState) {
    let properties = Properties::new(&network.fluid);
    for (k, pipe) in network.pipes.iter().enumerate() {
        let m = state.pipe_mdot_kg_per_s[k];
        let (Some(p_from), Some(p_to)) = (state.p_bar[pipe.from.i()], state.p_bar[pipe.to.i()]) else {
            assert_eq!(m, 0.0, "pipe {k} carries water without pressure");
            continue;
        };
        let Some((from_c, to_c)) = state.pipe_t_c[k] else { continue };
        let mean_c = (from_c + to_c) / 2.0;
        let (density, viscosity) = (properties.density_kg_per_m3(mean_c), properties.viscosity_pa_s(mean_c));
        let area = std::f64::consts::PI * pipe.d_inner_m.powi(2) / 4.0;
        let v = m / (density * area);
        let re = density * v.abs() * pipe.d_inner_m / viscosity;
        if (2000.0..=4000.0).contains(&re) || (re > 2000.0 && network.friction != Friction::Colebrook) {
            continue;
        }
        let mut lambda: f64 = 64.0 / re;
        if re > 4000.0 {
            lambda = 0.02;
            for _ in 0..60 {
                let inside = 2.51 / (re * lambda.sqrt()) + pipe.roughness_mm * 1e-3 / (3.71 * pipe.d_inner_m);
                lambda = (-2.0 * inside.log10()).powi(-2);
            }
        } else if network.friction == Friction::Nikuradse {
            continue;
        }
        let lost = (lambda * pipe.length_m / pipe.d_inner_m + pipe.zeta) * density / 2.0 * v * v.abs();
        let rise = network.junctions[pipe.to.i()].height_m - network.junctions[pipe.from.i()].height_m;
        let wanted_bar = (lost + density * 9.80665 * rise) * 1e-5;
        let found_bar = p_from - p_to;
        let scale = wanted_bar.abs().max(1.0);
        assert!((found_bar - wanted_bar).abs() < 1e-6 * scale, "pipe {k}: {found_bar} and {wanted_bar} bar");
    }
}

/// Enthalpy at junctions, heat through walls, and all of it together.
fn heat(network: &HeatNetwork, state: &HeatState) {
    let p = Properties::new(&network.fluid);
    let given_mw: f64 = state.source_heat_mw.iter().sum();
    let scale_w = given_mw * 1e6 + largest_flow(state) * 4200.0;
    let mut lost_w = 0.0;
    for (k, pipe) in network.pipes.iter().enumerate() {
        let Some((from_c, to_c)) = state.pipe_t_c[k] else { continue };
        let m = state.pipe_mdot_kg_per_s[k];
        let (in_c, out_c) = if m > 0.0 { (from_c, to_c) } else { (to_c, from_c) };
        let gone_w = m.abs() * (p.enthalpy_j_per_kg(in_c) - p.enthalpy_j_per_kg(out_c));
        lost_w += gone_w;
        // What the wall passes: u times the mean of the exponential between both ends.
        let rest_c =
            pipe.t_ground_c + if pipe.q_ext_w == 0.0 { 0.0 } else { pipe.q_ext_w / (pipe.u_w_per_m_k * pipe.length_m) };
        let (a, b) = (in_c - rest_c, out_c - rest_c);
        let mean_k = if (a - b).abs() < 1e-6 * a.abs().max(1e-6) { (a + b) / 2.0 } else { (a - b) / (a / b).ln() };
        if mean_k.is_finite() && pipe.u_w_per_m_k > 0.0 && b.abs() > 1e-9 {
            let wall_w = pipe.u_w_per_m_k * pipe.length_m * mean_k;
            assert!(
                (gone_w - wall_w).abs() < 1e-6 * scale_w + 1e-4 * wall_w.abs(),
                "pipe {k}: {gone_w} and {wall_w} W"
            );
        }
    }
    let used_w: f64 = state.consumers.iter().map(|c| c.heat_kw * 1e3).sum();
    let closed = network.fixed_pressures.is_empty() && network.injections.is_empty();
    if closed {
        let gap = given_mw * 1e6 - used_w - lost_w;
        assert!(gap.abs() <= TOLERANCE * scale_w, "{gap} W of {scale_w} do not balance");
    }
    // What flows in minus what flows out, over that of the junction's own temperature: nothing is left.
    let mut sum = vec![0.0; network.junctions.len()];
    for (j, sum) in sum.iter_mut().enumerate() {
        *sum = state.t_c[j].map_or(0.0, |t_c| p.enthalpy_j_per_kg(t_c));
    }
    let brought = sums(network, state, |m, t_c| t_c.map_or(0.0, |t_c| m * p.enthalpy_j_per_kg(t_c)));
    let water = sums(network, state, |m, _| m);
    let outside: Vec<usize> = (network.fixed_pressures.iter().map(|f| f.junction.i()))
        .chain(network.injections.iter().map(|i| i.junction.i()))
        .collect();
    for j in (0..brought.len()).filter(|j| !outside.contains(j)) {
        let gap = brought[j] - water[j] * sum[j];
        assert!(gap.abs() <= TOLERANCE * scale_w, "junction {j}: {gap} W do not balance");
    }
}

fn consumers(network: &HeatNetwork, situation: &HeatSituation, state: &HeatState) {
    let p = Properties::new(&network.fluid);
    for (k, (consumer, substation)) in state.consumers.iter().zip(&network.substations).enumerate() {
        assert!(consumer.mdot_kg_per_s >= 0.0, "{k}: {consumer:?}");
        assert_eq!(consumer.supplied == Supplied::Full, consumer.reason.is_none(), "{k}: {consumer:?}");
        assert_eq!(
            consumer.supplied == Supplied::None,
            consumer.heat_kw == 0.0 && substation.heat_kw > 0.0,
            "{k}: {consumer:?}"
        );
        if let Draw::Flow(most) = substation.draw {
            assert!(consumer.mdot_kg_per_s <= most * (1.0 + 1e-9), "{k}: {consumer:?}");
            if let Some(dp_bar) = consumer.dp_bar {
                let head = (dp_bar / substation.dp_bar_min.max(1e-3)).clamp(0.0, 1.0);
                let wanted = most * head.sqrt();
                let close = (consumer.mdot_kg_per_s - wanted).abs() < 1e-4 * most || dp_bar < 1e-6;
                assert!(close, "{k}: {wanted} kg/s by its head, {consumer:?}");
            }
        }
        if let Some(t_return_c) = consumer.t_return_c {
            let supply_c = state.t_c[substation.supply_junction.i()].unwrap();
            let room = substation.t_return_c_min.min(supply_c);
            assert!(t_return_c >= room - 1e-6, "{k}: colder than the room: {consumer:?}");
            let taken =
                consumer.mdot_kg_per_s * (p.enthalpy_j_per_kg(supply_c) - p.enthalpy_j_per_kg(t_return_c)) * 1e-3;
            assert!(
                (taken - consumer.heat_kw).abs() < 1e-6 * substation.heat_kw.max(1.0),
                "{k}: {taken}, {consumer:?}"
            );
        }
        if situation.substation_out.get(k) == Some(&true) {
            assert_eq!(consumer.reason, Some(ColdReason::Off));
        }
    }
    for (source, &mw) in network.sources.iter().zip(&state.source_heat_mw) {
        assert!(mw <= source.heat_mw_max * (1.0 + 1e-9) && mw >= 0.0, "{}: {mw} MW", source.id);
    }
}
