//! What a power flow promises: islands, outcomes, options, and that nothing but the question decides the answer.
#![allow(clippy::unwrap_used)] // helpers of tests: a panic here is a failed test

use proptest::prelude::*;
use relight_model::outcome::{FlowResult, FlowStatus};
use relight_model::{BusId, BusIdx, BusKind, HvdcLine, LoadModel, Network, Shunt, Situation, Storage, Switch};
use relight_power::{Balancing, PowerFlow, ReactiveLimits, Settings, SettingsError, Start, Topology};

#[allow(dead_code)]
#[path = "../src/test_networks.rs"]
mod test_networks;
use test_networks::{branch, bus, generator, load, ring};

fn solve_with(network: &Network, situation: &Situation, settings: Settings) -> FlowResult {
    PowerFlow::new(network, &settings).unwrap().solve(situation)
}

fn solve(network: &Network) -> FlowResult {
    solve_with(network, &Situation::intact(network), Settings::default())
}

/// Generation less load and shunt of every bus equals what flows into its branches.
fn check_balance(network: &Network, result: &FlowResult) {
    let mut open = vec![[0.0f64; 2]; network.buses.len()];
    for (g, state) in network.generators.iter().zip(&result.generators) {
        open[g.bus.i()][0] += state.p_mw;
        open[g.bus.i()][1] += state.q_mvar;
    }
    for l in network.loads.iter().filter(|l| l.in_service && result.buses[l.bus.i()].energized) {
        let vm = result.buses[l.bus.i()].vm_pu;
        let factor = match l.model {
            LoadModel::ConstantPower => 1.0,
            LoadModel::ConstantCurrent => vm,
            LoadModel::ConstantImpedance => vm * vm,
        };
        open[l.bus.i()][0] -= factor * l.p_mw;
        open[l.bus.i()][1] -= factor * l.q_mvar;
    }
    for s in network.shunts.iter().filter(|s| s.in_service) {
        let vm = result.buses[s.bus.i()].vm_pu;
        open[s.bus.i()][0] -= vm * vm * s.g_mw;
        open[s.bus.i()][1] += vm * vm * s.b_mvar;
    }
    for s in network.storages.iter().filter(|s| s.in_service && result.buses[s.bus.i()].energized) {
        open[s.bus.i()][0] += s.p_mw;
        open[s.bus.i()][1] += s.q_mvar;
    }
    for (b, state) in network.branches.iter().zip(&result.branches) {
        open[b.from.i()][0] -= state.p_from_mw;
        open[b.from.i()][1] -= state.q_from_mvar;
        open[b.to.i()][0] -= state.p_to_mw;
        open[b.to.i()][1] -= state.q_to_mvar;
    }
    for (i, open) in open.iter().enumerate() {
        assert!(open[0].abs() < 2e-6 && open[1].abs() < 2e-6, "bus {i}: {open:?} MVA unaccounted for");
    }
}

#[test]
fn every_bus_balances_with_every_kind_of_load() {
    let mut network = ring();
    network.loads[0].model = LoadModel::ConstantCurrent;
    network.loads[1].model = LoadModel::ConstantImpedance;
    network.shunts.push(Shunt { bus: BusIdx(5), g_mw: 2.0, b_mvar: 15.0, in_service: true, row: 6 });
    let result = solve(&network);
    assert_eq!(result.status, FlowStatus::Converged);
    check_balance(&network, &result);
    assert!((result.buses[2].vm_pu - 1.02).abs() < 1e-14, "the set point is held");
}

#[test]
fn a_split_network_solves_each_part_with_its_own_reference() {
    let network = ring();
    let mut situation = Situation::intact(&network);
    situation.branch_out[0] = true; // 0-1
    situation.branch_out[2] = true; // 2-3: {1, 2} on generator 2, the rest on the slack
    let result = solve_with(&network, &situation, Settings::default());
    assert_eq!(result.status, FlowStatus::Converged);
    assert_eq!(result.islands.len(), 2);
    assert_eq!(result.islands[0].slack_bus, Some(BusIdx(0)));
    assert_eq!(result.islands[1].slack_bus, Some(BusIdx(2)));
    assert_eq!((result.islands[1].buses, result.islands[1].load_mw), (2, 45.0));
    assert_eq!(result.buses[1].island, Some(1));
    check_balance(&network, &result);
    let served = result.generators[1].p_mw;
    assert!(served > 45.0 && served < 47.0, "the lost island's generator covers load and losses: {served}");
}

