//! Bad input through the program: its own message with a hint, exit code 1, nothing written.

// Helper functions of tests may unwrap as tests do.
#![allow(clippy::unwrap_used)]

mod program;

use program::{Ran, relight};
use std::fs;
use std::path::Path;

/// Three buses in a ring: one generator, two loads.
const CASE: &str = "function mpc = ring3
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
	1	3	0	0	0	0	1	1	0	110	1	1.1	0.9;
	2	1	60	20	0	0	1	1	0	110	1	1.1	0.9;
	3	1	40	10	0	5	1	1	0	110	1	1.1	0.9;
];
mpc.gen = [
	1	100	0	90	-90	1.02	100	1	150	0;
];
mpc.branch = [
	1	2	0.01	0.08	0.02	80	0	0	0	0	1	-360	360;
	2	3	0.01	0.09	0.02	80	0	0	0	0	1	-360	360;
	1	3	0.01	0.07	0.02	80	0	0	0	0	1	-360	360;
];
";

/// Runs the verbs that read a case on it and asserts that all refuse with this text and write nothing.
#[track_caller]
fn refused(case: impl AsRef<[u8]>, says: &str) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("case.m");
    fs::write(&file, case).unwrap();
    for verb in ["flow", "contingency", "deliver"] {
        let answer = dir.path().join("answer.json");
        let ran = relight(&[verb, path(&file), "--json", path(&answer)]);
        assert_refused(&ran, says);
        assert!(!answer.exists(), "{verb} wrote an answer");
    }
}

#[track_caller]
fn assert_refused(ran: &Ran, says: &str) {
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("error: "), "{}", ran.err);
    assert!(ran.err.contains(says), "expected {says:?} in:\n{}", ran.err);
    assert!(ran.err.contains("hint: ") || ran.err.contains("allowed: "), "no way out is named:\n{}", ran.err);
    assert!(ran.out.is_empty(), "{}", ran.out);
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The case with one piece of text replaced; the piece must be there.
#[track_caller]
fn with(from: &str, to: &str) -> String {
    assert!(CASE.contains(from), "{from:?} is not in the case");
    CASE.replacen(from, to, 1)
}

#[test]
fn the_case_itself_is_good() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("case.m");
    fs::write(&file, CASE).unwrap();
    let ran = relight(&["flow", path(&file)]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[test]
fn files_that_are_no_case() {
    assert_refused(&relight(&["flow", "no-such-file.m"]), "no such file");
    refused("", "empty");
    refused([0x7f, b'E', b'L', b'F', 0, 1, 2, 0xff, 0xfe], "text");
    refused("hello", "mpc");
}

#[test]
fn a_file_of_one_gigabyte_is_refused_before_it_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("huge.m");
    // A hole: no disk is used, and reading it would take seconds.
    fs::File::create(&file).unwrap().set_len(1 << 30).unwrap();
    assert_refused(&relight(&["flow", path(&file)]), "larger than any known case");
}

#[test]
fn tables_that_end_too_early_or_lack_columns() {
    let cut = CASE.find("1	3	0.01").unwrap();
    refused(&CASE[..cut], "branch");
    refused(with("	2	1	60	20	0	0	1	1	0	110	1	1.1	0.9;", "	2	1	60;"), "bus row 2");
}

#[test]
fn numbers_that_are_none() {
    refused(with("60	20", "NaN	20"), "bus row 2");
    refused(with("60	20", "Inf	20"), "bus row 2");
    refused(with("60	20", "1e308	20"), "bus row 2");
    refused(with("60	20", "sixty	20"), "bus");
    refused(with("0.01	0.08", "-0.01	0.08"), "branch row 1");
    refused(with("0.02	80", "0.02	-80"), "branch row 1");
    refused(with("0.01	0.08", "0	0"), "neither resistance nor reactance");
    refused(with("baseMVA = 100", "baseMVA = 0"), "base");
}

#[test]
fn buses_that_do_not_fit() {
    refused(with("	2	3	0.01", "	2	7	0.01"), "branch row 2");
    refused(with("	3	1	40", "	2	1	5	0	0	0	1	1	0	110	1	1.1	0.9;\n	3	1	40"), "stands in row 2 already");
    refused(with("	1	3	0	0", "	1	2	0	0"), "no bus is the angle reference");
    refused(with("	2	1	60", "	2	3	60"), "reference of this part already");
    let isolated = CASE.replace("	1	3	0	0", "	1	4	0	0").replace("	2	1	60", "	2	4	60").replace("	3	1	40", "	3	4	40");
    refused(isolated, "every bus is isolated");
    refused(with("1.02	100	1	150", "1.02	100	0	150"), "no generator is in service");
}

