//! Safety against single outages: held against fresh power flows of every outage, and against one programme that has all
//! outages at once, each with angles of its own.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail like the tests they serve")]
#![allow(clippy::type_complexity, reason = "the rows of one plain programme, written out once")]

mod grid;

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettingsBuilder, DefaultSolver, IPSolver, SupportedConeT};
use grid::{buses, close, generator, hvdc, line, load};
use proptest::prelude::*;
use relight_model::outcome::{Delivery, Formulation};
use relight_model::{BranchIdx, GeneratorIdx, Network, Situation};
use relight_plan::deliver::preventive::{Against, Breach, Harm, Secure, breaking, secure};
use relight_plan::deliver::{DeliverError, DeliverSettings, Objective};
use relight_power::contingency::Outage;
use relight_power::{PowerFlow, Settings};

const BRANCHES: Against = Against { branches: true, generators: false };

/// Makes it safe and has the delivery checked.
fn safe(network: &Network, situation: &Situation, settings: &DeliverSettings, against: Against) -> Secure {
    let answer = secure(network, situation, settings, against).expect("arguments fit each other");
    for delivery in [&answer.delivery, &answer.plain] {
        let verdict = relight_verify::verify_delivery(network, situation, delivery, settings.weights.as_deref());
        let failed: Vec<String> = verdict.failed().map(ToString::to_string).collect();
        assert!(verdict.passed, "verify refuses: {failed:?}");
    }
    answer
}

fn intact(network: &Network, against: Against) -> Secure {
    safe(network, &Situation::intact(network), &DeliverSettings::default(), against)
}

/// Two lines of 50 MVA side by side.
fn pair(demand_mw: f64) -> Network {
    let mut network = buses(2);
    line(&mut network, 1, 2, 0.1, Some(50.0));
    line(&mut network, 1, 2, 0.1, Some(50.0));
    generator(&mut network, 1, 0.0, 200.0);
    load(&mut network, 2, demand_mw);
    network
}

#[test]
fn one_of_two_lines_must_carry_all() {
    let answer = intact(&pair(80.0), BRANCHES);
    close(answer.plain.served_mw, 80.0);
    close(answer.delivery.served_mw, 50.0);
    close(answer.extra_shed_mw, 30.0);
    close(answer.delivery.bound_mw, 50.0);
    assert!(answer.unsafe_left.is_empty(), "{:?}", answer.unsafe_left);
    let harm = |b: u32| Harm::Overload { branch: BranchIdx(b), at_mva: 80.0, limit_mva: 50.0, overloads: 1 };
    let [first, second] = &answer.breaking_before[..] else { panic!("{:?}", answer.breaking_before) };
    assert_eq!((first.outage, second.outage), (Outage::Branch(BranchIdx(0)), Outage::Branch(BranchIdx(1))));
    for (breach, expected) in [(first, harm(1)), (second, harm(0))] {
        let Harm::Overload { branch, at_mva, overloads, .. } = breach.harm else { panic!("{breach:?}") };
        let Harm::Overload { branch: other, at_mva: mva, .. } = expected else { unreachable!() };
        assert_eq!((branch, overloads), (other, 1));
        close(at_mva, mva);
    }
}

#[test]
fn the_short_term_rating_counts_after_an_outage_if_it_is_higher() {
    let mut network = pair(80.0);
    network.branches.iter_mut().for_each(|b| b.rate_b_mva = Some(65.0));
    close(intact(&network, BRANCHES).delivery.served_mw, 65.0);
    network.branches.iter_mut().for_each(|b| b.rate_b_mva = Some(10.0));
    close(intact(&network, BRANCHES).delivery.served_mw, 50.0);
}

#[test]
fn what_is_safe_stays_as_it_is() {
    let answer = intact(&pair(45.0), BRANCHES);
    assert_eq!((answer.extra_shed_mw, answer.rounds, answer.constraints), (0.0, 0, 0));
    assert_eq!(answer.delivery, answer.plain);
    assert!(answer.breaking_before.is_empty());
}

#[test]
fn a_bridge_is_told_and_not_shed_for() {
    let mut network = pair(40.0);
    network.buses.push(buses(3).buses.remove(2));
    line(&mut network, 2, 3, 0.1, Some(50.0));
    load(&mut network, 3, 7.0);
    let answer = intact(&network, BRANCHES);
    close(answer.delivery.served_mw, 47.0);
    let [Breach { outage, harm: Harm::Lost { lost_mw } }] = answer.unsafe_left[..] else {
        panic!("{:?}", answer.unsafe_left)
    };
    assert_eq!(outage, Outage::Branch(BranchIdx(2)));
    close(lost_mw, 7.0);
}

