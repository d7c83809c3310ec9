//! The symmetric validation cases of power-grid-model: read here, solved by relight-power, compared value by value with
//! `abs(a - ref) < abs(ref) * rtol + atol` in the units of the file. `u_angle` is skipped: its reference is a convention.

// Helpers of tests are tests too, which clippy does not see.
#![allow(clippy::unwrap_used)]

use relight_formats::pgm::{self, BranchPlace, Case, LinkPlace};
use relight_model::outcome::{FlowResult, FlowStatus};
use relight_model::{BusIdx, LoadModel, Situation};
use relight_power::{PowerFlow, Settings};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What issue 2 asks for.
const ASKED: [&str; 8] = ["node", "line", "link", "transformer", "source", "sym_load", "sym_gen", "shunt"];
/// Read as well.
const MORE: [&str; 6] =
    ["asym_load", "asym_gen", "generic_branch", "three_winding_transformer", "sym_voltage_sensor", "sym_power_sensor"];

/// Cases that miss named values, and no others: folder, element, number of values, most that a miss may be of what the
/// tolerance allows.
const KNOWN_MISSES: [(&str, &[&str], usize, f64); 2] = [
    // Its reference has the charging of the line from node 2 to itself flow through link 8 to node 3, which breaks the
    // balance of node 3: see `one_reference_breaks_the_balance_of_a_node`.
    ("handling-of-links/merge-nodes-by-links-1-line-with-line-to-self", &["link 8"], 6, f64::INFINITY),
    // Its reference has a link of 1e8 (1 + j) p.u., where the cases above take links as ideal: 3.5e-9 p.u. between nodes 2
    // and 3, 0.02 W in the link.
    ("dummy-test-line-into-itself", &["node 3", "link 9"], 10, 4.0),
];

