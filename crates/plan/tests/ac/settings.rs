//! What can be asked for: stopping, limits of shares, least cost; and what is refused.

use super::grid::{buses, delivered, generator, line, load};
use super::{ac, close, pglib, reactive};
use relight_model::outcome::{BoundBy, DeliveryStatus, Formulation};
use relight_model::{Cost, CostCurve, Network, Situation};
use relight_plan::deliver::{DeliverError, DeliverSettings, Objective, deliver};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

fn two_buses() -> Network {
    let mut n = buses(2);
    line(&mut n, 1, 2, 0.1, None).r_pu = 0.01;
    generator(&mut n, 1, 0.0, 100.0);
    generator(&mut n, 2, 0.0, 100.0);
    (0..2).for_each(|k| reactive(&mut n, k, 100.0));
    load(&mut n, 2, 60.0);
    n
}

fn costs(n: &mut Network, generator: usize, curve: CostCurve) {
    n.generators[generator].cost = Some(Cost { startup: 0.0, shutdown: 0.0, curve });
}

#[test]
fn a_stop_before_the_start_gives_an_answer_that_verifies() {
    let stop = AtomicBool::new(true);
    let n = two_buses();
    let d = delivered(&n, &Situation::intact(&n), &DeliverSettings { stop: Some(&stop), bound: false, ..ac() });
    assert_ne!(d.status, DeliveryStatus::Optimal);
    let Some(n) = pglib("300_ieee") else { return };
    delivered(&n, &Situation::intact(&n), &DeliverSettings { stop: Some(&stop), bound: false, ..ac() });
}

#[test]
fn a_stop_at_any_time_gives_an_answer_that_verifies() {
    let Some(n) = pglib("300_ieee") else { return };
    for wait_ms in [1, 3, 10, 30, 100] {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(wait_ms));
                stop.store(true, Ordering::Relaxed);
            });
            delivered(&n, &Situation::intact(&n), &DeliverSettings { stop: Some(&stop), bound: false, ..ac() });
        });
    }
}

#[test]
fn without_a_bound_the_demand_is_the_bound() {
    let n = two_buses();
    let d = delivered(&n, &Situation::intact(&n), &DeliverSettings { bound: false, ..ac() });
    assert_eq!((d.bound_by, d.bound_mw), (BoundBy::Demand, 60.0));
    assert_eq!(delivered(&n, &Situation::intact(&n), &ac()).bound_by, BoundBy::Soc);
}

#[test]
fn shares_that_must_be_served_are() {
    // 60 MW ask for 30 MW at least, and weigh nothing against 200 MW that weigh much.
    let mut n = two_buses();
    load(&mut n, 1, 300.0);
    let settings =
        DeliverSettings { weights: Some(vec![0.0, 5.0]), shares: Some(vec![(0.5, 1.0), (0.0, 0.6)]), ..ac() };
    let d = delivered(&n, &Situation::intact(&n), &settings);
    close(60.0 * d.load_served[0], 30.0);
    assert!(300.0 * d.load_served[1] > 160.0 && d.load_served[1] <= 0.6, "{:?}", d.load_served);
}

#[test]
fn the_cheaper_source_runs_until_losses_make_it_dearer() {
    // Quadratic costs of 1 and 2 per MW²h: without losses p1 = 2 p2; with them p1 gives a little less.
    let mut n = two_buses();
    costs(&mut n, 0, CostCurve::Polynomial(vec![1.0, 0.0, 0.0]));
    costs(&mut n, 1, CostCurve::Polynomial(vec![2.0, 0.0, 7.0]));
    let settings = DeliverSettings { objective: Objective::Cost, ..ac() };
    let d = delivered(&n, &Situation::intact(&n), &settings);
    let [p1, p2] = [0, 1].map(|k| d.generators[k].p_mw);
    assert!(p1 < 2.0 * p2 && p1 > 1.9 * p2, "{p1} and {p2}");
    assert_eq!(d.load_served, [1.0]);
    close(d.cost_per_hour.expect("it was sought"), p1 * p1 + 2.0 * p2 * p2 + 7.0);
    // A range that excludes zero holds: an optimal power flow has no units to switch off.
    n.generators[1].p_mw_min = 40.0;
    let d = delivered(&n, &Situation::intact(&n), &settings);
    assert!(d.generators[1].p_mw >= 40.0 - 1e-4);
}

