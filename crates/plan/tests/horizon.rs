//! Storage, ramps and reservoirs over a horizon: kept for when they are worth most, proven so, and against another solver.

mod grid;
mod horizon_oracle;

use grid::{buses, generator, line, load, storage};
use proptest::prelude::*;
use relight_model::outcome::Formulation;
use relight_model::plan::Plan;
use relight_model::{
    Assumption, Class, Damage, Feeder, Geography, HeatDamage, Horizon, Network, Profile, Scenario, Situation, UtcSecond,
};
use relight_plan::deliver::{DeliverSettings, deliver};
use relight_plan::timeline::{PlanOutcome, PlanSettings, plan};

/// A scenario whose every load is a feeder of a class, by the classes in turn; all follow one profile, steps of an hour.
fn scenario(network: Network, profile: &[f64], classes: &[Class]) -> Scenario {
    let feeder = |(k, load): (usize, &relight_model::Load)| Feeder {
        id: format!("F{k}"),
        name: String::new(),
        bus: load.bus,
        class: classes[k % classes.len()],
        queue: None,
        protected: false,
        people: 0,
        p_mw: load.p_mw,
        q_mvar: 0.0,
        profile: Some(0),
        district: None,
    };
    Scenario {
        name: "By hand".into(),
        name_uk: String::new(),
        time_zone: "UTC".into(),
        horizon: Horizon { start: UtcSecond(0), step_s: 3600, steps: profile.len() as u32 },
        as_of: UtcSecond(0),
        revision: 1,
        feeders: network.loads.iter().enumerate().map(feeder).collect(),
        network,
        profiles: vec![Profile {
            id: "p".into(),
            factor_by_half_hour: vec![1.0; 48],
            factor_by_step: profile.to_vec(),
        }],
        class_weights: Class::ALL.map(Class::default_weight),
        geography: Geography::default(),
        damage: Damage::default(),
        heat: None,
        weather: None,
        thermometers: Vec::new(),
        heat_damage: HeatDamage::default(),
        hvdc: false,
        assumptions: Vec::new(),
    }
}

/// Plans and asserts that verify accepts the plan.
#[track_caller]
fn planned(scenario: &Scenario, settings: &PlanSettings) -> Plan {
    let situation = Situation::damaged(&scenario.network, &scenario.damage).expect("the list fits");
    let situation = Situation { as_of: scenario.as_of, revision: scenario.revision, ..situation };
    let outcome = plan(scenario, &situation, settings, &|_, _| {}).expect("the arguments fit");
    let PlanOutcome::Done(plan) = outcome else { panic!("nobody stopped it") };
    let verdict = relight_verify::verify_plan(scenario, &plan);
    assert!(verdict.passed, "{:?}", verdict.failed().collect::<Vec<_>>());
    plan
}

fn served(plan: &Plan) -> Vec<f64> {
    (0..plan.delivery_of_step.len()).map(|t| (plan.delivery(t).served_mw * 1e4).round() / 1e4).collect()
}

#[track_caller]
fn near(found: &[f64], wanted: &[f64]) {
    let far = found.iter().zip(wanted).any(|(f, w)| (f - w).abs() > 1e-3);
    assert!(found.len() == wanted.len() && !far, "{found:?}, not {wanted:?}");
}

/// 10 MW of generation; at noon homes lack 2 MW, in the evening a hospital would lack 4 MW.
fn evening() -> Scenario {
    let mut network = buses(2);
    line(&mut network, 1, 2, 0.1, None);
    generator(&mut network, 1, 0.0, 10.0);
    load(&mut network, 2, 12.0);
    load(&mut network, 2, 14.0);
    storage(&mut network, 2, 4.0, 4.0 / 0.9, 8.0);
    let mut scenario = scenario(network, &[1.0, 0.0, 1.0], &[Class::Homes, Class::Hospital]);
    let profile = |by_step: [f64; 3]| Profile {
        id: "x".into(),
        factor_by_half_hour: vec![1.0; 48],
        factor_by_step: by_step.to_vec(),
    };
    scenario.profiles = vec![profile([1.0, 10.0 / 12.0, 0.0]), profile([0.0, 0.0, 1.0])];
    scenario.feeders[1].profile = Some(1);
    scenario
}