#[test]
fn islands_without_a_source_are_dark() {
    let network = ring();
    let mut situation = Situation::intact(&network);
    situation.branch_out[6] = true; // the spur to bus 7
    let result = solve_with(&network, &situation, Settings::default());
    assert_eq!(result.status, FlowStatus::Converged);
    let dark = result.buses[6];
    assert_eq!((dark.vm_pu, dark.va_deg, dark.energized, dark.island), (0.0, 0.0, false, Some(1)));
    assert!(!result.islands[1].energized && result.islands[1].slack_bus.is_none());
    assert!(!result.branches[6].in_service);

    situation.generator_out.fill(true);
    let result = solve_with(&network, &situation, Settings::default());
    assert_eq!(result.status, FlowStatus::Dark);
    assert!(result.buses.iter().all(|b| !b.energized && b.vm_pu == 0.0));
    assert!(result.generators.iter().all(|g| g.p_mw == 0.0 && g.q_mvar == 0.0));
}

#[test]
fn a_bus_that_is_out_takes_all_that_is_attached() {
    let network = ring();
    let mut situation = Situation::intact(&network);
    situation.bus_out[2] = true;
    let result = solve_with(&network, &situation, Settings::default());
    assert_eq!(result.status, FlowStatus::Converged);
    assert_eq!((result.buses[2].island, result.buses[2].energized), (None, false));
    assert!(!result.branches[1].in_service && !result.branches[2].in_service);
    assert_eq!(result.generators[1].p_mw, 0.0);
    let mut isolated = network.clone();
    isolated.buses[2].kind = BusKind::Isolated;
    assert_eq!(solve(&isolated), result);
}

#[test]
fn a_lost_slack_generator_hands_the_reference_to_the_largest() {
    let network = ring();
    let mut situation = Situation::intact(&network);
    situation.generator_out[0] = true;
    let result = solve_with(&network, &situation, Settings::default());
    assert_eq!(result.status, FlowStatus::Converged);
    assert_eq!(result.islands[0].slack_bus, Some(BusIdx(4)), "p_mw_max 150 before 100");
    let topology = Topology::new(&network, &situation);
    assert_eq!(topology.islands[0].references, [BusIdx(4)]);
    check_balance(&network, &result);
}

#[test]
fn condensers_alone_do_not_light_an_island() {
    let mut network = ring();
    network.generators[1].p_mw_max = 0.0;
    network.generators[1].p_mw = 0.0;
    let mut situation = Situation::intact(&network);
    situation.branch_out[0] = true;
    situation.branch_out[2] = true;
    let result = solve_with(&network, &situation, Settings::default());
    assert!(!result.islands[1].energized);
}

#[test]
fn several_references_share_an_island() {
    let mut network = ring();
    network.buses[2].kind = BusKind::Slack;
    network.buses[2].va_deg = -1.0;
    let result = solve(&network);
    assert_eq!(result.status, FlowStatus::Converged);
    assert!((result.buses[2].va_deg + 1.0).abs() < 1e-12);
    assert_eq!(result.islands.len(), 1);
    check_balance(&network, &result);
}

#[test]
fn closed_switches_fuse_buses_and_damage_may_part_them() {
    let mut network = ring();
    for id in 8..=9 {
        network.buses.push(bus(id, BusKind::Pq));
    }
    // 4 - 8 - 9 by switches; the load of bus 4 moves to 9.
    network.switches.push(Switch { from: BusIdx(3), to: BusIdx(7), closed: true, row: 1 });
    network.switches.push(Switch { from: BusIdx(7), to: BusIdx(8), closed: true, row: 2 });
    network.loads[1].bus = BusIdx(8);
    let mut flow = PowerFlow::new(&network, &Settings::default()).unwrap();
    let intact = Situation::intact(&network);
    let fused = flow.solve(&intact);
    assert_eq!(fused.buses[3], fused.buses[8]);
    let plain = solve(&ring());
    assert!((fused.buses[3].vm_pu - plain.buses[3].vm_pu).abs() < 1e-9);

    let mut parted = intact.clone();
    parted.bus_out[7] = true; // takes both switches
    let result = flow.solve(&parted);
    assert_eq!(result.status, FlowStatus::Converged);
    assert!(!result.buses[8].energized && result.buses[3].energized);
    assert_eq!(flow.solve(&intact), fused, "and back");
}

