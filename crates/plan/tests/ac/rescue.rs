//! Networks without an operating point as they are: what the answer opens, and what it says where nothing helps.

use super::grid::{buses, delivered, generator, line, load, shunt, switch};
use super::{ac, intact, reactive};
use relight_model::outcome::{Delivery, DeliveryStatus, FailureReason};
use relight_model::{BranchIdx, BusIdx, Network, Situation};

/// A source that takes 10 Mvar at most feeds 50 MW at bus 2; a cable from bus 2 that charges 162 Mvar at least ends at bus 3.
fn with_cable() -> Network {
    let mut n = buses(3);
    line(&mut n, 1, 2, 0.02, None);
    cable(&mut n, 2, 3, 2.0);
    generator(&mut n, 1, 0.0, 500.0);
    reactive(&mut n, 0, 10.0);
    load(&mut n, 2, 50.0);
    n
}

fn cable(n: &mut Network, from: u32, to: u32, b_pu: f64) {
    let cable = line(n, from, to, 0.05, None);
    (cable.r_pu, cable.b_from_pu, cable.b_to_pu) = (0.01, 0.5 * b_pu, 0.5 * b_pu);
}

#[track_caller]
fn all_served(d: &Delivery, opened: &[u32]) {
    let opened: Vec<BranchIdx> = opened.iter().map(|&k| BranchIdx(k)).collect();
    assert_eq!(d.opened, opened);
    assert!(d.load_served.iter().all(|&z| z > 1.0 - 1e-6), "{:?}", d.load_served);
    assert_eq!(d.failures, []);
}

#[test]
fn an_unloaded_cable_is_opened_and_nothing_else() {
    let d = intact(&with_cable());
    all_served(&d, &[1]);
    assert!(!d.buses[2].energized && !d.branches[1].in_service && d.branches[0].in_service);
    assert_eq!(d.islands.len(), 2, "the end of the cable is an island of its own");
}

#[test]
fn what_a_source_can_absorb_stays() {
    let mut n = with_cable();
    reactive(&mut n, 0, 300.0);
    all_served(&intact(&n), &[]);
}

#[test]
fn a_reactor_keeps_the_cable() {
    let mut n = with_cable();
    shunt(&mut n, 3, 0.0);
    n.shunts[0].b_mvar = -200.0;
    all_served(&intact(&n), &[]);
}

#[test]
fn a_dead_end_of_several_cables_is_trimmed() {
    let mut n = with_cable();
    n.buses.extend(buses(5).buses.split_off(3));
    cable(&mut n, 3, 4, 1.0);
    cable(&mut n, 4, 5, 1.0);
    let d = intact(&n);
    assert!(d.load_served[0] > 1.0 - 1e-6 && d.failures.is_empty(), "{:?}", d.failures);
    assert!(!d.opened.is_empty() && !d.opened.contains(&BranchIdx(0)), "{:?}", d.opened);
}

#[test]
fn in_a_mesh_the_branch_that_charges_most_is_opened() {
    // A ring of three with loads at two: the cable is the third side, and without it everything still has its way.
    let mut n = buses(3);
    line(&mut n, 1, 2, 0.1, None);
    line(&mut n, 2, 3, 0.1, None);
    cable(&mut n, 1, 3, 3.0);
    generator(&mut n, 1, 0.0, 500.0);
    reactive(&mut n, 0, 15.0);
    load(&mut n, 2, 30.0);
    load(&mut n, 3, 20.0);
    all_served(&intact(&n), &[2]);
}

#[test]
fn a_phase_shifter_against_a_stiff_parallel_line_is_opened() {
    // 120 degrees across 0.02 p.u. drive some 80 p.u. around, far beyond 5 p.u. of source and any voltages.
    let mut n = buses(2);
    line(&mut n, 1, 2, 0.01, Some(300.0)).r_pu = 0.001;
    line(&mut n, 1, 2, 0.01, Some(300.0)).shift_deg = 120.0;
    generator(&mut n, 1, 0.0, 500.0);
    reactive(&mut n, 0, 300.0);
    load(&mut n, 2, 100.0);
    let d = intact(&n);
    assert_eq!(d.opened.len(), 1, "{:?}", d.opened);
    assert!(d.load_served[0] > 1.0 - 1e-6);
}

