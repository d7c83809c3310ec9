//! The bound that no AC delivery can beat: closed forms, points made to be valid, and a peer's values.

mod grid;

use grid::{buses, generator, hvdc, line, load, shunt};
use proptest::prelude::*;
use relight_model::outcome::Formulation;
use relight_model::{BusIdx, Network, Situation};
use relight_plan::deliver::{DeliverError, DeliverSettings, SocAnswer, SocStatus, soc_bound};
use std::path::PathBuf;

fn bounded_with(network: &Network, settings: &DeliverSettings) -> SocAnswer {
    soc_bound(network, &Situation::intact(network), settings).expect("arguments fit each other")
}

/// To 1e-6 of the size and to 1 kW: where lines lose nothing, their currents have no price, and the proof charges for it.
#[track_caller]
fn close(have_mw: f64, want_mw: f64) {
    assert!((have_mw - want_mw).abs() <= 1e-6 * want_mw.abs() + 1e-3, "{have_mw}, not {want_mw}");
}

#[track_caller]
fn bounds_at(network: &Network, want_mw: f64) {
    let answer = bounded_with(network, &DeliverSettings::default());
    assert!(answer.islands.iter().all(|i| i.status == SocStatus::Solved), "{answer:?}");
    close(answer.bound_mw, want_mw);
}

/// 500 MW of generation at bus 1, 200 MW of load at bus 2, a lossless line of 0.5 p.u.
fn two_buses() -> Network {
    let mut n = buses(2);
    line(&mut n, 1, 2, 0.5, None);
    generator(&mut n, 1, 0.0, 500.0);
    load(&mut n, 2, 200.0);
    reactive(&mut n, 0, 1000.0);
    n
}

fn reactive(n: &mut Network, generator: usize, q_mvar: f64) {
    n.generators[generator].q_mvar_min = -q_mvar;
    n.generators[generator].q_mvar_max = q_mvar;
}

/// As [`two_buses`], with reactive power at both ends.
fn two_held_buses() -> Network {
    let mut n = two_buses();
    generator(&mut n, 2, 0.0, 0.0);
    reactive(&mut n, 1, 1000.0);
    n
}

#[test]
fn voltage_limits_what_a_line_without_support_carries() {
    // No reactive power at the load: v2 = v1 cos δ, so that P = v2 √(v1² − v2²) / x with v1 = 1.1 and v2 = 0.9.
    bounds_at(&two_buses(), 100.0 * 0.9 * (1.21f64 - 0.81).sqrt() / 0.5);
}

#[test]
fn ratings_and_angles_limit_a_line_with_support() {
    let mut n = two_held_buses();
    n.branches[0].angle_deg_max = 10.0;
    n.branches[0].angle_deg_min = -30.0;
    let at_angle = 100.0 * 1.21 * 10f64.to_radians().sin() / 0.5;
    bounds_at(&n, at_angle);
    // The same line, stated from its other end.
    let b = &mut n.branches[0];
    (b.from, b.to) = (b.to, b.from);
    (b.angle_deg_min, b.angle_deg_max) = (-10.0, 30.0);
    bounds_at(&n, at_angle);
    // A second one beside it, without an angle limit of its own, stated the other way round.
    line(&mut n, 1, 2, 0.25, None);
    bounds_at(&n, 3.0 * at_angle);
    n.branches[1].rate_a_mva = Some(20.0);
    // In parallel, the second carries two thirds: 20 MVA less what its reactance uses, half of it from either end.
    let q = 0.25 * (0.2f64.powi(2) / 1.21) / 2.0;
    bounds_at(&n, 150.0 * (0.2f64.powi(2) - q * q).sqrt());
}

#[test]
fn a_limit_beyond_a_quarter_turn_is_none() {
    let mut n = two_held_buses();
    n.branches[0].angle_deg_max = 10.0;
    n.branches[0].angle_deg_min = -100.0;
    bounds_at(&n, 200.0);
}

