//! The heat network that every generated city gets.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use relight_city::{CitySettings, generate, strike_heat};
use relight_heat::network::{Settings, solve};
use relight_model::warm::Supplied;
use relight_model::{
    BuildingKind, Class, HeatNetwork, HeatSituation, Heating, JunctionIdx, Scenario, SourceKind, SubstationIdx,
};
use std::collections::{HashMap, HashSet};

fn city(people: u32, seed: u64) -> Scenario {
    generate(&CitySettings { people, seed }).unwrap()
}

fn net(scenario: &Scenario) -> &HeatNetwork {
    scenario.heat.as_ref().unwrap()
}

/// A town, a city with one and two CHPs, Winter City, and a small country.
const SIZES: [(u32, u64); 5] = [(20_000, 3), (90_000, 5), (300_000, 2), (3_000_000, 1), (6_000_000, 4)];

/// Zone of every junction: what pipes, running pumps, open valves and plants join, of what is not out.
fn zones(net: &HeatNetwork, out: &HeatSituation) -> Vec<usize> {
    let mut root: Vec<usize> = (0..net.junctions.len()).collect();
    fn find(root: &mut [usize], mut i: usize) -> usize {
        while root[i] != i {
            root[i] = root[root[i]];
            i = root[i];
        }
        i
    }
    let pipes = net.pipes.iter().zip(&out.pipe_out).filter(|(_, out)| !**out).map(|(p, _)| (p.from, p.to));
    let pumps = net.pumps.iter().map(|p| (p.from, p.to));
    let valves = net.valves.iter().filter(|v| v.open).map(|v| (v.from, v.to));
    let joins: Vec<(JunctionIdx, JunctionIdx)> = pipes.chain(pumps).chain(valves).collect();
    for (a, b) in joins {
        let (a, b) = (find(&mut root, a.i()), find(&mut root, b.i()));
        root[a] = b;
    }
    (0..root.len()).map(|i| find(&mut root, i)).collect()
}

/// Substations with a way of water from a source that runs and back to it.
fn reached(net: &HeatNetwork, out: &HeatSituation) -> Vec<bool> {
    let zone = zones(net, out);
    let fed: HashSet<(usize, usize)> = net
        .sources
        .iter()
        .zip(&out.source_out)
        .filter(|(_, out)| !**out)
        .map(|(s, _)| (zone[s.supply_junction.i()], zone[s.return_junction.i()]))
        .collect();
    net.substations.iter().map(|s| fed.contains(&(zone[s.supply_junction.i()], zone[s.return_junction.i()]))).collect()
}

#[test]
fn every_building_is_what_it_is_and_its_heat_is_that_of_its_substation() {
    for (people, seed) in SIZES {
        let scenario = city(people, seed);
        let net = net(&scenario);
        let mut behind = vec![Vec::new(); net.substations.len()];
        let (mut own, mut kinds) = (0, HashSet::new());
        for building in &scenario.geography.buildings {
            let year = building.year.unwrap();
            assert!((1890..=2022).contains(&year) && building.area_m2 >= 200.0, "{building:?}");
            kinds.insert(building.kind);
            match building.heating {
                Heating::District(SubstationIdx(s)) => behind[s as usize].push(building),
                Heating::Own | Heating::Electric => own += 1,
                other => panic!("{}: {other:?}", building.id),
            }
        }
        let n = scenario.geography.buildings.len();
        assert!(own * 100 <= n * 6, "{own} of {n} are not on district heat");
        assert!(kinds.contains(&BuildingKind::Panel) && kinds.contains(&BuildingKind::Brick));
        for (substation, buildings) in net.substations.iter().zip(&behind) {
            assert!((1..=12).contains(&buildings.len()), "{}: {} buildings", substation.id, buildings.len());
            let area_m2: f64 = buildings.iter().map(|b| b.area_m2).sum();
            let w_per_m2 = 1000.0 * substation.heat_kw / area_m2;
            assert!((40.0..90.0).contains(&w_per_m2), "{}: {w_per_m2} W/m2", substation.id);
            if let Some(feeder) = substation.feeder {
                assert!(buildings.iter().any(|b| b.feeder == feeder));
            }
        }
    }
}

