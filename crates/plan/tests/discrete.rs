//! Whole choices: feeders on or off, units off or above their minimum, lines opened where that helps. Every answer is checked by
//! `relight_verify::verify_discrete`.

mod grid;

use grid::{buses, close, generator, line, load};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use relight_model::outcome::{Delivery, Formulation};
use relight_model::{BranchIdx, GeneratorIdx, Network, Situation};
use relight_plan::deliver::{
    Commitment, DeliverError, DeliverSettings, DiscreteChoices, DiscreteReport, Objective, deliver, deliver_discrete,
};

const BOTH: [Formulation; 2] = [Formulation::Dc, Formulation::Ac];

fn settings(formulation: Formulation) -> DeliverSettings<'static> {
    DeliverSettings { formulation, bound: false, ..DeliverSettings::default() }
}

/// Delivers with whole choices and has the answer and what is said of it checked.
#[track_caller]
fn whole(network: &Network, settings: &DeliverSettings, choices: &DiscreteChoices) -> (Delivery, DiscreteReport) {
    let situation = Situation::intact(network);
    let (d, report) = deliver_discrete(network, &situation, settings, choices).expect("arguments fit each other");
    let verdict = relight_verify::verify_discrete(network, &situation, &d, settings.weights.as_deref());
    let failed: Vec<String> = verdict.failed().map(ToString::to_string).collect();
    assert!(verdict.passed, "verify refuses: {failed:?}\n{d:?}");
    close(report.loss_mw, report.continuous_served_mw - d.served_mw);
    assert!(report.solves <= choices.solves.max(6) + 4, "{report:?}");
    (d, report)
}

fn plain(network: &Network, formulation: Formulation) -> (Delivery, DiscreteReport) {
    whole(network, &settings(formulation), &DiscreteChoices::default())
}

/// A bus with a source of `give_mw` (and reactive power) and another with feeders.
fn one_line(give_mw: f64, feeders_mw: &[f64]) -> Network {
    let mut network = buses(2);
    line(&mut network, 1, 2, 0.01, None);
    generator(&mut network, 1, 0.0, give_mw);
    network.generators[0].q_mvar_max = 100.0;
    network.generators[0].q_mvar_min = -100.0;
    feeders_mw.iter().for_each(|&p| load(&mut network, 2, p));
    network
}

/// The most worth of all choices of feeders that have a valid point, by trying each.
fn best_of_all(network: &Network, formulation: Formulation, weights: &[f64]) -> f64 {
    let worth = |on: u32| {
        let shares = (0..network.loads.len()).map(|k| if on >> k & 1 == 1 { (1.0, 1.0) } else { (0.0, 0.0) });
        let shares = Some(shares.collect());
        let weights = Some(weights.to_vec());
        let settings = DeliverSettings { shares, weights, ..settings(formulation) };
        deliver(network, &Situation::intact(network), &settings).expect("arguments fit each other").objective_mw
    };
    (0..1u32 << network.loads.len()).map(worth).fold(0.0, f64::max)
}

#[test]
fn what_fits_together_is_chosen() {
    for formulation in BOTH {
        let (d, report) = plain(&one_line(10.0, &[6.0, 5.0, 4.0]), formulation);
        close(d.served_mw, 10.0);
        assert_eq!(d.load_served, [1.0, 0.0, 1.0], "{formulation:?}");
        assert!(report.loss_mw.abs() < 0.01, "{report:?}");
        let (d, _) = plain(&one_line(20.0, &[6.0, 5.0, 4.0]), formulation);
        assert_eq!(d.load_served, [1.0; 3]);
        let (d, report) = plain(&one_line(3.0, &[6.0, 5.0, 4.0]), formulation);
        assert_eq!(d.load_served, [0.0; 3]);
        assert!((report.loss_percent - 100.0).abs() < 1e-6 && report.continuous_served_mw > 2.99);
    }
}

