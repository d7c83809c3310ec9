use super::*;
use relight_model::{BranchKind, BusIdx, BusKind, CostCurve, Severity};

/// A good case of two buses, for tests that spoil it.
const CASE: &str = "function mpc = two
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
\t1\t3\t0\t0\t0\t0\t1\t1\t0\t110\t1\t1.1\t0.9;
\t2\t1\t50\t10\t0\t19\t1\t1\t0\t110\t1\t1.1\t0.9;
];
mpc.gen = [
\t1\t50\t0\t30\t-30\t1.02\t100\t1\t80\t0;
];
mpc.branch = [
\t1\t2\t0.01\t0.1\t0.02\t100\t0\t0\t0\t0\t1\t-360\t360;
\t1\t2\t0.01\t0.1\t0.02\t100\t0\t0\t1.05\t0\t0\t-30\t30;
];
";

fn good(text: &str) -> Network {
    let (network, findings) = read(text.as_bytes());
    let messages: Vec<_> = findings.iter().map(ToString::to_string).collect();
    network.unwrap_or_else(|| panic!("{messages:#?}"))
}

/// Reads and asserts the codes of the errors.
#[track_caller]
fn bad(text: &str, codes: &[&str]) {
    let (network, findings) = read(text.as_bytes());
    let errors: Vec<_> = findings.iter().filter(|f| f.severity == Severity::Error).collect();
    let found: Vec<_> = errors.iter().map(|f| f.code).collect();
    let messages: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(found, codes, "{messages:#?}");
    assert!(network.is_none());
}

fn spoiled(from: &str, to: &str) -> String {
    assert!(CASE.contains(from), "{from}");
    CASE.replacen(from, to, 1)
}

#[test]
fn a_case_is_mapped_as_documented() {
    let net = good(CASE);
    assert_eq!((net.name.as_str(), net.base_mva), ("two", 100.0));
    assert_eq!((net.buses[0].kind, net.buses[1].kind), (BusKind::Slack, BusKind::Pq));
    assert_eq!(net.loads.len(), 1);
    assert_eq!((net.loads[0].bus, net.loads[0].p_mw, net.loads[0].row), (BusIdx(1), 50.0, 2));
    assert_eq!((net.shunts[0].b_mvar, net.shunts[0].g_mw), (19.0, 0.0));
    let (line, transformer) = (&net.branches[0], &net.branches[1]);
    assert_eq!((line.kind, line.tap, line.b_from_pu, line.b_to_pu), (BranchKind::Line, 1.0, 0.01, 0.01));
    assert_eq!((line.rate_a_mva, line.rate_b_mva), (Some(100.0), None));
    assert_eq!((line.angle_deg_min, line.angle_deg_max), (f64::NEG_INFINITY, f64::INFINITY));
    assert_eq!((transformer.kind, transformer.tap, transformer.in_service), (BranchKind::Transformer, 1.05, false));
    assert_eq!((transformer.angle_deg_min, transformer.angle_deg_max), (-30.0, 30.0));
    assert_eq!((net.generators[0].q_mvar_max, net.generators[0].q_mvar_min), (30.0, -30.0));
}

#[test]
fn cells_follow_the_rules_of_the_language() {
    let same = |from: &str, to: &str| assert_eq!(good(&spoiled(from, to)), good(CASE), "{to}");
    same("100;\nmpc.bus", "200 / 2;\nmpc.bus");
    same("\t110\t", "\t11e1\t");
    same("\t110\t", "\t220/2\t");
    same("\t110\t", "\t220 / 2\t");
    same("\t110\t", "\t 110*sqrt(4)/2\t");
    same("\t110\t", "\t(2 -1)*110\t");
    same("\t50\t10\t", "\t1e3*2/40 + 0, -2 ^ 2 + 14 ");
    same("\t-360\t360;\n\t1", "\t-Inf\tInf;\n\t1");
    same("\t1.05\t0\t0", "\t1.05, ... the rest\n 0\t0");
    same("0.9;\n\t2", "0.9 % comment ; [ ]\n\t2");
    same("0.9;\n\t2", "0.9; 2");
    same("mpc.bus", "% a comment\n%{\nmpc.bus = 1\n%}\nmpc.bus");
    same("mpc.gen", "mpc.bus_tags = {'a;]', \"b%\" ; [1 2]};\nmpc.gen");
    same("mpc.gen = [", "mpc.gen=[%");
    same("function mpc = two\n", "% head\nfunction  mpc=two() ;\n");
    same("mpc.baseMVA = 100;", "baseMVA = 100\nmpc.baseMVA = baseMVA, x = 3");
    // A sign after a blank and before a digit begins a new cell.
    let net = good(&spoiled("\t50\t10\t", "\t50 -10\t"));
    assert_eq!((net.loads[0].p_mw, net.loads[0].q_mvar), (50.0, -10.0));
    assert_eq!(good(&CASE.replace('\n', "\r\n")), good(CASE));
    assert_eq!(good(&format!("\u{feff}{CASE}")), good(CASE));
    assert_eq!(good(&CASE.replace("mpc", "s")), good(CASE));
}