#[test]
fn a_bridge_between_two_sources_costs_what_headroom_does_not_cover() {
    let mut network = buses(2);
    line(&mut network, 1, 2, 0.1, None);
    generator(&mut network, 1, 0.0, 100.0);
    generator(&mut network, 2, 0.0, 30.0);
    load(&mut network, 2, 90.0);
    let answer = intact(&network, BRANCHES);
    let [Breach { harm: Harm::Lost { lost_mw }, .. }] = answer.unsafe_left[..] else {
        panic!("{:?}", answer.unsafe_left)
    };
    close(lost_mw, 60.0);
}

#[test]
fn the_others_must_cover_the_largest_generator() {
    let mut network = buses(1);
    for p_mw in [60.0, 50.0, 40.0] {
        generator(&mut network, 1, 0.0, p_mw);
    }
    load(&mut network, 1, 120.0);
    let answer = intact(&network, Against::default());
    close(answer.delivery.served_mw, 90.0);
    close(answer.delivery.bound_mw, 90.0);
    assert!(answer.unsafe_left.is_empty(), "{:?}", answer.unsafe_left);
    let missing = |k: u32, mw: f64| (Outage::Generator(GeneratorIdx(k)), mw);
    let expected = [missing(0, 30.0), missing(1, 20.0), missing(2, 10.0)];
    assert_eq!(answer.breaking_before.len(), 3);
    for (breach, (outage, mw)) in answer.breaking_before.iter().zip(expected) {
        let Harm::Headroom { missing_mw } = breach.harm else { panic!("{breach:?}") };
        assert_eq!(breach.outage, outage);
        close(missing_mw, mw);
    }
    network.generators.truncate(1);
    network.loads[0].p_mw = 20.0;
    let answer = intact(&network, Against::default());
    close(answer.delivery.served_mw, 20.0);
    assert!(matches!(answer.unsafe_left[..], [Breach { harm: Harm::Lost { .. }, .. }]), "{:?}", answer.unsafe_left);
}

/// Another dispatch may cost nothing: no load is shed where generators can be moved instead.
#[test]
fn moving_generation_comes_before_shedding() {
    let mut network = pair(80.0);
    generator(&mut network, 2, 0.0, 30.0);
    let answer = intact(&network, BRANCHES);
    assert!(!answer.breaking_before.is_empty());
    close(answer.extra_shed_mw, 0.0);
    assert!(answer.unsafe_left.is_empty());
}

#[test]
fn links_keep_their_power_after_an_outage() {
    let mut network = pair(80.0);
    hvdc(&mut network, 1, 2, 0.0, 20.0, 0.0, 0.0);
    let settings = DeliverSettings { hvdc: true, ..DeliverSettings::default() };
    let answer = safe(&network, &Situation::intact(&network), &settings, BRANCHES);
    close(answer.delivery.served_mw, 70.0);
    assert!(answer.unsafe_left.is_empty());
}

#[test]
fn what_does_not_go_together_is_refused() {
    let network = pair(80.0);
    let settings =
        DeliverSettings { formulation: Formulation::Ac, objective: Objective::Cost, ..DeliverSettings::default() };
    let refused = secure(&network, &Situation::intact(&network), &settings, BRANCHES);
    assert!(matches!(refused, Err(DeliverError::NotTogether { .. })), "{refused:?}");
}

/// By AC the same pair serves less than 50 MW, since reactive power takes its part of the line that is left.
#[test]
fn ac_is_checked_by_ac() {
    let mut network = pair(80.0);
    network.loads[0].q_mvar = 20.0;
    (network.generators[0].q_mvar_min, network.generators[0].q_mvar_max) = (-100.0, 100.0);
    let settings = DeliverSettings { formulation: Formulation::Ac, ..DeliverSettings::default() };
    let answer = safe(&network, &Situation::intact(&network), &settings, BRANCHES);
    assert_eq!(answer.breaking_before.len(), 2, "{:?}", answer.breaking_before);
    assert!(answer.unsafe_left.is_empty(), "{:?}", answer.unsafe_left);
    assert!((40.0..50.0).contains(&answer.delivery.served_mw), "{}", answer.delivery.served_mw);
    for out in 0..2 {
        let mut situation = Situation::intact(&network);
        situation.branch_out[out] = true;
        let flow =
            PowerFlow::new(&as_flow(&network, &answer.delivery), &Settings::default()).unwrap().solve(&situation);
        let state = &flow.branches[1 - out];
        assert!(state.p_from_mw.hypot(state.q_from_mvar) <= 50.0 * (1.0 + 1e-6), "{state:?}");
    }
}