#[test]
fn losses_take_their_part() {
    // All of it at one voltage: no more arrives than 500 MW less r P². With r = 0.1 and v = 1.1 at most.
    let mut n = two_held_buses();
    n.branches[0].r_pu = 0.1;
    n.branches[0].x_pu = 0.1;
    n.generators[0].p_mw_max = 100.0;
    let answer = bounded_with(&n, &DeliverSettings::default());
    // p − r p²/1.21 = what arrives, with reactive power that makes up for the reactance at no loss: p sent at 1.1 p.u.
    assert!(answer.bound_mw < 100.0 - 10.0 / 1.21 + 1e-4 && answer.bound_mw > 88.0, "{answer:?}");
}

#[test]
fn hvdc_couples_islands_and_loses() {
    let mut n = buses(4);
    line(&mut n, 1, 2, 0.1, None);
    line(&mut n, 3, 4, 0.1, None);
    generator(&mut n, 1, 0.0, 100.0);
    generator(&mut n, 3, 0.0, 5.0);
    load(&mut n, 4, 60.0);
    hvdc(&mut n, 2, 3, 0.0, 30.0, 1.0, 0.1);
    n.generators.iter_mut().for_each(|g| (g.q_mvar_min, g.q_mvar_max) = (-100.0, 100.0));
    bounds_at(&n, 5.0);
    let answer = bounded_with(&n, &DeliverSettings { hvdc: true, ..DeliverSettings::default() });
    close(answer.bound_mw, 5.0 + 0.9 * 30.0 - 1.0);
    assert_eq!(answer.islands.len(), 1);
    assert_eq!(answer.islands[0].islands, [0, 1]);
}

/// Over an HVDC line, with reactive power from its converters: the island it feeds has none of its own.
#[test]
fn an_ac_delivery_over_hvdc_passes_the_check() {
    let mut n = buses(4);
    line(&mut n, 1, 2, 0.1, None);
    line(&mut n, 3, 4, 0.1, None);
    generator(&mut n, 1, 0.0, 100.0);
    generator(&mut n, 3, 0.0, 5.0);
    load(&mut n, 4, 60.0);
    n.loads[0].q_mvar = 10.0;
    hvdc(&mut n, 2, 3, 0.0, 30.0, 1.0, 0.1);
    reactive(&mut n, 0, 100.0);
    (n.hvdc_lines[0].q_to_mvar_min, n.hvdc_lines[0].q_to_mvar_max) = (-50.0, 50.0);
    let settings = DeliverSettings { formulation: Formulation::Ac, hvdc: true, ..DeliverSettings::default() };
    let delivery = grid::delivered(&n, &Situation::intact(&n), &settings);
    close(delivery.objective_mw, 5.0 + 0.9 * 30.0 - 1.0);
    assert!(delivery.hvdc_q_to_mvar[0] > 4.0, "{delivery:?}");
}

#[test]
fn many_equal_feeders_are_as_one_load() {
    let mut one = two_buses();
    one.loads[0].q_mvar = 50.0;
    let mut many = two_buses();
    many.loads.clear();
    for share in [0.5, 0.3, 0.2] {
        load(&mut many, 2, 200.0 * share);
        many.loads.last_mut().unwrap().q_mvar = 50.0 * share;
    }
    let want = bounded_with(&one, &DeliverSettings::default()).bound_mw;
    assert!(want < 150.0, "{want}");
    close(bounded_with(&many, &DeliverSettings::default()).bound_mw, want);
    // Of different worth they are not: the best is served first.
    let weights = Some(vec![1.0, 1.0, 10.0]);
    let weighted = bounded_with(&many, &DeliverSettings { weights, ..DeliverSettings::default() }).bound_mw;
    close(weighted, want + 9.0 * 40.0);
}

