//! Two buses, whose best delivery can be worked out on paper.

use super::grid::{buses, generator, line, load, shunt};
use super::{close, intact, reactive};
use relight_model::Network;
use relight_model::outcome::{DeliveryStatus, LimitKind};
use relight_model::{Branch, Situation};
use relight_plan::limits;

const X: f64 = 0.5;

/// 500 MW and any reactive power at bus 1, 200 MW of load at bus 2, a lossless line of 0.5 p.u. between them.
fn two_buses() -> Network {
    let mut n = buses(2);
    line(&mut n, 1, 2, X, None);
    generator(&mut n, 1, 0.0, 500.0);
    load(&mut n, 2, 200.0);
    reactive(&mut n, 0, 1000.0);
    n
}

/// As [`two_buses`], with any reactive power at both ends.
fn two_held_buses() -> Network {
    let mut n = two_buses();
    generator(&mut n, 2, 0.0, 0.0);
    reactive(&mut n, 1, 1000.0);
    n
}

fn the_line(n: &mut Network) -> &mut Branch {
    &mut n.branches[0]
}

#[test]
fn the_least_voltage_limits_a_line_without_support() {
    // Q = 0 at bus 2 means v2 = v1 cos δ: P = v2 √(v1² − v2²) / x, and v2 falls to 0.9 before P is at its most.
    let d = intact(&two_buses());
    close(d.served_mw, 100.0 * 0.9 * (1.21f64 - 0.81).sqrt() / X);
    assert!((d.buses[0].vm_pu - 1.1).abs() < 1e-5 && (d.buses[1].vm_pu - 0.9).abs() < 1e-5, "{:?}", d.buses);
}

#[test]
fn the_nose_of_the_curve_limits_where_voltages_may_fall() {
    // With v2 free, P is at its most at v2 = v1 / √2: v1² / 2x.
    let mut n = two_buses();
    n.buses[1].vm_pu_min = 0.3;
    let d = intact(&n);
    close(d.served_mw, 100.0 * 1.21 / (2.0 * X));
    assert!((d.buses[1].vm_pu - 1.1 / 2f64.sqrt()).abs() < 1e-3);
}

#[test]
fn a_load_of_a_power_factor_gets_less() {
    // Q = t P at bus 2: (v2² + t P x)² + (P x)² = v1² v2² with t = 1/2, v1 = 1.1, v2 = 0.9.
    let mut n = two_buses();
    n.loads[0].q_mvar = 100.0;
    let (t, u, w) = (0.5f64, 0.81f64, 1.21f64 * 0.81);
    let px = (-t * u + ((t * u).powi(2) + (1.0 + t * t) * (w - u * u)).sqrt()) / (1.0 + t * t);
    close(intact(&n).served_mw, 100.0 * px / X);
}

#[test]
fn a_capacitor_lets_the_line_carry_more() {
    // b v2² from the shunt: v1 cos δ = v2 (1 − b x), P = v2 √(v1² − v2² (1 − b x)²) / x.
    let mut n = two_buses();
    shunt(&mut n, 2, 0.0);
    n.shunts[0].b_mvar = 20.0;
    let d = intact(&n);
    close(d.served_mw, 100.0 * 0.9 * (1.21f64 - (0.9f64 * 0.9).powi(2)).sqrt() / X);
    assert!(d.shunt_served[0] > 1.0 - 1e-5);
}

#[test]
fn a_reactor_is_left_out() {
    let mut n = two_buses();
    shunt(&mut n, 2, 0.0);
    n.shunts[0].b_mvar = -20.0;
    let d = intact(&n);
    close(d.served_mw, 100.0 * 0.9 * (1.21f64 - 0.81).sqrt() / X);
    assert!(d.shunt_served[0] < 1e-5, "{:?}", d.shunt_served);
}

