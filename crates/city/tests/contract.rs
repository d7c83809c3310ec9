//! What every generated scenario keeps, whatever its size and seed.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use relight_city::{CityError, CitySettings, QUEUES, generate, strike};
use relight_model::validate::{self, Tables};
use relight_model::{Class, GeoPoint, Scenario, Situation};
use std::collections::{HashMap, HashSet};

const TABLES: Tables = Tables {
    bus: "buses",
    branch: "branches",
    generator: "generators",
    load: "feeders",
    shunt: "shunts",
    hvdc_line: "hvdc_lines",
    storage: "storages",
    switch: "switches",
    several_references: false,
};

fn city(people: u32, seed: u64) -> Scenario {
    generate(&CitySettings { people, seed }).unwrap()
}

/// A town, a city with one and two CHPs, Winter City, and a small country.
const SIZES: [(u32, u64); 5] = [(20_000, 3), (90_000, 5), (300_000, 2), (3_000_000, 1), (6_000_000, 4)];

#[test]
fn people_sum_to_the_number_asked_for_in_every_way_of_counting() {
    for (people, seed) in SIZES {
        let scenario = city(people, seed);
        assert_eq!(scenario.geography.districts.iter().map(|d| d.people).sum::<u32>(), people);
        assert_eq!(scenario.feeders.iter().map(|f| f.people).sum::<u32>(), people);
        assert!(scenario.feeders.iter().all(|f| f.people == 0 || f.class == Class::Homes));
        let mut by_district = vec![0; scenario.geography.districts.len()];
        for feeder in &scenario.feeders {
            by_district[feeder.district.unwrap() as usize] += feeder.people;
        }
        assert!(by_district.iter().zip(&scenario.geography.districts).all(|(n, d)| *n == d.people));
        let in_blocks: u32 = scenario.geography.buildings.iter().map(|b| b.people).sum();
        assert!(in_blocks > people / 10 * 7 && in_blocks < people, "{in_blocks} of {people} in apartment buildings");
        let mut of_feeder = vec![0; scenario.feeders.len()];
        for building in &scenario.geography.buildings {
            let feeder = &scenario.feeders[building.feeder as usize];
            assert_eq!((feeder.class, feeder.district), (Class::Homes, Some(building.district)));
            of_feeder[building.feeder as usize] += building.people;
        }
        assert!(of_feeder.iter().zip(&scenario.feeders).all(|(n, f)| *n <= f.people));
    }
}

#[test]
fn winter_city_has_the_size_that_its_description_gives() {
    let scenario = city(3_000_000, 1);
    let network = &scenario.network;
    let substations = network.buses.iter().filter(|b| b.base_kv == 10.0).count() / 2;
    assert_eq!(scenario.geography.districts.len(), 10);
    assert!((60..70).contains(&substations), "{substations}");
    assert!((1_750..1_850).contains(&scenario.feeders.len()), "{}", scenario.feeders.len());
    assert!((11_900..12_100).contains(&scenario.geography.buildings.len()));
    assert!((1_790.0..1_810.0).contains(&network.demand_mw()));
    let plants: HashSet<_> = network.generators.iter().filter(|g| g.fuel == "gas").map(|g| g.bus).collect();
    assert_eq!(plants.len(), 3);
    let capacity_mw: f64 = network.generators.iter().map(|g| g.p_mw_max).sum();
    assert!(capacity_mw > 1.2 * network.demand_mw(), "{capacity_mw}");
}

#[test]
fn networks_pass_validation_without_a_finding() {
    for (people, seed) in SIZES {
        let findings = validate::network(&city(people, seed).network, &TABLES);
        assert!(findings.is_empty(), "{people}: {:?}", findings.iter().map(ToString::to_string).collect::<Vec<_>>());
    }
}

#[test]
fn ids_names_and_rows_are_unique() {
    for (people, seed) in SIZES {
        let scenario = city(people, seed);
        let distinct = |names: Vec<&str>| names.iter().collect::<HashSet<_>>().len() == names.len();
        let network = &scenario.network;
        assert!(distinct(scenario.feeders.iter().map(|f| f.id.as_str()).collect()));
        assert!(distinct(scenario.feeders.iter().map(|f| f.name.as_str()).collect()));
        assert!(distinct(scenario.geography.districts.iter().map(|d| d.id.as_str()).collect()));
        assert!(distinct(scenario.geography.districts.iter().map(|d| d.name.as_str()).collect()));
        assert!(distinct(scenario.geography.districts.iter().map(|d| d.name_uk.as_str()).collect()));
        assert!(distinct(scenario.geography.buildings.iter().map(|b| b.id.as_str()).collect()));
        assert!(distinct(network.buses.iter().map(|b| b.name.as_str()).collect()));
        assert!(distinct(network.branches.iter().map(|b| b.name.as_str()).collect()));
        assert!(distinct(network.generators.iter().map(|g| g.name.as_str()).collect()));
        assert!((1..).zip(&network.branches).all(|(row, b)| b.row == row));
        assert!((1..).zip(&network.generators).all(|(row, g)| g.row == row));
        assert!((1..).zip(&network.loads).all(|(row, l)| l.row == row));
    }
}

#[test]
fn feeders_hang_on_10_kv_and_are_the_loads() {
    for (people, seed) in SIZES {
        let scenario = city(people, seed);
        let network = &scenario.network;
        assert_eq!(network.loads.len(), scenario.feeders.len());
        for (feeder, load) in scenario.feeders.iter().zip(&network.loads) {
            assert_eq!(network.buses[feeder.bus.i()].base_kv, 10.0);
            assert_eq!((feeder.bus, feeder.p_mw, feeder.q_mvar), (load.bus, load.p_mw, load.q_mvar));
            assert_eq!(scenario.profiles[feeder.profile.unwrap() as usize].id, feeder.class.name());
            assert!(feeder.p_mw > 0.0 && feeder.p_mw < 10.0, "{feeder:?}");
        }
        let classes: HashSet<_> = scenario.feeders.iter().map(|f| f.class).collect();
        assert_eq!(classes.len(), Class::ALL.len());
    }
}

