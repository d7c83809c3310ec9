//! Feeders: the smallest pieces of the grid that can be switched off on their own.

use crate::BusIdx;
use std::fmt;
use std::str::FromStr;

/// What a feeder feeds. The order is the order of urgency when everything else is equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Hospitals.
    Hospital,
    /// Water works and sewage pumping.
    Water,
    /// Heat plants, boiler houses, heat pumping stations.
    Heat,
    /// Fire service, ambulance, police, crisis staff.
    Emergency,
    /// Telephone and data networks.
    Telecom,
    /// Shelters, metro stations, warming points.
    Shelter,
    /// Homes.
    Homes,
    /// Shops, offices, schools.
    Commerce,
    /// Factories.
    Industry,
}

impl Class {
    /// All classes, most urgent first.
    pub const ALL: [Class; 9] = [
        Class::Hospital,
        Class::Water,
        Class::Heat,
        Class::Emergency,
        Class::Telecom,
        Class::Shelter,
        Class::Homes,
        Class::Commerce,
        Class::Industry,
    ];

    /// Name in files and results.
    pub fn name(self) -> &'static str {
        match self {
            Class::Hospital => "hospital",
            Class::Water => "water",
            Class::Heat => "heat",
            Class::Emergency => "emergency",
            Class::Telecom => "telecom",
            Class::Shelter => "shelter",
            Class::Homes => "homes",
            Class::Commerce => "commerce",
            Class::Industry => "industry",
        }
    }

    /// Default worth of one MW of this class against one MW of homes, where a scenario states none.
    ///
    /// The steps only order the classes: what must not fail comes first, homes before shops before factories.
    pub fn default_weight(self) -> f64 {
        match self {
            Class::Hospital => 100.0,
            Class::Water | Class::Heat => 50.0,
            Class::Emergency => 40.0,
            Class::Telecom | Class::Shelter => 20.0,
            Class::Homes => 1.0,
            Class::Commerce => 0.6,
            Class::Industry => 0.4,
        }
    }

    /// Position in [`Class::ALL`].
    pub fn i(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that is no class.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown class {0:?}; known: hospital, water, heat, emergency, telecom, shelter, homes, commerce, industry")]
pub struct UnknownClass(pub String);

impl FromStr for Class {
    type Err = UnknownClass;

    fn from_str(word: &str) -> Result<Self, UnknownClass> {
        Class::ALL.into_iter().find(|c| c.name() == word).ok_or_else(|| UnknownClass(word.chars().take(40).collect()))
    }
}

/// The smallest piece of the grid that can be switched off on its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Feeder {
    /// Opaque id, unique in the scenario.
    pub id: String,
    /// Name for people; empty if none.
    pub name: String,
    /// Bus it hangs on.
    pub bus: BusIdx,
    /// What it feeds.
    pub class: Class,
    /// Queue of the rotation it belongs to; `None` = in no queue.
    pub queue: Option<String>,
    /// Never cut by a plan as long as its bus has power.
    pub protected: bool,
    /// People it feeds.
    pub people: u32,
    /// Active power at profile factor 1, MW.
    pub p_mw: f64,
    /// Reactive power at profile factor 1, Mvar.
    pub q_mvar: f64,
    /// Position of its demand profile in [`crate::Scenario::profiles`]; `None` = constant.
    pub profile: Option<u32>,
    /// Position of its district in [`crate::Geography::districts`]; `None` = outside all.
    pub district: Option<u32>,
}

/// Demand over the horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Id in the file.
    pub id: String,
    /// Factor for each half-hour of the local day, 48 numbers, not negative: what the file gives.
    pub factor_by_half_hour: Vec<f64>,
    /// Factor for each step of the horizon, in order: the same in UTC, made by the reader that knows the time zone.
    pub factor_by_step: Vec<f64>,
}