/// A generator that feeds nothing gives nothing in DC. By AC its line takes charging and losses all the same.
#[test]
fn an_island_that_serves_nothing_keeps_its_voltage() {
    let mut network = pair(80.0);
    network.buses.extend(buses(4).buses.into_iter().skip(2));
    line(&mut network, 3, 4, 0.1, Some(50.0)).r_pu = 0.01;
    generator(&mut network, 3, 0.0, 50.0);
    for unit in &mut network.generators {
        (unit.q_mvar_min, unit.q_mvar_max) = (-100.0, 100.0);
    }
    let settings = DeliverSettings { formulation: Formulation::Ac, ..DeliverSettings::default() };
    let answer = safe(&network, &Situation::intact(&network), &settings, Against::default());
    assert!(answer.delivery.buses.iter().all(|b| b.energized && b.vm_pu > 0.5), "{:?}", answer.delivery.buses);
    assert_eq!(answer.delivery.bound_mw, answer.plain.bound_mw);
    assert!(answer.delivery.gap > 0.3, "{}", answer.delivery.gap);
}

#[derive(Clone, Debug)]
struct Draw {
    buses: u32,
    lines: Vec<(u32, u32, f64, f64, f64, f64)>,
    generators: Vec<(u32, f64)>,
    loads: Vec<(u32, f64, f64)>,
}

fn draw(buses_max: u32, shifted: bool) -> impl Strategy<Value = Draw> {
    (2..=buses_max).prop_flat_map(move |n| {
        let bus = 1..=n;
        let shift = if shifted { prop_oneof![9 => Just(0.0), 1 => -2.0..2.0f64].boxed() } else { Just(0.0).boxed() };
        let line = (bus.clone(), bus.clone(), 0.01..0.5, 5.0..80.0, 0.8..1.5, shift);
        let lines = prop::collection::vec(line, n as usize..(3 * n as usize));
        let generators = prop::collection::vec((bus.clone(), 10.0..150.0), 1..4);
        let loads = prop::collection::vec((bus, -10.0..60.0, prop_oneof![Just(1.0), 0.1..10.0]), 1..(2 * n as usize));
        (lines, generators, loads).prop_map(move |(lines, generators, loads)| Draw {
            buses: n,
            lines,
            generators,
            loads,
        })
    })
}

fn build(d: &Draw) -> (Network, DeliverSettings<'static>) {
    let mut network = buses(d.buses);
    for &(from, to, x_pu, rate_mva, short, shift_deg) in d.lines.iter().filter(|l| l.0 != l.1) {
        let branch = line(&mut network, from, to, x_pu, Some(rate_mva));
        (branch.rate_b_mva, branch.shift_deg) = (Some(rate_mva * short), shift_deg);
    }
    d.generators.iter().for_each(|&(bus, p_mw)| generator(&mut network, bus, 0.0, p_mw));
    d.loads.iter().for_each(|&(bus, p_mw, _)| load(&mut network, bus, p_mw));
    let weights = Some(d.loads.iter().map(|l| l.2).collect());
    (network, DeliverSettings { weights, ..DeliverSettings::default() })
}

/// Parts that lines in service join.
fn parts(network: &Network, without: Option<usize>) -> Vec<usize> {
    let mut part: Vec<usize> = (0..network.buses.len()).collect();
    for _ in 0..network.buses.len() {
        for (_, b) in network.branches.iter().enumerate().filter(|(k, _)| Some(*k) != without) {
            let least = part[b.from.i()].min(part[b.to.i()]);
            (part[b.from.i()], part[b.to.i()]) = (least, least);
        }
    }
    part
}

fn is_bridge(network: &Network, k: usize) -> bool {
    let (part, b) = (parts(network, Some(k)), &network.branches[k]);
    part[b.from.i()] != part[b.to.i()]
}

fn short_mva(network: &Network, k: usize) -> f64 {
    let b = &network.branches[k];
    b.rate_a_mva.unwrap().max(b.rate_b_mva.unwrap())
}

/// The network with the powers of a delivery.
fn as_flow(network: &Network, delivery: &Delivery) -> Network {
    let mut n = network.clone();
    for (load, share) in n.loads.iter_mut().zip(&delivery.load_served) {
        (load.p_mw, load.q_mvar) = (load.p_mw * share, load.q_mvar * share);
    }
    for (unit, state) in n.generators.iter_mut().zip(&delivery.generators) {
        (unit.p_mw, unit.vm_pu) = (state.p_mw, delivery.buses[unit.bus.i()].vm_pu);
    }
    n
}

