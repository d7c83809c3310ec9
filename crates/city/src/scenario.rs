//! Puts the parts together into a scenario.

use crate::feeders::protected;
use crate::geometry::geo;
use crate::grid::{Assembled, neighbouring_cities};
use crate::plan::{outlines_km, river_km};
use crate::profiles::profiles;
use crate::{Town, geometry::P};
use relight_model::{
    Building, Class, Damage, District, Feeder, GeoPoint, Geography, HeatDamage, Heating, Horizon, Path, Scenario,
    UtcSecond,
};

/// 2026-01-20 06:00 UTC: eight in the morning, after the alert.
const START: UtcSecond = UtcSecond(1_768_888_800);
/// 72 h of half-hours.
const HORIZON: Horizon = Horizon { start: START, step_s: 1800, steps: 144 };

/// The scenario of these towns and their grid; no damage yet.
pub(crate) fn compose(name: (&str, &str), towns: &[Town], assembled: Assembled) -> Scenario {
    let feeders = feeders(towns, &assembled);
    let geography = geography(towns, &assembled);
    Scenario {
        name: name.0.to_owned(),
        name_uk: name.1.to_owned(),
        time_zone: "Europe/Kyiv".to_owned(),
        horizon: HORIZON,
        as_of: START,
        revision: 1,
        network: assembled.network,
        feeders,
        profiles: profiles(&HORIZON),
        class_weights: Class::ALL.map(Class::default_weight),
        geography,
        heat: None,
        weather: None,
        thermometers: Vec::new(),
        damage: Damage::default(),
        heat_damage: HeatDamage::default(),
        hvdc: false,
        assumptions: Vec::new(),
    }
}

fn feeders(towns: &[Town], assembled: &Assembled) -> Vec<Feeder> {
    let mut feeders = Vec::with_capacity(assembled.network.loads.len());
    for (city, town) in towns.iter().enumerate() {
        for draft in &town.feeders {
            let district = town.first_district + town.stations.substations[draft.substation].cell;
            feeders.push(Feeder {
                id: format!("F{:05}", feeders.len() + 1),
                name: draft.name.clone(),
                bus: assembled.sections[city][draft.substation][draft.section],
                class: draft.class,
                queue: draft.queue.map(str::to_owned),
                protected: protected(draft.class),
                people: draft.people,
                p_mw: draft.p_mw,
                q_mvar: draft.q_mvar,
                profile: Some(draft.class.i() as u32),
                district: Some(district as u32),
            });
        }
    }
    feeders
}

/// Roads between the cities of a country, along the corridors of the 330 kV lines, a little bent.
fn highways(towns: &[Town]) -> Vec<Vec<P>> {
    if towns.len() < 2 {
        return Vec::new();
    }
    let centres: Vec<P> = towns.iter().map(|t| t.settlement.centre_km).collect();
    let bent = |(a, b): (usize, usize)| {
        let (from, to) = (centres[a], centres[b]);
        // Every other road bends to the other side.
        let side = if (a + b) % 2 == 0 { 0.06 } else { -0.06 };
        let swing = (to - from).left() * side;
        (0..=16).map(|k| f64::from(k) / 16.0).map(|t| from.toward(to, t) + swing * (4.0 * t * (1.0 - t))).collect()
    };
    neighbouring_cities(&centres).into_iter().map(bent).collect()
}

fn geography(towns: &[Town], assembled: &Assembled) -> Geography {
    let points = |way: &[P]| way.iter().map(|&q| geo(q)).collect::<Vec<GeoPoint>>();
    let mut geography =
        Geography { buses: assembled.at_km.iter().map(|&at| Some(geo(at))).collect(), ..Geography::default() };
    for (k, way) in highways(towns).iter().enumerate() {
        geography.streets.push(Path { name: format!("Highway {}", k + 1), points: points(way) });
    }
    let mut first_feeder = 0;
    for town in towns {
        for (cell, outline) in town.layout.cells.iter().zip(outlines_km(&town.layout)) {
            geography.districts.push(District {
                id: format!("D{:02}", geography.districts.len() + 1),
                name: cell.name.clone(),
                name_uk: cell.name_uk.clone(),
                people: cell.people,
                outline: points(&outline),
            });
        }
        let river = river_km(&town.layout);
        geography.waters.push(Path { name: "River".to_owned(), points: points(&river) });
        for (name, way) in town.streets.on_ground_km(&town.layout) {
            geography.streets.push(Path { name, points: points(&way) });
        }
        for (block, &feeder) in town.blocks.iter().zip(&town.feeder_of_block) {
            geography.buildings.push(Building {
                id: format!("B{:06}", geography.buildings.len() + 1),
                at: geo(block.at_km),
                district: (town.first_district + block.cell) as u32,
                feeder: (first_feeder + feeder) as u32,
                floors: block.floors,
                people: block.people,
                kind: Building::usual_kind(None, block.floors),
                year: None,
                area_m2: f64::from(block.people.max(1)) * Building::AREA_M2_PER_PERSON,
                heating: Heating::Unknown,
                electric_share: 0.0,
            });
        }
        first_feeder += town.feeders.len();
    }
    geography
}
