//! Whole feeders and priorities through the program.

// Helper functions of tests may unwrap as tests do.
#![allow(clippy::unwrap_used)]

mod program;

use program::{Ran, relight};
use serde_json::Value;
use std::fs;

/// One generator of 70 MW, two loads of 60 and 40 MW.
const CASE: &str = "function mpc = ring3
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
	1	3	0	0	0	0	1	1	0	110	1	1.1	0.9;
	2	1	60	20	0	0	1	1	0	110	1	1.1	0.9;
	3	1	40	10	0	5	1	1	0	110	1	1.1	0.9;
];
mpc.gen = [
	1	70	0	90	-90	1.02	100	1	70	0;
];
mpc.branch = [
	1	2	0.01	0.08	0.02	80	0	0	0	0	1	-360	360;
	2	3	0.01	0.09	0.02	80	0	0	0	0	1	-360	360;
	1	3	0.01	0.07	0.02	80	0	0	0	0	1	-360	360;
];
";

fn deliver(ranks: &str, options: &[&str]) -> Ran {
    let dir = tempfile::tempdir().unwrap();
    let (case, file) = (dir.path().join("case.m"), dir.path().join("ranks.csv"));
    fs::write(&case, CASE).unwrap();
    fs::write(&file, ranks).unwrap();
    let mut args = vec!["deliver", case.to_str().unwrap(), "--json"];
    if !ranks.is_empty() {
        args.extend(["--priority", file.to_str().unwrap()]);
    }
    args.extend(options);
    relight(&args)
}

fn json(ran: &Ran) -> Value {
    assert_eq!(ran.code, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn whole_feeders_come_with_their_loss() {
    for formulation in ["dc", "ac"] {
        let answer = json(&deliver("", &["--discrete", "--formulation", formulation]));
        let shares: Vec<f64> =
            answer["load"].as_array().unwrap().iter().map(|l| l["served"].as_f64().unwrap()).collect();
        assert_eq!(shares, [1.0, 0.0]);
        assert_eq!(answer["verified"], true);
        let loss_mw = answer["discrete"]["loss_mw"].as_f64().unwrap();
        assert!((8.0..10.1).contains(&loss_mw), "{loss_mw}");
    }
}

#[test]
fn ranks_and_equal_shares_come_with_their_price() {
    for formulation in ["dc", "ac"] {
        let answer = json(&deliver("bus,rank\n3,0\n", &["--formulation", formulation]));
        assert_eq!(answer["verified"], true);
        let classes = answer["priorities"]["classes"].as_array().unwrap();
        assert!((classes[0]["served_mw"].as_f64().unwrap() - 40.0).abs() < 1e-3);
        assert!(answer["priorities"]["price_mw"].is_f64());
        let answer = json(&deliver("", &["--equal-share", "--formulation", formulation]));
        let least = answer["priorities"]["classes"][0]["least_share"].as_f64().unwrap();
        assert!((0.67..0.7001).contains(&least), "{least}");
    }
}

#[test]
fn faults_of_ranks_name_their_place() {
    let ran = deliver("bus,rank\n9,0\n2,-1\n", &[]);
    assert_eq!(ran.code, 1);
    for says in ["ranks.csv", "no such bus", "rank = -1", "hint: "] {
        assert!(ran.err.contains(says), "expected {says:?} in:\n{}", ran.err);
    }
    assert!(deliver("bus,rank\n9,0\n", &["--lang", "uk"]).err.contains("такого вузла в мережі немає"));
}

#[test]
fn a_plan_against_single_outages_tells_their_price() {
    let dir = tempfile::tempdir().unwrap();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/two_islands");
    let plan = |out: &str, options: &[&str]| {
        let out = dir.path().join(out);
        let mut args = vec!["plan", example, "--out", out.to_str().unwrap(), "--json"];
        args.extend(options);
        let answer = json(&relight(&args));
        let checked = relight(&["verify", out.to_str().unwrap()]);
        assert_eq!(checked.code, 0, "{}", checked.err);
        answer
    };
    let plain = plan("plain", &[]);
    assert!(plain["n_minus_one"].is_null());
    let safe = plan("safe", &["--n-1"]);
    let told = &safe["n_minus_one"];
    let cost = told["extra_shed_now_mw"].as_f64().unwrap();
    let difference = plain["served_now_mw"].as_f64().unwrap() - safe["served_now_mw"].as_f64().unwrap();
    assert!(cost >= -1e-3 && (cost - difference).abs() < 1e-2, "{cost} and {difference}");
    assert!(told["breaking_before_now"].as_u64() >= told["unsafe_left_now"].as_u64());
    let whole =
        relight(&["plan", example, "--whole-feeders", "--n-1", "--out", dir.path().join("x").to_str().unwrap()]);
    assert_eq!(whole.code, 1);
    assert!(whole.err.contains("whole feeders") && whole.err.contains("single outages"), "{}", whole.err);
}