fn shared() -> Option<PathBuf> {
    let path = std::env::var_os("RELIGHT_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    if path.is_dir() {
        Some(path)
    } else {
        eprintln!("SKIPPED: no test data at {} (set RELIGHT_SHARED)", path.display());
        None
    }
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// A complex power, VA, at a voltage, V; with what follows from the two.
struct Power {
    p_w: f64,
    q_var: f64,
    u_v: f64,
}

impl Power {
    fn s_va(&self) -> f64 {
        self.p_w.hypot(self.q_var)
    }

    fn i_a(&self) -> f64 {
        if self.u_v > 0.0 { self.s_va() / (3f64.sqrt() * self.u_v) } else { 0.0 }
    }

    /// A value by the name that output files give it, without the suffix of a side.
    fn value(&self, attribute: &str) -> Option<f64> {
        match attribute {
            "p" => Some(self.p_w),
            "q" => Some(self.q_var),
            "s" => Some(self.s_va()),
            "i" => Some(self.i_a()),
            "pf" => Some(if self.s_va() > 0.0 { self.p_w / self.s_va() } else { 0.0 }),
            _ => None,
        }
    }
}

/// A solved case, asked by component, id and attribute.
struct Solved {
    case: Case,
    flow: FlowResult,
    input: BTreeMap<i64, Map<String, Value>>,
    /// Ids of each component, in the order of the input.
    order: BTreeMap<String, Vec<i64>>,
}

impl Solved {
    /// Solves as exactly as rounding allows, which links of 1e8 p.u. make coarse: the tightest tolerance that is met counts.
    fn new(input: &pgm::Input, rows: BTreeMap<i64, Map<String, Value>>, linear: bool) -> Result<Self, String> {
        let (case, findings) = input.case();
        let mut case = case.ok_or_else(|| findings.iter().next().map(ToString::to_string).unwrap_or_default())?;
        if linear {
            // The linear method takes every load as an impedance.
            case.network.loads.iter_mut().for_each(|l| l.model = LoadModel::ConstantImpedance);
        }
        for step in 0..80 {
            let tolerance_pu = 1e-13 * 1.2f64.powi(step);
            let settings = Settings { tolerance_pu, ..Settings::default() };
            let mut flow = PowerFlow::new(&case.network, &settings).map_err(|e| e.to_string())?;
            let flow = flow.solve(&Situation::intact(&case.network));
            if flow.status == FlowStatus::Converged {
                let mut order: BTreeMap<String, Vec<i64>> = BTreeMap::new();
                for (id, row) in rows.iter().filter(|(_, row)| row.contains_key("component")) {
                    order.entry(row["component"].as_str().unwrap().to_owned()).or_default().push(*id);
                }
                order.values_mut().for_each(|ids| ids.sort_by_key(|id| rows[id]["position"].as_u64()));
                return Ok(Self { case, flow, input: rows, order });
            }
        }
        Err("did not converge".to_owned())
    }

    fn u_v(&self, bus: BusIdx) -> f64 {
        self.flow.buses[bus.i()].vm_pu * self.case.network.buses[bus.i()].base_kv * 1e3
    }

    fn energized(&self, bus: BusIdx) -> f64 {
        f64::from(u8::from(self.flow.buses[bus.i()].energized))
    }

    fn side(&self, place: &BranchPlace, to: bool) -> Power {
        let b = &self.flow.branches[place.branch.i()];
        let connected = if to { place.to_connected } else { place.from_connected };
        let (p_mw, q_mvar, node) =
            if to { (b.p_to_mw, b.q_to_mvar, place.to_node) } else { (b.p_from_mw, b.q_from_mvar, place.from_node) };
        let (p_mw, q_mvar) = if connected { (p_mw, q_mvar) } else { (0.0, 0.0) };
        Power { p_w: p_mw * 1e6, q_var: q_mvar * 1e6, u_v: self.u_v(node) }
    }

    /// Both sides of a link: what enters one leaves the other.
    fn link_sides(&self, place: &LinkPlace) -> (Power, Power) {
        let (switch, state) = (&self.case.network.switches[place.switch], &self.flow.switches[place.switch]);
        let (p_w, q_var) = (state.p_from_mw * 1e6, state.q_from_mvar * 1e6);
        let from = Power { p_w, q_var, u_v: self.u_v(switch.from) };
        (from, Power { p_w: -p_w, q_var: -q_var, u_v: self.u_v(switch.to) })
    }

    fn load(&self, id: i64) -> (Power, BusIdx, bool, bool) {
        let place = self.case.places.loads[&id];
        let load = &self.case.network.loads[place.load];
        let vm = self.flow.buses[load.bus.i()].vm_pu;
        let energized = load.in_service && self.flow.buses[load.bus.i()].energized;
        let factor = match load.model {
            LoadModel::ConstantPower => 1.0,
            LoadModel::ConstantCurrent => vm,
            LoadModel::ConstantImpedance => vm * vm,
        };
        let factor = if energized { 1e6 * factor } else { 0.0 };
        let factor = if place.is_generator { -factor } else { factor };
        let power = Power { p_w: factor * load.p_mw, q_var: factor * load.q_mvar, u_v: self.u_v(load.bus) };
        (power, load.bus, load.in_service, place.is_generator)
    }

    fn shunt(&self, id: i64) -> (Power, BusIdx, bool) {
        let shunt = &self.case.network.shunts[self.case.places.shunts[&id]];
        let vm = self.flow.buses[shunt.bus.i()].vm_pu;
        let factor = if shunt.in_service { vm * vm * 1e6 } else { 0.0 };
        let power = Power { p_w: factor * shunt.g_mw, q_var: -factor * shunt.b_mvar, u_v: self.u_v(shunt.bus) };
        (power, shunt.bus, shunt.in_service)
    }

    fn source(&self, id: i64) -> (Power, BusIdx, bool) {
        let place = self.case.places.sources[&id];
        let b = &self.flow.branches[place.branch.i()];
        let power = Power { p_w: -b.p_to_mw * 1e6, q_var: -b.q_to_mvar * 1e6, u_v: self.u_v(place.node) };
        (power, place.node, self.case.network.branches[place.branch.i()].in_service)
    }

    /// Power given to a node by sources, generators and loads; power-grid-model counts shunts to the network.
    fn injection(&self, node: BusIdx) -> Power {
        let places = &self.case.places;
        let mut sum = Power { p_w: 0.0, q_var: 0.0, u_v: self.u_v(node) };
        let mut add = |power: &Power, sign: f64| {
            sum.p_w += sign * power.p_w;
            sum.q_var += sign * power.q_var;
        };
        for &id in places.sources.keys() {
            let (power, at, _) = self.source(id);
            if at == node {
                add(&power, 1.0);
            }
        }
        for &id in places.loads.keys() {
            let (power, at, _, is_generator) = self.load(id);
            if at == node {
                add(&power, if is_generator { 1.0 } else { -1.0 });
            }
        }
        sum
    }

    fn input(&self, id: i64, key: &str) -> Option<f64> {
        self.input[&id].get(key).and_then(Value::as_f64)
    }

    /// One value of the answer; `None` where relight has no such value.
    fn value(&self, component: &str, id: i64, attribute: &str) -> Option<f64> {
        match component {
            "node" => {
                let bus = self.case.places.nodes[&id];
                match attribute {
                    "u_pu" => Some(self.flow.buses[bus.i()].vm_pu),
                    "u" => Some(self.u_v(bus)),
                    "energized" => Some(self.energized(bus)),
                    _ => self.injection(bus).value(attribute),
                }
            }
            "link" => {
                let place = &self.case.places.links[&id];
                let switch = &self.case.network.switches[place.switch];
                let (from, to) = self.link_sides(place);
                let live = |bus, connected| if connected { self.energized(bus) } else { 0.0 };
                match attribute {
                    "energized" => {
                        Some(live(switch.from, place.from_connected).max(live(switch.to, place.to_connected)))
                    }
                    "loading" => Some(0.0),
                    _ => match attribute.rsplit_once('_')? {
                        (of, "from") => from.value(of),
                        (of, "to") => to.value(of),
                        _ => None,
                    },
                }
            }
            "line" | "transformer" | "generic_branch" => {
                let place = &self.case.places.branches[&id];
                let (from, to) = (self.side(place, false), self.side(place, true));
                match attribute {
                    "energized" => {
                        let live = |node, connected| if connected { self.energized(node) } else { 0.0 };
                        Some(live(place.from_node, place.from_connected).max(live(place.to_node, place.to_connected)))
                    }
                    "loading" => match component {
                        "line" => self.input(id, "i_n").map(|i_n| from.i_a().max(to.i_a()) / i_n),
                        _ => self.input(id, "sn").map(|sn| from.s_va().max(to.s_va()) / sn),
                    },
                    _ => match attribute.rsplit_once('_')? {
                        (of, "from") => from.value(of),
                        (of, "to") => to.value(of),
                        _ => None,
                    },
                }
            }
            "three_winding_transformer" => {
                let places = &self.case.places.three_winding[&id];
                if let Some(("loading", side)) = attribute.rsplit_once('_') {
                    let side: usize = side.parse().ok()?;
                    return Some(self.side(&places[side - 1], false).s_va() / self.input(id, &format!("sn_{side}"))?);
                }
                if attribute == "loading" {
                    return (1..=3)
                        .map(|k| self.value(component, id, &format!("loading_{k}")))
                        .try_fold(0.0, |m, v| Some(v?.max(m)));
                }
                let (of, side) = attribute.rsplit_once('_')?;
                let side: usize = side.parse().ok()?;
                self.side(places.get(side.checked_sub(1)?)?, false).value(of)
            }
            "source" => self.appliance(self.source(id), attribute),
            "shunt" => self.appliance(self.shunt(id), attribute),
            "sym_load" | "sym_gen" | "asym_load" | "asym_gen" => {
                let (power, bus, in_service, _) = self.load(id);
                self.appliance((power, bus, in_service), attribute)
            }
            _ => None,
        }
    }

    fn appliance(&self, (power, bus, in_service): (Power, BusIdx, bool), attribute: &str) -> Option<f64> {
        if attribute == "energized" {
            return Some(if in_service { self.energized(bus) } else { 0.0 });
        }
        power.value(attribute)
    }
}

/// How near a value must be.
struct Tolerance {
    relative: f64,
    absolute: Value,
}

impl Tolerance {
    fn new(params: &Value) -> Self {
        Self { relative: params["rtol"].as_f64().unwrap(), absolute: params["atol"].clone() }
    }

    fn absolute(&self, attribute: &str) -> f64 {
        let of = |key: &str| self.absolute.get(key).and_then(Value::as_f64);
        self.absolute.as_f64().or_else(|| of(attribute)).or_else(|| of("default")).unwrap()
    }
}

/// A value that is not as it should be.
struct Miss {
    what: String,
    /// Difference over what the tolerance allows; NaN where there is no value.
    times: f64,
}

impl Miss {
    fn of(what: String) -> Self {
        Self { what, times: f64::NAN }
    }

    /// Whether it is one of these elements, and no further off than so many times the tolerance.
    fn is_known(&self, elements: &[&str], times: f64) -> bool {
        elements.iter().any(|e| self.what.contains(&format!("{e} "))) && self.times <= times
    }
}

/// Compares one data set; returns the number of values compared and those that differ.
fn compare(solved: &Solved, expected: &Value, tolerance: &Tolerance) -> (usize, Vec<Miss>) {
    let (mut count, mut wrong) = (0, Vec::new());
    for (component, rows) in expected.as_object().unwrap() {
        for (i, row) in rows.as_array().unwrap().iter().enumerate() {
            let row = row.as_object().unwrap();
            // Rows without id stand in the order of the input.
            let id = row.get("id").map_or_else(|| solved.order[component][i], |id| id.as_i64().unwrap());
            for (attribute, reference) in row {
                let Some(reference) = reference.as_f64() else { continue };
                if matches!(attribute.as_str(), "id" | "u_angle") {
                    continue;
                }
                let Some(value) = solved.value(component, id, attribute) else {
                    wrong.push(Miss::of(format!("{component} {id} {attribute}: no such value here")));
                    continue;
                };
                count += 1;
                let allowed = reference.abs() * tolerance.relative + tolerance.absolute(attribute);
                // Written so that NaN fails.
                let near = (value - reference).abs() < allowed || value == reference;
                if !near {
                    let what =
                        format!("{component} {id} {attribute}: {value} instead of {reference} (+-{allowed:.1e})");
                    wrong.push(Miss { what, times: (value - reference).abs() / allowed });
                }
            }
        }
    }
    (count, wrong)
}

/// Rows of the input by id, each with its component and position.
fn rows_by_id(path: &Path) -> BTreeMap<i64, Map<String, Value>> {
    let mut rows = BTreeMap::new();
    for (component, table) in json(path)["data"].as_object().unwrap() {
        for (position, row) in table.as_array().unwrap().iter().enumerate() {
            if let Value::Object(row) = row {
                let mut row = row.clone();
                row.insert("component".to_owned(), Value::from(component.as_str()));
                row.insert("position".to_owned(), Value::from(position));
                rows.insert(row["id"].as_i64().unwrap(), row);
            }
        }
    }
    rows
}

/// Runs one folder; returns the values compared and what is wrong.
fn run(folder: &Path, params: &Value) -> (usize, Vec<Miss>) {
    let tolerance = Tolerance::new(params);
    let method = &params["calculation_method"];
    let linear = method == "linear";
    let bytes = std::fs::read(folder.join("input.json")).unwrap();
    let (input, findings) = pgm::read_input(&bytes);
    let Some(input) = input else { return (0, findings.iter().map(|f| Miss::of(f.to_string())).collect()) };
    let rows = rows_by_id(&folder.join("input.json"));
    let (mut count, mut wrong) = (0, Vec::new());
    let mut check = |input: Result<&pgm::Input, String>, expected: &Value, label: &str| {
        let solved = input.and_then(|input| Solved::new(input, rows.clone(), linear));
        match solved.map(|solved| compare(&solved, expected, &tolerance)) {
            Ok((compared, differences)) => {
                count += compared;
                wrong.extend(differences.into_iter().map(|d| Miss { what: format!("{label}{}", d.what), ..d }));
            }
            Err(why) => wrong.push(Miss::of(format!("{label}{why}"))),
        }
    };
    let single = folder.join("sym_output.json");
    if single.is_file() {
        check(Ok(&input), &json(&single)["data"], "");
    }
    let batch = folder.join("sym_output_batch.json");
    if batch.is_file() {
        let (updates, findings) = pgm::read_updates(&std::fs::read(folder.join("update_batch.json")).unwrap());
        let updates = updates.unwrap_or_else(|| panic!("{:?}", findings.iter().next()));
        let expected = json(&batch);
        for (k, (update, expected)) in updates.iter().zip(expected["data"].as_array().unwrap()).enumerate() {
            let (updated, findings) = input.updated(update);
            let updated = updated.ok_or_else(|| findings.iter().map(|f| f.code).collect::<Vec<_>>().join(" "));
            check(updated.as_ref().map_err(String::clone), expected, &format!("scenario {k}: "));
        }
    }
    (count, wrong)
}

fn folders(at: &Path, found: &mut Vec<PathBuf>) {
    if at.join("input.json").is_file() {
        found.push(at.to_owned());
    }
    for entry in std::fs::read_dir(at).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()) {
        folders(&entry, found);
    }
    found.sort();
}

