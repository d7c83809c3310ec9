//! Priorities: one class after another, equal shares within a class; every answer is checked by `relight_verify`.

mod grid;

use grid::{buses, generator, line, load};
use proptest::prelude::*;
use relight_model::outcome::{Delivery, Formulation};
use relight_model::{Network, Situation};
use relight_plan::deliver::{DeliverError, DeliverSettings, Priorities, PriorityReport, deliver_by_priority};

const BOTH: [Formulation; 2] = [Formulation::Dc, Formulation::Ac];

#[track_caller]
fn ranked(
    network: &Network,
    formulation: Formulation,
    weights: Option<Vec<f64>>,
    rank: &[u32],
    equal_share: bool,
) -> (Delivery, PriorityReport) {
    let settings = DeliverSettings { formulation, weights, bound: false, ..DeliverSettings::default() };
    let priorities = Priorities { rank: rank.to_vec(), equal_share };
    let situation = Situation::intact(network);
    let (d, report) =
        deliver_by_priority(network, &situation, &settings, &priorities).expect("arguments fit each other");
    let verdict = relight_verify::verify_delivery(network, &situation, &d, settings.weights.as_deref());
    let failed: Vec<String> = verdict.failed().map(ToString::to_string).collect();
    assert!(verdict.passed, "verify refuses: {failed:?}\n{d:?}");
    (d, report)
}

/// Figures that agree to what stages give up.
#[track_caller]
fn near(have: f64, want: f64) {
    assert!((have - want).abs() <= 2e-3 * want.abs().max(1.0), "{have}, not {want}");
}

/// A source of `give_mw` at bus 1; bus 2 on a line without limit, bus 3 on one of `rate_mva`.
fn fork(give_mw: f64, rate_mva: f64, at_2: &[f64], at_3: &[f64]) -> Network {
    let mut network = buses(3);
    line(&mut network, 1, 2, 0.01, None);
    line(&mut network, 1, 3, 0.01, Some(rate_mva));
    generator(&mut network, 1, 0.0, give_mw);
    (network.generators[0].q_mvar_min, network.generators[0].q_mvar_max) = (-100.0, 100.0);
    at_2.iter().for_each(|&p| load(&mut network, 2, p));
    at_3.iter().for_each(|&p| load(&mut network, 3, p));
    network
}

#[test]
fn a_class_comes_before_all_later_ones_whatever_they_weigh() {
    for formulation in BOTH {
        let network = fork(50.0, 100.0, &[30.0, 40.0], &[10.0]);
        let (d, report) = ranked(&network, formulation, Some(vec![1.0, 100.0, 3.0]), &[0, 2, 1], false);
        near(d.load_served[0], 1.0);
        near(d.load_served[2], 1.0);
        near(d.load_served[1], 0.25);
        // By weights: all of the second, the third, and nothing of the first.
        assert!((2.9e3..3.0e3).contains(&report.price_worth_mw) && report.price_mw.abs() < 0.1, "{report:?}");
        let served: Vec<f64> = report.classes.iter().map(|c| c.served_mw.round()).collect();
        assert_eq!(served, [30.0, 10.0, 10.0]);
    }
}

#[test]
fn equal_shares_within_a_class_and_the_most_beyond() {
    for formulation in BOTH {
        // 60 MW for 100 MW, no other limit: 0.6 each.
        let (d, report) = ranked(&fork(60.0, 100.0, &[50.0, 20.0], &[30.0]), formulation, None, &[0; 3], true);
        d.load_served.iter().for_each(|&z| near(z, 0.6));
        assert!(report.price_mw.abs() < 0.1, "{report:?}");
        // The line to the third allows a third of it: that is the least share of all, and the rest goes beyond.
        let (d, report) = ranked(&fork(60.0, 10.0, &[50.0, 20.0], &[30.0]), formulation, None, &[0; 3], true);
        near(d.load_served[2], 1.0 / 3.0);
        near(d.served_mw, 60.0);
        near(report.classes[0].least_share.expect("asked for"), 1.0 / 3.0);
    }
}

#[test]
fn equal_shares_cost_what_they_take_from_the_better_placed() {
    for formulation in BOTH {
        // Weights would give all 30 MW to the first; equal shares of 0.5 give 15 MW to each.
        let network = fork(30.0, 100.0, &[30.0], &[30.0]);
        let (d, report) = ranked(&network, formulation, Some(vec![2.0, 1.0]), &[5, 5], true);
        near(d.load_served[0], 0.5);
        near(d.load_served[1], 0.5);
        near(report.price_worth_mw, 15.0);
        assert!(report.price_mw.abs() < 0.1);
    }
}

#[test]
fn ranks_of_another_network_and_floors_are_refused() {
    let network = fork(10.0, 10.0, &[5.0], &[5.0]);
    let ask = |settings: DeliverSettings, rank: Vec<u32>| {
        let priorities = Priorities { rank, equal_share: false };
        deliver_by_priority(&network, &Situation::intact(&network), &settings, &priorities).expect_err("does not fit")
    };
    assert!(matches!(ask(DeliverSettings::default(), vec![0]), DeliverError::Length { .. }));
    let shares = Some(vec![(0.0, 1.0); 2]);
    let floors = DeliverSettings { shares, ..DeliverSettings::default() };
    assert!(matches!(ask(floors, vec![0, 1]), DeliverError::NotTogether { .. }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// A class loses nothing to one that is added behind it, and no price by worth is below 0.
    #[test]
    fn what_comes_later_takes_nothing(
        lines in prop::collection::vec((1..5u32, 1..5u32, 0.01..0.1, 5.0..60.0), 4..8),
        units in prop::collection::vec((1..5u32, 10.0..60.0), 1..3),
        loads in prop::collection::vec((1..5u32, 2.0..30.0, 0..3u32), 1..9),
        equal in any::<bool>(),
    ) {
        let mut network = buses(4);
        for (from, to, x_pu, rate) in lines {
            line(&mut network, from, to, x_pu, Some(rate));
        }
        units.iter().for_each(|&(bus, most)| generator(&mut network, bus, 0.0, most));
        loads.iter().for_each(|&(bus, p, _)| load(&mut network, bus, p));
        let rank: Vec<u32> = loads.iter().map(|l| l.2).collect();
        let first = *rank.iter().min().expect("at least one load");
        let mut alone = network.clone();
        alone.loads.iter_mut().zip(&rank).for_each(|(l, r)| l.in_service = *r == first);
        let (_, with) = ranked(&network, Formulation::Dc, None, &rank, equal);
        let (_, without) = ranked(&alone, Formulation::Dc, None, &rank, equal);
        let lost = without.classes[0].served_mw - with.classes[0].served_mw;
        let allowed = if equal { 2e-3 } else { 3e-5 };
        prop_assert!(lost <= allowed * without.classes[0].served_mw.max(1.0), "{lost} of {with:?}");
        prop_assert!(with.price_worth_mw >= -1e-5 * with.weighted_served_mw.max(1.0), "{with:?}");
    }
}
