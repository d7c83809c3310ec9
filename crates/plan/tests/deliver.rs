//! Deliveries that can be worked out on paper.

mod grid;

use grid::{buses, close, delivered, generator, hvdc, intact, line, load, shunt, switch};
use relight_model::outcome::{DeliveryStatus, FailureReason, LimitKind};
use relight_model::{BranchIdx, BusKind, Damage, Network, Situation};
use relight_plan::deliver::{DeliverError, DeliverSettings, deliver};
use relight_plan::limits;

/// Generator at bus 1; two parallel ways of reactance 0.1 (direct) and 0.2 (over bus 2) to a load of 300 MW at bus 3.
fn ring(rate_direct_mva: Option<f64>) -> Network {
    let mut network = buses(3);
    line(&mut network, 1, 3, 0.1, rate_direct_mva);
    line(&mut network, 1, 2, 0.1, None);
    line(&mut network, 2, 3, 0.1, None);
    generator(&mut network, 1, 0.0, 1000.0);
    load(&mut network, 3, 300.0);
    network
}

#[test]
fn all_is_served_where_nothing_is_full() {
    let d = intact(&ring(Some(200.1)));
    assert_eq!(d.status, DeliveryStatus::Optimal);
    assert_eq!((d.served_mw, d.load_served[0], d.generators[0].p_mw), (300.0, 1.0, 300.0));
    close(d.branches[0].p_from_mw, 200.0);
    close(d.branches[2].p_to_mw, -100.0);
    assert!(limits(&ring(Some(200.1)), &Situation::intact(&ring(None)), &d).is_empty());
}

#[test]
fn a_full_line_holds_back_what_physics_would_send_the_other_way() {
    // The direct line takes two thirds of all that flows: 100 MW there allow 150 MW in all.
    let network = ring(Some(100.0));
    let d = intact(&network);
    close(d.served_mw, 150.0);
    close(d.bound_mw, 150.0);
    let all = limits(&network, &Situation::intact(&network), &d);
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].kind, all[0].row, all[0].lost_mw), (LimitKind::BranchFull, 1, None));
    close(all[0].at_mw, 100.0);
}

#[test]
fn a_full_line_holds_back_less_when_its_way_round_is_cut() {
    let network = ring(Some(100.0));
    let situation = Situation::damaged(&network, &Damage { branches: vec![1], ..Damage::default() }).unwrap();
    let d = delivered(&network, &situation, &DeliverSettings::default());
    assert_eq!(d.served_mw, 300.0);
    assert!(!d.branches[0].in_service);
}

#[test]
fn a_line_that_may_carry_nothing_does_not_darken_the_rest() {
    // Bus 2 may inject so that the way over it carries nothing; nothing else then holds the direct line back.
    let mut network = ring(Some(100.0));
    network.branches[1].rate_a_mva = Some(0.0);
    generator(&mut network, 2, -500.0, 500.0);
    load(&mut network, 2, 30.0);
    let d = intact(&network);
    assert_eq!(d.status, DeliveryStatus::Optimal);
    assert!(d.branches[1].p_from_mw.abs() < 1e-4);
    assert!(d.served_mw > 30.0, "{}", d.served_mw);
}

#[test]
fn angle_limits_hold() {
    let mut network = ring(None);
    network.branches[1].angle_deg_max = 0.05_f64.to_degrees(); // 50 MW over bus 2, so 150 MW in all
    let d = intact(&network);
    close(d.served_mw, 150.0);
    assert_eq!(limits(&network, &Situation::intact(&network), &d)[0].kind, LimitKind::AngleFull);
}

#[test]
fn a_lower_angle_limit_counts_from_the_other_side() {
    let mut network = ring(None);
    let b = &mut network.branches[1];
    std::mem::swap(&mut b.from, &mut b.to);
    b.angle_deg_min = -0.05_f64.to_degrees();
    close(intact(&network).served_mw, 150.0);
}