/// Solves the flow of every outage afresh; panics where it breaks something that is not listed.
fn hold(network: &Network, answer: &Secure) {
    let listed = |outage| answer.unsafe_left.iter().any(|b| b.outage == outage);
    let flowing = as_flow(network, &answer.delivery);
    let live = |bus: relight_model::BusIdx| answer.delivery.buses[bus.i()].energized;
    for k in (0..network.branches.len()).filter(|&k| live(network.branches[k].from)) {
        if is_bridge(network, k) || listed(Outage::Branch(BranchIdx::from(k))) {
            continue;
        }
        let mut situation = Situation::intact(network);
        situation.branch_out[k] = true;
        let flow = PowerFlow::new(&flowing, &Settings::default()).unwrap().solve_dc(&situation);
        for (l, state) in flow.branches.iter().enumerate().filter(|(_, s)| s.in_service) {
            let short = short_mva(network, l);
            let at = state.p_from_mw.abs();
            assert!(at <= short * (1.0 + 2e-6) + 2e-5, "without {k}, {l} carries {at} of {short}");
        }
    }
    let part = parts(network, None);
    for (k, unit) in network.generators.iter().enumerate() {
        let near = |j: &usize| *j != k && part[network.generators[*j].bus.i()] == part[unit.bus.i()];
        let others: Vec<usize> = (0..network.generators.len()).filter(near).collect();
        if others.is_empty() || listed(Outage::Generator(GeneratorIdx::from(k))) {
            continue;
        }
        let room: f64 =
            others.iter().map(|&j| network.generators[j].p_mw_max - answer.delivery.generators[j].p_mw).sum();
        let p_mw = answer.delivery.generators[k].p_mw;
        assert!(room >= p_mw - 2e-5 - 2e-6 * p_mw, "without generator {k}: {room} for {p_mw}");
    }
}

