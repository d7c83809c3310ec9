//! pandapower nets: AC voltages against `pandapower.runpp`, and refusals.

#![allow(clippy::unwrap_used)] // a test stops at what it does not expect

use relight_formats::pandapower;
use relight_model::outcome::FlowStatus;
use relight_model::{Findings, Network, Severity, Situation};
use relight_power::{PowerFlow, Settings};
use std::fs;
use std::path::{Path, PathBuf};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pandapower").join(name)
}

fn read(name: &str) -> (Network, Findings) {
    let (network, findings) = pandapower::read(&fs::read(data(&format!("{name}.json"))).unwrap());
    let errors: Vec<String> = findings.iter().map(ToString::to_string).collect();
    (network.unwrap_or_else(|| panic!("{name}: {errors:#?}")), findings)
}

/// Bus index, magnitude and angle as pandapower found them; `None` for a bus without voltage.
fn voltages(name: &str) -> Vec<(u32, Option<(f64, f64)>)> {
    let text = fs::read_to_string(data(&format!("{name}.voltages.csv"))).unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let pair = cells[1].parse().ok().zip(cells[2].parse().ok());
        (cells[0].parse().unwrap(), pair)
    };
    text.lines().skip(1).map(row).collect()
}

/// Solves the net and returns the largest differences, p.u. and degrees.
fn worst(name: &str) -> (f64, f64) {
    let (network, _) = read(name);
    let settings = Settings { hvdc_lines: true, tolerance_pu: 1e-11, ..Settings::default() };
    let mut flow = PowerFlow::new(&network, &settings).unwrap();
    let result = flow.solve(&Situation::intact(&network));
    assert_eq!(result.status, FlowStatus::Converged, "{name}");
    let (mut vm_worst, mut va_worst) = (0.0_f64, 0.0_f64);
    for (index, expected) in voltages(name) {
        let at = network.buses.iter().position(|b| b.id.0 == index + 1).unwrap();
        let state = &result.buses[at];
        assert_eq!(state.energized, expected.is_some(), "{name} bus {index}");
        if let Some((vm_pu, va_deg)) = expected {
            vm_worst = vm_worst.max((state.vm_pu - vm_pu).abs());
            let turn = (state.va_deg - va_deg).rem_euclid(360.0);
            va_worst = va_worst.max(turn.min(360.0 - turn));
        }
    }
    (vm_worst, va_worst)
}

#[test]
fn voltages_agree_with_pandapower() {
    for name in ["example_simple", "example_multivoltage", "case9", "case30", "case118", "cigre_mv", "zoo"] {
        let (vm_pu, va_deg) = worst(name);
        println!("{name}: {vm_pu:.1e} p.u., {va_deg:.1e} degrees");
        assert!(vm_pu < 1e-8 && va_deg < 1e-6, "{name}: {vm_pu:e} p.u., {va_deg:e} degrees");
    }
}

#[test]
fn the_zoo_is_read_as_documented() {
    let (net, findings) = read("zoo");
    assert_eq!((net.name.as_str(), net.base_mva), ("zoo", 10.0));
    let names: Vec<&str> = net.branches.iter().map(|b| b.name.as_str()).collect();
    assert_eq!(&names[..2], ["overhead", "cable"]);
    assert_eq!(net.branches.len(), 6 + 6 + 9 + 1 + 1 + 1);
    assert!(net.branches.iter().zip(1..).all(|(b, row)| b.row == row));
    // 0.6 kA · 0.9 · 2 circuits · 110 kV · √3
    assert!((net.branches[0].rate_a_mva.unwrap() - 205.7676).abs() < 1e-3);
    assert_eq!((net.buses[0].id.0, net.buses[0].zone, net.buses[7].zone, net.buses[0].vm_pu_max), (1, 1, 3, 1.1));
    assert_eq!(net.switches.iter().map(|s| s.closed).collect::<Vec<_>>(), [true, false]);
    assert_eq!(net.generators.iter().map(|g| g.p_mw).collect::<Vec<_>>(), [0.0, 5.4, 1.2000000000000002, 0.0]);
    assert_eq!((net.storages[0].p_mw, net.storages[0].energy_mwh, net.storages[0].discharge_mw_max), (-0.4, 0.8, 0.5));
    assert_eq!((net.hvdc_lines[0].p_from_mw, net.hvdc_lines[0].loss_share), (3.0, 0.015));
    let codes: Vec<&str> = findings.iter().map(|f| f.code).collect();
    assert!(codes.contains(&"no-limit"), "{codes:?}");
    assert!(findings.iter().all(|f| f.severity < Severity::Error));
}

/// Replaces text inside the file and returns the first error.
fn refused(name: &str, old: &str, new: &str) -> relight_model::Finding {
    let text = fs::read_to_string(data(&format!("{name}.json"))).unwrap();
    assert!(text.contains(old), "{old}");
    let (network, findings) = pandapower::read(text.replacen(old, new, 1).as_bytes());
    assert!(network.is_none());
    findings.iter().find(|f| f.severity == Severity::Error).unwrap().clone()
}

#[test]
fn what_is_not_read_is_refused_by_name() {
    let code = |bytes: &[u8]| {
        let (network, findings) = pandapower::read(bytes);
        assert!(network.is_none());
        findings.iter().next().unwrap().code
    };
    assert_eq!(code(b"{"), "bad-json");
    assert_eq!(code(b"{}"), "not-a-net");
    assert_eq!(code(b"{\"_class\": \"pandapowerNet\", \"_object\": {}}"), "no-buses");
    assert_eq!(code(&[b'['; 200_000]), "bad-json");
    let unknown = refused(
        "example_simple",
        "\"motor\": {",
        "\"svc2\": {\"_class\":\"DataFrame\",\"_object\":\"{\\\"columns\\\":[\\\"in_service\\\"],\\\"index\\\":[0],\\\"data\\\":[[true]]}\"}, \"motor\": {",
    );
    assert_eq!((unknown.code, unknown.table.as_str()), ("unsupported-element", "svc2"));
    let bus = refused("case9", "\\\"from_bus\\\"", "\\\"from_bush\\\"");
    assert_eq!((bus.code, bus.field.as_str()), ("missing-column", "from_bus"));
    let table = refused("case9", "\\\"data\\\"", "\\\"date\\\"");
    assert_eq!(table.code, "broken-table");
    let switch = refused("example_simple", "\\\"l\\\"", "\\\"x\\\"");
    assert_eq!((switch.code, switch.table.as_str(), switch.value.as_str()), ("unknown-kind", "switch", "x"));
    let tap = refused("zoo", "\\\"Ideal\\\"", "\\\"Tabular\\\"");
    assert_eq!((tap.code, tap.table.as_str(), tap.row), ("unsupported-value", "trafo", 3));
}

#[test]
fn a_scenario_is_made_from_a_net() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("scenario");
    relight_formats::scenario::init(&folder, &data("example_simple.json"), relight_model::UtcSecond(0)).unwrap();
    let (scenario, findings) = relight_formats::scenario::read(&folder);
    assert!(!findings.has_errors());
    let scenario = scenario.unwrap();
    // One load of 2 MW scaled by 0.6 at pandapower's bus 6.
    let feeder = &scenario.feeders[0];
    assert_eq!((scenario.feeders.len(), feeder.id.as_str(), feeder.p_mw, feeder.people), (1, "F7", 1.2, 1320));
}