#[test]
fn winter_city_has_the_heat_that_its_description_gives() {
    let scenario = city(3_000_000, 1);
    let net = net(&scenario);
    let of = |kind| net.sources.iter().filter(move |s| s.kind == kind);
    let plants: HashSet<_> =
        of(SourceKind::Chp).map(|s| scenario.network.generators[s.generator.unwrap() as usize].bus).collect();
    assert_eq!(plants.len(), 3);
    let houses = of(SourceKind::BoilerHouse).count();
    assert!((17..=22).contains(&houses), "{houses}");
    assert!((3_000..6_000).contains(&net.substations.len()), "{}", net.substations.len());
    let demand_mw: f64 = net.substations.iter().map(|s| s.heat_kw / 1000.0).sum();
    assert!((3_500.0..5_500.0).contains(&demand_mw), "{demand_mw}");
    assert!((20..60).contains(&net.pumps.len()), "{} pumping stations", net.pumps.len());
    // Loops: a forest of so many junctions and zones would have fewer pipes.
    let zone = zones(net, &HeatSituation::intact(net));
    let forest = net.junctions.len() - zone.iter().collect::<HashSet<_>>().len();
    assert!(net.pipes.len() + net.pumps.len() > forest + 30, "{} pipes", net.pipes.len());
    assert!(net.valves.len() >= 2 * 20 && net.valves.iter().all(|v| !v.open));
}

#[test]
fn ids_are_unique_and_numbers_are_sound() {
    for (people, seed) in SIZES {
        let scenario = city(people, seed);
        let net = net(&scenario);
        let distinct = |ids: Vec<&String>| ids.iter().collect::<HashSet<_>>().len() == ids.len();
        assert!(distinct(net.junctions.iter().map(|j| &j.id).collect()));
        assert!(distinct(net.pipes.iter().map(|p| &p.id).collect()));
        assert!(distinct(net.valves.iter().map(|v| &v.id).collect()));
        assert!(distinct(net.pumps.iter().map(|p| &p.id).collect()));
        assert!(distinct(net.sources.iter().map(|s| &s.id).collect()));
        assert!(distinct(net.sources.iter().map(|s| &s.name).collect()));
        assert!(distinct(net.substations.iter().map(|s| &s.id).collect()));
        for pipe in &net.pipes {
            assert!(pipe.length_m >= 15.0 && pipe.length_m < 20_000.0, "{pipe:?}");
            assert!((0.05..1.5).contains(&pipe.d_inner_m) && pipe.from != pipe.to, "{pipe:?}");
        }
        for pump in &net.pumps {
            let (lift_bar, _) = pump.curve.lift_bar(0.0);
            assert!((0.5..15.0).contains(&lift_bar), "{pump:?}");
        }
        for source in &net.sources {
            assert!((1.0..14.0).contains(&source.lift_bar) && source.t_supply_c > 100.0, "{source:?}");
        }
    }
}

#[test]
fn pumps_and_boiler_houses_hang_on_feeders_of_heat() {
    for (people, seed) in SIZES {
        let scenario = city(people, seed);
        let net = net(&scenario);
        let heat = |feeder: Option<u32>| scenario.feeders[feeder.unwrap() as usize].class == Class::Heat;
        assert!(net.pumps.iter().all(|p| heat(p.feeder)));
        for source in &net.sources {
            assert_eq!(source.kind == SourceKind::BoilerHouse, source.generator.is_none());
            if source.kind == SourceKind::BoilerHouse {
                assert!(heat(source.feeder), "{}", source.name);
            } else {
                // Turbines give what their generator allows, peak boilers the rest.
                let p_mw_max = scenario.network.generators[source.generator.unwrap() as usize].p_mw_max;
                let all = source.heat_per_power * p_mw_max + source.heat_mw_alone;
                assert!((all - source.heat_mw_max).abs() < 0.1, "{source:?}");
            }
        }
    }
}

/// Every substation is in one zone with a plant, supply with supply and return with return, and every zone's plant has more
/// heat than the zone asks for.
#[test]
fn undamaged_every_zone_has_a_plant_that_is_large_enough() {
    for (people, seed) in SIZES {
        let scenario = city(people, seed);
        let net = net(&scenario);
        let intact = HeatSituation::intact(net);
        assert!(reached(net, &intact).iter().all(|&r| r), "{people}");
        let zone = zones(net, &intact);
        let mut balance: HashMap<usize, (f64, f64, usize)> = HashMap::new();
        for source in &net.sources {
            let of = balance.entry(zone[source.supply_junction.i()]).or_default();
            of.0 += source.heat_mw_max;
            of.2 += usize::from(source.p_return_bar.is_some());
        }
        for substation in &net.substations {
            balance.entry(zone[substation.supply_junction.i()]).or_default().1 += substation.heat_kw / 1000.0;
        }
        for (mw_max, mw, holds) in balance.into_values() {
            assert!(mw_max >= 1.2 * mw && holds == 1, "{people}: {mw} of {mw_max} MW, {holds} hold the pressure");
        }
    }
}

