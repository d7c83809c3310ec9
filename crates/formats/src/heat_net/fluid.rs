//! The fluid of a pandapipes net, and what pandapipes wraps around numbers.

use relight_model::{Finding, Findings, Fluid, Property};
use serde_json::{Map, Value};

const KELVIN: f64 = 273.15;
/// Texts that hold JSON that holds texts that hold JSON ...: pandapipes needs three.
const DEPTH_MAX: u32 = 6;
/// Temperatures between which a straight line is given as two points, K.
const LINE_K: [f64; 2] = [273.15, 373.15];

/// The fluid of a net, in whichever of the two forms; `None` beside an error.
pub(super) fn read(net: &Map<String, Value>, findings: &mut Findings) -> Option<Fluid> {
    let properties = match net.get("fluid_props") {
        Some(plain) => Some(plain.clone()),
        None => net.get("fluid").and_then(|fluid| {
            let gas = member(fluid, "is_gas").is_some_and(|g| g == Value::Bool(true));
            if gas {
                let finding = Finding::error("unsupported-value", "the fluid is a gas").field("fluid", "gas");
                findings.push(finding.allowed("a liquid").hint("relight computes networks of hot water"));
            }
            member(fluid, "all_properties")
        }),
    };
    let property = |name: &str, findings: &mut Findings| {
        let found = properties.as_ref().and_then(|p| member(p, name)).and_then(|p| property(&p));
        if found.is_none() {
            let finding = Finding::error("bad-fluid", "this property of the fluid is missing or of a kind not read");
            let finding =
                finding.at("fluid", 0).field(name, "").allowed("a constant, a line, or points over temperature");
            findings.push(finding.hint("choose pandapipes' water, or a fluid of constants"));
        }
        found
    };
    let density_kg_per_m3 = property("density", findings);
    let heat_capacity_j_per_kg_k = property("heat_capacity", findings);
    let viscosity_pa_s = property("viscosity", findings);
    Some(Fluid::Given {
        density_kg_per_m3: density_kg_per_m3?,
        heat_capacity_j_per_kg_k: heat_capacity_j_per_kg_k?,
        viscosity_pa_s: viscosity_pa_s?,
    })
}

/// A property: `value`, `slope` and `offset`, `x` and `y`, or one value per temperature such as `293.15K`.
fn property(entry: &Value) -> Option<Property> {
    let number = |name: &str| member(entry, name).and_then(|v| unwrap(&v, DEPTH_MAX)?.as_f64());
    if let Some(value) = number("value") {
        return Some(Property::Constant(value));
    }
    if let (Some(slope), Some(offset)) = (number("slope"), number("offset")) {
        return Some(Property::Points(LINE_K.map(|t_k| (t_k - KELVIN, offset + slope * t_k)).to_vec()));
    }
    if let (Some(x), Some(y)) = (member(entry, "x"), member(entry, "y")) {
        let (x, y) = (numbers(&x)?, numbers(&y)?);
        return (x.len() == y.len()).then(|| Property::Points(x.iter().map(|t_k| t_k - KELVIN).zip(y).collect()));
    }
    let at =
        |(key, value): (&String, &Value)| Some((key.strip_suffix('K')?.parse::<f64>().ok()? - KELVIN, value.as_f64()?));
    let mut points: Vec<(f64, f64)> = entry.as_object()?.iter().filter_map(at).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let first = points.first()?.1;
    let constant = points.iter().all(|p| p.1 == first);
    Some(if constant { Property::Constant(first) } else { Property::Points(points) })
}

/// What is inside `_object`, and inside a text of JSON.
fn unwrap(value: &Value, depth: u32) -> Option<Value> {
    match value {
        _ if depth == 0 => None,
        Value::Object(object) if object.contains_key("_object") => unwrap(&object["_object"], depth - 1),
        Value::String(text) if text.starts_with(['{', '[']) => unwrap(&serde_json::from_str(text).ok()?, depth - 1),
        other => Some(other.clone()),
    }
}

/// A member of an object, whatever the object is wrapped in.
pub(super) fn member(value: &Value, name: &str) -> Option<Value> {
    match value.get(name) {
        Some(found) => Some(found.clone()),
        None => unwrap(value, DEPTH_MAX)?.get(name).cloned(),
    }
}

/// A list of numbers, whatever list and numbers are wrapped in.
pub(super) fn numbers(value: &Value) -> Option<Vec<f64>> {
    unwrap(value, DEPTH_MAX)?.as_array()?.iter().map(|v| unwrap(v, DEPTH_MAX)?.as_f64()).collect()
}
