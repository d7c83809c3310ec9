//! What people read on the terminal, word for word. After a wanted change: `INSTA_UPDATE=always cargo nextest run -p relight-cli`.

// Helper functions of tests may unwrap as tests do.
#![allow(clippy::unwrap_used)]

mod program;

use program::relight;
use std::fs;

/// Two towns on one line that carries 50 of 60 MW.
const CASE: &str = "function mpc = two_towns
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
	10	3	0	0	0	0	1	1	0	110	1	1.1	0.9;
	20	1	60	20	0	0	1	1	0	110	1	1.1	0.9;
];
mpc.gen = [
	10	60	0	90	-90	1.02	100	1	150	0;
];
mpc.branch = [
	10	20	0.01	0.08	0.02	50	0	0	0	0	1	-360	360;
];
";

/// What a verb says about the case in a language, with the exit code.
fn said(verb: &str, case: &str, lang: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("two_towns.m");
    fs::write(&file, case).unwrap();
    let ran = relight(&[verb, file.to_str().unwrap(), "--lang", lang]);
    let folder = format!("{}/", dir.path().display());
    residuals_hidden(&format!("{}{}exit code {}\n", ran.out, ran.err, ran.code).replace(&folder, ""))
}

/// Hides numbers such as 4.5e-9: the last digits of a residual are nobody's promise.
fn residuals_hidden(text: &str) -> String {
    let hide = |word: &str| {
        let digits = word.trim_start_matches('(').trim_end_matches(')');
        if digits.contains("e-") && digits.parse::<f64>().is_ok() {
            word.replace(digits, "[tiny]")
        } else {
            word.to_owned()
        }
    };
    text.split_inclusive([' ', '\n']).map(|w| w.replacen(w.trim_end(), &hide(w.trim_end()), 1)).collect()
}

#[test]
fn flow_in_both_languages() {
    insta::assert_snapshot!("flow-en", said("flow", CASE, "en"));
    insta::assert_snapshot!("flow-uk", said("flow", CASE, "uk"));
}

#[test]
fn contingency_in_both_languages() {
    // A second town on a loop: one line may go, two lines are then overloaded.
    let case = CASE
        .replace("\t20	1	60", "\t30	1	40	10	0	0	1	1	0	110	1	1.1	0.9;\n\t20	1	60")
        .replace("\t10	20	0.01	0.08	0.02	50", "\t20	30	0.01	0.08	0.02	50	0	0	0	0	1	-360	360;\n\t10	30	0.01	0.08	0.02	80	0	0	0	0	1	-360	360;\n\t10	20	0.01	0.08	0.02	70");
    insta::assert_snapshot!("contingency-en", said("contingency", &case, "en"));
    insta::assert_snapshot!("contingency-uk", said("contingency", &case, "uk"));
}

#[test]
fn deliver_in_both_languages() {
    insta::assert_snapshot!("deliver-en", said("deliver", CASE, "en"));
    insta::assert_snapshot!("deliver-uk", said("deliver", CASE, "uk"));
}

#[test]
fn a_refusal_in_both_languages() {
    let bad = CASE.replace("10	20	0.01	0.08", "10	30	0.01	0.08");
    insta::assert_snapshot!("refusal-en", said("flow", &bad, "en"));
    insta::assert_snapshot!("refusal-uk", said("flow", &bad, "uk"));
}

#[test]
fn help() {
    insta::assert_snapshot!("help", relight(&["--help"]).out);
}