#[test]
fn limits_of_shares_count() {
    let mut n = two_buses();
    load(&mut n, 2, 50.0);
    let all = bounded_with(&n, &DeliverSettings::default()).bound_mw;
    let with = |weights: [f64; 2], shares| {
        let (weights, shares) = (Some(weights.to_vec()), Some(shares));
        bounded_with(
            &n,
            &DeliverSettings { formulation: Formulation::Ac, weights, shares, ..DeliverSettings::default() },
        )
    };
    // 200 MW of which a tenth at the most, 50 MW free.
    close(with([1.0, 1.0], vec![(0.0, 0.1), (0.0, 1.0)]).bound_mw, 70.0);
    // 50 MW worth nothing must be served: what is left goes to the rest.
    close(with([1.0, 0.0], vec![(0.0, 1.0), (1.0, 1.0)]).bound_mw, all - 50.0);
    // All of both must be: more than the line carries.
    assert_eq!(with([1.0, 1.0], vec![(1.0, 1.0), (1.0, 1.0)]).islands[0].status, SocStatus::Infeasible);
}

#[test]
fn shunts_may_be_left_out_or_help() {
    let mut n = two_buses();
    let alone = bounded_with(&n, &DeliverSettings::default()).bound_mw;
    shunt(&mut n, 2, 0.0);
    n.shunts[0].b_mvar = -30.0;
    close(bounded_with(&n, &DeliverSettings::default()).bound_mw, alone);
    n.shunts[0].b_mvar = 30.0;
    assert!(bounded_with(&n, &DeliverSettings::default()).bound_mw > alone + 10.0);
}

#[test]
fn an_island_without_any_valid_voltage_is_proven_infeasible() {
    // Charging of 0.4 p.u. at the least must be used up by the line's own reactance; that would lose more than there is.
    let mut n = two_buses();
    reactive(&mut n, 0, 0.0);
    n.generators[0].p_mw_max = 1.0;
    let b = &mut n.branches[0];
    (b.r_pu, b.x_pu, b.b_from_pu, b.b_to_pu) = (0.1, 0.1, 0.25, 0.25);
    let answer = bounded_with(&n, &DeliverSettings::default());
    assert_eq!(answer.islands[0].status, SocStatus::Infeasible);
    assert_eq!(answer.bound_mw, 0.0);
    // Limits that cross need no solver.
    let mut n = two_buses();
    n.buses[1].vm_pu_min = 1.2;
    assert_eq!(bounded_with(&n, &DeliverSettings::default()).islands[0].status, SocStatus::Infeasible);
}

#[test]
fn dark_islands_count_as_nothing_and_bad_weights_are_refused() {
    let mut n = two_buses();
    n.branches[0].in_service = false;
    close(bounded_with(&n, &DeliverSettings::default()).bound_mw, 0.0);
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        let settings = DeliverSettings { weights: Some(vec![bad]), ..DeliverSettings::default() };
        let refused = soc_bound(&n, &Situation::intact(&n), &settings);
        assert!(matches!(refused, Err(DeliverError::Weight { row: 1, .. })), "{refused:?}");
    }
    let settings = DeliverSettings { weights: Some(vec![1.0; 2]), ..DeliverSettings::default() };
    assert!(matches!(soc_bound(&n, &Situation::intact(&n), &settings), Err(DeliverError::Length { .. })));
}

/// A branch: ends, r, x, charging, tap, shift in degrees, room above what it carries (none: no rating).
type BranchDraw = (u32, u32, f64, f64, f64, f64, f64, Option<f64>);
/// A bus: voltage, angle in degrees, share of its load that is served, power factor angle, weight, shunt.
type BusDraw = ((f64, f64), (f64, f64, f64), (f64, f64));

fn valid_point() -> impl Strategy<Value = (Vec<BusDraw>, Vec<BranchDraw>)> {
    (2..9u32).prop_flat_map(|n| {
        let bus = ((0.9..1.1, -20.0..20.0), (0.2..1.0, -0.3..0.3, 0.1..100.0), (-0.3..0.3, 0.0..1.0));
        let tap = prop_oneof![2 => Just(1.0), 1 => 0.9..1.1];
        let shift = prop_oneof![3 => Just(0.0), 1 => -30.0..30.0];
        let x = prop_oneof![9 => 0.001..0.5, 1 => -0.2..-0.05];
        let room = prop_oneof![Just(None), (0.0..0.5).prop_map(Some)];
        let branch = (0..n, 0..n, 0.0..0.05, x, 0.0..0.3, tap, shift, room);
        let buses = prop::collection::vec(bus, n as usize);
        (buses, prop::collection::vec(branch, 1..(2 * n as usize)))
    })
}

