//! Heat networks of other programs: pandapipes nets as JSON (`pandapipes.to_json`), and the same tables as plain lists of objects.
//!
//! docs/formats/pandapipes.md lists what is read and how. In short: ids are pandapipes' indices; circulation pumps that hold a
//! pressure become sources without a limit, heat consumers become substations, external grids fixed pressures. What is in service
//! and cannot be said with a [`HeatNetwork`] is an error, never left out in silence.

mod build;
mod fluid;

use crate::pandapower::{frame::Frame, without_nan};
use crate::{Reading, source};
use build::Builder;
use relight_model::{Finding, Findings, Friction, HeatNetwork, validate};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// Names of the tables in messages.
const TABLES: validate::heat::Tables = validate::heat::Tables {
    fluid: "fluid",
    junction: "junction",
    pipe: "pipe, heat_exchanger",
    valve: "valve",
    pump: "pump",
    source: "circ_pump_pressure",
    substation: "heat_consumer",
    fixed_pressure: "ext_grid, circ_pump_mass",
    injection: "sink, source, mass_storage, circ_pump_mass",
};

/// Tables that are read.
const READ: &[&str] = &[
    "junction",
    "pipe",
    "valve",
    "pump",
    "ext_grid",
    "sink",
    "source",
    "mass_storage",
    "heat_consumer",
    "heat_exchanger",
    "circ_pump_pressure",
    "circ_pump_mass",
    "press_control",
    "flow_control",
];

/// Reads a heat network from a file of any known format, recognised by its content.
pub fn read_heat_network(path: &Path) -> Reading<HeatNetwork> {
    let (network, findings) = match source::read_file(path) {
        Ok(bytes) => read(&bytes),
        Err(finding) => {
            let mut findings = Findings::default();
            findings.push(finding);
            (None, findings)
        }
    };
    (network, findings.with_file(&path.display().to_string()))
}

/// Whether bytes look like a heat network that [`read`] knows.
pub fn looks_like(bytes: &[u8]) -> bool {
    const SEEN_BYTES: usize = 1 << 16;
    let near = |mark: &[u8]| {
        let parts = [&bytes[..bytes.len().min(SEEN_BYTES)], &bytes[bytes.len().saturating_sub(SEEN_BYTES)..]];
        parts.into_iter().any(|part| part.windows(mark.len()).any(|w| w == mark))
    };
    near(b"pandapipesNet") || (near(b"\"fluid_props\"") && near(b"\"junction\""))
}

/// Reads a heat network. It has passed [`validate::heat::network`].
pub fn read(bytes: &[u8]) -> Reading<HeatNetwork> {
    let mut findings = Findings::default();
    let network = read_net(bytes, &mut findings);
    if !findings.has_errors()
        && let Some(network) = &network
    {
        findings.extend(validate::heat::network(network, &TABLES));
    }
    (if findings.has_errors() { None } else { network }, findings)
}

fn read_net(bytes: &[u8], findings: &mut Findings) -> Option<HeatNetwork> {
    let text = match source::as_text(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(finding) => {
            findings.push(finding);
            return None;
        }
    };
    let root: Value = match serde_json::from_str(&without_nan(text)) {
        Ok(root) => root,
        Err(e) => {
            let line = u32::try_from(e.line()).unwrap_or(u32::MAX);
            let finding = Finding::error("bad-json", format!("this is no JSON: {e}")).at("", line);
            findings.push(finding.hint("save the net again with pandapipes.to_json"));
            return None;
        }
    };
    let genuine = root.get("_object").and_then(Value::as_object).filter(|_| root["_class"] == "pandapipesNet");
    let plain = root.as_object().filter(|o| o.contains_key("fluid_props") && o.contains_key("junction"));
    let Some(net) = genuine.or(plain) else {
        findings.push(
            Finding::error("not-a-net", "this is no heat network")
                .allowed("an object with _class = pandapipesNet and _object, or one with fluid_props and junction")
                .hint("save it with pandapipes.to_json; encrypted and pickled nets are not read"),
        );
        return None;
    };
    let friction = friction(net, findings);
    let fluid = fluid::read(net, findings);
    let tables = tables(net, genuine.is_some(), findings);
    if findings.has_errors() {
        return None;
    }
    let network = HeatNetwork { fluid: fluid?, friction: friction?, ..HeatNetwork::default() };
    Some(Builder::new(&tables, pump_curves(net), network, findings).build())
}

/// The friction law of a plain net, or that stored with a pandapipes net; pandapipes takes Nikuradse's unless told.
fn friction(net: &Map<String, Value>, findings: &mut Findings) -> Option<Friction> {
    let stored = net.get("user_pf_options").and_then(|o| o.get("friction_model"));
    match net.get("friction_model").or(stored).map(|v| v.as_str().unwrap_or("?")) {
        None | Some("nikuradse") => Some(Friction::Nikuradse),
        Some("colebrook") => Some(Friction::Colebrook),
        Some("swamee-jain") => Some(Friction::SwameeJain),
        Some(other) => {
            let finding = Finding::error("unsupported-value", "this friction model is not known");
            let finding = finding.field("friction_model", other).allowed("nikuradse, colebrook, swamee-jain");
            findings.push(finding.hint("choose one of these"));
            None
        }
    }
}

/// All element tables by name; an error for each that is in service and not known.
fn tables(net: &Map<String, Value>, genuine: bool, findings: &mut Findings) -> BTreeMap<String, Frame> {
    let mut tables = BTreeMap::new();
    for (name, entry) in net {
        let known = READ.contains(&name.as_str());
        if name.starts_with("res_") || name.starts_with('_') || name.ends_with("_geodata") {
            continue;
        }
        let frame = match entry {
            Value::Array(rows) if !genuine && known => Frame::from_records(name, rows, findings),
            entry if genuine => match Frame::parse(name, entry, findings) {
                Some(frame) => frame,
                None => continue,
            },
            _ => continue,
        };
        let in_service = frame.in_service();
        if known {
            tables.insert(name.clone(), frame);
        } else if in_service == 0 {
        } else if name == "controller" || !frame.has("in_service") {
            findings.push(Finding::note("not-used", "the table is not used: values stay as they are").at(name, 0));
        } else {
            findings.push(
                Finding::error("unsupported-element", "elements of this kind are not read")
                    .at(name, 0)
                    .field("rows", in_service)
                    .allowed(READ.join(", "))
                    .hint("replace them by elements that are read, or take them out of service"),
            );
        }
    }
    tables
}

/// Coefficients of the pump types by name, highest power first.
fn pump_curves(net: &Map<String, Value>) -> BTreeMap<String, Vec<f64>> {
    let types = net.get("pump_curves").or_else(|| net.get("std_types").and_then(|t| t.get("pump")));
    let mut curves = BTreeMap::new();
    for (name, entry) in types.and_then(Value::as_object).into_iter().flatten() {
        if let Some(coefficients) = fluid::member(entry, "reg_par").and_then(|v| fluid::numbers(&v)) {
            curves.insert(name.clone(), coefficients);
        }
    }
    curves
}

#[cfg(test)]
mod tests;
