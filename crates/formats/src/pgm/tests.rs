use super::*;
use relight_model::{BusKind, Severity};

const GRID: &str = r#"{"version":"1.0","type":"input","is_batch":false,"attributes":{"node":["id","u_rated"]},"data":{
"node":[[1,10000],[2,10000]],
"line":[{"id":3,"from_node":1,"to_node":2,"from_status":1,"to_status":1,"r1":0.5,"x1":1,"c1":1e-6,"tan1":0.1,"i_n":100}],
"source":[{"id":4,"node":1,"status":1,"u_ref":1.02}],
"sym_load":[{"id":5,"node":2,"status":1,"type":0,"p_specified":5e5,"q_specified":1e5}]}}"#;

#[track_caller]
fn bad(text: &str, code: &str) {
    let (case, findings) = read(text.as_bytes());
    let errors: Vec<_> = findings.iter().filter(|f| f.severity == Severity::Error).collect();
    assert!(case.is_none() && errors.iter().any(|f| f.code == code), "{code}: {errors:#?}");
}

fn spoiled(from: &str, to: &str) -> String {
    assert!(GRID.contains(from), "{from}");
    GRID.replacen(from, to, 1)
}

#[test]
fn a_grid_is_mapped_as_documented() {
    let case = read(GRID.as_bytes()).0.unwrap();
    let net = &case.network;
    // 510 kVA: the next power of ten is 1 MVA.
    assert_eq!(net.base_mva, 1.0);
    assert_eq!((net.buses.len(), net.branches.len(), net.generators.len()), (3, 2, 1));
    let line = &net.branches[case.places.branches[&3].branch.i()];
    // 10 kV and 1 MVA: 100 ohm.
    assert!((line.r_pu - 0.005).abs() < 1e-15 && (line.x_pu - 0.01).abs() < 1e-15);
    let b_pu = 2.0 * std::f64::consts::PI * 50.0 * 1e-6 * 100.0;
    assert!((line.b_from_pu - b_pu / 2.0).abs() < 1e-15 && (line.g_to_pu - b_pu / 20.0).abs() < 1e-15);
    assert!((line.rate_a_mva.unwrap() - 3f64.sqrt()).abs() < 1e-12);
    let source = &net.branches[case.places.sources[&4].branch.i()];
    assert!((source.r_pu.hypot(source.x_pu) - 1e-4).abs() < 1e-15 && (source.r_pu / source.x_pu - 0.1).abs() < 1e-12);
    assert_eq!((net.buses[source.from.i()].kind, net.buses[source.from.i()].vm_pu), (BusKind::Slack, 1.02));
    assert_eq!(net.loads[case.places.loads[&5].load].p_mw, 0.5);
}

#[test]
fn an_open_end_is_a_bus_of_its_own() {
    let case = read(spoiled("\"to_status\":1", "\"to_status\":0").as_bytes()).0.unwrap();
    let place = case.places.branches[&3];
    let line = &case.network.branches[place.branch.i()];
    assert!(line.in_service && line.from == place.from_node && line.to != place.to_node);
    let both = GRID.replace("\"from_status\":1,\"to_status\":1", "\"from_status\":0,\"to_status\":0");
    let case = read(both.as_bytes()).0.unwrap();
    assert!(!case.network.branches[0].in_service);
    assert_eq!(case.network.buses.len(), 3);
}

#[test]
fn every_fault_has_a_name() {
    bad("{", "bad-json");
    bad(&"[".repeat(100_000), "bad-json");
    bad("[]", "not-power-grid-model");
    bad(&spoiled("\"input\"", "\"update\""), "not-power-grid-model");
    bad(&spoiled("\"data\"", "\"dat\""), "not-power-grid-model");
    bad(&spoiled("[\"id\",\"u_rated\"]", "7"), "bad-attributes");
    bad(&spoiled("[1,10000]", "[1]"), "unequal-lengths");
    bad(&spoiled("[1,10000]", "1"), "bad-row");
    bad(&spoiled("[[1,10000],[2,10000]]", "{}"), "not-a-list");
    bad(&spoiled("[2,10000]", "[1,10000]"), "duplicate-id");
    bad(&spoiled("[2,10000]", "[2.5,10000]"), "not-an-integer");
    bad(&spoiled("[2,10000]", "[2,0]"), "out-of-range");
    bad(&spoiled("[2,10000]", "[2,null]"), "missing-attribute");
    bad(&spoiled("[2,10000]", "[2,\"10 kV\"]"), "bad-number");
    bad(&spoiled("[2,10000]", "[2,400]"), "voltage-conflict");
    bad(&spoiled("\"to_node\":2", "\"to_node\":9"), "unknown-bus");
    bad(&spoiled("\"r1\":0.5,", ""), "missing-attribute");
    bad(&spoiled("\"r1\":0.5,\"x1\":1", "\"r1\":0,\"x1\":0"), "zero-impedance");
    bad(&spoiled("\"r1\":0.5", "\"r1\":1e308"), "out-of-range");
    bad(&spoiled("\"status\":1,\"type\"", "\"status\":7,\"type\""), "out-of-range");
    bad(&spoiled("\"type\":0", "\"type\":3"), "out-of-range");
    bad(&spoiled("\"source\"", "\"voltage_regulator\""), "unsupported-component");
    bad("\u{0}", "not-text");
}

#[test]
fn updates_change_what_they_name() {
    let input = read_input(GRID.as_bytes()).0.unwrap();
    let updates = |data: &str| {
        let text = format!(r#"{{"version":"1.0","type":"update","is_batch":true,"attributes":{{}},"data":{data}}}"#);
        read_updates(text.as_bytes()).0.unwrap()
    };
    let changed =
        updates(r#"[{"sym_load":[{"id":5,"p_specified":7e5,"q_specified":null}]},{"sym_load":[{"p_specified":8e5}]}]"#);
    let loads: Vec<_> = changed
        .iter()
        .map(|u| {
            let load = input.updated(u).0.unwrap().case().0.unwrap().network.loads[0].clone();
            (load.p_mw, load.q_mvar)
        })
        .collect();
    assert_eq!(loads, [(0.7, 0.1), (0.8, 0.1)]);
    for unknown in [r#"[{"sym_load":[{"id":-1}]}]"#, r#"[{"line":[{},{}]}]"#, r#"[{"shunt":[{"id":1}]}]"#] {
        let (none, findings) = input.updated(&updates(unknown)[0]);
        assert_eq!((none, findings.iter().next().unwrap().code), (None, "unknown-id"), "{unknown}");
    }
}

#[test]
fn formats_in_json_are_told_apart() {
    assert!(looks_like(GRID.as_bytes()));
    assert!(!looks_like(b"{\"_module\": \"pandapower.auxiliary\"}"));
}