#[test]
fn overload_is_diverged_and_spares_the_other_island() {
    let mut network = ring();
    network.loads[0].p_mw = 5000.0;
    let mut situation = Situation::intact(&network);
    situation.branch_out[0] = true;
    situation.branch_out[2] = true;
    let result = solve_with(&network, &situation, Settings::default());
    assert_eq!(result.status, FlowStatus::Diverged);
    assert!(result.islands[0].max_mismatch_pu <= 1e-8, "{:?}", result.islands);
    assert!(result.islands[1].max_mismatch_pu > 1.0 && result.islands[1].max_mismatch_pu.is_finite());
    let healthy = {
        network.loads[0].p_mw = 45.0;
        solve_with(&network, &situation, Settings::default())
    };
    for i in [0, 3, 4, 5, 6] {
        assert!((result.buses[i].vm_pu - healthy.buses[i].vm_pu).abs() < 1e-8);
    }
}

#[test]
fn not_a_number_is_an_outcome() {
    for bad in [f64::NAN, f64::INFINITY, 1e308] {
        let mut network = ring();
        network.loads[1].p_mw = bad;
        assert_eq!(solve(&network).status, FlowStatus::Diverged);
        let mut network = ring();
        network.branches[1].x_pu = bad;
        network.generators[2].vm_pu = bad;
        assert_ne!(solve(&network).status, FlowStatus::Dark);
    }
}

#[test]
fn stiff_and_negative_reactances_converge() {
    let mut network = ring();
    network.branches[1].r_pu = 0.0;
    network.branches[1].x_pu = 1e-8;
    network.branches[6].x_pu = -0.02;
    let result = solve(&network);
    assert_eq!(result.status, FlowStatus::Converged, "{}", result.max_mismatch_pu);
    assert!((result.buses[1].vm_pu - result.buses[2].vm_pu).abs() < 1e-6);
}

#[test]
fn reactive_limits_are_held_and_voltages_come_back() {
    let mut network = ring();
    network.generators[1].q_mvar_max = 5.0;
    network.generators[2].q_mvar_min = 8.0;
    let free = solve(&network);
    assert!(free.generators[1].q_mvar > 5.0, "{:?}", free.generators);
    let settings = Settings { reactive_limits: ReactiveLimits::Enforce, ..Settings::default() };
    let mut flow = PowerFlow::new(&network, &settings).unwrap();
    let situation = Situation::intact(&network);
    let held = flow.solve(&situation);
    assert_eq!(held.status, FlowStatus::Converged);
    assert!((held.generators[1].q_mvar - 5.0).abs() < 1e-6, "{:?}", held.generators);
    assert!(held.buses[2].vm_pu < 1.02, "a generator at its upper limit cannot hold the voltage");
    assert!(held.generators[2].q_mvar >= 8.0 - 1e-4);
    check_balance(&network, &held);
    assert_eq!(flow.solve(&situation), held, "the second solve starts from scratch");
}

#[test]
fn balance_is_shared_as_asked() {
    let network = ring();
    let situation = Situation::intact(&network);
    let alone = solve(&network);
    for balancing in [Balancing::Capacity, Balancing::Headroom] {
        let result = solve_with(&network, &situation, Settings { balancing, ..Settings::default() });
        assert_eq!(result.status, FlowStatus::Converged);
        check_balance(&network, &result);
        let weights = match balancing {
            Balancing::Capacity => [200.0, 100.0, 150.0],
            _ => [200.0, 40.0, 110.0],
        };
        let extra: Vec<f64> = result.generators.iter().zip(&network.generators).map(|(s, g)| s.p_mw - g.p_mw).collect();
        for k in 1..3 {
            let expected = extra[0] * weights[k] / weights[0];
            assert!((extra[k] - expected).abs() < 1e-5, "{balancing:?}: {extra:?}");
        }
        assert!(extra[0] < alone.generators[0].p_mw);
        assert!(result.iterations <= alone.iterations + 2, "quadratic convergence is kept");
    }
}

