//! The MATPOWER reader and writer against the public cases, and as inverses of each other.

// Helpers of tests are tests too, which clippy does not see.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use relight_formats::{matpower, read_network};
use relight_model::{
    Branch, BranchKind, Bus, BusId, BusIdx, BusKind, Cost, CostCurve, Generator, HvdcLine, Load, LoadModel, Network,
    Shunt, Storage,
};
use std::path::{Path, PathBuf};

/// The shared folder of test data, or `None` with a loud word.
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

fn case_files(folders: &[&str]) -> Vec<PathBuf> {
    let Some(shared) = shared() else { return Vec::new() };
    let mut files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(shared.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "m"))
        .collect();
    files.sort();
    assert!(files.len() >= 15, "{} case files found", files.len());
    files
}

#[test]
fn every_public_case_reads_and_is_the_same_after_writing() {
    for path in case_files(&["cases", "oracles/deliver/pglib", "oracles/deliver/pmr"]) {
        let (network, findings) = read_network(&path);
        let name = path.file_name().unwrap().to_str().unwrap();
        let messages: Vec<_> = findings.iter().take(5).map(ToString::to_string).collect();
        if name == "case3_restoration_total_dmg.m" {
            assert!(network.is_none());
            let errors: Vec<_> = findings.iter().filter(|f| f.code == "no-reference").collect();
            assert_eq!((errors.len(), findings.errors()), (1, 1), "{messages:?}");
            continue;
        }
        let network = network.unwrap_or_else(|| panic!("{name}: {messages:#?}"));
        let text = matpower::write(&network).unwrap_or_else(|e| panic!("{name}: {e}"));
        let (again, _) = matpower::read(text.as_bytes());
        assert!(again.as_ref() == Some(&network), "{name} differs after writing");
    }
}

/// Sizes and sums by an independent count (`grep`, `awk`) of the files.
#[test]
fn counts_and_units_of_known_cases() {
    let Some(shared) = shared() else { return };
    let read = |name: &str| read_network(&shared.join("cases").join(name)).0.unwrap();
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9 * b.abs().max(1.0), "{a} {b}");

    let net = read("case33bw.m");
    assert_eq!((net.buses.len(), net.branches.len()), (33, 37));
    // 3,715 kW in the file; line 1: 0.0922 ohm at 12.66 kV and 10 MVA.
    close(net.demand_mw(), 3.715);
    close(net.branches[0].r_pu, 0.0922 / (12.66 * 12.66 / 10.0));

    // 11,900 + 50 kVA less in the paper; the file's sum at a power factor of 0.85.
    let net = read("case141.m");
    let q: f64 = net.loads.iter().map(|l| l.q_mvar).sum();
    close(q / net.demand_mw(), 0.85f64.acos().tan());
    close(net.branches[0].x_pu / net.branches[0].r_pu, 0.0409 / 0.0577);

    let net = read("case533mt_hi.m");
    close(net.base_mva, 50.0 / 3.0);
    close(net.buses[0].base_kv, 135.0 / 3f64.sqrt());

    let net = read("case_RTS_GMLC.m");
    assert_eq!((net.buses.len(), net.hvdc_lines.len()), (73, 1));
    assert_eq!(read("case_ACTIVSg200.m").generators[0].fuel, "coal");

    let net = read_network(&shared.join("oracles/deliver/pmr/case5_mld_strg.m")).0.unwrap();
    assert_eq!((net.storages.len(), net.storages[1].energy_mwh, net.storages[1].charge_efficiency), (2, 30.0, 0.9));
}

/// Any double that the reader lets through at that place.
fn value(low: f64, high: f64) -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0f64.clamp(low, high)), low..high, (low..high).prop_map(|v| (v * 8.0).round() / 8.0)]
        .prop_map(move |v| v.clamp(low, high))
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-z'\"%; ]{0,12}", "[а-яіїє]{1,6}"]
}

fn limits() -> impl Strategy<Value = (f64, f64)> {
    (value(-500.0, 0.0), value(0.0, 500.0), any::<bool>(), any::<bool>()).prop_map(|(low, high, no_low, no_high)| {
        (if no_low { f64::NEG_INFINITY } else { low }, if no_high { f64::INFINITY } else { high })
    })
}