#[test]
fn least_cost_of_more_than_can_be_served_says_so() {
    let mut n = two_buses();
    n.loads[0].p_mw = 500.0;
    costs(&mut n, 0, CostCurve::Polynomial(vec![1.0, 0.0]));
    let d = delivered(&n, &Situation::intact(&n), &DeliverSettings { objective: Objective::Cost, ..ac() });
    assert_eq!((d.status, d.failures.len(), d.cost_per_hour), (DeliveryStatus::Failed, 1, None));
}

#[test]
fn settings_that_do_not_fit_are_refused() {
    let mut n = two_buses();
    let ask = |n: &Network, settings: &DeliverSettings| deliver(n, &Situation::intact(n), settings).unwrap_err();
    for (least, most) in [(0.6, 0.5), (-0.1, 1.0), (0.0, 1.1), (f64::NAN, 1.0), (0.0, f64::NAN)] {
        let refusal = ask(&n, &DeliverSettings { shares: Some(vec![(least, most)]), ..ac() });
        assert!(matches!(refusal, DeliverError::Share { row: 1, .. }), "{refusal}");
    }
    for weight in [-1.0, f64::NAN, f64::INFINITY, 1e13] {
        let refusal = ask(&n, &DeliverSettings { weights: Some(vec![weight]), ..ac() });
        assert!(matches!(refusal, DeliverError::Weight { row: 1, .. }), "{refusal}");
    }
    let dc = DeliverSettings { formulation: Formulation::Dc, ..ac() };
    let refusal = ask(&n, &DeliverSettings { objective: Objective::Cost, ..dc });
    assert_eq!(refusal, DeliverError::OnlyAc { what: "least cost" });
    let refusal = ask(&n, &DeliverSettings { shares: Some(Vec::new()), ..ac() });
    assert!(matches!(refusal, DeliverError::Length { given: 0, rows: 1, .. }), "{refusal}");
    let other = delivered(&buses(1), &Situation::intact(&buses(1)), &ac());
    let refusal = ask(&n, &DeliverSettings { near: Some(&other), ..ac() });
    assert!(matches!(refusal, DeliverError::Length { .. }), "{refusal}");
    costs(&mut n, 1, CostCurve::Piecewise(vec![(0.0, 0.0), (100.0, 1000.0)]));
    let settings = DeliverSettings { objective: Objective::Cost, ..ac() };
    assert_eq!(ask(&n, &settings), DeliverError::PiecewiseCost { row: 2 });
    n.generators[1].in_service = false;
    assert!(deliver(&n, &Situation::intact(&n), &settings).is_ok(), "a source that is off costs nothing");
}

#[test]
fn an_answer_near_another_situation_is_as_good_as_from_nothing() {
    let Some(n) = pglib("118_ieee") else { return };
    let intact = delivered(&n, &Situation::intact(&n), &DeliverSettings { bound: false, ..ac() });
    for seed in 0..10 {
        let situation = super::grid::damage::random(&n, seed);
        let alone = delivered(&n, &situation, &DeliverSettings { bound: false, ..ac() });
        let near = delivered(&n, &situation, &DeliverSettings { bound: false, near: Some(&intact), ..ac() });
        let (a, b) = (alone.objective_mw, near.objective_mw);
        assert!((a - b).abs() <= 1e-3 * a.max(1.0), "seed {seed}: {a} alone, {b} from the intact network");
    }
}