/// A network in which the voltages drawn are a valid point, most limits nearly reached; and what the point is worth.
fn network_of(point: &[BusDraw], drawn: &[BranchDraw]) -> (Network, Vec<f64>, f64) {
    let mut n = buses(point.len() as u32);
    let v: Vec<(f64, f64)> =
        point.iter().map(|((v, deg), ..)| (v * deg.to_radians().cos(), v * deg.to_radians().sin())).collect();
    let mul = |a: (f64, f64), b: (f64, f64)| (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0);
    let conj = |a: (f64, f64)| (a.0, -a.1);
    let mut taken = vec![(0.0, 0.0); point.len()];
    for &(from, to, r, x, b, tap, shift, room) in drawn.iter().filter(|d| d.0 != d.1) {
        let branch = line(&mut n, from + 1, to + 1, x, None);
        (branch.r_pu, branch.b_from_pu, branch.b_to_pu, branch.tap, branch.shift_deg) =
            (r, b / 2.0, b / 2.0, tap, shift);
        let (sin, cos) = shift.to_radians().sin_cos();
        let (vf, vt) = (v[from as usize], v[to as usize]);
        // Behind the transformer: V / t.
        let inner = mul(vf, (cos / tap, -sin / tap));
        let z2 = r * r + x * x;
        let y = (r / z2, -x / z2);
        let i = mul(y, (inner.0 - vt.0, inner.1 - vt.1));
        let square = |a: (f64, f64)| a.0 * a.0 + a.1 * a.1;
        let charge = |a| (0.0, -b / 2.0 * square(a));
        let into = |a: (f64, f64), i| {
            let s = mul(a, conj(i));
            let c = charge(a);
            (s.0 + c.0, s.1 + c.1)
        };
        let ends = [into(inner, i), into(vt, (-i.0, -i.1))];
        if let Some(room) = room {
            let most = ends.iter().map(|s| s.0.hypot(s.1)).fold(0.0, f64::max);
            branch.rate_a_mva = Some(100.0 * most * (1.0 + room) + 1e-6);
            let delta = (point[from as usize].0).1 - (point[to as usize].0).1;
            (branch.angle_deg_min, branch.angle_deg_max) = (delta - 10.0 * room - 1e-6, delta + 20.0 * room + 1e-6);
        }
        for (node, s) in [from, to].into_iter().zip(ends) {
            taken[node as usize].0 += s.0;
            taken[node as usize].1 += s.1;
        }
    }
    let (mut weights, mut worth) = (Vec::new(), 0.0);
    for (k, (&((vm, _), (share, factor, weight), (b, in_share)), s)) in point.iter().zip(&mut taken).enumerate() {
        shunt(&mut n, k as u32 + 1, 1.0);
        n.shunts[k].b_mvar = 100.0 * b;
        s.0 += in_share * 0.01 * vm * vm;
        s.1 -= in_share * b * vm * vm;
        // What flows in from lines is taken by a load, what flows out is given by a generator; Q is made to fit.
        let (load_mw, given_mw) = (100.0 * (-s.0).max(0.1), 100.0 * (s.0 + (-s.0).max(0.1)));
        load(&mut n, k as u32 + 1, load_mw / share);
        n.loads[k].q_mvar = factor * load_mw / share;
        weights.push(weight);
        worth += weight * load_mw;
        generator(&mut n, k as u32 + 1, 0.0, given_mw + 1e-6);
        let q = 100.0 * s.1 + factor * load_mw;
        (n.generators[k].q_mvar_min, n.generators[k].q_mvar_max) = (q.min(0.0) - 1e-6, q.max(0.0) + 1e-6);
        (n.buses[k].vm_pu_min, n.buses[k].vm_pu_max) = (vm - 0.02, vm + 0.01);
        assert_eq!(n.loads[k].bus, BusIdx(k as u32));
    }
    (n, weights, worth)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// A point that is valid is never worth more than the bound, and never called impossible.
    #[test]
    fn no_valid_point_beats_the_bound((point, drawn) in valid_point()) {
        let (network, weights, worth) = network_of(&point, &drawn);
        let answer = bounded_with(&network, &DeliverSettings { weights: Some(weights.clone()), ..DeliverSettings::default() });
        prop_assert!(answer.islands.iter().all(|i| i.status != SocStatus::Infeasible), "{answer:?}");
        prop_assert!(answer.bound_mw >= worth * (1.0 - 1e-9), "{} below {}", answer.bound_mw, worth);
        let all: f64 = network.loads.iter().zip(&weights).map(|(l, w)| l.p_mw * w).sum();
        prop_assert!(answer.bound_mw <= all * (1.0 + 1e-9));
    }

    /// Whatever the numbers: an answer that is no worse than all there is.
    #[test]
    fn wild_numbers_get_a_bound(
        (point, drawn) in valid_point(),
        wild in prop::collection::vec((-9..9i32, prop::bool::ANY), 64),
    ) {
        let (mut network, weights, _) = network_of(&point, &drawn);
        let mut next = wild.iter().map(|&(e, minus)| 10f64.powi(e) * if minus { -1.0 } else { 1.0 }).cycle();
        let mut one = || next.next().unwrap();
        for b in &mut network.branches {
            (b.x_pu, b.b_to_pu, b.tap) = (one(), one(), one().abs().clamp(1e-3, 1e3));
            b.rate_a_mva = b.rate_a_mva.map(|_| one().abs());
        }
        for g in &mut network.generators {
            (g.p_mw_max, g.q_mvar_max) = (one(), one().abs());
        }
        network.loads.iter_mut().for_each(|l| (l.p_mw, l.q_mvar) = (one(), one()));
        let answer = bounded_with(&network, &DeliverSettings { weights: Some(weights.clone()), ..DeliverSettings::default() });
        let all: f64 = network.loads.iter().zip(&weights).map(|(l, w)| l.p_mw.abs() * w).sum();
        prop_assert!(answer.bound_mw >= 0.0 && answer.bound_mw <= all * (1.0 + 1e-9), "{answer:?}");
    }
}