#[test]
fn conversions_are_executed() {
    let trailer = "[PQ, PV, REF, NONE, BUS_I, BUS_TYPE, PD, QD, GS, BS, BUS_AREA, VM, ...
    VA, BASE_KV] = idx_bus;
[F_BUS, T_BUS, BR_R BR_X, ~] = idx_brch;
Vbase = mpc.bus(1, BASE_KV) * 1e3;      %% in Volts
Sbase = mpc.baseMVA * 1e6;              %% in VA
mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) / (Vbase^2 / Sbase);
mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3;
pf = 0.8;
mpc.bus(:, QD) = mpc.bus(:, PD) * sin(acos(pf));
mpc.bus(:, PD) = mpc.bus(:, PD) .* pf;
mpc.branch(1, 6) = 7;
mpc.branch(:, 7:8) = mpc.branch(:, 6:7) .* mpc.branch(:, 6:7) + 1;
mpc.gen(:, 9) = -2^2 + 84 - 2^-1 - 0.5;
";
    let net = good(&format!("{CASE}{trailer}"));
    assert_eq!(net.branches[0].r_pu, 0.01 / ((110.0 * 1e3f64).powf(2.0) / (100.0 * 1e6)));
    assert_eq!(net.loads[0].p_mw, 50.0 / 1e3 * 0.8);
    assert_eq!(net.loads[0].q_mvar, 50.0 / 1e3 * 0.8f64.acos().sin());
    let rates = |i: usize| (net.branches[i].rate_a_mva, net.branches[i].rate_b_mva, net.branches[i].rate_c_mva);
    assert_eq!(rates(0), (Some(7.0), Some(50.0), Some(1.0)));
    assert_eq!(rates(1), (Some(100.0), Some(10001.0), Some(1.0)));
    assert_eq!(net.generators[0].p_mw_max, 79.0);
    assert_eq!(good(&format!("{CASE}define_constants;\nmpc.bus(:, PD) = mpc.bus(:, PD) * 2;")).loads[0].p_mw, 100.0);
}

#[test]
fn what_is_not_understood_is_refused_by_its_line() {
    for statement in [
        "mpc = scale_load(1e-3, mpc);",
        "mpc.bus = mpc.bus / 1e3;",
        "mpc.bus(:, 3) = mpc.bus(:, 3)' / 1e3;",
        "mpc.bus(:, PD) = mpc.bus(:, PD) / 1e3;",
        "mpc.bus(:, 99) = 1;",
        "mpc.bus(:, 3) = mpc.bus(:, [3 4]);",
        "mpc.bus(:, 3) = mpc.bus(:, 3) * mpc.bus(:, 4);",
        "mpc.bus(3, 3) = 1;",
        "mpc.bus(idx, 3) = 1;",
        "mpc.bus(:, 3) = 1 garbage",
        "mpc.gencost(:, 1) = 1;",
        "[a, b] = size(mpc.bus);",
        "if 1, mpc.baseMVA = 10; end",
        "for i = 1:2",
        "m = mpc;",
        "mpc.baseMVA *= 2;",
        "mpc.baseMVA == 2;",
        "disp('hello')",
        "mpc.bus = [1 2 3];",
        "mpc.bus_name{1} = 'a';",
        "x = 1 + ;",
        ")",
        "' ",
    ] {
        let (_, findings) = read(format!("{CASE}{statement}\n").as_bytes());
        let first = findings.iter().next().unwrap_or_else(|| panic!("{statement} was accepted"));
        assert_eq!((first.code, first.row), ("unknown-conversion", 15), "{statement}: {first}");
        assert!(findings.has_errors());
    }
    bad(&spoiled("function mpc", "function [baseMVA, bus]"), &["unknown-conversion"]);
}

