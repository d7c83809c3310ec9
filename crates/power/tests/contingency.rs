//! Outages by the quick way against power flows of their own, one by one.
#![allow(clippy::unwrap_used)] // helpers of tests: a panic here is a failed test

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use relight_model::outcome::{FlowResult, FlowStatus};
use relight_model::{BranchIdx, BusIdx, BusKind, LoadModel, Network, Situation, Switch};
use relight_power::contingency::{Answer, Contingency, Control, Extremes, Outage, OutageKind, OutageResult, Physics};
use relight_power::{Balancing, PowerFlow, ReactiveLimits, Settings};

#[allow(dead_code)]
#[path = "../src/test_networks.rs"]
mod test_networks;
use test_networks::{branch, bus, generator, load, ring};

fn study<'n>(network: &'n Network, physics: Physics) -> Contingency<'n> {
    Contingency::new(network, &Situation::intact(network), &Settings::default(), physics, None).unwrap()
}

/// Extremes of a power flow, by definition.
fn extremes(network: &Network, result: &FlowResult, dc: bool) -> Extremes {
    let mut e = Extremes::default();
    let loadings =
        result.branches.iter().enumerate().filter_map(|(k, b)| Some((b.loading_percent?, BranchIdx::from(k))));
    e.max_loading = loadings.clone().max_by(|a, b| a.0.total_cmp(&b.0));
    e.overloads = loadings.filter(|l| l.0 > 100.0 * (1.0 + 1e-6)).count() as u32;
    if !dc {
        let live =
            || result.buses.iter().enumerate().filter(|(_, s)| s.energized).map(|(i, s)| (s.vm_pu, BusIdx::from(i)));
        e.vm_min = live().min_by(|a, b| a.0.total_cmp(&b.0));
        e.vm_max = live().max_by(|a, b| a.0.total_cmp(&b.0));
        e.low_voltages = live().filter(|(vm, b)| *vm < network.buses[b.i()].vm_pu_min - 1e-6).count() as u32;
        e.high_voltages = live().filter(|(vm, b)| *vm > network.buses[b.i()].vm_pu_max + 1e-6).count() as u32;
    }
    e
}

fn near(what: &str, got: Option<f64>, want: Option<f64>, tolerance: f64) {
    match (got, want) {
        (Some(g), Some(w)) => assert!((g - w).abs() <= tolerance * w.abs().max(1.0), "{what}: {g}, afresh {w}"),
        (g, w) => assert_eq!(g, w, "{what}"),
    }
}

/// Compares one answer with a power flow that knows nothing of the situation before.
fn compare(
    name: &str,
    study: &Contingency<'_>,
    network: &Network,
    flow: &mut PowerFlow<'_>,
    got: &OutageResult,
    dc: bool,
) {
    let situation = study.situation_with(got.outage);
    let want = if dc { flow.solve_dc(&situation) } else { flow.solve(&situation) };
    let name = format!("{name} {:?} {}", got.outage, if dc { "DC" } else { "AC" });
    assert_eq!(got.status, want.status, "{name}");
    assert_eq!(got.islands as usize, want.islands.len(), "{name}");
    assert_eq!(got.dark_islands as usize, want.islands.iter().filter(|i| !i.energized).count(), "{name}");
    let intact = PowerFlowBefore::of(network);
    let dark = |l: &&relight_model::Load| l.in_service && intact.live[l.bus.i()] && !want.buses[l.bus.i()].energized;
    let lost: f64 = network.loads.iter().filter(dark).map(|l| l.p_mw.max(0.0)).sum();
    near(&format!("{name} lost_mw"), Some(got.lost_mw), Some(lost), 1e-9);
    assert_eq!(got.extremes.is_some(), want.status == FlowStatus::Converged, "{name}");
    let Some(e) = got.extremes else { return };
    let w = extremes(network, &want, dc);
    near(&format!("{name} loading"), e.max_loading.map(|l| l.0), w.max_loading.map(|l| l.0), 1e-5);
    near(&format!("{name} lowest"), e.vm_min.map(|v| v.0), w.vm_min.map(|v| v.0), 1e-6);
    near(&format!("{name} highest"), e.vm_max.map(|v| v.0), w.vm_max.map(|v| v.0), 1e-6);
    if let (Some((percent, k)), Some((_, l))) = (e.max_loading, w.max_loading) {
        let there = want.branches[k.i()].loading_percent.unwrap();
        assert!(
            (there - percent).abs() <= 1e-5 * percent.max(1.0),
            "{name}: {percent} at {k:?}, afresh {there}, {l:?}"
        );
    }
    let counts = |e: &Extremes| (e.overloads, e.low_voltages, e.high_voltages);
    assert_eq!(counts(&e), counts(&w), "{name}");
}