#[test]
fn validation_cases_of_power_grid_model() {
    let Some(shared) = shared() else { return };
    let root = shared.join("oracles/pgm");
    let mut all = Vec::new();
    folders(&root, &mut all);
    let (mut asked, mut more, mut values, mut failures) = (0, 0, 0, Vec::new());
    for folder in all {
        let name = folder.strip_prefix(&root).unwrap().display().to_string();
        let components: Vec<String> =
            json(&folder.join("input.json"))["data"].as_object().unwrap().keys().cloned().collect();
        let only = |list: &[&str]| components.iter().all(|c| list.contains(&c.as_str()));
        let is_asked = only(&ASKED);
        if !is_asked && !only(&[&ASKED[..], &MORE].concat()) {
            continue;
        }
        let params = json(&folder.join("params.json"));
        let (count, wrong) = run(&folder, &params);
        values += count;
        if params["raises"]["raises"] == "IDNotFound" {
            assert!(!wrong.is_empty() && wrong.iter().all(|w| w.what.ends_with(": unknown-id")), "{name}");
            asked += usize::from(is_asked);
            continue;
        }
        let upstream = if params["xfail"].is_object() { " (fails upstream)" } else { "" };
        let known = KNOWN_MISSES.iter().find(|(case, ..)| *case == name);
        if wrong.is_empty() && known.is_none() {
            assert!(count > 0, "{name}: nothing was compared");
            asked += usize::from(is_asked);
            more += usize::from(!is_asked);
            eprintln!("passes: {name}{upstream}: {count} values");
        } else if let Some((_, elements, number, times)) = known
            && wrong.len() == *number
            && wrong.iter().all(|w| w.is_known(elements, *times))
        {
            eprintln!("passes but for {number} of {count} values of {}: {name}{upstream}", elements.join(", "));
        } else {
            let first: Vec<&str> = wrong.iter().take(12).map(|w| w.what.as_str()).collect();
            failures.push(format!("{name}{upstream}: {} of {count}:\n    {}", wrong.len(), first.join("\n    ")));
        }
    }
    eprintln!("{asked} asked cases and {more} more pass, {values} values");
    let list = failures.join("\n");
    assert!(failures.is_empty(), "{} cases fail:\n{list}", failures.len());
    assert!(asked >= 26, "only {asked} cases found");
}

#[test]
fn one_reference_breaks_the_balance_of_a_node() {
    let Some(shared) = shared() else { return };
    let case = shared.join("oracles/pgm/handling-of-links/merge-nodes-by-links-1-line-with-line-to-self");
    let output = json(&case.join("sym_output.json"));
    let value = |component: &str, id: i64, attribute: &str| {
        let rows = output["data"][component].as_array().unwrap();
        rows.iter().find(|row| row["id"] == id).unwrap()[attribute].as_f64().unwrap()
    };
    // Line 10 and link 8 are all there is at node 3, and both end there.
    let left_q_var = value("line", 10, "q_to") + value("link", 8, "q_to");
    assert!((left_q_var + 2.0 * value("line", 15, "q_from")).abs() < 1e-3, "{left_q_var}");
    assert!(left_q_var > 3e5);
}