#[test]
fn hvdc_lines_take_part_only_when_asked() {
    let mut network = ring();
    network.hvdc_lines.push(HvdcLine {
        from: BusIdx(4),
        to: BusIdx(1),
        in_service: true,
        p_from_mw: 30.0,
        q_from_mvar: 0.0,
        q_to_mvar: 0.0,
        vm_from_pu: 0.0,
        vm_to_pu: 1.01,
        p_mw_min: 0.0,
        p_mw_max: 50.0,
        q_from_mvar_min: 0.0,
        q_from_mvar_max: 0.0,
        q_to_mvar_min: -50.0,
        q_to_mvar_max: 50.0,
        loss_mw: 1.0,
        loss_share: 0.02,
        row: 1,
    });
    assert_eq!(solve(&network), solve(&ring()));
    let settings = Settings { hvdc_lines: true, ..Settings::default() };
    let with = solve_with(&network, &Situation::intact(&network), settings);
    assert_eq!(with.status, FlowStatus::Converged);
    assert!((with.buses[1].vm_pu - 1.01).abs() < 1e-12, "the receiving end holds its voltage");
    // 30 MW leave bus 5; 30 - 1 - 0.6 arrive at bus 2.
    let into = |bus: u32| -> f64 {
        let ends = network.branches.iter().zip(&with.branches);
        ends.map(|(b, s)| {
            if b.from.0 == bus {
                s.p_from_mw
            } else if b.to.0 == bus {
                s.p_to_mw
            } else {
                0.0
            }
        })
        .sum()
    };
    assert!((into(4) - (40.0 - 30.0)).abs() < 1e-5 && (into(1) - (28.4 - 45.0)).abs() < 1e-5);
}

#[test]
fn storage_injects() {
    let mut network = ring();
    network.storages.push(Storage {
        bus: BusIdx(5),
        in_service: true,
        p_mw: -12.0,
        q_mvar: 3.0,
        energy_mwh: 5.0,
        energy_mwh_max: 20.0,
        charge_mw_max: 15.0,
        discharge_mw_max: 15.0,
        charge_efficiency: 0.9,
        discharge_efficiency: 0.9,
        q_mvar_min: -5.0,
        q_mvar_max: 5.0,
        row: 1,
    });
    let result = solve(&network);
    check_balance(&network, &result);
    assert!(result.generators[0].p_mw > solve(&ring()).generators[0].p_mw + 11.0);
}

#[test]
fn reactive_power_of_one_bus_goes_by_range() {
    let mut network = ring();
    let mut second = generator(2, 0.0, 50.0);
    (second.q_mvar_min, second.q_mvar_max) = (0.0, 60.0);
    network.generators.push(second);
    let result = solve(&network);
    check_balance(&network, &result);
    let share = |k: usize| {
        let g = &network.generators[k];
        (result.generators[k].q_mvar - g.q_mvar_min) / (g.q_mvar_max - g.q_mvar_min)
    };
    assert!((share(1) - share(3)).abs() < 1e-12);
}

#[test]
fn dc_flows_follow_reactances_and_shifts() {
    // Two parallel lines of x = 0.1 and 0.2 between a source and 90 MW.
    let mut network = Network::empty("two", 100.0);
    network.buses = vec![bus(1, BusKind::Slack), bus(2, BusKind::Pq)];
    network.branches = vec![branch(0, 1, 0.03, 0.1), branch(0, 1, 0.0, 0.2)];
    network.generators = vec![generator(0, 0.0, 200.0)];
    network.loads = vec![load(1, 90.0, 30.0)];
    let mut flow = PowerFlow::new(&network, &Settings::default()).unwrap();
    let result = flow.solve_dc(&Situation::intact(&network));
    assert_eq!(result.status, FlowStatus::Converged);
    assert!((result.branches[0].p_from_mw - 60.0).abs() < 1e-9 && (result.branches[1].p_from_mw - 30.0).abs() < 1e-9);
    assert!((result.generators[0].p_mw - 90.0).abs() < 1e-9);
    assert_eq!((result.branches[0].q_from_mvar, result.buses[1].vm_pu), (0.0, 1.0));
    assert_eq!(result.branches[0].loading_percent.map(|l| l.round()), Some(60.0));

    network.branches[1].shift_deg = 3.0; // circulates 3° / 0.3 p.u. against the flow of line 2
    let mut flow = PowerFlow::new(&network, &Settings::default()).unwrap();
    let shifted = flow.solve_dc(&Situation::intact(&network));
    let circulating = 100.0 * 3f64.to_radians() / 0.3;
    assert!((shifted.branches[1].p_from_mw - (30.0 - circulating)).abs() < 1e-9);
}

