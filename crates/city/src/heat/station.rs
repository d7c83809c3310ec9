//! What makes heat: CHPs of the grid, and boiler houses.

use super::{CHP_PEAK_HEAT_PER_POWER, CHP_TURBINE_HEAT_PER_POWER, RESERVE};
use crate::geometry::{P, ground_km, rounded};
use relight_model::{Scenario, SourceKind};

/// One unit of a plant.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) name: String,
    pub(super) heat_mw_max: f64,
    /// Position of the generator that it is tied to.
    pub(super) generator: Option<u32>,
    pub(super) heat_mw_alone: f64,
}

/// A plant with all its units.
#[derive(Clone, Debug)]
pub(super) struct Station {
    pub(super) kind: SourceKind,
    pub(super) at_km: P,
    pub(super) t_supply_c: f64,
    pub(super) units: Vec<Unit>,
}

impl Station {
    pub(super) fn heat_mw(&self) -> f64 {
        self.units.iter().map(|u| u.heat_mw_max).sum()
    }

    /// A boiler house for a load, with its reserve. It gets its name when all are known.
    pub(super) fn boiler_house(at_km: P, heat_kw: f64) -> Self {
        let heat_mw_max = (heat_kw / 1000.0 * RESERVE).ceil();
        let unit = Unit { name: String::new(), heat_mw_max, generator: None, heat_mw_alone: 0.0 };
        Self { kind: SourceKind::BoilerHouse, at_km, t_supply_c: 105.0, units: vec![unit] }
    }
}

/// CHPs of a city: the generators of the grid below 200 kV in this area, by their bus.
pub(super) fn chps(scenario: &Scenario, area: u32) -> Vec<Station> {
    let network = &scenario.network;
    let mut stations: Vec<(u32, Station)> = Vec::new();
    for (k, generator) in network.generators.iter().enumerate() {
        let bus = &network.buses[generator.bus.i()];
        if bus.area != area || bus.base_kv >= 200.0 {
            continue;
        }
        let heat_mw_alone = rounded(generator.p_mw_max * CHP_PEAK_HEAT_PER_POWER, 10.0);
        let unit = Unit {
            name: generator.name.clone(),
            heat_mw_max: rounded(generator.p_mw_max * CHP_TURBINE_HEAT_PER_POWER + heat_mw_alone, 10.0),
            generator: Some(k as u32),
            heat_mw_alone,
        };
        match stations.iter_mut().find(|s| s.0 == generator.bus.0) {
            Some((_, station)) => station.units.push(unit),
            None => {
                let at_km =
                    scenario.geography.buses.get(generator.bus.i()).copied().flatten().map_or(P::default(), ground_km);
                let station = Station { kind: SourceKind::Chp, at_km, t_supply_c: 120.0, units: vec![unit] };
                stations.push((generator.bus.0, station));
            }
        }
    }
    stations.into_iter().map(|s| s.1).collect()
}