#[test]
fn weights_decide_who_is_served_and_equals_share_alike() {
    let mut network = ring(None);
    network.generators[0].p_mw_max = 250.0;
    load(&mut network, 2, 100.0);
    load(&mut network, 2, 100.0);
    let settings = DeliverSettings { weights: Some(vec![1.0, 5.0, 1.0]), ..DeliverSettings::default() };
    let d = delivered(&network, &Situation::intact(&network), &settings);
    assert_eq!(d.load_served[1], 1.0);
    close(d.load_served[0], 150.0 / 400.0);
    close(d.load_served[2], 150.0 / 400.0);
    close(d.objective_mw, 5.0 * 100.0 + 150.0);
    assert_eq!(limits(&network, &Situation::intact(&network), &d)[0].kind, LimitKind::GeneratorFull);
}

#[test]
fn weights_decide_behind_a_full_line_too() {
    let mut network = ring(Some(100.0));
    load(&mut network, 3, 100.0);
    let settings = DeliverSettings { weights: Some(vec![1.0, 1000.0]), ..DeliverSettings::default() };
    let d = delivered(&network, &Situation::intact(&network), &settings);
    assert_eq!(d.load_served[1], 1.0);
    close(d.load_served[0], 50.0 / 300.0);
}

#[test]
fn generators_may_be_off_and_pumps_need_not_pump() {
    let mut network = ring(None);
    network.generators[0].p_mw_min = 500.0; // more than the load: off or in part all the same
    generator(&mut network, 2, -400.0, -100.0);
    let d = intact(&network);
    assert_eq!(d.served_mw, 300.0);
    assert_eq!(d.generators[1].p_mw, 0.0);
}

#[test]
fn negative_loads_give_power_and_earn_their_size() {
    let mut network = ring(None);
    network.generators[0].p_mw_max = 100.0;
    load(&mut network, 2, -50.0);
    let d = intact(&network);
    close(d.served_mw, 150.0);
    close(d.objective_mw, 200.0);
    assert_eq!(d.demand_mw, 300.0);
}

#[test]
fn shunts_stay_in_where_they_can_and_go_first_where_they_cannot() {
    let mut network = ring(None);
    shunt(&mut network, 2, 20.0);
    assert_eq!(intact(&network).served_mw, 300.0);
    network.generators[0].p_mw_max = 300.0;
    let d = intact(&network);
    assert_eq!((d.served_mw, d.shunt_served[0]), (300.0, 0.0));
}

#[test]
fn an_island_without_a_source_is_dark_and_named() {
    let mut network = ring(None);
    network.buses.extend(buses(5).buses.split_off(3));
    line(&mut network, 3, 4, 0.1, None);
    line(&mut network, 4, 5, 0.1, None);
    load(&mut network, 5, 40.0);
    load(&mut network, 4, -10.0);
    load(&mut network, 5, 0.0);
    let situation = Situation::damaged(&network, &Damage { branches: vec![4], ..Damage::default() }).unwrap();
    let d = delivered(&network, &situation, &DeliverSettings::default());
    assert_eq!((d.served_mw, d.demand_mw), (300.0, 340.0));
    assert_eq!(d.load_served, [1.0, 0.0, 0.0, 0.0]);
    assert!(!d.buses[4].energized && d.buses[4].island == d.buses[3].island && d.status == DeliveryStatus::Optimal);
    let all = limits(&network, &situation, &d);
    assert_eq!((all[0].kind, all[0].row, all[0].lost_mw), (LimitKind::IslandDark, 5, Some(40.0)));
}

#[test]
fn a_bus_that_is_out_takes_all_with_it() {
    let network = ring(None);
    let damage = Damage { buses: vec![network.buses[2].id], ..Damage::default() };
    let situation = Situation::damaged(&network, &damage).unwrap();
    let d = delivered(&network, &situation, &DeliverSettings::default());
    assert_eq!((d.served_mw, d.buses[2].island, d.islands.len()), (0.0, None, 1));
    let all = limits(&network, &situation, &d);
    assert_eq!((all[0].kind, all[0].row, all[0].lost_mw), (LimitKind::BusOut, 3, Some(300.0)));
}