#[test]
fn a_battery_is_kept_for_the_evening_peak() {
    let plan = planned(&evening(), &PlanSettings::default());
    // What is stored gives 4 MWh: used at noon, as a step on its own would, the hospital would lack them later.
    near(&served(&plan), &[10.0, 10.0, 14.0]);
    let coupling = plan.coupling.as_ref().expect("there is storage");
    near(&coupling.storage_energy_mwh[0], &[4.0 / 0.9, 4.0 / 0.9, 4.0 / 0.9, 0.0]);
    assert!(coupling.gap <= 1e-6, "{}", coupling.gap);
    assert!(plan.assumptions.contains(&Assumption::StorageMayEndEmpty));
    assert!(!plan.assumptions.contains(&Assumption::NoStorage));
}

#[test]
fn a_battery_charges_from_surplus_before_the_peak() {
    let mut scenario = evening();
    scenario.network.storages[0].energy_mwh = 0.0;
    scenario.profiles[0].factor_by_step = vec![1.0, 0.5, 0.0];
    scenario.profiles[1].factor_by_step = vec![0.0, 0.0, 13.24 / 14.0];
    let plan = planned(&scenario, &PlanSettings::default());
    // 4 MW of surplus in the second step store 3.6 MWh and give 3.24 MW.
    near(&served(&plan), &[10.0, 6.0, 13.24]);
    near(&[1, 2].map(|t| plan.delivery(t).storage_p_mw[0]), &[-4.0, 3.24]);
}

#[test]
fn storage_that_must_keep_its_energy_does() {
    let settings = PlanSettings { keep_energy: true, ..PlanSettings::default() };
    let plan = planned(&evening(), &settings);
    // The unit has room for 8 − 4 / 0.9 MWh more: they are stored at the cost of homes and give 0.9 of it to the hospital.
    near(&[plan.delivery(2).served_mw], &[10.0 + 0.9 * (8.0 - 4.0 / 0.9)]);
    let energy_mwh = &plan.coupling.as_ref().expect("there is storage").storage_energy_mwh[0];
    near(&[energy_mwh[3]], &[4.0 / 0.9]);
    assert!(plan.assumptions.contains(&Assumption::StorageKeepsEnergy));
    let mut ends_empty = plan.clone();
    ends_empty.deliveries.clone_from(&planned(&evening(), &PlanSettings::default()).deliveries);
    ends_empty.delivery_of_step = vec![0, 1, 2];
    assert!(!relight_verify::verify_plan(&evening(), &ends_empty).passed, "an empty end is found");
}

#[test]
fn a_unit_with_a_ramp_rises_before_the_peak() {
    let mut network = buses(2);
    line(&mut network, 1, 2, 0.1, None);
    generator(&mut network, 1, 0.0, 100.0);
    generator(&mut network, 1, 0.0, 10.0);
    network.generators[0].ramp_mw_per_min = Some(0.5); // 30 MW an hour
    load(&mut network, 2, 100.0);
    let scenario = scenario(network, &[0.1, 0.1, 0.3, 1.0], &[Class::Homes]);
    let plan = planned(&scenario, &PlanSettings::default());
    // 10, 10 and 30 MW are served; before the peak the unit gives no more than 30, so that the peak gets 60 and 10 more.
    near(&served(&plan), &[10.0, 10.0, 30.0, 70.0]);
    assert!(plan.delivery(1).generators[0].p_mw > -1e-9 && plan.delivery(2).generators[0].p_mw > 29.99);
    assert!(plan.coupling.is_some_and(|c| c.gap <= 1e-6));
}

#[test]
fn a_reservoir_is_spread_over_the_horizon_best() {
    let mut network = buses(2);
    line(&mut network, 1, 2, 0.1, None);
    generator(&mut network, 1, 0.0, 20.0);
    generator(&mut network, 2, 0.0, 50.0);
    network.generators[1].energy_mwh = Some(60.0);
    load(&mut network, 2, 30.0);
    load(&mut network, 2, 30.0);
    let scenario = scenario(network, &[1.0, 0.5, 1.0, 0.5], &[Class::Hospital, Class::Industry]);
    let plan = planned(&scenario, &PlanSettings::default());
    let hospital: Vec<f64> = (0..4).map(|t| plan.delivery(t).load_served[0]).collect();
    near(&hospital, &[1.0, 1.0, 1.0, 1.0]);
    // Of 180 MWh asked for, 80 come from the other unit and 60 from the reservoir.
    near(&[served(&plan).iter().sum()], &[140.0]);
}

