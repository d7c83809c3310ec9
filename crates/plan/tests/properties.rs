//! What must hold for any network: random ones, with shifters, switches, limits, negative loads and damage.

mod grid;

use grid::{buses, delivered, generator, line, load, shunt, switch};
use proptest::prelude::*;
use relight_model::{BusIdx, Network, Situation};
use relight_plan::deliver::DeliverSettings;

/// Ends of a line by bus id, reactance, rating, shift in degrees.
type LineDraw = (u32, u32, f64, Option<f64>, f64);

#[derive(Clone, Debug)]
struct Draw {
    buses: u32,
    lines: Vec<LineDraw>,
    generators: Vec<(u32, f64)>,
    loads: Vec<(u32, f64, f64)>,
    shunts: Vec<(u32, f64)>,
    switches: Vec<(u32, u32)>,
    out: Vec<bool>,
}

fn draw() -> impl Strategy<Value = Draw> {
    (2..25u32).prop_flat_map(|n| {
        let bus = 1..=n;
        let rate = prop_oneof![Just(None), (1.0..120.0).prop_map(Some)];
        let shift = prop_oneof![9 => Just(0.0), 1 => -3.0..3.0];
        let line = (bus.clone(), bus.clone(), 0.001..0.5, rate, shift);
        let lines = prop::collection::vec(line, 1..(2 * n as usize));
        let generators = prop::collection::vec((bus.clone(), 5.0..200.0), 1..5);
        let loads = prop::collection::vec((bus.clone(), -20.0..80.0, prop_oneof![Just(1.0), 0.1..1000.0]), 1..30);
        let shunts = prop::collection::vec((bus.clone(), -5.0..5.0), 0..3);
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
    for &(from, to, x_pu, rate_mva, shift_deg) in &d.lines {
        line(&mut network, from, to, x_pu, rate_mva).shift_deg = shift_deg;
    }
    d.generators.iter().for_each(|&(bus, p_mw)| generator(&mut network, bus, 0.0, p_mw));
    d.loads.iter().for_each(|&(bus, p_mw, _)| load(&mut network, bus, p_mw));
    d.shunts.iter().for_each(|&(bus, g_mw)| shunt(&mut network, bus, g_mw));
    d.switches.iter().filter(|(a, b)| a != b).for_each(|&(a, b)| switch(&mut network, a, b));
    let mut situation = Situation::intact(&network);
    situation.branch_out.iter_mut().zip(&d.out).for_each(|(out, &hit)| *out = hit);
    let weights = Some(d.loads.iter().map(|l| l.2).collect());
    (network, situation, DeliverSettings { weights, ..DeliverSettings::default() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// `delivered` asserts that verify accepts it; the gap must be proven small as well.
    #[test]
    fn verify_accepts_every_delivery_and_its_gap_is_small(d in draw()) {
        let (network, situation, settings) = build(&d);
        let delivery = delivered(&network, &situation, &settings);
        if delivery.failures.is_empty() {
            prop_assert!(delivery.gap <= 1e-6, "gap {}", delivery.gap);
        } else {
            prop_assert!(d.lines.iter().any(|l| l.4 != 0.0), "only a shifter can make an island fail");
        }
    }

    /// Less power at a generator, or less room on a line, never serves more.
    #[test]
    fn cutting_more_never_serves_more(mut d in draw(), what in any::<prop::sample::Index>(), share in 0.0..1.0f64) {
        // Whether an island has a valid point at all may change with a shifter's limits.
        d.lines.iter_mut().for_each(|l| l.4 = 0.0);
        let (network, situation, settings) = build(&d);
        let before = delivered(&network, &situation, &settings);
        let k = what.index(d.generators.len() + d.lines.len());
        match d.generators.get_mut(k) {
            Some(g) => g.1 *= share,
            None => {
                let rate = &mut d.lines[k - d.generators.len()].3;
                *rate = Some(rate.unwrap_or(200.0) * share);
            }
        }
        let (network, situation, settings) = build(&d);
        let after = delivered(&network, &situation, &settings);
        prop_assert!(after.objective_mw <= before.bound_mw * (1.0 + 1e-9) + 1e-7);
        prop_assert!(after.bound_mw <= before.bound_mw * (1.0 + 1e-5) + 1e-6);
    }

    /// The optimum does not depend on how buses and tables are numbered.
    #[test]
    fn renumbering_changes_nothing(d in draw()) {
        let (network, situation, settings) = build(&d);
        let before = delivered(&network, &situation, &settings);
        let mut turned = network.clone();
        let last = d.buses - 1;
        turned.buses.reverse();
        let turn = |bus: &mut BusIdx| *bus = BusIdx(last - bus.0);
        turned.branches.iter_mut().for_each(|b| { turn(&mut b.from); turn(&mut b.to); });
        turned.generators.iter_mut().for_each(|g| turn(&mut g.bus));
        turned.loads.iter_mut().for_each(|l| turn(&mut l.bus));
        turned.shunts.iter_mut().for_each(|s| turn(&mut s.bus));
        turned.switches.iter_mut().for_each(|s| { turn(&mut s.from); turn(&mut s.to); });
        turned.branches.reverse();
        turned.loads.reverse();
        let mut situation = situation.clone();
        situation.branch_out.reverse();
        let mut weights = settings.weights.clone().unwrap();
        weights.reverse();
        let after = delivered(&turned, &situation, &DeliverSettings { weights: Some(weights), ..settings });
        prop_assert_eq!(after.failures.len(), before.failures.len());
        prop_assert!((after.objective_mw - before.objective_mw).abs() <= 2e-6 * before.objective_mw.abs().max(1.0));
    }

    /// All weights times a factor: the worth is times that factor.
    #[test]
    fn the_scale_of_weights_changes_nothing(d in draw(), power in -3..6i32) {
        let (network, situation, settings) = build(&d);
        let before = delivered(&network, &situation, &settings);
        let factor = 10f64.powi(power);
        let weights = settings.weights.clone().unwrap().iter().map(|w| w * factor).collect();
        let after = delivered(&network, &situation, &DeliverSettings { weights: Some(weights), ..settings });
        let (a, b) = (after.objective_mw, before.objective_mw * factor);
        prop_assert!((a - b).abs() <= 2e-6 * b.abs().max(factor), "{} {}", a, b);
    }
}

/// Numbers that no grid has but validation lets pass.
fn wild() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        (-9..9i32, prop::bool::ANY).prop_map(|(e, negative)| 10f64.powi(e) * if negative { -1.0 } else { 1.0 }),
        -1.0..1.0f64,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever the numbers: an answer, finite, that verify accepts.
    #[test]
    fn wild_numbers_get_an_answer(
        d in draw(),
        x_pu in prop::collection::vec(wild(), 50),
        p_mw in prop::collection::vec(wild(), 30),
        rates in prop::collection::vec(wild(), 50),
    ) {
        let (mut network, situation, mut settings) = build(&d);
        for (branch, (x, rate)) in network.branches.iter_mut().zip(x_pu.iter().zip(&rates)) {
            branch.x_pu = *x;
            branch.r_pu = 0.01;
            branch.rate_a_mva = (*rate >= 0.0).then_some(*rate);
        }
        for (load, p) in network.loads.iter_mut().zip(&p_mw) {
            load.p_mw = *p;
        }
        for (generator, p) in network.generators.iter_mut().zip(p_mw.iter().rev()) {
            generator.p_mw_max = p.abs();
            generator.p_mw_min = -p.abs();
        }
        settings.weights = Some(p_mw.iter().take(network.loads.len()).map(|p| p.abs()).collect());
        if settings.weights.as_ref().is_some_and(|w| w.len() < network.loads.len()) {
            settings.weights = None;
        }
        let delivery = delivered(&network, &situation, &settings);
        prop_assert!(delivery.gap.is_finite() && delivery.served_mw.is_finite() && delivery.bound_mw.is_finite());
    }
}