prop_compose! {
    fn bus(i: usize)(id_gap in 0u32..3, name in name(), kv in value(0.0, 750.0), vm in value(0.0, 2.0),
        va in value(-180.0, 180.0), kind in 0..3, area in 0u32..9, zone in any::<u32>()) -> Bus {
        let kind = match (i, kind) {
            (0, _) => BusKind::Slack,
            (_, 0) => BusKind::Pq,
            (_, 1) => BusKind::Pv,
            _ => BusKind::Isolated,
        };
        Bus {
            id: BusId(1 + 3 * i as u32 + id_gap), name, kind, base_kv: kv, vm_pu: vm, va_deg: va,
            vm_pu_max: 1.0 + vm, vm_pu_min: 0.5, area, zone, row: i as u32 + 1,
        }
    }
}

prop_compose! {
    fn branch(i: usize, buses: u32)(name in name(), from in 0..buses, to in 0..buses, r in value(0.0, 1.0),
        x in value(0.001, 1.0), b in value(-1.0, 1.0), tap in value(0.5, 2.0), shift in value(-30.0, 30.0),
        line in any::<bool>(), rate in proptest::option::of(value(0.125, 900.0)), in_service in any::<bool>(),
        angles in limits()) -> Branch {
        let angles = if angles == (0.0, 0.0) { (-1.0, 1.0) } else { angles };
        Branch {
            name, kind: if line { BranchKind::Line } else { BranchKind::Transformer },
            from: BusIdx(from), to: BusIdx(to), r_pu: r, x_pu: x, g_from_pu: 0.0, b_from_pu: b, g_to_pu: 0.0,
            b_to_pu: b, tap: if line { 1.0 } else { tap }, shift_deg: if line { 0.0 } else { shift },
            rate_a_mva: rate, rate_b_mva: None, rate_c_mva: rate.map(|r| 1.5 * r),
            angle_deg_min: angles.0.max(-359.0).max(if angles.0.is_infinite() { f64::NEG_INFINITY } else { -359.0 }),
            angle_deg_max: if angles.1.is_infinite() { f64::INFINITY } else { angles.1.min(359.0) },
            in_service, row: i as u32 + 1,
        }
    }
}

fn cost() -> impl Strategy<Value = Option<Cost>> {
    let curve = prop_oneof![
        proptest::collection::vec(value(-9.0, 99.0), 1..4).prop_map(CostCurve::Polynomial),
        proptest::collection::vec((value(0.0, 99.0), value(0.0, 99.0)), 1..4).prop_map(CostCurve::Piecewise),
    ];
    let cost = (value(0.0, 9.0), value(0.0, 9.0), curve).prop_map(|(startup, shutdown, curve)| Cost {
        startup,
        shutdown,
        curve,
    });
    proptest::option::of(cost)
}

prop_compose! {
    fn generator(i: usize, buses: u32)(name in name(), fuel in name(), bus in 0..buses, p in value(-100.0, 100.0),
        q in value(-100.0, 100.0), q_limits in limits(), vm in value(0.9, 1.1), in_service in any::<bool>(),
        cost in cost(), ramp in proptest::option::of(value(0.1, 50.0))) -> Generator {
        Generator {
            name, bus: BusIdx(bus), p_mw: p, q_mvar: q, p_mw_max: 100.0, p_mw_min: -100.0, q_mvar_max: q_limits.1,
            q_mvar_min: q_limits.0, vm_pu: vm, mbase_mva: 100.0, in_service, fuel, cost, ramp_mw_per_min: ramp, energy_mwh: None, row: i as u32 + 1,
        }
    }
}

fn vec_of<S: Strategy>(count: usize, item: impl Fn(usize) -> S) -> Vec<S> {
    (0..count).map(item).collect()
}