#[test]
fn resistance_costs_voltage_and_generation() {
    // r alone: P = v2 (v1 − v2) / r with v1 = 1.1, v2 = 0.9; the source gives v1 (v1 − v2) / r.
    let mut n = two_buses();
    (the_line(&mut n).r_pu, the_line(&mut n).x_pu) = (0.1, 0.0);
    let d = intact(&n);
    close(d.served_mw, 180.0);
    close(d.generators[0].p_mw, 220.0);
    close(d.branches[0].p_from_mw + d.branches[0].p_to_mw, 40.0);
}

#[test]
fn a_rating_is_of_apparent_power_at_either_end() {
    // Equal voltages of 1.1 are best: |S| = 2 v² sin(δ/2) / x at both ends, P = |S| cos(δ/2).
    let mut n = two_held_buses();
    the_line(&mut n).rate_a_mva = Some(80.0);
    let d = intact(&n);
    let half: f64 = 0.8 * X / (2.0 * 1.21);
    close(d.served_mw, 80.0 * (1.0 - half * half).sqrt());
    assert!((d.branches[0].loading_percent.unwrap() - 100.0).abs() < 1e-3);
    let all = limits(&n, &Situation::intact(&n), &d);
    assert!(all.iter().any(|l| l.kind == LimitKind::BranchFull && l.row == 1), "{all:?}");
}

#[test]
fn an_angle_limit_holds_from_either_end() {
    for (from, to) in [(1, 2), (2, 1)] {
        let mut n = two_held_buses();
        (the_line(&mut n).from, the_line(&mut n).to) = ((from as usize - 1).into(), (to as usize - 1).into());
        (the_line(&mut n).angle_deg_min, the_line(&mut n).angle_deg_max) = (-20.0, 20.0);
        close(intact(&n).served_mw, 100.0 * 1.21 * 20f64.to_radians().sin() / X);
    }
}

#[test]
fn a_tap_moves_the_voltage_that_limits() {
    // The ideal transformer at bus 1 turns 1.1 into 1.1 / tap.
    let mut n = two_buses();
    the_line(&mut n).tap = 1.05;
    let v: f64 = 1.1 / 1.05;
    close(intact(&n).served_mw, 100.0 * 0.9 * (v * v - 0.81).sqrt() / X);
}

#[test]
fn a_source_without_reactive_power_carries_what_charging_gives_back() {
    // No reactive power at either end, and the line takes I² x: without charging nothing can flow.
    let mut n = two_buses();
    reactive(&mut n, 0, 0.0);
    let d = intact(&n);
    // Only v1 = v2 and δ = 0 balance both ends: P is 0 but for the root of what a balance may be off.
    assert!(d.served_mw < 0.5, "{}", d.served_mw);
    // b at each end: by symmetry v1 = v2 = v, b v² = v² (1 − cos δ) / x, P = v² sin δ / x.
    (the_line(&mut n).b_from_pu, the_line(&mut n).b_to_pu) = (0.1, 0.1);
    let cos: f64 = 1.0 - 0.1 * X;
    close(intact(&n).served_mw, 100.0 * 1.21 * (1.0 - cos * cos).sqrt() / X);
}

#[test]
fn all_is_served_and_proven_where_nothing_limits() {
    let mut n = two_held_buses();
    n.loads[0].p_mw = 50.0;
    let d = intact(&n);
    assert_eq!((d.status, d.load_served[0], d.served_mw), (DeliveryStatus::Optimal, 1.0, 50.0));
    assert!(limits(&n, &Situation::intact(&n), &d).is_empty());
}

#[test]
fn the_heavier_load_goes_first() {
    // Two loads share what the rating leaves.
    let mut n = two_held_buses();
    the_line(&mut n).rate_a_mva = Some(80.0);
    load(&mut n, 2, 60.0);
    let settings = relight_plan::deliver::DeliverSettings { weights: Some(vec![1.0, 10.0]), ..super::ac() };
    let d = super::grid::delivered(&n, &Situation::intact(&n), &settings);
    let half: f64 = 0.8 * X / (2.0 * 1.21);
    let carried = 80.0 * (1.0 - half * half).sqrt();
    assert!(d.load_served[1] > 1.0 - 1e-6);
    close(d.load_served[0] * 200.0, carried - 60.0);
}