#[test]
fn every_fault_of_a_file_has_a_name() {
    bad("", &["missing-version", "missing-base", "missing-table", "missing-table", "missing-table"]);
    bad(&spoiled("'2'", "'1'"), &["unsupported-version"]);
    bad(&spoiled("mpc.version = '2';", ""), &["missing-version"]);
    bad(&spoiled("mpc.baseMVA = 100;", ""), &["missing-base"]);
    bad(&spoiled("mpc.gen ", "mpc.generators "), &["missing-table"]);
    bad(&spoiled("\t1.1\t0.9;\n];", "\t1.1\t0.9;\n"), &["truncated-table"]);
    bad(CASE.split_at(CASE.len() - 20).0, &["truncated-table"]);
    bad(&spoiled("\t1.1\t0.9;\n\t2", "\t1.1;\n\t2"), &["too-few-columns"]);
    bad(&spoiled("\t80\t0;", "\t80;"), &["too-few-columns"]);
    bad(&spoiled("\t-360\t360;\n\t1", "\t-360\t360\t0;\n\t1"), &["unequal-rows"]);
    bad(&spoiled("\t50\t10\t", "\t5o\t10\t"), &["bad-number"]);
    bad(&spoiled("\t50\t10\t", "\t5.0.1\t10\t"), &["bad-number"]);
    bad(&spoiled("\t50\t10\t", "\t'50'\t10\t"), &["bad-number"]);
    bad(&spoiled("\t50\t10\t", "\t50,,10\t"), &["bad-number", "unequal-rows"]);
    bad(&spoiled("\t50\t10\t", "\tPd\t10\t"), &["bad-number"]);
    bad(&spoiled("\t50\t10\t", "\tNaN\t10\t"), &["not-finite"]);
    bad(&spoiled("\t50\t10\t", "\tInf\t10\t"), &["not-finite"]);
    bad(&spoiled("\t50\t10\t", "\t1e308\t10\t"), &["out-of-range"]);
    bad(&spoiled("\t50\t10\t", "\t1/0\t10\t"), &["not-finite"]);
    bad(&spoiled("\t2\t1\t50", "\t2.5\t1\t50"), &["not-an-integer", "unknown-bus", "unknown-bus"]);
    bad(&spoiled("\t2\t1\t50", "\t1\t1\t50"), &["unknown-bus", "unknown-bus"]);
    bad(&spoiled("];\nmpc.gen", "\t2\t1\t0\t0\t0\t0\t1\t1\t0\t110\t1\t1.1\t0.9;\n];\nmpc.gen"), &["duplicate-bus"]);
    bad(&spoiled("\t2\t1\t50", "\t2\t7\t50"), &["unknown-bus-type"]);
    bad(&spoiled("\t1\t3\t0", "\t1\t2\t0"), &["no-reference"]);
    bad(&spoiled("\t2\t1\t50", "\t2\t3\t50"), &["several-references"]);
    bad(&spoiled("\t1\t50\t0\t30", "\t7\t50\t0\t30"), &["unknown-bus"]);
    bad(&spoiled("\t1\t2\t0.01", "\t1\t3\t0.01"), &["unknown-bus"]);
    bad(&spoiled("\t1\t2\t0.01\t0.1", "\t1\t2\t0\t0"), &["zero-impedance"]);
    bad(&spoiled("\t1\t2\t0.01\t0.1", "\t1\t2\t-0.01\t0.1"), &["negative-resistance"]);
    bad(&spoiled("\t0.02\t100", "\t0.02\t-100"), &["out-of-range"]);
    bad(&spoiled("1.02\t100\t1\t80", "1.02\t100\tNaN\t80"), &["not-finite"]);
    bad(&format!("{CASE}mpc.gencost = [2 0 0 3 1 2 3; 2 0 0 3 1 2 3; 2 0 0 3 1 2 3];"), &["unequal-lengths"]);
    bad(&format!("{CASE}mpc.gencost = [2 0 0 4 1 2 3];"), &["too-few-columns"]);
    bad(&format!("{CASE}mpc.gencost = [3 0 0 3 1 2 3];"), &["unknown-cost-model"]);
    bad(&format!("{CASE}mpc.genfuel = {{'coal'; 'gas'}};"), &["unequal-lengths"]);
    bad(&format!("{CASE}mpc.bus_name = {{'a'; 'b;\n}};"), &["bad-string", "unequal-lengths"]);
    bad(&format!("{CASE}mpc.bus_name = {{'a'; 'b'"), &["truncated-table"]);
    bad("PK\u{3}\u{4}\0\0", &["not-text"]);
}