prop_compose! {
    fn network()(buses in 1usize..6, branches in 0usize..6, generators in 1usize..4)(
        title in prop_oneof![Just("case_1".to_owned()), name()], base in value(0.5, 1000.0),
        buses in vec_of(buses, bus),
        branches in vec_of(branches, |i| branch(i, buses as u32)),
        generators in vec_of(generators, |i| generator(i, buses as u32)),
        loads in proptest::collection::vec((any::<bool>(), value(-99.0, 99.0), value(0.01, 9.0)), buses),
        dc in any::<bool>(), stored in value(0.0, 9.0), power in value(-9.0, 9.0),
    ) -> Network {
        let mut net = Network::empty(title, base);
        for (i, &(load, p, q)) in loads.iter().enumerate() {
            let (bus, row) = (BusIdx(i as u32), i as u32 + 1);
            if load {
                let model = LoadModel::ConstantPower;
                net.loads.push(Load { bus, p_mw: p, q_mvar: q, model, in_service: true, row });
            } else {
                net.shunts.push(Shunt { bus, g_mw: q, b_mvar: p, in_service: true, row });
            }
        }
        let last = BusIdx(buses.len() as u32 - 1);
        if dc {
            net.hvdc_lines.push(HvdcLine {
                from: BusIdx(0), to: last, in_service: true, p_from_mw: power, q_from_mvar: stored, q_to_mvar: -stored,
                vm_from_pu: 1.0, vm_to_pu: 1.01, p_mw_min: -10.0, p_mw_max: 10.0, q_from_mvar_min: -5.0,
                q_from_mvar_max: 5.0, q_to_mvar_min: -6.0, q_to_mvar_max: 6.0, loss_mw: 0.1, loss_share: 0.03, row: 1,
            });
            net.storages.push(Storage {
                bus: last, in_service: false, p_mw: power, q_mvar: stored, energy_mwh: stored, energy_mwh_max: 9.0,
                charge_mw_max: 3.0, discharge_mw_max: 4.0, charge_efficiency: 0.9, discharge_efficiency: 0.95,
                q_mvar_min: -1.0, q_mvar_max: 1.0, row: 1,
            });
        }
        (net.buses, net.branches, net.generators) = (buses, branches, generators);
        // Without a generator at work the reader would refuse the case.
        net.generators[0].bus = BusIdx(0);
        net.generators[0].in_service = true;
        net
    }
}

proptest! {
    #[test]
    fn written_and_read_again_is_the_same(net in network()) {
        let text = matpower::write(&net).unwrap();
        let (again, findings) = matpower::read(text.as_bytes());
        let messages: Vec<_> = findings.iter().map(ToString::to_string).collect();
        prop_assert_eq!(again, Some(net), "{:?}\n{}", messages, text);
    }
}

#[test]
fn what_a_case_cannot_hold_is_refused() {
    let Some(shared) = shared() else { return };
    let net = read_network(&shared.join("cases/case9.m")).0.unwrap();
    let refused = |change: &dyn Fn(&mut Network)| {
        let mut changed = net.clone();
        change(&mut changed);
        matpower::write(&changed).unwrap_err().to_string()
    };
    assert!(refused(&|n| n.loads[1].model = LoadModel::ConstantCurrent).starts_with("load row 2: "));
    assert!(refused(&|n| n.loads.push(n.loads[0].clone())).contains("a second load on bus 5"));
    assert!(refused(&|n| n.loads[0].in_service = false).contains("out of service"));
    assert!(refused(&|n| n.branches[3].g_to_pu = 1.0).starts_with("branch row 4: "));
    assert!(refused(&|n| n.branches[0].b_to_pu += 1e-9).contains("differs"));
    assert!(refused(&|n| n.branches[0].rate_a_mva = Some(0.0)).contains("rating"));
    assert!(refused(&|n| n.branches[0].tap = 1.1).contains("tap"));
    assert!(refused(&|n| (n.branches[0].angle_deg_min, n.branches[0].angle_deg_max) = (0.0, 0.0)).contains("angle"));
    assert!(refused(&|n| n.buses[2].name = "a\nb".into()).starts_with("bus row 3: "));
    let switch = relight_model::Switch { from: BusIdx(0), to: BusIdx(1), closed: true, row: 1 };
    assert!(refused(&|n| n.switches.push(switch.clone())).contains("switches"));
}