#[test]
fn worth_comes_before_megawatts() {
    for formulation in BOTH {
        let weights = Some(vec![1.0, 100.0, 1.0]);
        let (d, _) = whole(
            &one_line(10.0, &[6.0, 5.0, 4.0]),
            &DeliverSettings { weights, ..settings(formulation) },
            &DiscreteChoices::default(),
        );
        assert_eq!(d.load_served, [0.0, 1.0, 1.0]);
    }
}

#[test]
fn a_unit_runs_at_its_minimum_at_least_or_is_off() {
    for formulation in BOTH {
        let network = |load_mw: &[f64]| {
            let mut network = one_line(20.0, load_mw);
            generator(&mut network, 1, 50.0, 100.0);
            network
        };
        // Too little demand for the large unit: the small one carries what it can.
        let (d, report) = plain(&network(&[10.0, 10.0, 10.0]), formulation);
        close(d.served_mw, 20.0);
        assert_eq!(report.units_off, [GeneratorIdx(1)]);
        // Enough for it.
        let (d, report) = plain(&network(&[30.0, 30.0, 30.0]), formulation);
        close(d.served_mw, 90.0);
        assert!(d.generators[1].p_mw >= 50.0 - 1e-6 && report.units_off.is_empty());
    }
}

#[test]
fn a_unit_that_suits_no_choice_leaves_its_island_without_load() {
    for formulation in BOTH {
        let mut network = one_line(8.0, &[5.0, 5.0]);
        network.generators[0].p_mw_min = 6.0;
        let (d, report) = plain(&network, formulation);
        assert_eq!(d.served_mw, 0.0);
        assert!(report.continuous_served_mw > 7.9);
    }
}

/// Two ways to bus 3, one of them short and weak: with both closed the weak one limits all.
#[test]
fn a_line_is_opened_where_that_serves_more() {
    for formulation in BOTH {
        let mut network = buses(3);
        line(&mut network, 1, 2, 0.01, Some(100.0));
        line(&mut network, 2, 3, 0.01, Some(100.0));
        line(&mut network, 1, 3, 0.01, Some(10.0));
        generator(&mut network, 1, 0.0, 100.0);
        network.generators[0].q_mvar_max = 100.0;
        network.generators[0].q_mvar_min = -100.0;
        (0..10).for_each(|_| load(&mut network, 3, 5.0));
        let (closed, report) = plain(&network, formulation);
        assert!(closed.served_mw < 30.1 && report.opened.is_empty());
        let openable = (0..3).map(BranchIdx).collect();
        let choices = DiscreteChoices { openable, ..DiscreteChoices::default() };
        let (open, report) = whole(&network, &settings(formulation), &choices);
        close(open.served_mw, 50.0);
        assert_eq!(report.opened, [BranchIdx(2)]);
        assert_eq!(open.opened, [BranchIdx(2)]);
    }
}

#[test]
fn what_does_not_go_together_is_refused() {
    let network = one_line(10.0, &[5.0]);
    let ask = |settings: &DeliverSettings, choices: &DiscreteChoices| {
        deliver_discrete(&network, &Situation::intact(&network), settings, choices).expect_err("does not fit")
    };
    let ac = settings(Formulation::Ac);
    let none = DiscreteChoices::default();
    for settings in [
        DeliverSettings { shares: Some(vec![(0.0, 1.0)]), ..ac.clone() },
        DeliverSettings { commitment: Some(vec![Commitment::On]), ..ac.clone() },
        DeliverSettings { objective: Objective::Cost, ..ac.clone() },
    ] {
        assert!(matches!(ask(&settings, &none), DeliverError::NotTogether { .. }));
    }
    let beyond = DiscreteChoices { openable: vec![BranchIdx(7)], ..none };
    assert!(matches!(ask(&ac, &beyond), DeliverError::Length { .. }));
}

