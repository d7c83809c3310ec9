//! HVDC lines, switches, shifters, negative loads, shunts, sources that must run: what only some networks have.

use super::grid::{buses, delivered, generator, hvdc, line, load, shunt, switch};
use super::{ac, close, intact, reactive};
use relight_model::outcome::{Delivery, DeliveryStatus};
use relight_model::{Network, Situation};
use relight_plan::deliver::DeliverSettings;

/// Two islands: a source of 100 MW with 20 MW of load at buses 1, 2; a source of 10 MW with 60 MW at buses 3, 4.
fn two_islands() -> Network {
    let mut n = buses(4);
    line(&mut n, 1, 2, 0.1, None);
    line(&mut n, 3, 4, 0.1, None);
    generator(&mut n, 1, 0.0, 100.0);
    generator(&mut n, 3, 0.0, 10.0);
    (0..2).for_each(|k| reactive(&mut n, k, 100.0));
    load(&mut n, 2, 20.0);
    load(&mut n, 4, 60.0);
    n
}

fn with_hvdc(n: &Network) -> Delivery {
    delivered(n, &Situation::intact(n), &DeliverSettings { hvdc: true, ..ac() })
}

#[test]
fn an_hvdc_line_carries_between_islands_and_loses_what_it_says() {
    // 40 MW leave, 10 % and 1 MW are lost: 35 MW and the island's own 10 MW arrive.
    let mut n = two_islands();
    hvdc(&mut n, 2, 4, 0.0, 40.0, 1.0, 0.1);
    assert_eq!(intact(&n).hvdc_p_from_mw, [None], "it is not used unless asked for");
    let d = with_hvdc(&n);
    close(d.served_mw, 20.0 + 10.0 + 35.0);
    close(d.hvdc_p_from_mw[0].unwrap(), 40.0);
}

#[test]
fn converters_give_reactive_power_within_their_limits() {
    // The second island has no reactive power of its own, so that its load at a power factor lives on the converter's.
    let mut n = two_islands();
    reactive(&mut n, 1, 0.0);
    n.loads[1].q_mvar = 30.0;
    hvdc(&mut n, 2, 4, 0.0, 80.0, 0.0, 0.0);
    n.hvdc_lines[0].q_to_mvar_max = 25.0;
    let d = with_hvdc(&n);
    assert!(d.hvdc_q_to_mvar[0] <= 25.0 + 1e-4);
    assert!(d.load_served[1] > 0.5 && d.load_served[1] <= 25.0 / 30.0 + 1e-6, "{:?}", d.load_served);
}

#[test]
fn an_hvdc_line_that_must_send_more_than_its_island_can_give_stays_off() {
    let mut n = two_islands();
    hvdc(&mut n, 4, 2, 50.0, 60.0, 0.0, 0.0);
    let d = with_hvdc(&n);
    assert_eq!(d.hvdc_p_from_mw, [None]);
    close(d.served_mw, 30.0);
    assert_eq!((d.failures.len(), d.opened.len()), (0, 0));
}

#[test]
fn an_hvdc_line_into_the_dark_stays_off() {
    let mut n = two_islands();
    n.generators[1].in_service = false;
    hvdc(&mut n, 2, 4, 0.0, 40.0, 0.0, 0.0);
    let d = with_hvdc(&n);
    close(d.served_mw, 20.0);
    assert!(!d.buses[3].energized);
}

#[test]
fn switches_join_buses_to_one_voltage_within_both_bands() {
    let mut n = buses(3);
    switch(&mut n, 2, 3);
    line(&mut n, 1, 2, 0.1, None);
    generator(&mut n, 1, 0.0, 100.0);
    reactive(&mut n, 0, 100.0);
    load(&mut n, 2, 10.0);
    load(&mut n, 3, 15.0);
    (n.buses[1].vm_pu_max, n.buses[2].vm_pu_min) = (1.0, 0.98);
    let d = intact(&n);
    assert_eq!(d.served_mw, 25.0);
    assert_eq!((d.buses[1].vm_pu, d.buses[1].va_deg), (d.buses[2].vm_pu, d.buses[2].va_deg));
    assert!((0.98 - 1e-6..=1.0 + 1e-6).contains(&d.buses[1].vm_pu), "{}", d.buses[1].vm_pu);
}

#[test]
fn a_branch_beside_a_closed_switch_is_verified_too() {
    let mut n = buses(2);
    switch(&mut n, 1, 2);
    let beside = line(&mut n, 1, 2, 0.1, Some(50.0));
    (beside.b_from_pu, beside.b_to_pu) = (0.02, 0.02);
    generator(&mut n, 1, 0.0, 100.0);
    reactive(&mut n, 0, 100.0);
    load(&mut n, 2, 10.0);
    assert_eq!(intact(&n).served_mw, 10.0);
}

#[test]
fn a_transformer_beside_a_closed_switch_keeps_its_rating() {
    // Its ends are one bus, so that |1 − 1/tap| v / x circulates: with a tap of 1.05, 46.3 MVA at 0.986 p.u., 48 at 1.
    let mut n = buses(2);
    switch(&mut n, 1, 2);
    line(&mut n, 1, 2, 0.1, Some(46.3)).tap = 1.05;
    generator(&mut n, 1, 0.0, 100.0);
    reactive(&mut n, 0, 100.0);
    load(&mut n, 2, 10.0);
    let d = intact(&n);
    assert_eq!(d.served_mw, 10.0);
    assert!((0.9..0.9865).contains(&d.buses[0].vm_pu), "{}", d.buses[0].vm_pu);
    // One that would carry too much at the least voltage leaves no operating point.
    n.branches[0].rate_a_mva = Some(30.0);
    let d = intact(&n);
    assert_eq!((d.served_mw, d.failures.len()), (0.0, 1));
}