#[test]
fn isolated_buses_are_not_there() {
    let mut network = ring(None);
    network.buses[2].kind = BusKind::Isolated;
    let d = intact(&network);
    assert_eq!((d.served_mw, d.demand_mw, d.buses[2].energized), (0.0, 0.0, false));
}

#[test]
fn all_generators_out_is_an_answer() {
    let network = ring(None);
    let damage = Damage { generators: vec![1], ..Damage::default() };
    let d = delivered(&network, &Situation::damaged(&network, &damage).unwrap(), &DeliverSettings::default());
    assert_eq!((d.status, d.served_mw, d.bound_mw, d.gap), (DeliveryStatus::Optimal, 0.0, 0.0, 0.0));
}

#[test]
fn closed_switches_make_one_node() {
    let mut network = buses(4);
    line(&mut network, 1, 2, 0.1, None);
    switch(&mut network, 2, 3);
    line(&mut network, 3, 4, 0.1, None);
    generator(&mut network, 1, 0.0, 100.0);
    load(&mut network, 4, 80.0);
    let d = intact(&network);
    assert_eq!((d.served_mw, d.islands.len()), (80.0, 1));
    assert_eq!(d.buses[1].va_deg, d.buses[2].va_deg);
    network.switches[0].closed = false;
    assert_eq!(intact(&network).served_mw, 0.0);
}

#[test]
fn bridges_that_can_be_full_keep_their_limits() {
    // A chain of three buses with loads behind each other: 70 MW pass the first line, 30 of them the second.
    let mut network = buses(3);
    line(&mut network, 1, 2, 0.1, Some(70.0));
    line(&mut network, 3, 2, 0.1, Some(30.0));
    generator(&mut network, 1, 0.0, 500.0);
    load(&mut network, 2, 60.0);
    load(&mut network, 3, 50.0);
    let settings = DeliverSettings { weights: Some(vec![1.0, 3.0]), ..DeliverSettings::default() };
    let d = delivered(&network, &Situation::intact(&network), &settings);
    close(d.branches[1].p_from_mw, -30.0);
    close(d.load_served[0], 40.0 / 60.0);
    close(d.objective_mw, 40.0 + 90.0);
}

#[test]
fn a_shifter_turns_power_and_cannot_overload_what_it_does_not_touch() {
    // At 0.1 rad the shifter drives 100/3 MW round the ring when nothing else flows.
    let mut network = ring(Some(100.0));
    network.branches[1].shift_deg = -(0.1_f64.to_degrees());
    let d = intact(&network);
    close(d.served_mw, 200.0); // 100 direct = 2/3 P - 33.3
}

#[test]
fn a_shifter_that_no_injection_can_tame_leaves_its_island_dark_and_is_named() {
    let mut network = ring(Some(10.0));
    network.branches[1].shift_deg = 30.0;
    network.branches[1].rate_a_mva = Some(10.0);
    network.branches[2].rate_a_mva = Some(10.0);
    let d = intact(&network);
    assert_eq!((d.status, d.served_mw, d.failures.len()), (DeliveryStatus::Failed, 0.0, 1));
    assert!(!d.buses[0].energized && !d.islands[0].energized);
    let FailureReason::LimitExceeded { branch, p_mw, p_mw_min, p_mw_max } = d.failures[0].reason else {
        panic!("{:?}", d.failures)
    };
    assert!(p_mw > p_mw_max || p_mw < p_mw_min, "{branch:?}: {p_mw} within {p_mw_min} to {p_mw_max}");
    assert!(branch <= BranchIdx(2));
}

#[test]
fn a_shifter_whose_flow_the_load_must_balance_is_served_all_the_same() {
    // At rest the shifter overloads the direct line (−33 of ±20 MW); with a load of 20 to 80 MW it does not.
    let mut network = ring(Some(20.0));
    network.branches[1].shift_deg = -(0.1_f64.to_degrees());
    let d = intact(&network);
    assert_eq!(d.status, DeliveryStatus::Optimal);
    close(d.served_mw, 80.0);
}

