//! Seeded generator of synthetic cities and countries, and of the strike on them.
//!
//! ```text
//! settlements ─> layout (river, districts) ─> streets ─> buildings ─> substations, plants ─> feeders ─┐
//!                                                                                                     ├─> Scenario
//!                                     skeleton of the grid ─> sized by DC ─> settled by AC ─> network ┘      │
//!                    heat: plants, mains, substations ────────────────────────────────────────────────────────┤
//!                                                                                                      strike ─> Damage
//! ```
//!
//! Everything is fictional: names are invented, and the coordinates lie in the open ocean. The same settings give the same
//! bytes on any machine and any number of threads: one ChaCha20 stream per topic and city, no platform mathematics beyond
//! what IEEE 754 fixes, and rounded output. How it is done and where the parameters come from: docs/methods/city.md.

mod buildings;
mod feeders;
mod geometry;
mod grid;
mod heat;
mod max_flow;
mod names;
mod plan;
mod profiles;
mod random;
mod scenario;
mod stations;
mod streets;
mod strike;
mod strike_heat;
mod weather;

pub use feeders::QUEUES;
pub use strike::strike;
pub use strike_heat::strike_heat;

use buildings::Block;
use plan::{Layout, Settlement};
use relight_model::Scenario;
use stations::Stations;
use streets::Streets;

/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CitySettings {
    /// People, from [`CitySettings::PEOPLE_MIN`] to [`CitySettings::PEOPLE_MAX`]. Five million and more make a country.
    pub people: u32,
    /// Seed: the same gives the same.
    pub seed: u64,
}

impl CitySettings {
    /// Fewest people.
    pub const PEOPLE_MIN: u32 = 20_000;
    /// Most people.
    pub const PEOPLE_MAX: u32 = 40_000_000;
}

impl Default for CitySettings {
    /// Winter City: three million people.
    fn default() -> Self {
        Self { people: 3_000_000, seed: 1 }
    }
}

/// Why no city was generated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CityError {
    /// Too few or too many people.
    #[error(
        "city: people = {people} is out of range (allowed: {} to {}); hint: a small town has 20000, a large country 40000000",
        CitySettings::PEOPLE_MIN,
        CitySettings::PEOPLE_MAX
    )]
    PeopleOutOfRange {
        /// People asked for.
        people: u32,
    },
    /// The rules of planning came to no grid that holds every limit. No settings are known that lead here.
    #[error("city: planning did not come to {what}; hint: try another seed and report this one")]
    NotSettled {
        /// What was not reached.
        what: &'static str,
    },
}

/// One city with all that is drawn before its grid.
pub(crate) struct Town {
    pub(crate) settlement: Settlement,
    pub(crate) layout: Layout,
    pub(crate) streets: Streets,
    pub(crate) blocks: Vec<Block>,
    pub(crate) stations: Stations,
    pub(crate) feeders: Vec<feeders::Draft>,
    /// Feeder within the city of every apartment building.
    pub(crate) feeder_of_block: Vec<usize>,
    /// Number of districts in the cities before this one.
    pub(crate) first_district: usize,
}

/// Generates a city or country with its strike.
///
/// # Errors
/// [`CityError::PeopleOutOfRange`] for sizes that the rules are not made for; [`CityError::NotSettled`] if the grid cannot
/// be made to hold all limits at winter peak.
pub fn generate(settings: &CitySettings) -> Result<Scenario, CityError> {
    let &CitySettings { people, seed } = settings;
    if !(CitySettings::PEOPLE_MIN..=CitySettings::PEOPLE_MAX).contains(&people) {
        return Err(CityError::PeopleOutOfRange { people });
    }
    let settlements = plan::settlements(people, seed);
    let several = settlements.len() > 1;
    let mut first_district = 0;
    let mut towns = Vec::with_capacity(settlements.len());
    for (part, settlement) in settlements.into_iter().enumerate() {
        let layout = plan::layout(&settlement, part, seed);
        let streets = streets::streets(&layout, part, seed, if several { 3.0 } else { 1.0 });
        let blocks = buildings::blocks(&layout, &streets, part, seed);
        let stations = stations::stations(&settlement, &layout, &blocks, part, seed);
        let (feeders, feeder_of_block) = feeders::feeders(settlement.people, &layout, &stations, &blocks, part, seed);
        let districts = layout.cells.len();
        towns.push(Town { settlement, layout, streets, blocks, stations, feeders, feeder_of_block, first_district });
        first_district += districts;
    }
    let name = if several { names::COUNTRY } else { names::CITY };
    let assembled = grid::build(name.0, &towns)?;
    let mut scenario = scenario::compose(name, &towns, assembled);
    scenario.weather = Some(weather::weather(&scenario.horizon, seed));
    heat::furnish(&mut scenario, &towns, seed);
    scenario.damage = strike(&scenario, seed);
    scenario.heat_damage = strike_heat(&scenario, seed);
    Ok(scenario)
}
