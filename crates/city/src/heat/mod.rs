//! The heat of a city: plants, mains in loops, street pipes, substations, and the buildings behind them.
//!
//! ```text
//! buildings ─> dwellings (year, kind, area, heat) ─> groups (a substation each) ─> areas (a chamber of the mains each)
//!                                                                                            │
//! CHPs of the grid, boiler houses for the rest ─> zones (a plant each) ─> mains in loops, street trees ─> pipes
//!                                                            └─ ties between zones, their valves closed
//! ```
//!
//! Sized at −22 °C by gradients of pressure; docs/methods/city.md gives every rule and figure.

mod areas;
mod bore;
mod dwellings;
mod lay;
mod mains;
mod station;

use crate::Town;
use crate::geometry::{P, rounded, sin_turn, unit_at};
use crate::grid::mesh::mesh;
use crate::random::{Stream, Topic};
use areas::{Area, areas, zones};
use dwellings::{Dwelling, Warmed, dwellings};
use lay::{Laid, Layer, Zone};
use relight_model::{Class, HeatNetwork, Heating, Scenario, SourceKind, SubstationIdx};
use station::{Station, chps};

/// Heat of a CHP over its electric power: from its turbines, tied to the power, and from peak boilers beside them.
pub(crate) const CHP_TURBINE_HEAT_PER_POWER: f64 = 1.6;
const CHP_PEAK_HEAT_PER_POWER: f64 = 1.4;
/// Capacity of a plant over the design load of its zone: losses of the pipes and a reserve.
const RESERVE: f64 = 1.25;
/// People of the whole city per boiler house: twenty at three million.
const PEOPLE_PER_BOILER_HOUSE: f64 = 150_000.0;
/// Design temperature of the return, lowest that a substation reaches, and that of the ground, °C.
const T_RETURN_C: f64 = 60.0;
const T_RETURN_C_MIN: f64 = 20.0;
const T_GROUND_C: f64 = 2.0;
/// Head that a substation needs for its full flow, bar.
const DP_BAR_MIN: f64 = 0.7;
/// Buildings from this year on have a substation with pumps of its own, and so has this share of the older ones. The others
/// are driven by the head of the network.
const PUMPED_FROM_YEAR: u32 = 1995;
const PUMPED_SHARE: f64 = 0.3;
/// Way around between zones from which on a tie is built.
const TIE_DETOUR: f64 = 1.5;

/// The lie of the land of a city: two long waves.
pub(crate) struct Terrain {
    waves: [(P, f64, f64); 2],
}

impl Terrain {
    fn new(radius_km: f64, stream: &mut Stream) -> Self {
        let waves = [(1.3, 14.0), (0.6, 7.0)].map(|(length, amplitude_m)| {
            let length_km = length * radius_km.max(2.0) * stream.between(0.85, 1.2);
            (unit_at(stream.unit()) * (1.0 / length_km), stream.unit(), amplitude_m)
        });
        Self { waves }
    }

    /// Height above the sea, m, to 0.1 m.
    fn height_m(&self, at_km: P) -> f64 {
        let sum: f64 = self.waves.iter().map(|&(per_km, phase, m)| m * sin_turn(per_km.dot(at_km) + phase)).sum();
        rounded(120.0 + sum, 10.0)
    }
}

