//! What scripts rely on: JSON schemas, exit codes, the plan folder, the same bytes on any number of threads.

// Helper functions of tests may unwrap as tests do.
#![allow(clippy::unwrap_used)]

mod program;

use program::relight;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The example scenario that comes with the project.
fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/two_islands")
}

fn json(args: &[&str]) -> (i32, Value) {
    let ran = relight(&[args, &["--json", "-"]].concat());
    let value = serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {}\n{}", ran.out, ran.err));
    (ran.code, value)
}

/// A MATPOWER case of two buses: 60 MW of load behind a line of 50 MVA.
fn two_buses(dir: &Path) -> PathBuf {
    let file = dir.join("two.m");
    let text = "function mpc = two\nmpc.version = '2';\nmpc.baseMVA = 100;\nmpc.bus = [\n\
        10 3 0 0 0 0 1 1 -7 110 1 1.1 0.9;\n20 1 60 20 0 0 1 1 0 110 1 1.1 0.9;\n];\n\
        mpc.gen = [\n10 60 0 90 -90 1.02 100 1 150 0;\n];\n\
        mpc.branch = [\n10 20 0.01 0.08 0.02 50 0 0 0 0 1 -360 360;\n];\n";
    fs::write(&file, text).unwrap();
    file
}

#[track_caller]
fn has(value: &Value, fields: &[&str]) {
    for field in fields {
        assert!(value.get(field).is_some(), "{field} is missing in {value}");
    }
}

#[test]
fn flow_has_its_schema_and_the_slack_angle_of_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let case = two_buses(dir.path());
    let (code, flow) = json(&["flow", path(&case), "--repeat", "3"]);
    assert_eq!(code, 0);
    assert_eq!(flow["schema"], "relight.flow/1");
    assert_eq!(flow["status"], "converged");
    has(&flow, &["iterations", "max_mismatch_pu"]);
    has(&flow["islands"][0], &["id", "buses", "energized", "slack_bus", "load_mw"]);
    has(&flow["bus"][0], &["id", "vm_pu", "va_deg", "island", "energized"]);
    let branch =
        ["row", "from", "to", "in_service", "p_from_mw", "q_from_mvar", "p_to_mw", "q_to_mvar", "loading_percent"];
    has(&flow["branch"][0], &branch);
    has(&flow["gen"][0], &["row", "bus", "p_mw", "q_mvar"]);
    has(&flow["time_s"], &["read", "setup", "solve", "solve_median"]);
    assert_eq!(flow["bus"][0]["va_deg"], -7.0);
    assert_eq!(flow["islands"][0]["slack_bus"], 10);
    assert!(flow["max_mismatch_pu"].as_f64().unwrap() <= 1e-8);
    // 60 MW over 50 MVA: more than full, and the line's losses are fed in by the generator.
    assert!(flow["branch"][0]["loading_percent"].as_f64().unwrap() > 120.0);
    assert!(flow["gen"][0]["p_mw"].as_f64().unwrap() > 60.0);
}

#[test]
fn flow_tells_what_switches_carry() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("linked.json");
    let text = r#"{"version":"1.0","type":"input","is_batch":false,"attributes":{},"data":{
        "node":[{"id":1,"u_rated":10000},{"id":2,"u_rated":10000}],
        "link":[{"id":3,"from_node":2,"to_node":1,"from_status":1,"to_status":1},
            {"id":6,"from_node":1,"to_node":2,"from_status":1,"to_status":0}],
        "source":[{"id":4,"node":1,"status":1,"u_ref":1}],
        "sym_load":[{"id":5,"node":2,"status":1,"type":0,"p_specified":5e5,"q_specified":1e5}]}}"#;
    fs::write(&file, text).unwrap();
    let (code, flow) = json(&["flow", path(&file)]);
    assert_eq!(code, 0);
    let closed = &flow["switch"][0];
    assert_eq!((&closed["row"], &closed["from"], &closed["to"]), (&1.into(), &2.into(), &1.into()));
    assert_eq!((&closed["closed"], &flow["switch"][1]["closed"]), (&true.into(), &false.into()));
    assert!((closed["p_from_mw"].as_f64().unwrap() + 0.5).abs() < 1e-6, "{closed}");
    assert!((closed["q_from_mvar"].as_f64().unwrap() + 0.1).abs() < 1e-6, "{closed}");
    assert_eq!(flow["switch"][1]["p_from_mw"], 0.0);
}