#[test]
fn settings_without_sense_are_refused() {
    let network = ring();
    let with = |settings: Settings| PowerFlow::new(&network, &settings).err();
    let bad = Settings { tolerance_pu: 0.0, ..Settings::default() };
    assert_eq!(with(bad), Some(SettingsError::Tolerance { tolerance_pu: 0.0 }));
    assert!(with(Settings { tolerance_pu: f64::NAN, ..Settings::default() }).is_some());
    assert_eq!(with(Settings { max_iterations: 0, ..Settings::default() }), Some(SettingsError::Iterations));
}

#[test]
fn no_buses_is_dark() {
    let network = Network::empty("nothing", 100.0);
    assert_eq!(solve(&network).status, FlowStatus::Dark);
    let mut flow = PowerFlow::new(&network, &Settings::default()).unwrap();
    assert_eq!(flow.solve_dc(&Situation::intact(&network)).status, FlowStatus::Dark);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// What was solved before leaves no trace, whatever is out; and every bus balances.
    #[test]
    fn answers_depend_on_the_question_alone(
        branches in prop::collection::vec(any::<bool>(), 7),
        generators in prop::collection::vec(prop::bool::weighted(0.3), 3),
        bus_out in prop::option::of(0usize..7),
        start in prop::sample::select(vec![Start::Auto, Start::Flat, Start::Dc, Start::File]),
    ) {
        let network = ring();
        let settings = Settings { start, ..Settings::default() };
        let mut situation = Situation::intact(&network);
        situation.branch_out = branches;
        situation.generator_out = generators;
        if let Some(i) = bus_out {
            situation.bus_out[i] = true;
        }
        let fresh = solve_with(&network, &situation, settings);
        let mut used = PowerFlow::new(&network, &settings).unwrap();
        used.solve(&Situation::intact(&network));
        used.solve_dc(&situation);
        prop_assert_eq!(&used.solve(&situation), &fresh);
        prop_assert_eq!(&used.solve(&situation), &fresh);
        if fresh.status == FlowStatus::Converged {
            check_balance(&network, &fresh);
        }
        for b in &fresh.buses {
            prop_assert!(b.vm_pu.is_finite() && b.va_deg.is_finite());
        }
    }

    /// Renumbering buses and shuffling tables changes nothing but the order of the answer.
    #[test]
    fn renumbering_changes_nothing(order in Just((0..7u32).collect::<Vec<_>>()).prop_shuffle()) {
        let network = ring();
        let result = solve(&network);
        let mut renumbered = network.clone();
        let to = |b: BusIdx| BusIdx(order.iter().position(|&o| o == b.0).unwrap() as u32);
        renumbered.buses = order.iter().map(|&o| network.buses[o as usize].clone()).collect();
        for (k, b) in renumbered.buses.iter_mut().enumerate() {
            b.id = BusId(1000 - k as u32);
        }
        for b in &mut renumbered.branches {
            (b.from, b.to) = (to(b.from), to(b.to));
        }
        for g in &mut renumbered.generators {
            g.bus = to(g.bus);
        }
        for l in &mut renumbered.loads {
            l.bus = to(l.bus);
        }
        renumbered.branches.reverse();
        let again = solve(&renumbered);
        for i in 0..7 {
            let (a, b) = (result.buses[i], again.buses[to(BusIdx(i as u32)).i()]);
            prop_assert!((a.vm_pu - b.vm_pu).abs() < 1e-9 && (a.va_deg - b.va_deg).abs() < 1e-7);
        }
        for k in 0..7 {
            prop_assert!((result.branches[k].p_from_mw - again.branches[6 - k].p_from_mw).abs() < 1e-6);
        }
    }
}
