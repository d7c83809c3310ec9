//! The stored nets of the speed comparison: a tree or looped net of supply and return pipes with one source, and what pandapipes
//! found for it.

use relight_model::{
    Draw, Fluid, Friction, HeatNetwork, HeatSource, Junction, JunctionIdx, Pipe, Property, SourceKind, Substation,
};
use serde_json::Value;
use std::path::PathBuf;

/// A file of the shared folder; `None`, said aloud, where it is absent.
pub fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("RELIGHT_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let path = root.join(path);
    if !path.exists() {
        eprintln!("SKIPPED: no test data at {} (set RELIGHT_SHARED)", path.display());
        return None;
    }
    Some(path)
}

/// A JSON file of the shared folder.
pub fn json(path: &str) -> Option<Value> {
    Some(serde_json::from_slice(&std::fs::read(shared(path)?).unwrap()).unwrap())
}

pub fn junction(id: String) -> Junction {
    Junction { id, height_m: 0.0, t_c: 60.0, at: None, in_service: true }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// The net `nodes`_`loops`: junctions are the supply side, the return side, then the consumers' supply and return sides; pipes come
/// in pairs of supply and return.
pub fn net(nodes: usize, loops: usize) -> Option<HeatNetwork> {
    let file = json(&format!("oracles/heat/bench/net_{nodes}_{loops}loops.json"))?;
    let n = file["nodes"].as_u64().unwrap() as u32;
    let services = file["service"].as_array().unwrap();
    let count = services.len() as u32;
    let u = file["u"].as_f64().unwrap();
    let mut net = HeatNetwork { fluid: pandapipes_water(), friction: Friction::Colebrook, ..HeatNetwork::default() };
    let ids = |prefix: &'static str, count: u32| (0..count).map(move |k| junction(format!("{prefix}{k}")));
    net.junctions = ids("s", n).chain(ids("r", n)).chain(ids("sc", count)).chain(ids("rc", count)).collect();
    let mut pipe = |id: String, from: u32, to: u32, length_m: f64, d_inner_m: f64| {
        net.pipes.push(Pipe {
            id,
            from: JunctionIdx(from),
            to: JunctionIdx(to),
            length_m,
            d_inner_m,
            roughness_mm: file["k_mm"].as_f64().unwrap(),
            zeta: 0.0,
            u_w_per_m_k: u * std::f64::consts::PI * d_inner_m,
            t_ground_c: file["T_amb"].as_f64().unwrap() - 273.15,
            q_ext_w: 0.0,
            in_service: true,
        });
    };
    for (k, row) in file["trunk"].as_array().unwrap().iter().enumerate() {
        let [a, b, length_m, d] = numbers(row).try_into().unwrap();
        let (a, b) = (a as u32, b as u32);
        pipe(format!("st{k}"), a, b, length_m, d);
        pipe(format!("rt{k}"), n + b, n + a, length_m, d);
    }
    for (k, row) in services.iter().enumerate() {
        let [at, length_m, d, mdot, heat_w] = numbers(row).try_into().unwrap();
        let (at, k) = (at as u32, k as u32);
        pipe(format!("ss{k}"), at, 2 * n + k, length_m, d);
        pipe(format!("rs{k}"), 2 * n + count + k, n + at, length_m, d);
        net.substations.push(Substation {
            id: format!("c{k}"),
            supply_junction: JunctionIdx(2 * n + k),
            return_junction: JunctionIdx(2 * n + count + k),
            heat_kw: heat_w * 1e-3,
            draw: Draw::Flow(mdot),
            dp_bar_min: 0.5,
            t_return_c_min: 20.0,
            feeder: None,
            in_service: true,
        });
    }
    net.sources.push(HeatSource {
        id: "plant".into(),
        name: String::new(),
        kind: SourceKind::Chp,
        return_junction: JunctionIdx(n),
        supply_junction: JunctionIdx(0),
        heat_mw_max: 1e5,
        t_supply_c: file["T_supply"].as_f64().unwrap() - 273.15,
        lift_bar: 12.0,
        p_return_bar: Some(4.0),
        feeder: None,
        generator: None,
        heat_per_power: 0.0,
        heat_mw_alone: 0.0,
        in_service: true,
    });
    Some(net)
}

/// What pandapipes found: `p_bar` and `t_k` per junction, `mdot` per pipe.
pub fn found(nodes: usize, loops: usize, consumer: &str) -> Option<[Vec<f64>; 3]> {
    let file = json(&format!("oracles/heat/bench/pp_{nodes}_{loops}_{consumer}_bidirectional.json"))?;
    Some(["p_bar", "t_k", "mdot"].map(|key| numbers(&file[key])))
}

/// Water as pandapipes 0.16 has it, whole kelvins over 273.15 K and all: a comparison needs the same water.
pub fn pandapipes_water() -> Fluid {
    let points = |list: &[(f64, f64)]| Property::Points(list.iter().map(|&(k, v)| (k - 273.15, v)).collect());
    Fluid::Given {
        density_kg_per_m3: points(&[
            (323.0, 988.04),
            (328.0, 985.69),
            (333.0, 983.2),
            (338.0, 980.55),
            (343.0, 977.77),
            (348.0, 974.84),
            (353.0, 971.79),
            (358.0, 968.61),
            (363.0, 965.31),
            (368.0, 961.89),
        ]),
        heat_capacity_j_per_kg_k: points(&[
            (323.0, 4181.5),
            (333.0, 4185.1),
            (343.0, 4190.2),
            (353.0, 4196.9),
            (363.0, 4205.3),
        ]),
        viscosity_pa_s: points(&[
            (323.0, 0.000547),
            (328.0, 0.000504),
            (333.0, 0.000467),
            (338.0, 0.000433),
            (343.0, 0.000404),
            (348.0, 0.000378),
            (353.0, 0.000354),
            (358.0, 0.000333),
            (363.0, 0.000315),
            (368.0, 0.000297),
        ]),
    }
}
