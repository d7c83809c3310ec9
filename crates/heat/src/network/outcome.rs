//! What a solution says of every table.

use super::hydraulics::Regime;
use super::structure::{Branch, Kind};
use super::thermal::{Pass, STANDS_KG_PER_S, Thermal, substation_heat_w};
use relight_model::warm::{ColdReason, Consumer, HeatState, Supplied};

/// Share of a demand that may be missing where it counts as met.
const MET: f64 = 1e-6;

/// The state in the order of the tables.
pub(super) fn state(
    pass: &Pass<'_>,
    thermal: &Thermal,
    converged: bool,
    iterations: u32,
    mdot_mismatch_kg_per_s: f64,
) -> HeatState {
    let (s, n, h) = (pass.structure, pass.network, pass.hydraulics);
    let node = |junction: usize| s.symbolic.ordering().new_of_old()[junction] as usize;
    let flows = |kind| h.m[s.of(kind)].to_vec();
    let ends = |b: usize| {
        let Branch { from, to, .. } = s.branches[b];
        let (up, first) = if h.m[b] > 0.0 { (from, true) } else { (to, false) };
        let (inlet, outlet) = (thermal.t_c[up as usize], thermal.out_c[b]);
        (h.m[b].abs() > STANDS_KG_PER_S).then_some(if first { (inlet, outlet) } else { (outlet, inlet) })
    };
    let source_heat_mw = |b: usize| {
        if h.m[b] <= STANDS_KG_PER_S {
            return 0.0;
        }
        let p = pass.properties;
        let return_c = thermal.t_c[s.branches[b].from as usize];
        h.m[b] * (p.enthalpy_j_per_kg(thermal.out_c[b]) - p.enthalpy_j_per_kg(return_c)) * 1e-6
    };
    let fixed = n.fixed_pressures.iter().enumerate().map(|(k, f)| {
        let first = !n.fixed_pressures[..k].iter().any(|g| g.junction == f.junction);
        if first { pass.surplus[s.node(f.junction)] } else { 0.0 }
    });
    HeatState {
        converged,
        iterations,
        mdot_mismatch_kg_per_s,
        p_bar: (0..n.junctions.len()).map(|j| pass.parts.wet[node(j)].then(|| h.p_pa[node(j)] * 1e-5)).collect(),
        t_c: (0..n.junctions.len()).map(|j| thermal.passes[node(j)].then(|| thermal.t_c[node(j)])).collect(),
        pipe_mdot_kg_per_s: flows(Kind::Pipe),
        pipe_t_c: s.of(Kind::Pipe).map(ends).collect(),
        pump_mdot_kg_per_s: flows(Kind::Pump),
        valve_mdot_kg_per_s: flows(Kind::Valve),
        source_mdot_kg_per_s: flows(Kind::Source),
        source_heat_mw: s.of(Kind::Source).map(source_heat_mw).collect(),
        fixed_mdot_kg_per_s: fixed.collect(),
        consumers: (0..n.substations.len()).map(|k| consumer(pass, thermal, k)).collect(),
    }
}

fn consumer(pass: &Pass<'_>, thermal: &Thermal, k: usize) -> Consumer {
    let (s, h) = (pass.structure, pass.hydraulics);
    let b = s.of(Kind::Substation).start + k;
    let Branch { from, to, .. } = s.branches[b];
    let wet = pass.parts.wet[from as usize] && pass.parts.wet[to as usize];
    let dp_bar = wet.then(|| (h.p_pa[from as usize] - h.p_pa[to as usize]) * 1e-5);
    if let Some(reason) = pass.parts.reason[k] {
        let nothing = Consumer {
            supplied: Supplied::None,
            reason: Some(reason),
            mdot_kg_per_s: 0.0,
            heat_kw: 0.0,
            dp_bar: None,
            t_return_c: None,
        };
        return nothing;
    }
    let mdot_kg_per_s = h.m[b];
    let asked_kw = pass.network.substations[k].heat_kw;
    let flows = mdot_kg_per_s > STANDS_KG_PER_S;
    let heat_kw = substation_heat_w(pass, k, thermal.t_c[from as usize]) * 1e-3;
    let thirsty = h.regime[b] != Regime::Full && mdot_kg_per_s < h.full[k] * (1.0 - MET);
    let (supplied, reason) = if heat_kw >= asked_kw * (1.0 - MET) {
        (Supplied::Full, None)
    } else {
        let supplied = if heat_kw > 0.0 { Supplied::Reduced } else { Supplied::None };
        (supplied, Some(if thirsty { ColdReason::LowHead } else { ColdReason::ColdWater }))
    };
    let t_return_c = flows.then(|| thermal.out_c[b]);
    Consumer { supplied, reason, mdot_kg_per_s, heat_kw, dp_bar, t_return_c }
}
