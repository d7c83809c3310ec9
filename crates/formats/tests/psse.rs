//! PSS/E RAW 33: against a MATPOWER file of the same case, on a case made by hand, and refusals.

#![allow(clippy::unwrap_used)] // a test stops at what it does not expect

use relight_formats::{matpower, psse};
use relight_model::{BranchKind, BusKind, LoadModel, Network, Severity};
use std::fs;
use std::path::{Path, PathBuf};

fn shared() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("RELIGHT_SHARED").map_or(default, PathBuf::from);
    if !path.is_dir() {
        eprintln!("SKIPPED: no shared folder at {}", path.display());
        return None;
    }
    Some(path)
}

fn read(text: &str) -> (Network, Vec<&'static str>) {
    let (network, findings) = psse::read(text.as_bytes());
    let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
    (network.unwrap_or_else(|| panic!("{shown:#?}")), findings.iter().map(|f| f.code).collect())
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * b.abs().max(1.0)
}

#[test]
fn a_raw_file_says_what_the_matpower_file_of_the_case_says() {
    let Some(shared) = shared() else { return };
    let dir = shared.join("oracles/deliver/pmr");
    let (raw, codes) = read(&fs::read_to_string(dir.join("case5.raw")).unwrap());
    let m = matpower::read(&fs::read(dir.join("case5_restoration.m")).unwrap()).0.unwrap();
    assert!(codes.is_empty(), "{codes:?}");
    assert_eq!((raw.name.as_str(), raw.base_mva), ("tests an angle shifting transformer", 100.0));
    for (a, b) in raw.buses.iter().zip(&m.buses) {
        assert_eq!((a.id, a.kind, a.base_kv, a.vm_pu_max, a.vm_pu_min), (b.id, b.kind, b.base_kv, 1.1, 0.9));
        // The .m file starts bus 4 at 1 p.u.
        assert!((a.vm_pu - b.vm_pu).abs() < 1e-5 || a.id.0 == 4);
        assert!((a.va_deg - b.va_deg).abs() < 1e-5);
    }
    let demand = |n: &Network, id: u32| {
        let at = |l: &&relight_model::Load| n.buses[l.bus.i()].id.0 == id;
        n.loads.iter().filter(at).fold((0.0, 0.0), |s, l| (s.0 + l.p_mw, s.1 + l.q_mvar))
    };
    assert!([1, 2, 3, 4, 10].iter().all(|&id| demand(&raw, id) == demand(&m, id)));
    assert_eq!((raw.loads.len(), raw.generators.len(), m.generators.len()), (4, 5, 5));
    for (a, b) in raw.generators.iter().zip(&m.generators) {
        assert_eq!((a.bus, a.p_mw, a.q_mvar, a.vm_pu, a.mbase_mva), (b.bus, b.p_mw, b.q_mvar, b.vm_pu, b.mbase_mva));
        assert_eq!(
            (a.p_mw_max, a.p_mw_min, a.q_mvar_max, a.q_mvar_min),
            (b.p_mw_max, b.p_mw_min, b.q_mvar_max, b.q_mvar_min)
        );
    }
    assert_eq!(raw.generators.iter().map(|g| g.in_service).collect::<Vec<_>>(), [true, true, false, true, false]);
    let lines: Vec<_> = m.branches.iter().filter(|b| b.kind == BranchKind::Line).collect();
    for (a, b) in raw.branches.iter().zip(&lines) {
        assert_eq!((a.from, a.to, a.r_pu, a.x_pu, a.rate_a_mva), (b.from, b.to, b.r_pu, b.x_pu, b.rate_a_mva));
        assert_eq!((a.b_from_pu, a.b_to_pu, a.tap, a.shift_deg), (b.b_from_pu, b.b_to_pu, 1.0, 0.0));
    }
    // The two files turn the transformers the other way round and place their charging differently.
    assert_eq!(raw.branches.len(), 7);
    let shifter = &raw.branches[5];
    assert_eq!((raw.buses[shifter.from.i()].id.0, raw.buses[shifter.to.i()].id.0), (4, 3));
    assert_eq!((shifter.kind, shifter.tap, shifter.shift_deg, shifter.row), (BranchKind::Transformer, 1.05, -1.0, 6));
    assert_eq!((shifter.r_pu, shifter.x_pu, shifter.b_to_pu), (0.00297, 0.0297, 0.0));
    assert!(close(shifter.b_from_pu / (1.05 * 1.05), 0.00674));
}