/// DC keeps limits of shares as AC does: what must be served is, or the island is given up.
#[test]
fn dc_keeps_limits_of_shares() {
    let network = one_line(10.0, &[6.0, 6.0, 6.0]);
    let with = |shares: [(f64, f64); 3], weights: [f64; 3]| {
        let settings = DeliverSettings {
            shares: Some(shares.to_vec()),
            weights: Some(weights.to_vec()),
            ..settings(Formulation::Dc)
        };
        grid::delivered(&network, &Situation::intact(&network), &settings)
    };
    let d = with([(0.5, 1.0), (0.0, 0.25), (0.0, 1.0)], [1.0, 9.0, 2.0]);
    close(d.load_served[0], 0.5);
    close(d.load_served[1], 0.25);
    close(d.load_served[2], 5.5 / 6.0);
    close(d.bound_mw, d.objective_mw);
    let d = with([(1.0, 1.0), (1.0, 1.0), (0.0, 1.0)], [1.0; 3]);
    assert_eq!((d.failures.len(), d.served_mw), (1, 0.0));
}

type Draw = (Vec<(u32, u32, f64, f64)>, Vec<(u32, f64, f64)>, Vec<(u32, f64, f64)>);

fn draw() -> impl Strategy<Value = Draw> {
    (
        prop::collection::vec((1..5u32, 1..5u32, 0.01..0.1, 5.0..60.0), 4..8),
        prop::collection::vec((1..5u32, 10.0..60.0, prop_oneof![2 => Just(0.0), 1 => 2.0..30.0]), 1..4),
        prop::collection::vec((1..5u32, 2.0..25.0, prop_oneof![Just(1.0), 0.3..20.0]), 1..9),
    )
}

fn build((lines, units, loads): &Draw) -> (Network, Vec<f64>) {
    let mut network = buses(4);
    for &(a, b, x_pu, rate) in lines {
        line(&mut network, a, b, x_pu, Some(rate));
    }
    for &(bus, most, least) in units {
        generator(&mut network, bus, least.min(most), most);
        let unit = network.generators.last_mut().expect("just pushed");
        (unit.q_mvar_min, unit.q_mvar_max) = (-50.0, 50.0);
    }
    loads.iter().for_each(|&(bus, p, _)| load(&mut network, bus, p));
    network.loads.iter_mut().for_each(|l| l.q_mvar = 0.2 * l.p_mw);
    (network, loads.iter().map(|l| l.2).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    /// Whatever the network: whole, verified, no better than the proven bound; and on any second run the same.
    #[test]
    fn every_answer_is_whole_and_verified(d in draw()) {
        let (network, weights) = build(&d);
        for formulation in BOTH {
            let settings = DeliverSettings { weights: Some(weights.clone()), bound: true, ..settings(formulation) };
            let (first, report) = whole(&network, &settings, &DiscreteChoices::default());
            prop_assert!(first.objective_mw <= first.bound_mw + 1e-6);
            if formulation == Formulation::Dc && first.failures.is_empty() {
                prop_assert!(report.loss_worth_percent >= -1e-4, "{report:?}");
            }
            let (second, _) = whole(&network, &settings, &DiscreteChoices::default());
            prop_assert_eq!(first, second);
        }
    }
}

/// Against trying all choices, over a fixed sample: never better, and together close to it.
#[test]
fn close_to_the_best_of_all_choices() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut had, mut best_had) = (0.0, 0.0);
    for _ in 0..60 {
        let mut d = draw().new_tree(&mut runner).expect("a network can be drawn").current();
        d.1.iter_mut().for_each(|unit| unit.2 = 0.0);
        let (network, weights) = build(&d);
        for formulation in BOTH {
            let settings = DeliverSettings { weights: Some(weights.clone()), ..settings(formulation) };
            let (answer, _) = whole(&network, &settings, &DiscreteChoices::default());
            let best = best_of_all(&network, formulation, &weights);
            assert!(answer.objective_mw <= best * (1.0 + 1e-6) + 1e-6, "{} beats {best}", answer.objective_mw);
            had += answer.objective_mw;
            best_had += best;
        }
    }
    assert!(had >= 0.95 * best_had, "{had} of {best_had}");
}
