use super::*;
use relight_model::{Draw, Fluid, Property};
use serde_json::json;

/// A ring main in the plain form: a source, a pump, a valve, a consumer.
fn plain() -> Value {
    let at = |id: i64| json!({"id": id, "tfluid_k": 333.15, "height_m": 0.0, "in_service": true});
    let pipe = |id: i64, from: i64, to: i64| {
        json!({"id": id, "from_junction": from, "to_junction": to, "length_km": 0.1, "inner_diameter_mm": 80.0, "k_mm": 0.1,
               "loss_coefficient": 0.5, "u_w_per_m2k": 2.0, "text_k": 283.15, "in_service": true})
    };
    let property = |value: f64| json!({"283.15K": value, "343.15K": value, "kind": "FluidPropertyConstant"});
    json!({
        "friction_model": "colebrook",
        "fluid_props": {"density": property(998.0), "viscosity": property(1e-3),
                        "heat_capacity": {"283.15K": 4190.0, "343.15K": 4200.0}},
        "junction": [at(0), at(1), at(2), at(3), at(4)],
        "pipe": [pipe(0, 1, 2), pipe(1, 3, 0)],
        "pump": [{"id": 0, "from_junction": 4, "to_junction": 1, "std_type": "P", "in_service": true}],
        "pump_curves": {"P": {"reg_par": [-0.01, 0.0, 3.0]}},
        "valve": [{"id": 0, "junction": 0, "element": 4, "et": "ju", "inner_diameter_mm": 65.0, "opened": true, "loss_coefficient": 1.0},
                  {"id": 1, "junction": 1, "element": 0, "et": "pi", "inner_diameter_mm": 40.0, "opened": true, "loss_coefficient": 1.0}],
        "ext_grid": [{"id": 0, "junction": 0, "p_bar": 2.0, "t_k": 353.15, "in_service": true, "type": "pt"}],
        "heat_consumer": [{"id": 0, "from_junction": 2, "to_junction": 3, "qext_w": 5e4, "treturn_k": 323.15, "in_service": true}],
    })
}

fn codes(change: impl FnOnce(&mut Value)) -> Vec<&'static str> {
    let mut net = plain();
    change(&mut net);
    let (network, findings) = read(net.to_string().as_bytes());
    assert_eq!(network.is_none(), findings.has_errors());
    findings.iter().map(|f| f.code).collect()
}

#[test]
fn a_plain_net_is_read_as_it_is() {
    let (network, findings) = read(plain().to_string().as_bytes());
    assert!(findings.is_empty(), "{findings:?}");
    let n = network.unwrap();
    assert_eq!(n.friction, Friction::Colebrook);
    assert_eq!((n.junctions.len(), n.pipes.len(), n.valves.len(), n.pumps.len()), (5, 2, 1, 1));
    // u per inner surface, and the valve at the pipe with the speed in the pipe.
    assert!((n.pipes[0].u_w_per_m_k - 2.0 * std::f64::consts::PI * 0.08).abs() < 1e-15);
    assert!((n.pipes[0].zeta - (0.5 + 16.0)).abs() < 1e-9);
    assert_eq!(n.pumps[0].curve.coefficients, [-0.01, 0.0, 3.0]);
    let Draw::ReturnAt(t_c) = n.substations[0].draw else { panic!("{:?}", n.substations[0]) };
    assert!((t_c - 50.0).abs() < 1e-9 && n.substations[0].heat_kw == 50.0);
    let Fluid::Given { density_kg_per_m3, heat_capacity_j_per_kg_k, .. } = &n.fluid else { panic!("{:?}", n.fluid) };
    assert_eq!(*density_kg_per_m3, Property::Constant(998.0));
    assert!(matches!(heat_capacity_j_per_kg_k, Property::Points(p) if p.len() == 2));
}