/// Three voltages with a three-winding transformer in kilovolts and on its own base, a two-winding one in nominal turns
/// and watts, loads of all three kinds, a line without impedance, a DC line.
const MADE: &str = "0, 100.0, 33, 0, 1, 50.0 / made by hand
A CASE
SECOND TITLE
1,'NORTH, 1',330.0,3,1,1,1,1.02,0.0
2,'MID',110.0,1,2,7,1,1.0,-1.0
3,'LOW',10.0,1,,,,,
 4 'BLANKS' 10.0 2
9,'OUT',10.0,4
0 / END OF BUS DATA
2,'1',1,1,1,50.0,20.0,4.0,1.0,3.0,-2.0,1
0 / END OF LOAD DATA
2,'1',1,0.5,12.0
0
1,'G',80.0,0.0,,,1.02,0,120.0,0,1,0,0,1,1,100,150.0,10.0
4,'H',5.0,1.0,3.0,-2.0,1.0,2,6.0,0,1,0,0,1,1,100,6.0,1.0
0
3,-4,'1',0.0,0.0,0.0,0,0,0
2,-3,'Z',0.1,0.3,0.02,30.0,40.0,50.0,0.001,0.002,0.003,0.004,1
0
1,2,3,'1',2,2,2,150000.0,0.01,2,'BIG',3,1,1.0
0.003,0.12,200.0,0.001,0.06,50.0,0.005,0.2,200.0,0.98,-3.0
340.0,0.0,0.0,200.0,210.0,220.0,0,0,1.1,0.9,1.1,0.9,33,0,0,0,0
115.0,0.0,-30.0,180.0
10.5,0.0,30.0,50.0
2,4,0,'A',3,3,1,0.001,-0.002,2,'',1
90000.0,0.105,25.0
1.02,115.0,5.0,25.0
1.0,10.5
0
1,1
0
'DC',1,2.0,50.0,100.0
1,2
2,2
0
0
0
0
0
0
0
0
0
2,1,0,1,1.05,0.95,0,100,'',-7.5,3,5.0
0
Q
";

#[test]
fn the_case_made_by_hand_is_what_was_calculated_by_hand() {
    let (n, codes) = read(MADE);
    assert_eq!((n.name.as_str(), n.buses.len(), n.buses[0].name.as_str()), ("A CASE", 6, "NORTH, 1"));
    let kinds: Vec<BusKind> = n.buses.iter().map(|b| b.kind).collect();
    assert_eq!(kinds, [BusKind::Slack, BusKind::Pq, BusKind::Pq, BusKind::Pv, BusKind::Isolated, BusKind::Pq]);
    assert_eq!((n.buses[1].area, n.buses[1].zone, n.buses[3].base_kv), (2, 7, 10.0));
    let star = &n.buses[5];
    assert_eq!((star.id.0, star.vm_pu, star.va_deg, star.base_kv), (10, 0.98, -3.0, 330.0));
    let loads: Vec<_> = n.loads.iter().map(|l| (l.p_mw, l.q_mvar, l.model)).collect();
    let expected = [
        (50.0, 20.0, LoadModel::ConstantPower),
        (4.0, 1.0, LoadModel::ConstantCurrent),
        (3.0, 2.0, LoadModel::ConstantImpedance),
    ];
    assert_eq!(loads, expected);
    assert_eq!(n.shunts.iter().map(|s| (s.g_mw, s.b_mvar)).collect::<Vec<_>>(), [(0.5, 12.0), (0.0, -7.5)]);
    assert_eq!((n.generators[0].q_mvar_max, n.generators[0].p_mw_min), (9999.0, 10.0));
    assert_eq!((n.switches.len(), n.switches[0].closed), (1, true));
    let line = &n.branches[0];
    assert_eq!((line.name.as_str(), line.b_from_pu, line.b_to_pu, line.g_to_pu), ("2-3 Z", 0.012, 0.014, 0.003));
    assert_eq!((line.rate_a_mva, line.rate_b_mva, line.rate_c_mva), (Some(30.0), Some(40.0), Some(50.0)));
    // z12 = (0.0015, 0.06), z23 = (0.002, 0.12), z31 = (0.0025, 0.1) on 100 MVA.
    let legs = [(0.001, 0.02, 340.0 / 330.0, 0.0), (0.0005, 0.04, 115.0 / 110.0, -30.0), (0.0015, 0.08, 1.05, 30.0)];
    for (leg, (r, x, tap, shift)) in n.branches[1..4].iter().zip(legs) {
        assert!(close(leg.r_pu, r) && close(leg.x_pu, x) && close(leg.tap, tap), "{leg:?}");
        assert_eq!((leg.to.i(), leg.shift_deg, leg.in_service), (5, shift, shift != 30.0));
    }
    let square = (340.0_f64 / 330.0).powi(2);
    assert!(close(n.branches[1].g_from_pu, 0.0015 * square));
    assert!(close(n.branches[1].b_from_pu, -0.000_397_75_f64.sqrt() * square));
    assert_eq!((n.branches[1].rate_a_mva, n.branches[3].rate_a_mva), (Some(200.0), Some(50.0)));
    // r = 90 kW / 25 MVA, both four times as much on 100 MVA, seen through a second winding at 1.05.
    let two = &n.branches[4];
    let x = 4.0 * (0.105_f64 * 0.105 - 0.0036 * 0.0036).sqrt() * 1.1025;
    assert!(
        close(two.r_pu, 4.0 * 0.0036 * 1.1025) && close(two.x_pu, x) && close(two.tap, 1.02 * 115.0 / 110.0 / 1.05)
    );
    assert!(close(two.g_from_pu, 0.001 * two.tap * two.tap) && close(two.b_from_pu, -0.002 * two.tap * two.tap));
    assert_eq!((two.name.as_str(), two.shift_deg, two.row), ("2-4 A", 5.0, 5));
    // (100 + 2 I) I = 50: I = 0.4950... kA
    let dc = &n.hvdc_lines[0];
    let i_ka = (-100.0 + (10_000.0_f64 + 400.0).sqrt()) / 4.0;
    assert!(close(dc.p_from_mw, 50.0) && close(dc.loss_mw, 2.0 * i_ka * i_ka));
    assert_eq!(codes, ["remote-control", "hvdc-reactive", "isolated-bus"].as_slice()[..2]);
}