#[test]
fn starts_and_options_lead_to_the_same_voltages() {
    let dir = tempfile::tempdir().unwrap();
    let case = two_buses(dir.path());
    let vm = |args: &[&str]| {
        let (code, flow) = json(&[&["flow", path(&case)], args].concat());
        assert_eq!(code, 0, "{args:?}");
        flow["bus"][1]["vm_pu"].as_f64().unwrap()
    };
    let reference = vm(&[]);
    for args in [["--start", "flat"], ["--start", "dc"], ["--start", "file"]] {
        assert!((vm(&args) - reference).abs() < 1e-9);
    }
    assert!((vm(&["--q-limits", "--distributed-slack"]) - reference).abs() < 1e-9);
    assert_eq!(vm(&["--dc"]), 1.0);
}

#[test]
fn all_dark_and_diverged_are_outcomes_with_exit_code_one() {
    let dir = tempfile::tempdir().unwrap();
    let case = two_buses(dir.path());
    let damage = dir.path().join("damage.json");
    fs::write(&damage, r#"{"gens":[1]}"#).unwrap();
    let (code, flow) = json(&["flow", path(&case), "--damage", path(&damage)]);
    assert_eq!((code, flow["status"].as_str()), (1, Some("dark")));
    assert_eq!(flow["bus"][1]["energized"], false);
    // Ten times the load that the line can carry at any voltage.
    let heavy = fs::read_to_string(&case).unwrap().replace("20 1 60 20", "20 1 6000 2000");
    fs::write(&case, heavy).unwrap();
    let (code, flow) = json(&["flow", path(&case)]);
    assert_eq!((code, flow["status"].as_str()), (1, Some("diverged")));
}

#[test]
fn contingency_has_its_schema_and_the_worst_first() {
    let dir = tempfile::tempdir().unwrap();
    let case = two_buses(dir.path());
    let (code, all) = json(&["contingency", path(&case)]);
    assert_eq!((code, all["schema"].as_str()), (0, Some("relight.contingency/1")));
    has(
        &all,
        &["case", "formulation", "base", "listed", "screened_out", "not_done", "complete", "time_s", "per_second"],
    );
    let outages = all["outages"].as_array().unwrap();
    let kinds: Vec<_> = outages.iter().map(|o| (o["kind"].as_str().unwrap(), o["row"].as_u64().unwrap())).collect();
    assert_eq!(kinds, [("branch", 1), ("gen", 1), ("bus", 1), ("bus", 2)]);
    for outage in outages {
        has(
            outage,
            &["status", "islands", "lost_mw", "max_loading_percent", "max_loading_row", "vm_pu_min", "vm_pu_max"],
        );
    }
    // By hand: without the line bus 20 is dark, without generator or reference everything is, without the load all is well.
    let of = |key: &str| outages.iter().map(|o| o[key].clone()).collect::<Vec<_>>();
    assert_eq!(of("status"), ["converged", "dark", "dark", "converged"]);
    assert_eq!(of("lost_mw"), [60.0, 60.0, 60.0, 60.0]);
    assert_eq!(of("islands"), [2, 1, 1, 1]);
    assert!(outages[1]["vm_pu_min"].is_null() && outages[0]["max_loading_percent"].is_null());
    assert!((outages[0]["vm_pu_min"].as_f64().unwrap() - 1.02).abs() < 1e-12);
    assert!(all["base"]["max_loading_percent"].as_f64().unwrap() > 120.0);
    let (_, top) = json(&["contingency", path(&case), "--top", "2", "--kinds", "gen,branch", "--dc"]);
    let rows: Vec<_> = top["outages"].as_array().unwrap().iter().map(|o| o["kind"].as_str().unwrap()).collect();
    assert_eq!(
        (rows, top["listed"].as_u64(), top["formulation"].as_str()),
        (vec!["gen", "branch"], Some(2), Some("dc"))
    );
    assert!(top["outages"][1]["vm_pu_min"].is_null(), "DC knows no voltages");
    let (code, short) = json(&["contingency", path(&case), "--time-limit", "1e-9"]);
    assert_eq!((code, short["complete"].as_bool(), short["not_done"].as_u64()), (0, Some(false), Some(4)));
}

#[test]
fn contingency_counts_the_people_of_a_scenario() {
    let (code, answer) = json(&["contingency", path(&example()), "--screen", "--threads", "2"]);
    assert_eq!((code, answer["screened"].as_bool()), (0, Some(true)));
    let outages = answer["outages"].as_array().unwrap();
    assert!(outages.iter().any(|o| o["lost_people"].as_f64().unwrap() > 1000.0));
    let looked_at = outages.len() as u64 + answer["screened_out"].as_u64().unwrap();
    assert_eq!(looked_at, answer["listed"].as_u64().unwrap());
}

#[test]
fn deliver_has_its_schema_and_keeps_the_rating() {
    let dir = tempfile::tempdir().unwrap();
    let case = two_buses(dir.path());
    let (code, deliver) = json(&["deliver", path(&case), "--formulation", "dc"]);
    assert_eq!(code, 0);
    assert_eq!(deliver["schema"], "relight.deliver/1");
    assert_eq!((deliver["formulation"].as_str(), deliver["status"].as_str()), (Some("dc"), Some("optimal")));
    has(&deliver, &["bound_mw", "gap", "max_violation_pu", "shunt", "gen", "bus", "branch", "time_s"]);
    has(&deliver["load"][0], &["bus", "p_mw", "q_mvar", "served"]);
    assert_eq!(deliver["demand_mw"], 60.0);
    // By hand: the line carries 50 of 60 MW.
    assert!((deliver["served_mw"].as_f64().unwrap() - 50.0).abs() < 1e-6);
    assert!((deliver["load"][0]["served"].as_f64().unwrap() - 50.0 / 60.0).abs() < 1e-8);
    assert_eq!(deliver["limits"][0]["kind"], "branch_full");
    assert_eq!(deliver["verified"], true);
}

#[test]
fn deliver_is_ac_unless_told_otherwise_and_counts_reactive_power() {
    let dir = tempfile::tempdir().unwrap();
    let case = two_buses(dir.path());
    let (code, deliver) = json(&["deliver", path(&case)]);
    assert_eq!(code, 0);
    assert_eq!((deliver["formulation"].as_str(), deliver["bound_by"].as_str()), (Some("ac"), Some("soc")));
    // The rating of 50 MVA holds at both ends: of 60 MW and 20 Mvar less than 50 / hypot(60, 20) goes through, more than nine
    // tenths of that with the losses and the charging of this short line.
    let share = deliver["load"][0]["served"].as_f64().unwrap();
    let without_losses = 50.0 / 60.0f64.hypot(20.0);
    assert!((0.9 * without_losses..without_losses).contains(&share), "{share}");
    let fullest = deliver["branch"][0]["loading_percent"].as_f64().unwrap();
    assert!((fullest - 100.0).abs() < 1e-3, "{fullest}");
    assert!((0.9..=1.1).contains(&deliver["bus"][1]["vm_pu"].as_f64().unwrap()));
    assert_eq!(deliver["verified"], true);
    assert!(deliver["gap"].as_f64().unwrap() < 1e-3 && deliver["opened_branch_rows"] == serde_json::json!([]));
}

#[test]
fn deliver_tells_what_safety_costs() {
    let dir = tempfile::tempdir().unwrap();
    let case = two_buses(dir.path());
    // By hand: the only line is a bridge, which no shedding makes safe; nor is there a second generator.
    let (code, deliver) = json(&["deliver", path(&case), "--formulation", "dc", "--n-1"]);
    assert_eq!((code, deliver["verified"].as_bool()), (0, Some(true)));
    let safety = &deliver["n_minus_one"];
    has(safety, &["served_without_mw", "extra_shed_mw", "extra_shed_worth_mw", "rounds", "constraints"]);
    assert_eq!(safety["extra_shed_mw"], 0.0);
    let left = safety["unsafe_left"].as_array().unwrap();
    assert_eq!((left[0]["kind"].as_str(), left[0]["harm"].as_str()), (Some("branch"), Some("lost")));
    assert!((left[0]["lost_mw"].as_f64().unwrap() - 50.0).abs() < 1e-6);
    let (code, deliver) = json(&["deliver", path(&case), "--formulation", "dc"]);
    assert!(code == 0 && deliver.get("n_minus_one").is_none());
    for lang in ["en", "uk"] {
        let ran = relight(&["deliver", path(&case), "--formulation", "dc", "--n-1=branch", "--lang", lang]);
        let says = if lang == "en" { "cuts off 50.0 MW" } else { "відрізає 50.0 МВт" };
        assert!(ran.out.contains(says), "{}", ran.out);
    }
    let refused = relight(&["deliver", path(&case), "--formulation", "soc", "--n-1"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("--formulation soc"), "{}", refused.err);
}

/// All files below a folder, by their path relative to it.
fn files(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                open.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(dir).unwrap().to_owned();
                found.push((name, fs::read(entry.path()).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let dir = tempfile::tempdir().unwrap();
    let run = |name: &str, threads: &str| {
        let out = dir.path().join(name);
        let ran = relight(&["demo", "--people", "60000", "--seed", "7", "--threads", threads, "--out", path(&out)]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        files(&out)
    };
    let (one, four) = (run("one", "1"), run("four", "4"));
    assert_eq!(one.len(), four.len());
    for ((name, a), (other, b)) in one.iter().zip(&four) {
        assert_eq!(name, other);
        assert!(a == b, "{} differs", name.display());
    }
    let names: Vec<String> = one.iter().map(|(n, _)| n.display().to_string()).collect();
    for name in ["plan/plan.json", "plan/brief.html", "plan/hours.csv", "plan/districts.csv", "plan/feeders.csv"] {
        assert!(names.iter().any(|n| n == name), "{name} is missing in {names:?}");
    }
}

#[test]
fn a_plan_folder_verifies_and_a_changed_number_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let plan = dir.path().join("plan");
    let ran = relight(&["plan", path(&example()), "--out", path(&plan), "--now", "2026-01-20T07:00:00Z"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let (code, verdict) = json(&["verify", path(&plan)]);
    assert_eq!((code, verdict["passed"].as_bool()), (0, Some(true)));
    assert_eq!(verdict["schema"], "relight.verify/1");

    let file = plan.join("plan.json");
    let mut changed: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let served = changed["delivery"][0]["gen"]["p_mw"][0].as_f64().unwrap();
    changed["delivery"][0]["gen"]["p_mw"][0] = (served + 1.0).into();
    fs::write(&file, changed.to_string()).unwrap();
    let (code, verdict) = json(&["verify", path(&plan)]);
    assert_eq!((code, verdict["passed"].as_bool()), (1, Some(false)));
    let failed = verdict["checks"].as_array().unwrap().iter().filter(|c| c["passed"] == false);
    assert!(failed.map(|c| c["name"].as_str().unwrap()).any(|name| name == "balance"), "{verdict}");
}

#[test]
fn damage_named_on_the_command_line_replaces_the_folders_own() {
    let dir = tempfile::tempdir().unwrap();
    let damage = dir.path().join("other.json");
    fs::write(&damage, r#"{"gens":[1]}"#).unwrap();
    let plan = dir.path().join("plan");
    let (code, other) = json(&["plan", path(&example()), "--out", path(&plan), "--damage", path(&damage)]);
    assert_eq!(code, 0);
    assert_eq!(json(&["verify", path(&plan)]).0, 0);
    let own = json(&["plan", path(&example()), "--out", path(&plan), "--overwrite"]).1;
    let served = |summary: &Value| summary["served_now_mw"].as_f64().unwrap();
    assert!(served(&other) < served(&own), "the lost plant costs power");
}

#[test]
fn a_plan_of_another_scenario_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let plan = dir.path().join("plan");
    assert_eq!(relight(&["plan", path(&example()), "--out", path(&plan)]).code, 0);
    let file = plan.join("plan.json");
    for (change, says) in [
        (r#""step_delivery":[0"#, r#""step_delivery":[9999"#),
        (r#""schema":"relight.plan/1""#, r#""schema":"relight.plan/9""#),
        (r#""served":["#, r#""served":[1.0,"#),
    ] {
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(change), "{change}");
        let other = dir.path().join("other.json");
        fs::write(&other, &text).unwrap();
        fs::write(&file, text.replacen(change, says, 1)).unwrap();
        let ran = relight(&["verify", path(&plan)]);
        assert_eq!(ran.code, 1, "{says}");
        assert!(ran.err.contains("plan.json"), "{}", ran.err);
        fs::copy(&other, &file).unwrap();
    }
    fs::write(&file, "{").unwrap();
    assert!(relight(&["verify", path(&plan)]).err.contains("not a plan file"));
}

#[test]
fn city_and_summary_have_their_schemas() {
    let dir = tempfile::tempdir().unwrap();
    let city = dir.path().join("city");
    let (code, made) = json(&["city", "new", path(&city), "--people", "20000"]);
    assert_eq!((code, made["schema"].as_str(), made["people"].as_u64()), (0, Some("relight.city/1"), Some(20_000)));
    let (code, plan) = json(&["plan", path(&city)]);
    assert_eq!((code, plan["schema"].as_str()), (0, Some("relight.plan-summary/1")));
    assert_eq!(plan["people"], 20_000);
    assert_eq!(plan["verified"], true);
    // Too small and too large are refused with the range.
    for people in ["19999", "40000001"] {
        let ran = relight(&["city", "new", path(&dir.path().join("no")), "--people", people]);
        assert_eq!(ran.code, 1);
        assert!(ran.err.contains("20000"), "{}", ran.err);
    }
}