/// PGLib cases with a tenth of branches and generators out, against another model of the relaxation by another program.
#[test]
fn bounds_agree_with_a_peer() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared = std::env::var_os("RELIGHT_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let folder = shared.join("oracles/deliver");
    let Ok(table) = std::fs::read_to_string(folder.join("ac/acmld.csv")) else {
        eprintln!("SKIPPED: {} is not there, bounds were not compared with a peer's", folder.display());
        return;
    };
    let head: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    // Counted from the end: a field before it has commas of its own.
    let from_end = head.len() - head.iter().position(|f| *f == "soc_mw").unwrap();
    let (mut seen, mut served) = (0, 0);
    for row in table.lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        let (case, want): (_, f64) = (fields[0], fields[fields.len() - from_end].parse().unwrap());
        if case.starts_with("10000") {
            continue; // the bench has it
        }
        let network = relight_formats::read_network(&folder.join(format!("pglib/pglib_opf_case{case}.m"))).0.unwrap();
        let list = std::fs::read(folder.join(format!("ac/damage/{case}_{}.json", fields[1]))).unwrap();
        let situation = Situation::damaged(&network, &relight_formats::damage::read(&list).0.unwrap()).unwrap();
        let answer = soc_bound(&network, &situation, &DeliverSettings::default()).unwrap();
        assert!(answer.islands.iter().all(|i| i.status == SocStatus::Solved), "{case}: {answer:?}");
        assert!((answer.bound_mw - want).abs() <= 1e-6 * want, "{case}: {}, not {want}", answer.bound_mw);
        let found: f64 = fields[6].parse().unwrap();
        assert!(answer.bound_mw >= found * (1.0 - 1e-7), "{case}: {} below {found}", answer.bound_mw);
        seen += 1;
        served += usize::from(found > 0.0);
    }
    assert!(seen >= 8 && served == seen, "{seen} rows");
}