/// Worth of the best safe delivery, by one programme in which every outage has angles of its own.
fn all_at_once(network: &Network, weights: &[f64]) -> f64 {
    let (base, n) = (network.base_mva, network.buses.len());
    let part = parts(network, None);
    let source = |p: usize| network.generators.iter().any(|g| part[g.bus.i()] == p);
    let lit: Vec<bool> = part.iter().map(|&p| source(p)).collect();
    let loads: Vec<usize> = (0..network.loads.len()).filter(|&k| lit[network.loads[k].bus.i()]).collect();
    let units = network.generators.len();
    let mut cases = vec![None];
    cases.extend((0..network.branches.len()).filter(|&k| !is_bridge(network, k)).map(Some));
    // Columns: shares, powers, angles of each case. Rows: (column, value)..., right side; equalities, then at most.
    let angle = |case: usize, bus: usize| loads.len() + units + case * n + bus;
    let columns = angle(cases.len(), 0);
    let (mut equal, mut most): (Vec<(Vec<(usize, f64)>, f64)>, Vec<(Vec<(usize, f64)>, f64)>) = (vec![], vec![]);
    for c in 0..loads.len() {
        most.push((vec![(c, 1.0)], 1.0));
        most.push((vec![(c, -1.0)], 0.0));
    }
    for g in 0..units {
        most.push((vec![(loads.len() + g, 1.0)], network.generators[g].p_mw_max / base));
        most.push((vec![(loads.len() + g, -1.0)], 0.0));
    }
    for (case, out) in cases.iter().enumerate() {
        for bus in (0..n).filter(|&b| lit[b]) {
            let mut row: Vec<(usize, f64)> = Vec::new();
            for (c, &k) in loads.iter().enumerate().filter(|(_, k)| network.loads[**k].bus.i() == bus) {
                row.push((c, -network.loads[k].p_mw / base));
            }
            row.extend((0..units).filter(|&g| network.generators[g].bus.i() == bus).map(|g| (loads.len() + g, 1.0)));
            for (k, b) in network.branches.iter().enumerate().filter(|(k, _)| Some(*k) != *out) {
                for (here, there) in [(b.from.i(), b.to.i()), (b.to.i(), b.from.i())] {
                    if here == bus {
                        row.extend([(angle(case, here), -1.0 / b.x_pu), (angle(case, there), 1.0 / b.x_pu)]);
                    }
                }
                if b.from.i() == bus {
                    let rate = if out.is_some() { short_mva(network, k) } else { b.rate_a_mva.unwrap() } / base;
                    let flow = [(angle(case, b.from.i()), 1.0 / b.x_pu), (angle(case, b.to.i()), -1.0 / b.x_pu)];
                    most.push((flow.to_vec(), rate));
                    most.push((flow.iter().map(|(c, v)| (*c, -v)).collect(), rate));
                }
            }
            equal.push((row, 0.0));
            if part[bus] == bus {
                equal.push((vec![(angle(case, bus), 1.0)], 0.0));
            }
        }
        (0..n).filter(|&b| !lit[b]).for_each(|b| equal.push((vec![(angle(case, b), 1.0)], 0.0)));
    }
    for p in 0..n {
        let here: Vec<usize> = (0..units).filter(|&g| part[network.generators[g].bus.i()] == p).collect();
        for &g in here.iter().filter(|_| here.len() > 1) {
            let others: f64 = here.iter().filter(|&&j| j != g).map(|&j| network.generators[j].p_mw_max / base).sum();
            most.push((here.iter().map(|&j| (loads.len() + j, 1.0)).collect(), others));
        }
    }
    let mut cost = vec![0.0; columns];
    loads.iter().enumerate().for_each(|(c, &k)| cost[c] = -weights[k] * network.loads[k].p_mw.abs() / base);
    let mut entries: Vec<(usize, usize, f64)> = Vec::new();
    let rows: Vec<&(Vec<(usize, f64)>, f64)> = equal.iter().chain(&most).collect();
    for (r, (row, _)) in rows.iter().enumerate() {
        for (c, _) in row {
            let value = row.iter().filter(|(other, _)| other == c).map(|(_, v)| v).sum();
            entries.push((*c, r, value));
        }
    }
    entries.sort_by_key(|e| (e.0, e.1));
    entries.dedup_by_key(|e| (e.0, e.1));
    let mut start = vec![0; columns + 1];
    entries.iter().for_each(|e| start[e.0 + 1] += 1);
    (0..columns).for_each(|c| start[c + 1] += start[c]);
    let a = CscMatrix::new(
        rows.len(),
        columns,
        start,
        entries.iter().map(|e| e.1).collect(),
        entries.iter().map(|e| e.2).collect(),
    );
    let right: Vec<f64> = rows.iter().map(|r| r.1).collect();
    let cones = [SupportedConeT::ZeroConeT(equal.len()), SupportedConeT::NonnegativeConeT(most.len())];
    let settings = DefaultSettingsBuilder::default()
        .verbose(false)
        .max_threads(1)
        .direct_solve_method("qdldl".into())
        .presolve_enable(false)
        .build()
        .unwrap();
    let mut solver =
        DefaultSolver::new(&CscMatrix::zeros((columns, columns)), &cost, &a, &right, &cones, settings).unwrap();
    solver.solve();
    -solver.solution.obj_val * base
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Fresh power flows of all outages find nothing that is not listed, with phase shifters too; and what is left is left
    /// for a reason.
    #[test]
    fn no_outage_breaks_what_is_safe(d in draw(14, true)) {
        let (network, settings) = build(&d);
        let answer = safe(&network, &Situation::intact(&network), &settings, Against::default());
        hold(&network, &answer);
        prop_assert!(answer.delivery.failures.len() == answer.plain.failures.len());
        prop_assert!(answer.extra_shed_worth_mw >= -1e-5 * answer.plain.bound_mw.max(1.0));
        if d.lines.iter().all(|l| l.5 == 0.0) {
            let only_losses = answer.unsafe_left.iter().all(|b| matches!(b.harm, Harm::Lost { .. }));
            prop_assert!(only_losses, "{:?}", answer.unsafe_left);
            prop_assert!(answer.delivery.gap <= 1e-6, "gap {}", answer.delivery.gap);
        }
        // What is told of a delivery alone is what was told while it was made.
        let again = breaking(&network, &Situation::intact(&network), &answer.plain, Against::default()).unwrap();
        let outages = |all: &[Breach]| all.iter().map(|b| b.outage).collect::<Vec<_>>();
        prop_assert_eq!(outages(&again), outages(&answer.breaking_before));
    }

    /// The shedding is the least.
    #[test]
    fn the_shedding_is_the_least(d in draw(6, false)) {
        let (network, settings) = build(&d);
        let answer = safe(&network, &Situation::intact(&network), &settings, Against::default());
        let least = all_at_once(&network, settings.weights.as_ref().unwrap());
        let have = answer.delivery.objective_mw;
        prop_assert!((have - least).abs() <= 1e-5 * least.max(1.0), "{have}, not {least}");
    }
}
