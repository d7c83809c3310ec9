//! Plans over a horizon: each distinct demand once, the same bytes on any number of threads, nothing half done.

mod grid;

use grid::{buses, generator, line, load};
use relight_model::outcome::Formulation;
use relight_model::plan::Plan;
use relight_model::{
    Assumption, BusIdx, Class, Damage, Feeder, Geography, HeatDamage, Horizon, Network, Profile, Scenario, Situation,
    Storage, UtcSecond,
};
use relight_plan::deliver::DeliverError;
use relight_plan::deliver::preventive::Against;
use relight_plan::timeline::{PlanOutcome, PlanSettings, plan};
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

const STEPS: usize = 12;

/// A ring of four buses with one generator too small for the peak; three feeders a bus; the profile repeats after four steps.
fn scenario() -> Scenario {
    let mut network = buses(4);
    for (from, to) in [(1, 2), (2, 3), (3, 4), (4, 1)] {
        line(&mut network, from, to, 0.1, Some(60.0));
    }
    generator(&mut network, 1, 0.0, 130.0);
    let mut feeders = Vec::new();
    for k in 0..12u32 {
        load(&mut network, k % 4 + 1, 15.0);
        feeders.push(Feeder {
            id: format!("F{k}"),
            name: String::new(),
            bus: BusIdx(k % 4),
            class: [Class::Homes, Class::Industry, Class::Hospital][k as usize / 4],
            queue: None,
            protected: k == 5,
            people: 100,
            p_mw: 15.0,
            q_mvar: 0.0,
            profile: (k != 11).then_some(k % 2),
            district: None,
        });
    }
    let profile = |id: &str, by_step: [f64; 4]| Profile {
        id: id.into(),
        factor_by_half_hour: vec![1.0; 48],
        factor_by_step: by_step.into_iter().cycle().take(STEPS).collect(),
    };
    Scenario {
        name: "By hand".into(),
        name_uk: String::new(),
        time_zone: "Europe/Kyiv".into(),
        horizon: Horizon { start: UtcSecond(0), step_s: 1800, steps: STEPS as u32 },
        as_of: UtcSecond(0),
        revision: 1,
        network,
        feeders,
        profiles: vec![profile("a", [0.5, 1.0, 1.2, 1.0]), profile("b", [1.0, 1.0, 0.7, 1.0])],
        class_weights: Class::ALL.map(Class::default_weight),
        geography: Geography::default(),
        damage: Damage { branches: vec![2], ..Damage::default() },
        heat: None,
        weather: None,
        thermometers: Vec::new(),
        heat_damage: HeatDamage::default(),
        hvdc: false,
        assumptions: vec![Assumption::AllHomes],
    }
}

fn struck(scenario: &Scenario) -> Situation {
    Situation::damaged(&scenario.network, &scenario.damage).expect("the list fits")
}

fn done(outcome: PlanOutcome) -> Plan {
    match outcome {
        PlanOutcome::Done(plan) => plan,
        PlanOutcome::Stopped { done, total } => panic!("stopped at {done} of {total}"),
    }
}

#[test]
fn each_distinct_demand_is_planned_once_and_verify_accepts_the_plan() {
    let scenario = scenario();
    let seen = Mutex::new(Vec::new());
    let progress = |done, total| seen.lock().unwrap().push((done, total));
    let plan = done(plan(&scenario, &struck(&scenario), &PlanSettings::default(), &progress).unwrap());
    assert_eq!(plan.delivery_of_step, [0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1]);
    assert_eq!(seen.into_inner().unwrap(), [(0, 3), (1, 3), (2, 3), (3, 3)]);
    let verdict = relight_verify::verify_plan(&scenario, &plan);
    assert!(verdict.passed, "{:?}", verdict.failed().collect::<Vec<_>>());
    assert!(plan.delivery(2).served_mw < plan.delivery(2).demand_mw);
}

#[test]
fn the_protected_and_the_urgent_come_first() {
    let scenario = scenario();
    let plan = done(plan(&scenario, &struck(&scenario), &PlanSettings::default(), &|_, _| {}).unwrap());
    let peak = plan.delivery(1);
    assert_eq!(peak.load_served[5], 1.0, "protected, though industry");
    assert!(peak.load_served[8..].iter().all(|&s| s == 1.0), "hospitals");
    assert!(peak.load_served[4] < 1.0, "industry");
}

