use super::*;
use crate::{FixedPressure, HeatSource, Junction, Pipe, Pump, PumpCurve, SourceKind, Substation};

const TABLES: Tables = Tables {
    fluid: "fluid",
    junction: "junction",
    pipe: "pipe",
    valve: "valve",
    pump: "pump",
    source: "source",
    substation: "substation",
    fixed_pressure: "fixed_pressure",
    injection: "injection",
};

/// A plant, two pipes and a consumer; then a second pair of pipes and a consumer at places of its own.
fn two_nets(joined: bool) -> HeatNetwork {
    let junction = |id: &str, lon_deg: f64| Junction {
        id: id.into(),
        height_m: 0.0,
        t_c: 60.0,
        at: Some(GeoPoint { lon_deg, lat_deg: 50.0 }),
        in_service: true,
    };
    let pipe = |id: &str, from: u32, to: u32| Pipe {
        id: id.into(),
        from: JunctionIdx(from),
        to: JunctionIdx(to),
        length_m: 100.0,
        d_inner_m: 0.1,
        roughness_mm: 0.1,
        zeta: 0.0,
        u_w_per_m_k: 0.3,
        t_ground_c: 4.0,
        q_ext_w: 0.0,
        in_service: true,
    };
    let substation = |id: &str, supply: u32, back: u32| Substation {
        id: id.into(),
        supply_junction: JunctionIdx(supply),
        return_junction: JunctionIdx(back),
        heat_kw: 100.0,
        draw: Draw::ReturnAt(50.0),
        dp_bar_min: 0.5,
        t_return_c_min: 20.0,
        feeder: None,
        in_service: true,
    };
    let source = HeatSource {
        id: "plant".into(),
        name: String::new(),
        kind: SourceKind::Chp,
        return_junction: JunctionIdx(1),
        supply_junction: JunctionIdx(0),
        heat_mw_max: 1.0,
        t_supply_c: 90.0,
        lift_bar: 3.0,
        p_return_bar: Some(2.0),
        feeder: None,
        generator: None,
        heat_per_power: 0.0,
        heat_mw_alone: 0.0,
        in_service: true,
    };
    let second = if joined { [2, 3] } else { [4, 5] };
    HeatNetwork {
        junctions: ["s0", "r0", "s1", "r1", "x1", "y1", "s2", "r2"]
            .into_iter()
            .zip([0.0, 0.0, 1.0, 1.1, 1.0, 1.1, 2.0, 2.1])
            .map(|(id, lon)| junction(id, lon))
            .collect(),
        pipes: vec![pipe("a", 0, 2), pipe("b", 3, 1), pipe("c", second[0], 6), pipe("d", 7, second[1])],
        sources: vec![source],
        substations: vec![substation("one", 2, 3), substation("two", 6, 7)],
        ..HeatNetwork::default()
    }
}

fn codes(change: impl FnOnce(&mut HeatNetwork)) -> Vec<&'static str> {
    let mut net = two_nets(true);
    change(&mut net);
    network(&net, &TABLES).iter().map(|f| f.code).collect()
}

#[test]
fn a_good_network_has_no_findings() {
    assert_eq!(codes(|_| {}), [""; 0]);
}

#[test]
fn each_fault_is_named() {
    assert_eq!(codes(|n| n.pipes[1].d_inner_m = -0.1), ["not-positive"]);
    assert_eq!(codes(|n| n.pipes[1].length_m = 0.0), ["not-positive"]);
    assert_eq!(codes(|n| n.pipes[1].length_m = f64::NAN), ["not-positive"]);
    assert_eq!(codes(|n| n.pipes[1].to = JunctionIdx(99)), ["unknown-junction"]);
    assert_eq!(codes(|n| n.pipes[1].id = "a".into()), ["duplicate-id"]);
    assert_eq!(codes(|n| n.junctions[1].t_c = f64::NAN), ["not-finite"]);
    assert_eq!(codes(|n| n.sources[0].heat_mw_max = 0.0), ["source-without-capacity"]);
    assert_eq!(codes(|n| n.sources[0].t_supply_c = 45.0), ["supply-below-return"; 2]);
    assert_eq!(codes(|n| n.sources[0].p_return_bar = None), ["no-held-pressure"]);
    assert_eq!(codes(|n| n.junctions.clear()), ["no-junctions"]);
    let fixed = |p_bar| FixedPressure { junction: JunctionIdx(1), p_bar, t_c: 60.0 };
    assert_eq!(codes(|n| n.fixed_pressures = vec![fixed(1.0), fixed(2.0)]), ["two-pressures"]);
    let pump = |coefficients| Pump {
        id: "p".into(),
        from: JunctionIdx(0),
        to: JunctionIdx(2),
        curve: PumpCurve { coefficients },
        feeder: None,
        bypass: false,
        in_service: true,
    };
    assert_eq!(codes(|n| n.pumps = vec![pump(vec![])]), ["pump-without-curve"]);
    assert_eq!(codes(|n| n.pumps = vec![pump(vec![-1.0, 0.0])]), ["pump-without-curve"]);
    assert_eq!(codes(|n| n.pumps = vec![pump(vec![-0.01, 0.0, 4.0])]), [""; 0]);
    let points = |p: Vec<(f64, f64)>| Fluid::Given {
        density_kg_per_m3: Property::Points(p),
        heat_capacity_j_per_kg_k: Property::Constant(4190.0),
        viscosity_pa_s: Property::Constant(5e-4),
    };
    assert_eq!(codes(|n| n.fluid = points(vec![(20.0, 998.0), (10.0, 999.0)])), ["bad-fluid-points"]);
    assert_eq!(codes(|n| n.fluid = points(vec![(20.0, -1.0)])), ["not-positive"]);
}

#[test]
fn two_nets_that_meet_under_different_ids_are_named_with_both() {
    let found = network(&two_nets(false), &TABLES);
    let finding = found.iter().next().expect("one finding");
    assert_eq!((finding.code, found.iter().count()), ("nets-not-joined", 1));
    assert!(finding.message.contains("\"x1\"") && finding.message.contains("\"s1\""), "{finding}");
    let mut apart = two_nets(false);
    apart.junctions.iter_mut().for_each(|j| j.at = None);
    let codes: Vec<_> = network(&apart, &TABLES).iter().map(|f| f.code).collect();
    assert_eq!(codes, ["part-without-source"]);
}
