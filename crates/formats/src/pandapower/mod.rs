//! pandapower nets as JSON (`pandapower.to_json`), of pandapower 2 and 3.
//!
//! docs/formats/pandapower.md lists what is read and how. In short: bus id = pandapower index + 1 (ids start at 1 here);
//! branches are the lines, then two-winding transformers, then three legs for each three-winding transformer, then
//! impedances, then switches with impedance, in file order; generators are `ext_grid`, `gen`, `sgen`, then extended wards.
//! The electrical model is that of `pandapower.runpp` with its defaults: transformers as T circuits, angles calculated.
//! What is in service and not known is an error, never left out in silence.

mod branches;
mod build;
mod elements;
pub(crate) mod frame;
mod transformers;

use crate::{Reading, source};
use build::Builder;
use frame::Frame;
use relight_model::{Finding, Findings, Network, validate};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Names of the tables in messages.
const TABLES: validate::Tables = validate::Tables {
    bus: "bus",
    branch: "line, trafo, trafo3w, impedance, switch",
    generator: "ext_grid, gen, sgen",
    load: "load, motor, asymmetric_load, ward, xward",
    shunt: "shunt, ward, xward, trafo3w",
    hvdc_line: "dcline",
    storage: "storage",
    switch: "switch",
    several_references: true,
};

/// Tables that are read.
const READ: &[&str] = &[
    "bus",
    "load",
    "sgen",
    "gen",
    "ext_grid",
    "line",
    "trafo",
    "trafo3w",
    "shunt",
    "ward",
    "xward",
    "impedance",
    "dcline",
    "storage",
    "switch",
    "motor",
    "asymmetric_load",
    "asymmetric_sgen",
];
/// Tables that change nothing in a power flow as the file stands.
const WITHOUT_EFFECT: &[&str] = &[
    "measurement",
    "group",
    "bus_geodata",
    "line_geodata",
    "bus_dc",
    "characteristic",
    "trafo_characteristic_table",
    "shunt_characteristic_table",
    "q_capability_curve_table",
    "q_capability_characteristic",
    "protection",
];
/// Tables whose loss a person should know of.
const UNUSED: &[(&str, &str)] = &[
    ("controller", "controllers do not run: taps and set points stay as they are in the file"),
    ("poly_cost", "costs are not used"),
    ("pwl_cost", "costs are not used"),
];

/// Whether bytes look like a pandapower net.
pub fn looks_like(bytes: &[u8]) -> bool {
    const SEEN_BYTES: usize = 1 << 16;
    let mark = b"pandapowerNet";
    let near = |part: &[u8]| part.windows(mark.len()).any(|w| w == mark);
    near(&bytes[..bytes.len().min(SEEN_BYTES)]) || near(&bytes[bytes.len().saturating_sub(SEEN_BYTES)..])
}

/// Reads a net. The network has passed [`validate::network`].
pub fn read(bytes: &[u8]) -> Reading<Network> {
    let mut findings = Findings::default();
    let network = read_net(bytes, &mut findings);
    if !findings.has_errors()
        && let Some(network) = &network
    {
        findings.extend(validate::network(network, &TABLES));
    }
    (if findings.has_errors() { None } else { network }, findings)
}

fn read_net(bytes: &[u8], findings: &mut Findings) -> Option<Network> {
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
            findings.push(finding.hint("save the net again with pandapower.to_json"));
            return None;
        }
    };
    let net = root.get("_object").and_then(Value::as_object).filter(|_| root["_class"] == "pandapowerNet");
    let Some(net) = net else {
        findings.push(
            Finding::error("not-a-net", "this is no pandapower net")
                .allowed("an object with _class = pandapowerNet and _object")
                .hint("save it with pandapower.to_json; encrypted and pickled nets are not read"),
        );
        return None;
    };
    let scalar = |key: &str, default: f64| net.get(key).and_then(Value::as_f64).unwrap_or(default);
    let name = net.get("name").and_then(Value::as_str).unwrap_or("").to_owned();
    let (base_mva, f_hz) = (scalar("sn_mva", 1.0), scalar("f_hz", 50.0));
    for (field, value) in [("sn_mva", base_mva), ("f_hz", f_hz)] {
        if !(1e-6..=1e6).contains(&value) {
            let finding = Finding::error("out-of-range", "out of range").field(field, value);
            findings.push(finding.allowed("1e-6 to 1e6"));
            return None;
        }
    }
    let tables = tables(net, findings);
    if findings.has_errors() {
        return None;
    }
    Some(Builder::new(&tables, name, base_mva, f_hz, findings).build())
}

/// All element tables by name; an error for each that is in service and not known.
fn tables(net: &serde_json::Map<String, Value>, findings: &mut Findings) -> BTreeMap<String, Frame> {
    let mut tables = BTreeMap::new();
    for (name, entry) in net {
        if name.starts_with("res_") || name.starts_with('_') || WITHOUT_EFFECT.contains(&name.as_str()) {
            continue;
        }
        let Some(frame) = Frame::parse(name, entry, findings) else { continue };
        let in_service = frame.in_service();
        if READ.contains(&name.as_str()) {
            tables.insert(name.clone(), frame);
        } else if in_service == 0 {
        } else if let Some((_, what)) = UNUSED.iter().find(|(unused, _)| unused == name) {
            findings.push(Finding::note("not-used", *what).at(name, 0).field("rows", in_service));
        } else if frame.has("in_service") {
            findings.push(
                Finding::error("unsupported-element", "elements of this kind are not read")
                    .at(name, 0)
                    .field("rows", in_service)
                    .allowed(READ.join(", "))
                    .hint("replace them in pandapower by elements that are read, or take them out of service"),
            );
        } else {
            findings.push(Finding::note("not-used", "the table is not known and not used").at(name, 0));
        }
    }
    tables
}

/// Python writes NaN and Infinity where JSON has no word for them: null instead, outside of texts.
pub(crate) fn without_nan(text: &str) -> Cow<'_, str> {
    if !text.contains("NaN") && !text.contains("Infinity") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut inside) = (text, false);
    while let Some(c) = rest.chars().next() {
        let word = ["NaN", "-Infinity", "Infinity"].into_iter().find(|w| !inside && rest.starts_with(w));
        let taken = match (c, word) {
            (_, Some(word)) => {
                out.push_str("null");
                rest = &rest[word.len()..];
                continue;
            }
            // An escaped character never ends a text.
            ('\\', _) if inside => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            ('"', _) => {
                inside = !inside;
                1
            }
            _ => c.len_utf8(),
        };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests;
