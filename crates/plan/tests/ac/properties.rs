//! What must hold for any network: random small ones, with losses, charging, taps, shifters, limits, negative loads, switches,
//! shunts and damage.

use super::ac;
use super::grid::{buses, delivered, generator, line, load, shunt, switch};
use proptest::prelude::*;
use relight_model::outcome::Delivery;
use relight_model::{Network, Situation};
use relight_plan::deliver::{DeliverSettings, deliver, soc_bound};

#[derive(Clone, Debug)]
struct LineDraw {
    from: u32,
    to: u32,
    r_pu: f64,
    x_pu: f64,
    b_pu: f64,
    rate_mva: Option<f64>,
    tap: f64,
    shift_deg: f64,
    angle_deg: f64,
}

#[derive(Clone, Debug)]
struct Draw {
    buses: u32,
    lines: Vec<LineDraw>,
    /// Bus, most MW, Mvar either way.
    generators: Vec<(u32, f64, f64)>,
    /// Bus, MW, Mvar, weight.
    loads: Vec<(u32, f64, f64, f64)>,
    shunts: Vec<(u32, f64)>,
    switches: Vec<(u32, u32)>,
    out: Vec<bool>,
}

fn line_draw(n: u32) -> impl Strategy<Value = LineDraw> {
    let rate = prop_oneof![Just(None), (5.0..120.0).prop_map(Some)];
    let tap = prop_oneof![4 => Just(1.0), 1 => 0.95..1.05];
    let shift = prop_oneof![9 => Just(0.0), 1 => -3.0..3.0];
    let angle = prop_oneof![4 => Just(f64::INFINITY), 1 => 5.0..40.0];
    (1..=n, 1..=n, 0.0..0.1, 0.01..0.4, 0.0..0.1, rate, tap, shift, angle).prop_map(
        |(from, to, r_pu, x_pu, b_pu, rate_mva, tap, shift_deg, angle_deg)| LineDraw {
            from,
            to,
            r_pu,
            x_pu,
            b_pu,
            rate_mva,
            tap,
            shift_deg,
            angle_deg,
        },
    )
}

fn draw() -> impl Strategy<Value = Draw> {
    (2..20u32).prop_flat_map(|n| {
        let bus = 1..=n;
        let lines = prop::collection::vec(line_draw(n), 1..(2 * n as usize));
        let generators = prop::collection::vec((bus.clone(), 5.0..200.0, 20.0..150.0), 1..5);
        let weight = prop_oneof![Just(1.0), 0.1..1000.0];
        let loads = prop::collection::vec((bus.clone(), -20.0..80.0, -10.0..30.0, weight), 1..20);
        let shunts = prop::collection::vec((bus.clone(), -20.0..20.0), 0..3);
        let switches = prop::collection::vec((bus.clone(), bus), 0..3);
        let out = prop::collection::vec(prop::bool::weighted(0.15), 2 * n as usize);
        (lines, generators, loads, shunts, switches, out).prop_map(
            move |(lines, generators, loads, shunts, switches, out)| Draw {
                buses: n,
                lines,
                generators,
                loads,
                shunts,
                switches,
                out,
            },
        )
    })
}

fn build(d: &Draw) -> (Network, Situation, DeliverSettings<'static>) {
    let mut network = buses(d.buses);
    for l in &d.lines {
        let branch = line(&mut network, l.from, l.to, l.x_pu, l.rate_mva);
        (branch.r_pu, branch.b_from_pu, branch.b_to_pu) = (l.r_pu, 0.5 * l.b_pu, 0.5 * l.b_pu);
        (branch.tap, branch.shift_deg) = (l.tap, l.shift_deg);
        (branch.angle_deg_min, branch.angle_deg_max) = (-l.angle_deg, l.angle_deg);
    }
    for (k, &(bus, p_mw, q_mvar)) in d.generators.iter().enumerate() {
        generator(&mut network, bus, 0.0, p_mw);
        super::reactive(&mut network, k, q_mvar);
    }
    for (k, &(bus, p_mw, q_mvar, _)) in d.loads.iter().enumerate() {
        load(&mut network, bus, p_mw);
        network.loads[k].q_mvar = q_mvar;
    }
    for (k, &(bus, b_mvar)) in d.shunts.iter().enumerate() {
        shunt(&mut network, bus, 0.0);
        network.shunts[k].b_mvar = b_mvar;
    }
    d.switches.iter().filter(|(a, b)| a != b).for_each(|&(a, b)| switch(&mut network, a, b));
    let mut situation = Situation::intact(&network);
    situation.branch_out.iter_mut().zip(&d.out).for_each(|(out, &hit)| *out = hit);
    let weights = Some(d.loads.iter().map(|l| l.3).collect());
    (network, situation, DeliverSettings { weights, ..ac() })
}