#[test]
fn voltage_bands_that_exclude_each_other_are_told_with_the_bus() {
    // A closed switch joins two buses that may never have the same voltage: nothing can be opened, and one of the two is named.
    let mut n = buses(3);
    switch(&mut n, 1, 2);
    (n.buses[0].vm_pu_min, n.buses[0].vm_pu_max) = (1.05, 1.1);
    (n.buses[1].vm_pu_min, n.buses[1].vm_pu_max) = (0.9, 0.95);
    generator(&mut n, 1, 0.0, 100.0);
    reactive(&mut n, 0, 100.0);
    load(&mut n, 2, 10.0);
    let d = intact(&n);
    assert_eq!((d.status, d.served_mw), (DeliveryStatus::Failed, 0.0));
    let [failure] = d.failures[..] else { panic!("{:?}", d.failures) };
    let FailureReason::NoOperatingPoint { bus, mismatch_pu } = failure.reason else { panic!("{failure:?}") };
    assert!(bus == BusIdx(0) || bus == BusIdx(1), "{bus:?}");
    assert!(mismatch_pu > 0.0);
    assert!(!d.buses[0].energized && d.buses[0].vm_pu == 0.0);
}

#[test]
fn a_conflict_of_bands_within_an_island_costs_its_own_buses_alone() {
    // The same two buses at the end of a network: it is cut off from them, and serves the rest.
    let mut n = buses(4);
    line(&mut n, 1, 2, 0.1, None);
    line(&mut n, 2, 3, 0.1, None);
    switch(&mut n, 3, 4);
    n.buses[2].vm_pu_min = 1.05;
    n.buses[3].vm_pu_max = 0.95;
    generator(&mut n, 1, 0.0, 100.0);
    reactive(&mut n, 0, 100.0);
    load(&mut n, 2, 20.0);
    load(&mut n, 4, 10.0);
    let d = intact(&n);
    assert_eq!((d.opened.as_slice(), d.failures.len()), ([BranchIdx(1)].as_slice(), 0));
    assert!(d.load_served[0] > 1.0 - 1e-6 && d.load_served[1] == 0.0);
}

#[test]
fn a_fixed_shunt_without_support_is_told_with_the_bus() {
    // Both ends of a branch at one node make a shunt that nothing switches off: 2 p.u. of it, and no branch to open.
    let mut n = buses(2);
    switch(&mut n, 1, 2);
    cable(&mut n, 1, 2, 2.0);
    generator(&mut n, 1, 0.0, 100.0);
    reactive(&mut n, 0, 10.0);
    load(&mut n, 2, 10.0);
    let d = intact(&n);
    let [failure] = d.failures[..] else { panic!("{:?}", d.failures) };
    assert!(
        matches!(failure.reason, FailureReason::NoOperatingPoint { mismatch_pu, .. } if mismatch_pu > 0.1),
        "{failure:?}"
    );
}

#[test]
fn one_island_that_fails_leaves_the_other_as_it_is() {
    let mut n = with_cable();
    let (left, cables) = (n.buses.len() as u32, n.branches.len());
    n.buses.extend(buses(left + 2).buses.split_off(left as usize));
    switch(&mut n, left + 1, left + 2);
    cable(&mut n, left + 1, left + 2, 2.0);
    generator(&mut n, left + 1, 0.0, 50.0);
    load(&mut n, left + 2, 10.0);
    let d = intact(&n);
    assert_eq!(d.failures.len(), 1, "{:?}", d.failures);
    assert_eq!(d.status, DeliveryStatus::Feasible);
    assert!(d.load_served[0] > 1.0 - 1e-6 && d.load_served[1] == 0.0);
    assert_eq!((d.opened.as_slice(), cables), ([BranchIdx(1)].as_slice(), 2));
}

#[test]
fn what_must_be_served_is_not_opened_but_told() {
    // Shares that demand service rule opening out: the answer names what lacks.
    let n = with_cable();
    let settings = relight_plan::deliver::DeliverSettings { shares: Some(vec![(1.0, 1.0)]), ..ac() };
    let d = delivered(&n, &Situation::intact(&n), &settings);
    assert_eq!((d.status, d.opened.len()), (DeliveryStatus::Failed, 0));
    assert!(matches!(d.failures[0].reason, FailureReason::NoOperatingPoint { .. }), "{:?}", d.failures);
}