#[test]
fn queues_are_balanced_and_spare_the_protected() {
    for (people, seed) in SIZES {
        let scenario = city(people, seed);
        let mut by_queue: HashMap<&str, f64> = HashMap::new();
        for feeder in &scenario.feeders {
            assert_eq!(feeder.protected, feeder.queue.is_none());
            assert_eq!(feeder.protected, !matches!(feeder.class, Class::Homes | Class::Commerce | Class::Industry));
            if let Some(queue) = &feeder.queue {
                *by_queue.entry(queue).or_default() += feeder.p_mw;
            }
        }
        assert_eq!(by_queue.len(), QUEUES.len());
        let mean = by_queue.values().sum::<f64>() / 12.0;
        let spread = by_queue.values().map(|mw| (mw - mean).abs() / mean).fold(0.0, f64::max);
        // A town of 28 feeders cannot be divided evenly.
        assert!(spread < if people < 500_000 { 0.6 } else { 0.02 }, "{people}: {spread}");
    }
}

/// Even-odd rule.
fn inside(outline: &[GeoPoint], at: GeoPoint) -> bool {
    let mut inside = false;
    for (i, a) in outline.iter().enumerate() {
        let b = outline[(i + 1) % outline.len()];
        if (a.lat_deg > at.lat_deg) != (b.lat_deg > at.lat_deg) {
            let lon_deg = a.lon_deg + (at.lat_deg - a.lat_deg) / (b.lat_deg - a.lat_deg) * (b.lon_deg - a.lon_deg);
            inside ^= at.lon_deg < lon_deg;
        }
    }
    inside
}

#[test]
fn buildings_stand_in_their_district_on_dry_land() {
    for (people, seed) in SIZES {
        let geography = city(people, seed).geography;
        for building in &geography.buildings {
            let district = &geography.districts[building.district as usize];
            assert!(inside(&district.outline, building.at), "{people}: {} is not in {}", building.id, district.name);
            assert!(
                !geography.waters.iter().any(|w| inside(&w.points, building.at)),
                "{people}: {} is wet",
                building.id
            );
            assert!((1..=25).contains(&building.floors));
        }
        for (k, district) in geography.districts.iter().enumerate() {
            assert!(district.outline.len() > 8 && district.outline[0] != district.outline[district.outline.len() - 1]);
            // No outline reaches into another: corners lie on borders at most, middles of buildings decide.
            let strangers =
                geography.buildings.iter().filter(|b| b.district as usize != k && inside(&district.outline, b.at));
            assert_eq!(strangers.count(), 0, "{people}: {} overlaps", district.name);
        }
    }
}

#[test]
fn the_map_is_complete_and_within_bounds() {
    for (people, seed) in SIZES {
        let scenario = city(people, seed);
        let geography = &scenario.geography;
        assert_eq!(geography.buses.len(), scenario.network.buses.len());
        let ways = geography.streets.iter().chain(&geography.waters).flat_map(|w| &w.points);
        let reach_deg = if people < 5_000_000 { 0.6 } else { 8.0 };
        for at in
            ways.chain(geography.buses.iter().flatten()).chain(geography.districts.iter().flat_map(|d| &d.outline))
        {
            assert!((at.lon_deg + 30.0).abs() < reach_deg && (at.lat_deg - 48.0).abs() < reach_deg, "{at:?}");
        }
        assert!(geography.streets.iter().all(|s| s.points.len() >= 2));
        // Bridges: through roads have points on both sides of the river, local streets never in it.
        let river = &geography.waters[0].points;
        for street in geography.streets.iter().filter(|s| s.name.is_empty()) {
            assert!(street.points.iter().all(|&q| !inside(river, q)), "{people}: a street runs in the river");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_and_another_gives_another() {
    for (people, seed) in [(20_000, 3), (300_000, 2)] {
        assert_eq!(city(people, seed), city(people, seed));
        assert_ne!(city(people, seed).geography, city(people, seed + 1).geography);
    }
    let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(|| city(300_000, 7))).collect();
    let made: Vec<Scenario> = threads.into_iter().map(|t| t.join().unwrap()).collect();
    assert!(made.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn sizes_out_of_range_are_refused() {
    for people in [0, 19_999, 40_000_001, u32::MAX] {
        let error = generate(&CitySettings { people, seed: 1 }).unwrap_err();
        assert_eq!(error, CityError::PeopleOutOfRange { people });
        assert!(error.to_string().contains("allowed: 20000 to 40000000"), "{error}");
    }
}

#[test]
fn damage_names_what_exists_and_follows_from_the_scenario_alone() {
    for (people, seed) in SIZES {
        let scenario = city(people, seed);
        let situation = Situation::damaged(&scenario.network, &scenario.damage).unwrap();
        assert!(situation.generator_out.contains(&true) && situation.bus_out.contains(&true), "{people}");
        assert_eq!(strike(&scenario, seed), scenario.damage);
        let mut whole = scenario.clone();
        whole.damage = Default::default();
        assert_eq!(strike(&whole, seed), scenario.damage);
    }
    let winter = city(3_000_000, 1);
    assert!((1..20).any(|seed| strike(&winter, seed) != winter.damage));
}