/// What two answers to one question may differ by: the price of spreading generation, and the weights' own spread.
fn near(a: &Delivery, b_mw: f64, share: f64) -> bool {
    (a.objective_mw - b_mw).abs() <= share * a.objective_mw.abs().max(1.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    /// `delivered` asserts that verify accepts it. The bound is computed apart, since an answer never states one below itself.
    #[test]
    fn verify_accepts_every_delivery_and_none_beats_the_bound(d in draw()) {
        let (network, situation, settings) = build(&d);
        let delivery = delivered(&network, &situation, &settings);
        let bound = soc_bound(&network, &situation, &settings).expect("the same arguments").bound_mw;
        if delivery.opened.is_empty() {
            prop_assert!(delivery.objective_mw <= bound * (1.0 + 1e-6) + 1e-3, "{} > {bound}", delivery.objective_mw);
        }
        prop_assert!(delivery.gap >= 0.0 && delivery.max_violation_pu <= 1e-6);
        prop_assert!(delivery.load_served.iter().all(|z| (0.0..=1.0).contains(z)));
        prop_assert!(delivery.served_mw <= delivery.demand_mw * (1.0 + 1e-12));
    }

    #[test]
    fn the_same_question_has_the_same_bytes(d in draw()) {
        let (network, situation, settings) = build(&d);
        let ask = || deliver(&network, &situation, &settings).expect("arguments fit each other");
        prop_assert_eq!(format!("{:?}", ask()), format!("{:?}", ask()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Weights count against each other alone.
    #[test]
    fn weights_of_another_unit_scale_the_objective(d in draw(), unit in 0.01..100.0) {
        let (network, situation, settings) = build(&d);
        let settings = DeliverSettings { bound: false, ..settings };
        let one = delivered(&network, &situation, &settings);
        let weights = settings.weights.as_ref().map(|w| w.iter().map(|w| w * unit).collect());
        let other = delivered(&network, &situation, &DeliverSettings { weights, ..settings });
        prop_assert!(near(&one, other.objective_mw / unit, 1e-6), "{} and {}", one.objective_mw, other.objective_mw / unit);
    }

    /// A start from the answer itself leads back to it, or to a neighbouring optimum: one that is worth half a percent less is
    /// not taken without trying from the beginning.
    #[test]
    fn a_start_from_the_answer_leads_to_the_same_worth(d in draw()) {
        let (network, situation, settings) = build(&d);
        let settings = DeliverSettings { bound: false, ..settings };
        let one = delivered(&network, &situation, &settings);
        let again = delivered(&network, &situation, &DeliverSettings { near: Some(&one), ..settings.clone() });
        prop_assert!(again.objective_mw >= one.objective_mw - 0.00501 * one.objective_mw.abs().max(1.0),
            "{} and then {}, opened {:?} and {:?}", one.objective_mw, again.objective_mw, one.opened, again.opened);
    }

    /// Limits of shares hold to the last digit, and a load that need not be served may stay dark.
    #[test]
    fn shares_stay_within_their_limits(d in draw(), most in 0.0..1.0) {
        let (network, situation, settings) = build(&d);
        let shares = Some(vec![(0.0, most); network.loads.len()]);
        let delivery = delivered(&network, &situation, &DeliverSettings { bound: false, shares, ..settings });
        prop_assert!(delivery.load_served.iter().all(|&z| (0.0..=most).contains(&z)), "{:?}", delivery.load_served);
    }
}