/// Gives a scenario of these towns its heat network, and its buildings what they are and what warms them.
pub(crate) fn furnish(scenario: &mut Scenario, towns: &[Town], seed: u64) {
    let mut net = HeatNetwork::default();
    let (mut first_block, mut first_feeder, mut counters) = (0, 0, (0, 0));
    for (part, town) in towns.iter().enumerate() {
        let mut stream = Stream::new(seed, Topic::Heat, part);
        let terrain = Terrain::new(town.settlement.radius_km, &mut stream);
        let dwellings = dwellings(&town.layout, &town.blocks, &mut stream);
        let areas = areas(town, &dwellings, &mut stream);
        let mut stations = chps(scenario, part as u32 + 1);
        let zones = zones(town.settlement.people, &areas, &mut stations, &mut stream);
        name_boiler_houses(town, &mut stations);
        let mut layer = Layer::on(net, &terrain, counters.0, counters.1);
        let (first_source, first_pump) = (layer.net.sources.len(), layer.net.pumps.len());
        let laid = lay(&mut layer, &areas, &stations, &zones);
        feeders(&mut layer, town, (first_source, first_pump), first_feeder);
        let buildings = &mut scenario.geography.buildings[first_block..first_block + town.blocks.len()];
        for (building, dwelling) in buildings.iter_mut().zip(&dwellings) {
            (building.kind, building.year) = (dwelling.kind, Some(dwelling.year));
            building.area_m2 = dwelling.area_m2;
            (building.heating, building.electric_share) = match dwelling.warmed {
                Warmed::Electric => (Heating::Electric, 1.0),
                _ => (Heating::Own, 0.0),
            };
        }
        for Laid { substation, blocks } in &laid {
            for &block in blocks {
                buildings[block].heating = Heating::District(SubstationIdx::from(*substation));
            }
            layer.net.substations[*substation].feeder = pumped(&dwellings, blocks, &mut stream)
                .then(|| (first_feeder + town.feeder_of_block[blocks[0]]) as u32);
        }
        counters = layer.counters();
        net = layer.net;
        first_block += town.blocks.len();
        first_feeder += town.feeders.len();
    }
    scenario.heat = Some(net);
}

/// Lays all zones of a city and the ties between neighbours.
fn lay(layer: &mut Layer<'_>, areas: &[Area], stations: &[Station], zones: &[Vec<usize>]) -> Vec<Laid> {
    let mut laid = Vec::new();
    let mut done: Vec<Zone> = Vec::new();
    let mut middles = Vec::new();
    for (station, zone) in stations.iter().zip(zones).filter(|(_, zone)| !zone.is_empty()) {
        let mine: Vec<&Area> = zone.iter().map(|&a| &areas[a]).collect();
        let (substations, zone) = layer.zone(station, &mine);
        laid.extend(substations);
        done.push(zone);
        middles.push(mine.iter().fold(P::default(), |sum, a| sum + a.at_km) * (1.0 / mine.len() as f64));
    }
    for (a, b) in mesh(&middles, TIE_DETOUR) {
        layer.tie(&done[a], &done[b]);
    }
    laid
}

fn name_boiler_houses(town: &Town, stations: &mut [Station]) {
    let of = if town.settlement.name.is_empty() { String::new() } else { format!(" {}", town.settlement.name) };
    let houses = stations.iter_mut().filter(|s| s.kind == SourceKind::BoilerHouse);
    for (k, station) in houses.enumerate() {
        for unit in &mut station.units {
            unit.name = format!("Boiler house {}{of}", k + 1);
        }
    }
}

/// Whether a substation has pumps that need power.
fn pumped(dwellings: &[Dwelling], blocks: &[usize], stream: &mut Stream) -> bool {
    let draw = stream.unit();
    blocks.iter().any(|&b| dwellings[b].year >= PUMPED_FROM_YEAR) || draw < PUMPED_SHARE
}

/// Gives boiler houses and pumping stations the city's feeders of class heat: each the nearest that is still free, or the
/// nearest of all where there are too few.
fn feeders(layer: &mut Layer<'_>, town: &Town, first: (usize, usize), first_feeder: usize) {
    let heat = town.feeders.iter().enumerate().filter(|(_, f)| f.class == Class::Heat);
    let points: Vec<(usize, P)> = heat.map(|(k, f)| (k, town.stations.substations[f.substation].at_km)).collect();
    let mut free = vec![true; points.len()];
    let mut nearest = |at_km: P| {
        let away = |&i: &usize| points[i].1.distance(at_km);
        let of = |only_free: bool, free: &[bool]| {
            (0..points.len()).filter(|&i| free[i] || !only_free).min_by(|a, b| away(a).total_cmp(&away(b)))
        };
        let chosen = of(true, &free).or_else(|| of(false, &free))?;
        free[chosen] = false;
        Some((first_feeder + points[chosen].0) as u32)
    };
    for (source, at_km) in layer.net.sources[first.0..].iter_mut().zip(&layer.sources_km) {
        if source.kind == SourceKind::BoilerHouse {
            source.feeder = nearest(*at_km);
        }
    }
    for (pump, at_km) in layer.net.pumps[first.1..].iter_mut().zip(&layer.pumps_km) {
        pump.feeder = nearest(*at_km);
    }
}