/// Which buses have voltage in the intact network.
struct PowerFlowBefore {
    live: Vec<bool>,
}

impl PowerFlowBefore {
    fn of(network: &Network) -> Self {
        let topology = relight_power::Topology::new(network, &Situation::intact(network));
        let live = |k: &Option<u32>| k.is_some_and(|k| !topology.islands[k as usize].references.is_empty());
        Self { live: topology.island_of_bus.iter().map(live).collect() }
    }
}

/// Every `stride`-th outage of all kinds, in both physics.
fn check(name: &str, network: &Network, stride: usize) -> [usize; 2] {
    [Physics::Ac, Physics::Dc].map(|physics| {
        let study = study(network, physics);
        let outages: Vec<Outage> = study.list(&OutageKind::ALL).into_iter().step_by(stride).collect();
        let answer = study.run(&outages, &Control::default());
        assert_eq!(answer.outages.len(), outages.len(), "{name}");
        let mut flow = PowerFlow::new(network, &Settings::default()).unwrap();
        for (outage, result) in outages.iter().zip(&answer.outages) {
            assert_eq!(*outage, result.outage);
            compare(name, &study, network, &mut flow, result, physics == Physics::Dc);
        }
        answer.solved_afresh
    })
}

#[test]
fn stored_cases_outage_by_outage() {
    let Some(shared) = test_networks::shared_folder() else { return };
    let full = std::env::var_os("RELIGHT_ALL_OUTAGES").is_some();
    for (name, stride) in [
        ("case9", 1),
        ("case14", 1),
        ("case24_ieee_rts", 1),
        ("case30", 1),
        ("case33bw", 1),
        ("case39", 1),
        ("case57", 1),
        ("case69", 1),
        ("case118", 1),
        ("case141", 1),
        ("case300", 1),
        ("case_RTS_GMLC", 1),
        ("case_ACTIVSg200", 1),
        ("case533mt_hi", 3),
        ("case_ACTIVSg500", 3),
        ("case1354pegase", 13),
        ("case_ACTIVSg2000", 29),
        ("case2383wp", 37),
        ("case2869pegase", 41),
    ] {
        let stride = if full { 1 } else { stride };
        let path = shared.join("cases").join(name).with_extension("m");
        let (network, findings) = relight_formats::matpower::read(&std::fs::read(&path).unwrap());
        let network = network.unwrap_or_else(|| panic!("{name}: {findings:?}"));
        let afresh = check(name, &network, stride);
        eprintln!("{name}: solved afresh {afresh:?}");
    }
}

/// The ring with a second part behind a bridge that can live on its own, a dead end, loads of every kind, parallel lines.
fn branched() -> Network {
    let mut n = ring();
    for id in 8..=12 {
        n.buses.push(bus(id, if id == 10 { BusKind::Pv } else { BusKind::Pq }));
    }
    // 5 - 7 - {8, 9, 10} with a generator at 9, and 11 at the end of a dead end.
    for (row, (from, to)) in [(5, 7), (7, 8), (8, 9), (9, 7), (9, 10), (9, 10), (10, 11)].into_iter().enumerate() {
        n.branches.push(branch(from, to, 0.01, 0.07));
        n.branches.last_mut().unwrap().row = 8 + row as u32;
    }
    n.generators.push(generator(9, 20.0, 80.0));
    n.generators.push(generator(9, 5.0, 10.0));
    n.loads.push(load(8, 15.0, 3.0));
    n.loads.push(load(11, 10.0, 2.0));
    n.loads.push(load(11, -4.0, 0.0));
    n.loads[0].model = LoadModel::ConstantCurrent;
    n.loads[1].model = LoadModel::ConstantImpedance;
    n
}

#[test]
fn islands_live_on_or_go_dark_as_a_fresh_flow_says() {
    let network = branched();
    let [afresh, _] = check("branched", &network, 1);
    assert!(afresh < 8, "the quick way serves nearly all: {afresh} solved afresh");
    let study = study(&network, Physics::Ac);
    let answer = study.run(&study.list(&[OutageKind::Branch]), &Control::default());
    let of = |k: usize| answer.outages[k];
    // The bridge: both sides live. The dead end: its demand is lost, what it gives is not counted against that.
    assert_eq!((of(7).islands, of(7).dark_islands, of(7).lost_mw), (2, 0, 0.0));
    assert_eq!((of(13).islands, of(13).dark_islands, of(13).lost_mw), (2, 1, 10.0));
    assert_eq!(of(11).islands, 1, "one of two parallel lines");
}