#[test]
fn reactances_that_cancel_are_named() {
    let mut network = buses(2);
    line(&mut network, 1, 2, 0.1, None);
    line(&mut network, 1, 2, -0.1, None);
    generator(&mut network, 1, 0.0, 10.0);
    load(&mut network, 2, 10.0);
    let d = intact(&network);
    assert_eq!(d.failures[0].reason, FailureReason::AnglesUndetermined);
}

#[test]
fn resistance_stands_in_for_a_missing_reactance() {
    let mut network = ring(None);
    network.branches[0].x_pu = 0.0;
    network.branches[0].r_pu = 0.1;
    close(intact(&network).branches[0].p_from_mw, 200.0);
}

/// Two islands, the second with a small generator of its own, and an HVDC line between them.
fn two_islands(p_mw_min: f64, p_mw_max: f64, loss_mw: f64, loss_share: f64) -> Network {
    let mut network = buses(2);
    generator(&mut network, 1, 0.0, 100.0);
    generator(&mut network, 2, 0.0, 10.0);
    load(&mut network, 2, 80.0);
    hvdc(&mut network, 1, 2, p_mw_min, p_mw_max, loss_mw, loss_share);
    network
}

#[test]
fn hvdc_lines_carry_between_islands_only_when_asked() {
    let network = two_islands(0.0, 50.0, 1.0, 0.1);
    close(intact(&network).served_mw, 10.0);
    let settings = DeliverSettings { hvdc: true, ..DeliverSettings::default() };
    let d = delivered(&network, &Situation::intact(&network), &settings);
    close(d.hvdc_p_from_mw[0].unwrap(), 50.0);
    close(d.served_mw, 10.0 + 44.0);
    assert_eq!(d.status, DeliveryStatus::Optimal);
    assert_eq!(limits(&network, &Situation::intact(&network), &d)[0].kind, LimitKind::HvdcFull);
}

#[test]
fn an_hvdc_line_relieves_a_full_line_of_its_own_island() {
    let mut network = ring(Some(100.0));
    hvdc(&mut network, 1, 3, 0.0, 50.0, 0.0, 0.0);
    let settings = DeliverSettings { hvdc: true, ..DeliverSettings::default() };
    let d = delivered(&network, &Situation::intact(&network), &settings);
    close(d.served_mw, 200.0);
    assert_eq!(d.status, DeliveryStatus::Optimal);
}

#[test]
fn an_hvdc_line_that_must_send_too_much_stays_off() {
    let network = two_islands(200.0, 300.0, 0.0, 0.0);
    let settings = DeliverSettings { hvdc: true, ..DeliverSettings::default() };
    let d = delivered(&network, &Situation::intact(&network), &settings);
    assert_eq!(d.hvdc_p_from_mw[0], None);
    close(d.served_mw, 10.0);
}

#[test]
fn an_hvdc_line_makes_no_energy() {
    let network = two_islands(-100.0, -30.0, 1.0, 0.1);
    let settings = DeliverSettings { hvdc: true, ..DeliverSettings::default() };
    let d = delivered(&network, &Situation::intact(&network), &settings);
    assert_eq!(d.hvdc_p_from_mw[0], None);
    close(d.served_mw, 10.0);
}

#[test]
fn arguments_that_do_not_fit_are_refused() {
    let network = ring(None);
    let situation = Situation::intact(&network);
    for bad in [-1.0, f64::NAN, f64::INFINITY, 1e13] {
        let settings = DeliverSettings { weights: Some(vec![bad]), ..DeliverSettings::default() };
        assert!(matches!(deliver(&network, &situation, &settings), Err(DeliverError::Weight { row: 1, .. })), "{bad}");
    }
    let settings = DeliverSettings { weights: Some(Vec::new()), ..DeliverSettings::default() };
    let message = deliver(&network, &situation, &settings).unwrap_err().to_string();
    assert!(message.contains("weights: 0 values for 1 rows"), "{message}");
    let short = Situation { bus_out: Vec::new(), ..situation };
    assert!(matches!(deliver(&network, &short, &DeliverSettings::default()), Err(DeliverError::Length { .. })));
}