#[test]
fn where_nothing_binds_each_step_is_as_on_its_own() {
    let mut network = buses(3);
    line(&mut network, 1, 2, 0.1, Some(40.0));
    line(&mut network, 2, 3, 0.1, Some(40.0));
    line(&mut network, 1, 3, 0.1, Some(40.0));
    generator(&mut network, 1, 0.0, 90.0);
    network.generators[0].ramp_mw_per_min = Some(1.0);
    network.generators[0].energy_mwh = Some(200.0);
    storage(&mut network, 3, 5.0, 5.0, 10.0);
    load(&mut network, 2, 30.0);
    load(&mut network, 3, 20.0);
    let scenario = scenario(network, &[1.0, 0.5, 1.0], &[Class::Homes, Class::Hospital]);
    let plan = planned(&scenario, &PlanSettings::default());
    assert_eq!(plan.delivery_of_step, [0, 1, 0]);
    let weights = Some(scenario.weights_in_plan());
    let choice = DeliverSettings { weights, ..DeliverSettings::default() };
    let alone = deliver(&scenario.network, &plan.situation, &choice).expect("the arguments fit");
    assert_eq!(*plan.delivery(0), alone);
}

#[test]
fn storage_of_dark_islands_and_out_of_service_rests() {
    let mut network = buses(4);
    line(&mut network, 1, 2, 0.1, None);
    line(&mut network, 3, 4, 0.1, None);
    generator(&mut network, 1, 0.0, 10.0);
    (1..=4).for_each(|bus| load(&mut network, bus, 20.0));
    storage(&mut network, 4, 5.0, 5.0, 5.0);
    storage(&mut network, 2, 5.0, 5.0, 5.0);
    network.storages[1].in_service = false;
    let plan = planned(&scenario(network, &[1.0, 0.9], &[Class::Homes]), &PlanSettings::default());
    near(&served(&plan), &[10.0, 10.0]);
    assert!(plan.deliveries.iter().all(|d| d.storage_p_mw == [0.0, 0.0]));
}

#[test]
fn absorbing_power_never_makes_energy_vanish() {
    // Unmetered generation is worth serving; 4 MW of it have nowhere to go but into the full battery, which may not charge and
    // give at once to burn them.
    let mut network = buses(2);
    line(&mut network, 1, 2, 0.1, None);
    generator(&mut network, 1, 0.0, 10.0);
    load(&mut network, 2, -6.0);
    load(&mut network, 2, 2.0);
    storage(&mut network, 2, 4.0, 4.0, 4.0);
    let plan = planned(&scenario(network, &[1.0, 1.0, 1.0], &[Class::Homes]), &PlanSettings::default());
    let shed: Vec<f64> = (0..3).map(|t| plan.delivery(t).load_served[0]).collect();
    // Relaxed, each step could burn some of it; honest, the battery can only swing.
    assert!(shed.iter().any(|s| *s < 0.999), "{shed:?}");
    let coupling = plan.coupling.expect("there is storage");
    assert!(coupling.bound_mwh >= coupling.objective_mwh);
}

#[test]
fn ac_keeps_energies_ramps_and_reservoirs() {
    let mut network = buses(3);
    for (from, to) in [(1, 2), (2, 3), (1, 3)] {
        let line = line(&mut network, from, to, 0.1, Some(60.0));
        (line.r_pu, line.b_from_pu, line.b_to_pu) = (0.02, 0.01, 0.01);
    }
    generator(&mut network, 1, 0.0, 60.0);
    generator(&mut network, 2, 0.0, 30.0);
    network.generators.iter_mut().for_each(|g| (g.q_mvar_min, g.q_mvar_max) = (-50.0, 50.0));
    network.generators[0].ramp_mw_per_min = Some(0.25);
    network.generators[1].energy_mwh = Some(60.0);
    storage(&mut network, 3, 10.0, 5.0, 20.0);
    (1..=3).for_each(|bus| load(&mut network, bus, 30.0));
    network.loads.iter_mut().for_each(|l| l.q_mvar = 6.0);
    let scenario = scenario(network, &[0.5, 0.4, 0.6, 1.0, 1.2], &[Class::Homes, Class::Hospital, Class::Water]);
    let settings = PlanSettings { formulation: Formulation::Ac, ..PlanSettings::default() };
    let plan_ac = planned(&scenario, &settings);
    let plan_dc = planned(&scenario, &PlanSettings::default());
    let worth = |plan: &Plan| plan.coupling.as_ref().expect("there is storage").objective_mwh;
    assert!(plan_ac.deliveries.iter().all(|d| d.formulation == Formulation::Ac));
    let share = worth(&plan_ac) / worth(&plan_dc);
    assert!(share > 0.95, "{share}");
}

#[derive(Clone, Debug)]
struct Draw {
    buses: u32,
    lines: Vec<(u32, u32, f64, Option<f64>)>,
    generators: Vec<(u32, f64, Option<f64>, Option<f64>)>,
    loads: Vec<(u32, f64)>,
    storages: Vec<(u32, f64, f64, f64)>,
    profile: Vec<f64>,
    keep_energy: bool,
}