#[test]
fn several_references_and_a_lost_slack() {
    let mut network = branched();
    network.buses[9].kind = BusKind::Slack;
    check("two references", &network, 1);
    // The set points differ: who holds the voltage next matters.
    network.generators[4].vm_pu = 1.03;
    check("two set points", &network, 1);
    network.buses[0].kind = BusKind::Pv;
    network.buses[9].kind = BusKind::Pv;
    check("largest generator as the reference", &network, 1);
}

#[test]
fn people_are_counted_where_the_caller_knows_them() {
    let network = branched();
    let people: Vec<f64> = (0..network.loads.len()).map(|k| 100.0 * (k + 1) as f64).collect();
    let intact = Situation::intact(&network);
    for physics in [Physics::Ac, Physics::Dc] {
        let study = Contingency::new(&network, &intact, &Settings::default(), physics, Some(&people)).unwrap();
        let answer = study.run(&[Outage::Branch(BranchIdx(13)), Outage::Bus(BusIdx(3))], &Control::default());
        // The loads at bus 11 are the sixth and seventh; bus 3 has the second and holds bus 6 with the fourth.
        assert_eq!(answer.outages[0].lost_people, Some(1300.0));
        assert_eq!(answer.outages[1].lost_people, Some(200.0 + 400.0));
    }
    assert_eq!(
        study(&network, Physics::Ac).run(&[Outage::Branch(BranchIdx(0))], &Control::default()).outages[0].lost_people,
        None
    );
}

fn switch(from: u32, to: u32, closed: bool) -> Switch {
    Switch { from: BusIdx(from), to: BusIdx(to), closed, row: 0 }
}

#[test]
fn a_substation_goes_as_a_whole_and_a_bus_of_it_alone() {
    let mut network = branched();
    network.buses.push(bus(13, BusKind::Pq));
    network.buses.push(bus(14, BusKind::Pq));
    network.switches = vec![switch(7, 12, true), switch(12, 13, true), switch(13, 2, false)];
    network.branches[8].from = BusIdx(13); // 7 - 8 now starts at the far end of the substation
    network.loads.push(load(12, 7.0, 1.0));
    check("substation", &network, 1);
    let study = study(&network, Physics::Ac);
    assert_eq!(study.list(&[OutageKind::Substation]), [Outage::Substation(BusIdx(7))]);
    let answer = study.run(&[Outage::Substation(BusIdx(7)), Outage::Bus(BusIdx(12))], &Control::default());
    assert_eq!((answer.outages[0].islands, answer.outages[0].lost_mw), (2, 7.0));
    assert_eq!(answer.outages[1].lost_mw, 7.0);
    assert_eq!(answer.solved_afresh, 1, "the bus alone splits its node");
}

#[test]
fn what_is_out_already_is_not_listed() {
    let mut network = branched();
    network.branches[2].in_service = false;
    let mut situation = Situation::intact(&network);
    situation.bus_out[11] = true;
    situation.generator_out[4] = true;
    let study = Contingency::new(&network, &situation, &Settings::default(), Physics::Ac, None).unwrap();
    let list = study.list(&OutageKind::ALL);
    assert!(!list.contains(&Outage::Branch(BranchIdx(2))), "out in the file");
    assert!(!list.contains(&Outage::Branch(BranchIdx(13))), "ends at a bus that is out");
    assert_eq!(list.iter().filter(|o| o.kind() == OutageKind::Generator).count(), 4);
    assert_eq!(list.iter().filter(|o| o.kind() == OutageKind::Bus).count(), 11);
    // The last generator of bus 9 takes its voltage along now.
    let answer = study.run(&list, &Control::default());
    let mut flow = PowerFlow::new(&network, &Settings::default()).unwrap();
    for got in &answer.outages {
        let want = flow.solve(&study.situation_with(got.outage));
        assert_eq!((got.status, got.islands as usize), (want.status, want.islands.len()), "{:?}", got.outage);
        let e = extremes(&network, &want, false);
        near("lowest", got.extremes.and_then(|e| e.vm_min).map(|v| v.0), e.vm_min.map(|v| v.0), 1e-6);
    }
}