#[test]
fn a_plan_against_single_outages_says_what_still_breaks_it() {
    let scenario = Scenario { damage: Damage::default(), ..scenario() };
    let intact = Situation { as_of: scenario.as_of, ..struck(&scenario) };
    for formulation in [Formulation::Dc, Formulation::Ac] {
        let against = Against::default();
        let settings = PlanSettings { formulation, against: Some(against), ..PlanSettings::default() };
        let made = done(plan(&scenario, &intact, &settings, &|_, _| {}).unwrap());
        let verdict = relight_verify::verify_plan(&scenario, &made);
        assert!(verdict.passed, "{:?}", verdict.failed().collect::<Vec<_>>());
        let safety = made.safety.as_ref().expect("it was asked for");
        assert_eq!(safety.margins.len(), made.deliveries.len());
        let plain = PlanSettings { against: None, ..settings };
        let plain = done(plan(&scenario, &intact, &plain, &|_, _| {}).unwrap());
        for ((margin, delivery), was) in safety.margins.iter().zip(&made.deliveries).zip(&plain.deliveries) {
            assert!((was.served_mw - delivery.served_mw - margin.extra_shed_mw).abs() < 1e-3 * was.served_mw);
            assert!(margin.unsafe_left.len() <= margin.breaking_before.len());
        }
        let found: usize = safety.margins.iter().map(|m| m.breaking_before.len()).sum();
        assert!(found > 0, "{formulation:?}: the sample has outages that break it");
    }
    let both = PlanSettings { whole_feeders: true, against: Some(Against::default()), ..PlanSettings::default() };
    assert!(matches!(plan(&scenario, &intact, &both, &|_, _| {}), Err(DeliverError::NotTogether { .. })));
}

#[test]
fn any_number_of_threads_gives_the_same_plan() {
    let scenario = scenario();
    let by = |threads| {
        let settings = PlanSettings { threads: NonZero::new(threads).unwrap(), ..PlanSettings::default() };
        done(plan(&scenario, &struck(&scenario), &settings, &|_, _| {}).unwrap())
    };
    let one = by(1);
    assert_eq!(one, by(2));
    assert_eq!(one, by(7));
}

#[test]
fn stopped_is_an_outcome_without_half_a_plan() {
    let scenario = scenario();
    let stop = AtomicBool::new(false);
    let settings = PlanSettings { stop: Some(&stop), ..PlanSettings::default() };
    let stop_after_one = |done, _| stop.store(done == 1, Ordering::Relaxed);
    let outcome = plan(&scenario, &struck(&scenario), &settings, &stop_after_one).unwrap();
    assert_eq!(outcome, PlanOutcome::Stopped { done: 1, total: 3 });
}

#[test]
fn assumptions_are_told_once_each() {
    let mut scenario = scenario();
    scenario.assumptions.push(Assumption::DcOnly);
    scenario.network.storages.push(storage());
    let plan = done(plan(&scenario, &struck(&scenario), &PlanSettings::default(), &|_, _| {}).unwrap());
    let want = [
        Assumption::AllHomes,
        Assumption::DcOnly,
        Assumption::NoRepairs,
        Assumption::PartialFeeders,
        Assumption::StorageMayEndEmpty,
    ];
    assert_eq!(plan.assumptions, want);
}

fn storage() -> Storage {
    Storage {
        bus: BusIdx(0),
        in_service: true,
        p_mw: 0.0,
        q_mvar: 0.0,
        energy_mwh: 1.0,
        energy_mwh_max: 2.0,
        charge_mw_max: 1.0,
        discharge_mw_max: 1.0,
        charge_efficiency: 0.9,
        discharge_efficiency: 0.9,
        q_mvar_min: 0.0,
        q_mvar_max: 0.0,
        row: 1,
    }
}

#[test]
fn a_situation_of_another_network_is_refused() {
    let scenario = scenario();
    let other = Situation::intact(&Network::empty("other", 100.0));
    assert!(plan(&scenario, &other, &PlanSettings::default(), &|_, _| {}).is_err());
}