#[test]
fn every_fault_has_its_code() {
    let check = |old: &str, new: &str, code: &str, section: &str, row: u32| {
        assert!(MADE.contains(old), "{old}");
        let (network, findings) = psse::read(MADE.replacen(old, new, 1).as_bytes());
        assert!(network.is_none(), "{new}");
        let first = findings.iter().find(|f| f.severity == Severity::Error).unwrap();
        assert_eq!((first.code, first.table.as_str(), first.row), (code, section, row), "{first}");
    };
    check("33,", "34,", "unsupported-revision", "", 1);
    check("2,'MID',110.0,1", "2,'MID',110.0,7", "unknown-kind", "bus", 2);
    check("2,'MID',110.0,1", "2,'MID',NaN,1", "not-finite", "bus", 2);
    check("2,'MID'", "1,'MID'", "duplicate-bus", "bus", 2);
    check("2,'1',1,1,1,50.0", "22,'1',1,1,1,50.0", "unknown-bus", "load", 1);
    check("50.0,20.0", "50.0,twenty", "not-a-number", "load", 1);
    check("0.1,0.3,0.02", "-0.1,0.3,0.02", "negative-resistance", "branch, then transformer", 1);
    check("0.1,0.3,0.02,30.0", "0.1,0.3,0.02,-30.0", "out-of-range", "branch, then transformer", 1);
    let line = "2,-3,'Z',0.1,0.3,0.02,30.0,40.0,50.0,0.001,0.002,0.003,0.004,1";
    check(line, "2,-3,'Z',0.1", "too-few-columns", "branch", 2);
    check("'1',2,2,2,150000.0", "'1',4,2,2,150000.0", "out-of-range", "transformer", 1);
    check("90000.0,0.105", "9e9,0.105", "out-of-range", "transformer", 2);
    check("1,'NORTH, 1',330.0,3", "1,'NORTH, 1',330.0,1", "no-reference", "bus", 0);
    let cut = |marker: &str| {
        let (network, findings) = psse::read(&MADE.as_bytes()[..MADE.find(marker).unwrap()]);
        assert!(network.is_none());
        findings.iter().find(|f| f.severity == Severity::Error).unwrap().code
    };
    assert_eq!(cut("115.0,0.0,-30.0"), "truncated-table");
    assert_eq!(cut("3,-4,'1'"), "truncated-table");
    assert!(psse::read(b"").0.is_none());
    assert!(psse::read(b"0\0").0.is_none());
}