#[test]
fn settings_of_a_fresh_flow_hold_for_outages_too() {
    let network = branched();
    for settings in [
        Settings { reactive_limits: ReactiveLimits::Enforce, ..Settings::default() },
        Settings { balancing: Balancing::Headroom, ..Settings::default() },
    ] {
        let study = Contingency::new(&network, &Situation::intact(&network), &settings, Physics::Ac, None).unwrap();
        let outages = study.list(&[OutageKind::Branch]);
        let answer = study.run(&outages, &Control::default());
        let mut flow = PowerFlow::new(&network, &settings).unwrap();
        for got in &answer.outages {
            let want = extremes(&network, &flow.solve(&study.situation_with(got.outage)), false);
            near("loading", got.extremes.unwrap().max_loading.map(|l| l.0), want.max_loading.map(|l| l.0), 1e-6);
        }
    }
}

#[test]
fn a_heavy_outage_diverges_here_and_there() {
    // Two lines carry what one cannot.
    let mut network = Network::empty("heavy", 100.0);
    network.buses = vec![bus(1, BusKind::Slack), bus(2, BusKind::Pq)];
    network.branches = vec![branch(0, 1, 0.01, 0.3), branch(0, 1, 0.01, 0.3)];
    network.generators = vec![generator(0, 0.0, 500.0)];
    network.loads = vec![load(1, 210.0, 20.0)];
    let study = study(&network, Physics::Ac);
    assert_eq!(study.base().status, FlowStatus::Converged);
    let outages = study.list(&OutageKind::ALL);
    let answer = study.run(&outages, &Control::default());
    let status: Vec<FlowStatus> = answer.outages.iter().map(|r| r.status).collect();
    use FlowStatus::{Converged, Dark, Diverged};
    assert_eq!(status, [Diverged, Diverged, Dark, Dark, Converged]);
    assert!(answer.outages[0].extremes.is_none() && answer.outages[2].lost_mw == 210.0);
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let network = branched();
    for physics in [Physics::Ac, Physics::Dc, Physics::Screened] {
        let study = study(&network, physics);
        let outages: Vec<Outage> = (0..40).flat_map(|_| study.list(&OutageKind::ALL)).collect();
        let run = |threads: usize| {
            let seen = AtomicUsize::new(0);
            let progress = |done: usize, _: usize| {
                seen.fetch_max(done, Ordering::Relaxed);
            };
            let threads = NonZero::new(threads).unwrap();
            let answer = study.run(&outages, &Control { threads, stop: None, progress: &progress });
            assert!(seen.into_inner() > 0);
            answer
        };
        let one = run(1);
        for threads in [2, 3, 8] {
            assert_eq!(format!("{one:?}"), format!("{:?}", run(threads)), "{physics:?}");
        }
        // Nor do neighbours in a batch matter.
        for (k, result) in one.outages.iter().enumerate().take(30).filter(|_| physics != Physics::Screened) {
            assert_eq!(study.run(&outages[k..=k], &Control::default()).outages, [*result]);
        }
    }
}

#[test]
fn a_stop_ends_with_what_is_ready_and_says_so() {
    let network = branched();
    let study = study(&network, Physics::Ac);
    let outages: Vec<Outage> = (0..10).flat_map(|_| study.list(&OutageKind::ALL)).collect();
    let stop = AtomicBool::new(false);
    let progress = |done: usize, _: usize| stop.store(done >= 16, Ordering::Relaxed);
    let answer: Answer = study.run(&outages, &Control { stop: Some(&stop), progress: &progress, ..Control::default() });
    assert_eq!((answer.outages.len(), answer.not_done), (16, outages.len() - 16));
    // Stopped in the DC half of a screening, nothing counts as harmless that was not looked at.
    let study = self::study(&network, Physics::Screened);
    let answer = study.run(&outages, &Control { stop: Some(&AtomicBool::new(true)), ..Control::default() });
    assert_eq!((answer.outages.len(), answer.screened_out, answer.not_done), (0, 0, outages.len()));
}

#[test]
fn screening_leaves_out_what_is_harmless_and_keeps_the_rest() {
    let network = branched();
    let screened = study(&network, Physics::Screened);
    let outages = screened.list(&OutageKind::ALL);
    let some = screened.run(&outages, &Control::default());
    let all = study(&network, Physics::Ac).run(&outages, &Control::default());
    assert!(some.screened_out > 0 && some.outages.len() + some.screened_out == outages.len());
    let kept = |o: &Outage| some.outages.iter().any(|r| r.outage == *o);
    for result in &all.outages {
        let overloaded = result.extremes.is_none_or(|e| e.overloads > 0);
        if overloaded || result.lost_mw > 0.0 || result.islands > 1 {
            assert!(kept(&result.outage), "{result:?} was left out");
        }
    }
    for result in &some.outages {
        assert!(all.outages.contains(result));
    }
}