#[test]
fn unknown_conversion_code_is_refused_not_guessed() {
    refused(format!("{CASE}mpc.bus(:, PD) = mpc.bus(:, PD) * magic(3);\n"), "case.m");
}

#[test]
fn damage_lists_that_do_not_fit() {
    let dir = tempfile::tempdir().unwrap();
    let case = dir.path().join("case.m");
    fs::write(&case, CASE).unwrap();
    let list = dir.path().join("damage.json");
    for (text, says) in [
        (r#"{"branches":[4]}"#, "row 4 is not in the table"),
        (r#"{"branches":[0]}"#, "row"),
        (r#"{"branches":[1,1]}"#, "named twice"),
        (r#"{"buses":[9]}"#, "bus 9 is not in the network"),
        (r#"{"lines":[1]}"#, "no such key"),
        (r#"{"branches":[1.5]}"#, "branches"),
        ("branches: 1", "JSON"),
    ] {
        fs::write(&list, text).unwrap();
        for verb in ["flow", "contingency", "deliver"] {
            assert_refused(&relight(&[verb, path(&case), "--damage", path(&list)]), says);
        }
    }
}

#[test]
fn a_time_limit_that_is_none() {
    for limit in ["0", "-1", "NaN", "inf"] {
        let ran = relight(&["contingency", "x.m", &format!("--time-limit={limit}")]);
        assert_refused(&ran, "time limit is out of range");
    }
}

#[test]
fn weights_that_do_not_fit() {
    let dir = tempfile::tempdir().unwrap();
    let case = dir.path().join("case.m");
    fs::write(&case, CASE).unwrap();
    let table = dir.path().join("weights.csv");
    for (text, says) in [
        ("bus,weight\n9,1\n", "no such bus"),
        ("bus,weight\n2,-1\n", "negative"),
        ("bus;weight\n2;1\n", "commas"),
        ("bus,weight\n2,1\n2,3\n", "named twice"),
        ("bus,weight\n2,NaN\n", "NaN"),
        ("bus,weight\n2,1e13\n", "1e13"),
        ("bus,weight\n2\n", "weight"),
        ("", "empty"),
    ] {
        fs::write(&table, text).unwrap();
        for formulation in ["ac", "dc", "soc"] {
            let args = ["deliver", path(&case), "--weights", path(&table), "--formulation", formulation];
            assert_refused(&relight(&args), says);
        }
    }
}

#[test]
fn physics_that_is_not_there_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let case = dir.path().join("case.m");
    fs::write(&case, CASE).unwrap();
    // DC knows no losses, so that it knows no least cost of them; the cone relaxation is no answer.
    let ran = relight(&["deliver", path(&case), "--formulation", "dc", "--objective", "cost"]);
    assert_refused(&ran, "least cost needs the AC formulation");
    let scenario = ring_scenario(dir.path());
    assert_refused(&relight(&["plan", path(&scenario), "--formulation", "soc"]), "a bound, not a plan");
    assert!(!scenario.join("plan").exists());
}

#[test]
fn a_cost_that_is_no_polynomial() {
    let dir = tempfile::tempdir().unwrap();
    let case = dir.path().join("case.m");
    fs::write(&case, format!("{CASE}mpc.gencost = [\n\t1\t0\t0\t3\t0\t0\t50\t500\t150\t2500;\n];\n")).unwrap();
    assert_eq!(relight(&["deliver", path(&case)]).code, 0, "nothing costs where load is what counts");
    assert_refused(&relight(&["deliver", path(&case), "--objective", "cost"]), "piecewise linear");
}

#[test]
fn a_time_limit_that_is_over_at_once_still_gives_a_verified_answer() {
    let dir = tempfile::tempdir().unwrap();
    let case = dir.path().join("case.m");
    fs::write(&case, CASE).unwrap();
    let ran = relight(&["deliver", path(&case), "--time-limit", "1e-9", "--json", "-"]);
    let answer: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(answer["verified"], true, "{}", ran.err);
}

#[test]
fn wrong_usage_is_exit_code_two() {
    assert_eq!(relight(&["flow"]).code, 2);
    assert_eq!(relight(&["flow", "x.m", "--start", "nowhere"]).code, 2);
    for wrong in [["--kinds", "pylons"], ["--top", "0"], ["--top", "many"], ["--time-limit", "soon"]] {
        assert_eq!(relight(&[&["contingency", "x.m"], &wrong[..]].concat()).code, 2, "{wrong:?}");
    }
    assert_eq!(relight(&["contingency", "x.m", "--dc", "--screen"]).code, 2);
    for wrong in [
        ["--time-limit", "0"],
        ["--time-limit", "-1"],
        ["--time-limit", "NaN"],
        ["--time-limit", "inf"],
        ["--objective", "profit"],
        ["--formulation", "quantum"],
    ] {
        assert_eq!(relight(&[&["deliver", "x.m"], &wrong[..]].concat()).code, 2, "{wrong:?}");
    }
    assert_eq!(relight(&["nothing"]).code, 2);
}

/// A scenario folder of the ring, with one file changed, must be refused with this text; no plan may appear.
#[track_caller]
fn scenario_refused(file: &str, change: impl Fn(&str) -> String, says: &str) {
    let dir = tempfile::tempdir().unwrap();
    let scenario = ring_scenario(dir.path());
    let target = scenario.join(file);
    let text = fs::read_to_string(&target).unwrap_or_default();
    let changed = change(&text);
    assert_ne!(text, changed, "the change does nothing:\n{text}");
    fs::write(&target, changed).unwrap();
    assert_refused(&relight(&["plan", path(&scenario)]), says);
    assert!(!scenario.join("plan").exists());
}

fn ring_scenario(dir: &Path) -> std::path::PathBuf {
    let case = dir.join("ring3.m");
    fs::write(&case, CASE).unwrap();
    let scenario = dir.join("ring");
    let ran = relight(&["init", path(&scenario), "--network", path(&case)]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    scenario
}

#[test]
fn scenario_folders_that_do_not_fit() {
    scenario_refused("feeders.csv", |t| t.replace(',', ";"), "commas");
    scenario_refused("feeders.csv", |t| t.replace("class", "klass"), "class");
    scenario_refused("feeders.csv", |t| t.replace("homes", "castles"), "feeders row 1: class = castles");
    scenario_refused("scenario.toml", |t| format!("colour = \"red\"\n{t}"), "colour");
    scenario_refused("scenario.toml", |t| t.replace("relight.scenario/1", "relight.scenario/9"), "schema");
    scenario_refused("damage.json", |_| r#"{"branches":[99]}"#.to_owned(), "99");
    // The second column of people: one person fewer than none.
    scenario_refused("feeders.csv", negative_people, "people = -");
    scenario_refused("feeders.csv", |t| t.replace("F2,,2,", "F2,,77,"), "bus = 77");
}

/// Puts a minus sign before the people of every feeder, wherever that column stands.
fn negative_people(text: &str) -> String {
    let mut column = None;
    let mut out = String::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split(',').collect();
        match column {
            None if cells.contains(&"people") => column = cells.iter().position(|c| *c == "people"),
            Some(k) if !line.starts_with('#') => {
                let mut cells: Vec<String> = cells.iter().map(|c| (*c).to_owned()).collect();
                cells[k] = format!("-{}", cells[k]);
                out.push_str(&cells.join(","));
                out.push('\n');
                continue;
            }
            _ => {}
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[test]
fn a_folder_that_cannot_be_written_is_found_before_the_work() {
    let dir = tempfile::tempdir().unwrap();
    let scenario = ring_scenario(dir.path());
    // A file where a folder is needed: refuses even a user who may write anywhere.
    let blocked = dir.path().join("blocked");
    fs::write(&blocked, "a file").unwrap();
    assert_refused(&relight(&["plan", path(&scenario), "--out", path(&blocked.join("plan"))]), "cannot be written");
    assert_refused(&relight(&["city", "new", path(&blocked.join("city")), "--people", "20000"]), "cannot be written");
    // What is there stays there.
    let occupied = dir.path().join("occupied");
    fs::create_dir(&occupied).unwrap();
    fs::write(occupied.join("letter.txt"), "dear").unwrap();
    assert_refused(&relight(&["plan", path(&scenario), "--out", path(&occupied)]), "not empty");
    assert_refused(&relight(&["plan", path(&scenario), "--out", path(&occupied), "--overwrite"]), "plan folders only");
    assert_eq!(fs::read_to_string(occupied.join("letter.txt")).unwrap(), "dear");
}

#[test]
fn messages_are_ukrainian_where_asked() {
    let ran = relight(&["flow", "no-such-file.m", "--lang", "uk"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("помилка: no-such-file.m: такого файлу немає; підказка:"), "{}", ran.err);
}