#[test]
fn after_the_strike_a_plant_is_down_and_tower_blocks_are_cold() {
    for (people, seed) in SIZES {
        let scenario = city(people, seed);
        let net = net(&scenario);
        assert_eq!(strike_heat(&scenario, seed), scenario.heat_damage);
        let out = HeatSituation::damaged(net, &scenario.heat_damage).unwrap();
        assert!(out.source_out.contains(&true) && out.pipe_out.contains(&true), "{people}");
        let reached = reached(net, &out);
        let cold = |floors: u32| {
            let cold = |h: Heating| matches!(h, Heating::District(s) if !reached[s.i()]);
            scenario.geography.buildings.iter().filter(|b| b.floors >= floors && cold(b.heating)).count()
        };
        eprintln!("{people}: {} buildings are cold, {} of 9 floors and more, {} of 16", cold(0), cold(9), cold(16));
        assert!(cold(0) > 0, "{people}");
        if people == 3_000_000 {
            assert!(cold(9) > 1_000 && cold(0) < 4_000, "{} tower blocks are cold", cold(9));
        }
    }
}

/// At the design load of -22 °C, so at -20 °C too. The engine is one that the generator does not use.
#[test]
fn undamaged_every_consumer_gets_all_its_heat_and_without_pumping_stations_some_do_not() {
    for (people, seed) in SIZES {
        let scenario = city(people, seed);
        let mut net = net(&scenario).clone();
        let state = solve(&net, &HeatSituation::intact(&net), &Settings::default());
        assert!(state.mdot_mismatch_kg_per_s < 0.1, "{people}: {} kg/s", state.mdot_mismatch_kg_per_s);
        for (substation, consumer) in net.substations.iter().zip(&state.consumers) {
            assert_eq!(consumer.supplied, Supplied::Full, "{people}: {} {consumer:?}", substation.id);
        }
        for (pipe, mdot) in net.pipes.iter().zip(&state.pipe_mdot_kg_per_s) {
            let v_m_per_s = mdot.abs() / (960.0 * std::f64::consts::FRAC_PI_4 * pipe.d_inner_m * pipe.d_inner_m);
            assert!(v_m_per_s < 3.0, "{people}: {} {v_m_per_s} m/s", pipe.id);
        }
        assert!(state.p_bar.iter().all(|p| p.is_none_or(|p| (1.0..25.0).contains(&p))), "{people}");
        for (source, &heat_mw) in net.sources.iter().zip(&state.source_heat_mw) {
            assert!(heat_mw > 0.0 && heat_mw < 0.9 * source.heat_mw_max, "{people}: {heat_mw} MW of {source:?}");
        }
        if !net.pumps.is_empty() {
            net.pumps.iter_mut().for_each(|p| p.in_service = false);
            let state = solve(&net, &HeatSituation::intact(&net), &Settings::default());
            let less = state.consumers.iter().filter(|c| c.supplied != Supplied::Full).count();
            assert!(less > 0 && less < net.substations.len() / 5, "{people}: {less} get less");
        }
    }
}

#[test]
fn the_cold_wave_covers_the_horizon_at_minus_twenty_and_below() {
    for seed in 0..50 {
        let scenario = city(20_000, seed);
        let (weather, horizon) = (scenario.weather.as_ref().unwrap(), scenario.horizon);
        for step in 0..horizon.steps {
            let t_out_c = weather.t_out_c_at(horizon.at(step)).unwrap();
            assert!((-28.0..=-20.0).contains(&t_out_c), "seed {seed}, step {step}: {t_out_c} °C");
        }
        assert!(weather.t_out_c.windows(2).all(|w| (w[0] - w[1]).abs() < 1.5));
    }
    assert_ne!(city(20_000, 1).weather, city(20_000, 2).weather);
}