#[test]
fn each_fault_is_named() {
    assert_eq!(codes(|n| n["pipe"][1]["to_junction"] = json!(77)), ["unknown-junction"]);
    assert_eq!(codes(|n| n["pipe"][0]["inner_diameter_mm"] = json!(-80.0)), ["not-positive", "out-of-range"]);
    assert_eq!(codes(|n| n["pipe"][1]["length_km"] = json!(0)), ["not-positive"]);
    assert_eq!(codes(|n| n["pipe"][1]["length_km"] = json!("long")), ["not-a-number"]);
    assert_eq!(codes(|n| n["pipe"][1]["length_km"] = Value::Null), ["empty-cell"]);
    assert_eq!(codes(|n| n["pump"][0]["std_type"] = json!("Q")), ["pump-without-curve"]);
    assert_eq!(codes(|n| n["ext_grid"][0]["t_k"] = json!(313.15)), ["supply-below-return"]);
    assert_eq!(codes(|n| n["ext_grid"][0]["type"] = json!("t")), ["unsupported-value"]);
    assert_eq!(codes(|n| n["valve"][0]["et"] = json!("xx")), ["unknown-kind"]);
    assert_eq!(codes(|n| n["valve"][1]["element"] = json!(9)), ["unknown-pipe"]);
    assert_eq!(codes(|n| n["heat_consumer"][0]["treturn_k"] = Value::Null), ["unsupported-value"]);
    assert_eq!(codes(|n| n["junction"][1]["id"] = json!(0)).first(), Some(&"duplicate-id"));
    assert_eq!(codes(|n| n["junction"][1] = json!(3)).first(), Some(&"bad-row"));
    assert_eq!(codes(|n| n["friction_model"] = json!("moody")), ["unsupported-value"]);
    assert_eq!(codes(|n| n["fluid_props"]["viscosity"] = json!({})), ["bad-fluid"]);
    assert_eq!(
        codes(|n| n["press_control"] = json!([{"id": 0, "from_junction": 0, "to_junction": 1, "in_service": true}])),
        ["unsupported-element"]
    );
    let code = |bytes: &[u8]| read(bytes).1.iter().map(|f| f.code).collect::<Vec<_>>();
    assert_eq!(code(b"{}"), ["not-a-net"]);
    assert_eq!(code(b"{\"fluid_props\""), ["bad-json"]);
    assert_eq!(code(b"\xff\xfe"), ["not-text"]);
}

#[test]
fn temperatures_that_are_no_number_are_refused() {
    let text = plain().to_string().replacen("333.15", "NaN", 1);
    let (network, findings) = read(text.as_bytes());
    let finding = findings.iter().next().unwrap();
    assert!(network.is_none() && (finding.code, finding.row, &*finding.field) == ("empty-cell", 1, "tfluid_k"));
    let text = plain().to_string().replacen("353.15", "1e999", 1);
    assert!(read(text.as_bytes()).0.is_none());
}

#[test]
fn genuine_nets_are_recognised_and_spoiled_ones_never_panic() {
    let district = include_bytes!("../../tests/data/pandapipes/district.json");
    let plain = plain().to_string().into_bytes();
    assert!(looks_like(district) && looks_like(&plain) && !looks_like(b"{\"bus\": []}"));
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for round in 0..1500 {
        let mut bytes = if round % 20 == 0 { district.to_vec() } else { plain.clone() };
        for _ in 0..=next(4) {
            let at = next(bytes.len());
            match next(4) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at] = b"0123456789-eE.,:{}[]\"nulltruefalse"[next(33)],
                2 => drop(bytes.drain(at..(at + next(40)).min(bytes.len()))),
                _ => {
                    let piece: Vec<u8> = bytes[at..(at + next(60)).min(bytes.len())].to_vec();
                    let to = next(bytes.len());
                    bytes.splice(to..to, piece);
                }
            }
            if bytes.is_empty() {
                bytes.push(b'{');
            }
        }
        let (network, findings) = read(&bytes);
        assert_eq!(network.is_none(), findings.has_errors());
    }
}