fn draw() -> impl Strategy<Value = Draw> {
    (2..7u32, any::<bool>()).prop_flat_map(|(n, keep_energy)| {
        let bus = 1..=n;
        let rate = prop_oneof![Just(None), (5.0..60.0).prop_map(Some)];
        let lines = prop::collection::vec((bus.clone(), bus.clone(), 0.01..0.5, rate), n as usize..(3 * n as usize));
        let ramp = prop_oneof![Just(None), (0.02..0.8).prop_map(Some)];
        let energy = prop_oneof![2 => Just(None), 1 => (5.0..200.0).prop_map(Some)];
        let generators = prop::collection::vec((bus.clone(), 5.0..60.0, ramp, energy), 1..4);
        let loads = prop::collection::vec((bus.clone(), 5.0..40.0), 2..8);
        let storages = prop::collection::vec((bus, 1.0..20.0, 0.0..1.0, 2.0..60.0), 0..3);
        let profile = prop::collection::vec(0.2..1.5, 2..9);
        (lines, generators, loads, storages, profile).prop_map(move |(lines, generators, loads, storages, profile)| {
            Draw { buses: n, lines, generators, loads, storages, profile, keep_energy }
        })
    })
}

fn build(d: &Draw) -> Scenario {
    let mut network = buses(d.buses);
    d.lines.iter().for_each(|&(a, b, x, rate)| _ = line(&mut network, a, b, x, rate));
    for &(bus, p_mw, ramp, energy) in &d.generators {
        generator(&mut network, bus, 0.0, p_mw);
        let unit = network.generators.last_mut().expect("just pushed");
        (unit.ramp_mw_per_min, unit.energy_mwh) = (ramp, energy);
    }
    d.loads.iter().for_each(|&(bus, p_mw)| load(&mut network, bus, p_mw));
    for &(bus, power, share, energy) in &d.storages {
        storage(&mut network, bus, power, share * energy, energy);
    }
    scenario(network, &d.profile, &[Class::Homes, Class::Hospital, Class::Industry, Class::Water])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// `planned` asserts that verify accepts it; the bound is the optimum of one plain linear programme, and so is the worth where
    /// that needs no unit to charge and give at once.
    #[test]
    fn the_optimum_is_that_of_another_programme(d in draw()) {
        let scenario = build(&d);
        let plan = planned(&scenario, &PlanSettings { keep_energy: d.keep_energy, ..PlanSettings::default() });
        let worth: f64 = (0..d.profile.len()).map(|t| plan.delivery(t).objective_mw).sum();
        let oracle = horizon_oracle::optimum(&scenario, d.keep_energy, None);
        let close = 2e-6 * oracle.worth_mwh.max(1.0);
        prop_assert!(worth <= oracle.worth_mwh + close, "{worth} MWh, optimum {}", oracle.worth_mwh);
        prop_assert!(oracle.burns || worth >= oracle.worth_mwh - close, "{worth} MWh, optimum {}", oracle.worth_mwh);
        if let Some(coupling) = plan.coupling {
            prop_assert!((coupling.bound_mwh - oracle.worth_mwh).abs() <= close, "bound {}", coupling.bound_mwh);
            prop_assert!(oracle.burns || coupling.gap <= 2e-6, "gap {}", coupling.gap);
        }
    }

    /// Where charging and giving at once would pay, the answer without it is nearly the best of those: all ways are tried.
    #[test]
    fn without_burning_the_answer_is_nearly_the_best(mut d in draw()) {
        d.profile.truncate(4);
        d.storages.truncate(1);
        let scenario = build(&d);
        let plan = planned(&scenario, &PlanSettings { keep_energy: d.keep_energy, ..PlanSettings::default() });
        let worth: f64 = (0..d.profile.len()).map(|t| plan.delivery(t).objective_mw).sum();
        if d.storages.is_empty() || !horizon_oracle::optimum(&scenario, d.keep_energy, None).burns {
            return Ok(());
        }
        let ways = (0..1u32 << d.profile.len()).map(|way| {
            let gives: Vec<bool> = (0..d.profile.len()).map(|t| way >> t & 1 == 1).collect();
            horizon_oracle::optimum(&scenario, d.keep_energy, Some(&gives)).worth_mwh
        });
        let best = ways.fold(0.0, f64::max);
        prop_assert!(worth >= best * (1.0 - 1e-2), "{worth} MWh, best {best}");
    }
}