#[test]
fn a_message_names_table_row_field_and_value() {
    let (_, findings) = read(spoiled("\t1\t50\t0\t30", "\t7\t50\t0\t30").as_bytes());
    assert_eq!(
        findings.iter().next().map(ToString::to_string).as_deref(),
        Some(
            "gen row 1: bus = 7: bus 7 is not in the bus table (allowed: an id of the bus table); \
             hint: add the bus or correct the id"
        )
    );
}

#[test]
fn costs_names_and_unknown_tables() {
    let text = format!(
        "{CASE}mpc.gencost = [1 5 6 2 0 0 80 900];\nmpc.bus_name = {{'it''s'; \"b\"}}\nmpc.genfuel = {{'coal'}};
mpc.bus_damage = [ 0 1; 1 2 ];\nmpc.time_elapsed = 1.0\n"
    );
    let (net, findings) = read(text.as_bytes());
    let net = net.unwrap();
    assert_eq!((net.buses[0].name.as_str(), net.buses[1].name.as_str()), ("it's", "b"));
    assert_eq!(net.generators[0].fuel, "coal");
    let cost = net.generators[0].cost.clone().unwrap();
    assert_eq!((cost.startup, cost.shutdown), (5.0, 6.0));
    assert_eq!(cost.curve, CostCurve::Piecewise(vec![(0.0, 0.0), (80.0, 900.0)]));
    let notes: Vec<_> = findings.iter().map(|f| (f.code, f.table.as_str())).collect();
    assert_eq!(notes, [("not-used", "bus_damage"), ("not-used", "time_elapsed")]);
}

#[test]
fn hostile_text_is_refused_at_once() {
    let deep = "(".repeat(1_000_000);
    for hostile in [
        format!("x = {deep}"),
        spoiled("\t50\t10\t", &format!("\t{deep}\t10\t")),
        spoiled("\t50\t10\t", &"\t1".repeat(1_000_000)),
        spoiled("\t50\t10\t", &format!("\t{}1\t10\t", "-".repeat(1_000_000)).replace("--1", "x")),
        spoiled("\t50\t10\t", &format!("\t{}\t10\t", "9".repeat(1_000_000))),
        spoiled("mpc.gen =", &format!("mpc.{} =", "x".repeat(1_000_000))),
        "[".repeat(1_000_000),
        "%{\n".repeat(300_000),
        "'".repeat(1_000_000),
        "mpc.bus = [".repeat(100_000),
        "mpc.x = {".repeat(100_000),
        "mpc.bus = [1 ...\n".repeat(100_000),
        format!("mpc.bus = [{}", "\n x".repeat(300_000)),
        format!("{CASE}mpc.gencost = [2 0 0 1e9 1];"),
        "mpc.x=1;\n".repeat(300_000),
        "mpc.bus_name={x};\n".repeat(100_000),
        "x=1;\n".repeat(300_000),
        "x=?;\n".repeat(300_000),
        spoiled("];\nmpc.branch", &format!("{}];\nmpc.branch", "9 50 0 30 -30 1 100 1 80 0\n".repeat(200_000))),
    ] {
        let start = std::time::Instant::now();
        let (network, findings) = read(hostile.as_bytes());
        assert!(network.is_none() && findings.has_errors(), "{}", &hostile[..200.min(hostile.len())]);
        // Linear work takes milliseconds even unoptimised; quadratic work would take hours.
        assert!(start.elapsed().as_secs() < 20, "{}", &hostile[..200.min(hostile.len())]);
    }
}