#[test]
fn phase_shifters_beyond_90_degrees_are_only_another_reference() {
    // A ring whose three shifts cancel, and a radial transformer of group 1 and one of 150 degrees behind it.
    let mut n = buses(5);
    line(&mut n, 1, 2, 0.1, None).shift_deg = 120.0;
    line(&mut n, 2, 3, 0.1, None).shift_deg = 30.0;
    line(&mut n, 3, 1, 0.1, None).shift_deg = -150.0;
    line(&mut n, 3, 4, 0.1, None).shift_deg = -30.0;
    line(&mut n, 4, 5, 0.1, None).shift_deg = 150.0;
    generator(&mut n, 1, 0.0, 200.0);
    reactive(&mut n, 0, 200.0);
    (2..=5).for_each(|bus| load(&mut n, bus, 20.0));
    let d = intact(&n);
    assert!(d.load_served.iter().all(|&z| z > 1.0 - 1e-6), "{:?} {:?}", d.load_served, d.opened);
    assert_eq!(d.opened, []);
}

#[test]
fn limits_that_are_none_do_not_limit() {
    let mut n = buses(2);
    line(&mut n, 1, 2, 0.1, None);
    generator(&mut n, 1, 0.0, f64::INFINITY);
    reactive(&mut n, 0, f64::INFINITY);
    generator(&mut n, 2, 0.0, 10.0);
    n.generators[1].q_mvar_max = f64::INFINITY;
    load(&mut n, 2, 50.0);
    n.loads[0].q_mvar = 30.0;
    n.buses[1].vm_pu_max = f64::INFINITY;
    let d = intact(&n);
    assert!(d.load_served[0] > 1.0 - 1e-6, "{:?}", d.load_served);
}

#[test]
fn loads_that_give_power_feed_others() {
    // −30 MW at bus 2 is worth 30 when in, and leaves 10 of 40 MW of load to the source.
    let mut n = buses(2);
    line(&mut n, 1, 2, 0.1, None);
    generator(&mut n, 1, 0.0, 10.0);
    reactive(&mut n, 0, 100.0);
    load(&mut n, 2, -30.0);
    load(&mut n, 2, 40.0);
    let d = intact(&n);
    close(d.served_mw, 40.0);
    close(d.objective_mw, 70.0);
    // More of it than anybody takes: 40 / 50 of it is in, and the source stands still.
    n.loads[0].p_mw = -50.0;
    let d = intact(&n);
    close(d.load_served[0], 0.8);
    close(d.objective_mw, 80.0);
}

#[test]
fn a_load_of_reactive_power_alone_may_be_left_out() {
    let mut n = buses(2);
    line(&mut n, 1, 2, 0.1, None);
    generator(&mut n, 1, 0.0, 100.0);
    reactive(&mut n, 0, 20.0);
    load(&mut n, 2, 50.0);
    load(&mut n, 2, 0.0);
    n.loads[1].q_mvar = 500.0;
    let d = intact(&n);
    assert!(d.load_served[0] > 1.0 - 1e-6 && d.load_served[1] < 0.05, "{:?}", d.load_served);
}

#[test]
fn a_shunt_that_takes_power_is_left_out_where_power_is_short() {
    let mut n = buses(2);
    line(&mut n, 1, 2, 0.1, None);
    generator(&mut n, 1, 0.0, 50.0);
    reactive(&mut n, 0, 50.0);
    load(&mut n, 2, 60.0);
    shunt(&mut n, 2, 20.0);
    let d = intact(&n);
    close(d.served_mw, 50.0);
    assert!(d.shunt_served[0] < 1e-5);
}

#[test]
fn a_source_that_must_take_power_may_stand_still() {
    // 20 to 50 MW of pumping allowed, none needed: zero always belongs to a unit's range.
    let mut n = buses(2);
    line(&mut n, 1, 2, 0.1, None);
    generator(&mut n, 1, 0.0, 30.0);
    generator(&mut n, 2, -50.0, -20.0);
    reactive(&mut n, 0, 50.0);
    load(&mut n, 2, 30.0);
    close(intact(&n).served_mw, 30.0);
}

#[test]
fn without_loads_or_sources_there_is_nothing_to_do() {
    let mut n = buses(2);
    line(&mut n, 1, 2, 0.1, None);
    generator(&mut n, 1, 0.0, 30.0);
    let d = intact(&n);
    assert_eq!((d.status, d.served_mw, d.bound_mw), (DeliveryStatus::Optimal, 0.0, 0.0));
    n.generators.clear();
    load(&mut n, 2, 30.0);
    let d = intact(&n);
    assert!(d.served_mw == 0.0 && d.buses.iter().all(|b| !b.energized));
}

#[test]
fn a_single_bus_serves_what_its_source_gives() {
    let mut n = buses(1);
    generator(&mut n, 1, 0.0, 30.0);
    load(&mut n, 1, 50.0);
    close(intact(&n).served_mw, 30.0);
    n.generators[0].p_mw_max = 50.0;
    assert_eq!(intact(&n).served_mw, 50.0);
}
