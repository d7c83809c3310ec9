//! Every stored case against voltages and branch flows that other programs found (`oracles/power_flow`).
#![allow(clippy::unwrap_used)] // helpers of tests: a panic here is a failed test

use std::collections::HashMap;
use std::path::Path;

use relight_model::outcome::{FlowResult, FlowStatus};
use relight_model::{BusKind, Network, Situation};
use relight_power::{PowerFlow, Settings, Start};

#[allow(dead_code)]
#[path = "../src/test_networks.rs"]
mod test_networks;

fn read(path: &Path) -> Network {
    let (network, findings) = relight_formats::matpower::read(&std::fs::read(path).unwrap());
    network.unwrap_or_else(|| panic!("{}: {findings:?}", path.display()))
}

fn rows(path: &Path) -> Option<Vec<Vec<f64>>> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(text.lines().skip(1).map(|l| l.split(',').map(|x| x.parse().unwrap()).collect()).collect())
}

fn compare(name: &str, network: &Network, result: &FlowResult, folder: &Path) {
    let position: HashMap<u32, usize> = network.buses.iter().enumerate().map(|(i, b)| (b.id.0, i)).collect();
    let slack = network.buses.iter().position(|b| b.kind == BusKind::Slack).unwrap();
    let buses = rows(&folder.join(format!("{name}.bus.csv"))).expect("an oracle for every case but one");
    let oracle_slack = buses.iter().find(|r| position[&(r[0] as u32)] == slack).unwrap()[2];
    for row in &buses {
        let i = position[&(row[0] as u32)];
        let state = result.buses[i];
        if network.buses[i].kind == BusKind::Isolated {
            assert!(!state.energized);
            continue;
        }
        assert!((state.vm_pu - row[1]).abs() <= 1e-6, "{name} bus {}: {} p.u., oracle {}", row[0], state.vm_pu, row[1]);
        let turned = (state.va_deg - result.buses[slack].va_deg) - (row[2] - oracle_slack);
        let turned = turned - 360.0 * (turned / 360.0).round();
        assert!(turned.abs() <= 1e-4, "{name} bus {}: angle differs by {turned} degrees", row[0]);
    }
    let Some(branches) = rows(&folder.join(format!("{name}.branch.csv"))) else { return };
    for row in &branches {
        let b = result.branches[row[0] as usize - 1];
        for (got, want) in [b.p_from_mw, b.q_from_mvar, b.p_to_mw, b.q_to_mvar].iter().zip(&row[3..]) {
            // 1e-6 p.u. of voltage over a stiff branch is more than that in power: relative, with a floor of 1 MVA.
            assert!((got - want).abs() <= 1e-5 * want.abs().max(1.0), "{name} branch {}: {got}, oracle {want}", row[0]);
        }
    }
}

#[test]
fn every_case_from_the_robust_start() {
    let Some(shared) = test_networks::shared_folder() else { return };
    let mut cases: Vec<_> = std::fs::read_dir(shared.join("cases")).unwrap().map(|e| e.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 20, "{cases:?}");
    let mut compared = 0;
    for path in cases {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let network = read(&path);
        let mut flow = PowerFlow::new(&network, &Settings::default()).unwrap();
        let result = flow.solve(&Situation::intact(&network));
        assert_eq!(result.status, FlowStatus::Converged, "{name}: {}", result.max_mismatch_pu);
        assert!(result.max_mismatch_pu <= 1e-8, "{name}: {}", result.max_mismatch_pu);
        balance(&name, &network, &result);
        if name != "case533mt_hi" {
            compare(&name, &network, &result, &shared.join("oracles/power_flow"));
            compared += 1;
        }
    }
    assert!(compared >= 20);
}

/// Power given equals power taken plus losses, from the reported numbers alone.
fn balance(name: &str, network: &Network, result: &FlowResult) {
    let given: f64 = result.generators.iter().map(|g| g.p_mw).sum();
    let lost: f64 = result.branches.iter().map(|b| b.p_from_mw + b.p_to_mw).sum();
    let live = |bus: usize| result.buses[bus].energized;
    let loads: f64 = network.loads.iter().filter(|l| l.in_service && live(l.bus.i())).map(|l| l.p_mw).sum();
    let shunts: f64 = network
        .shunts
        .iter()
        .filter(|s| s.in_service && live(s.bus.i()))
        .map(|s| s.g_mw * result.buses[s.bus.i()].vm_pu.powi(2))
        .sum();
    let open = given - lost - loads - shunts;
    let allowed = 1e-8 * network.base_mva * network.buses.len() as f64;
    assert!(open.abs() <= allowed, "{name}: {open} MW unaccounted for");
}

#[test]
fn other_starts_find_the_same_voltages() {
    let Some(shared) = test_networks::shared_folder() else { return };
    for (name, starts) in [
        ("case118", [Start::Flat, Start::Dc, Start::File]),
        ("case2383wp", [Start::Flat, Start::Dc, Start::File]),
        ("case2869pegase", [Start::Flat, Start::Dc, Start::File]),
        ("case9241pegase", [Start::Flat, Start::Dc, Start::File]),
        ("case_ACTIVSg10k", [Start::Dc, Start::Dc, Start::File]),
    ] {
        let network = read(&shared.join(format!("cases/{name}.m")));
        for start in starts {
            let settings = Settings { start, ..Settings::default() };
            let result = PowerFlow::new(&network, &settings).unwrap().solve(&Situation::intact(&network));
            assert_eq!(result.status, FlowStatus::Converged, "{name} {start:?}");
            compare(name, &network, &result, &shared.join("oracles/power_flow"));
        }
    }
}

/// Random damage of a real network: every island ends with an outcome of its own, and the answer is a function of the
/// question.
#[test]
fn damaged_cases_fall_apart_in_good_order() {
    let Some(shared) = test_networks::shared_folder() else { return };
    let network = read(&shared.join("cases/case_ACTIVSg2000.m"));
    let mut used = PowerFlow::new(&network, &Settings::default()).unwrap();
    let (mut solved, mut dark) = (0, 0);
    for round in 0..4u64 {
        let mut state = round + 1;
        let mut hit = |share: f64| {
            // Knuth's linear congruential generator: the test needs spread, not quality.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) as f64 / f64::from(1u32 << 31)) < share
        };
        let mut situation = Situation::intact(&network);
        situation.branch_out.iter_mut().for_each(|out| *out = hit(0.03));
        situation.generator_out.iter_mut().for_each(|out| *out = hit(0.03));
        situation.bus_out.iter_mut().for_each(|out| *out = hit(0.01));
        let result = used.solve(&situation);
        assert_eq!(result, PowerFlow::new(&network, &Settings::default()).unwrap().solve(&situation));
        assert!(result.islands.len() > 1 && result.max_mismatch_pu.is_finite());
        for (bus, &out) in result.buses.iter().zip(&situation.bus_out) {
            assert!(bus.vm_pu.is_finite() && bus.va_deg.is_finite());
            assert_eq!(bus.island.is_none(), out);
        }
        for island in &result.islands {
            solved += u32::from(island.energized && island.max_mismatch_pu <= 1e-8);
            dark += u32::from(!island.energized);
        }
        if result.status == FlowStatus::Converged {
            balance("damaged", &network, &result);
        }
    }
    assert!(solved >= 4 && dark >= 4, "{solved} solved, {dark} dark");
}
