//! A scenario: everything about a city or country that a plan is made from, after validation.

use crate::{
    Class, Damage, Feeder, Geography, HeatDamage, HeatNetwork, Network, Profile, Thermometer, UtcSecond, WeatherSeries,
};

/// The steps a plan covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// Beginning of the first step.
    pub start: UtcSecond,
    /// Length of a step, s.
    pub step_s: u32,
    /// Number of steps.
    pub steps: u32,
}

impl Horizon {
    /// Length of a step, h.
    pub fn step_h(&self) -> f64 {
        f64::from(self.step_s) / 3600.0
    }

    /// Beginning of step `k`.
    pub fn at(&self, k: u32) -> UtcSecond {
        UtcSecond(self.start.0 + i64::from(k) * i64::from(self.step_s))
    }
}

/// A scenario folder, read and validated. Immutable: what changes is the [`crate::Situation`].
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Name for people, English.
    pub name: String,
    /// Name for people, Ukrainian; the English one where the file gives none.
    pub name_uk: String,
    /// IANA name of the local time zone, for display.
    pub time_zone: String,
    /// Steps of the plan.
    pub horizon: Horizon,
    /// Instant up to which the data is known.
    pub as_of: UtcSecond,
    /// Revision of the data.
    pub revision: u64,
    /// The network. Its loads are the feeders' demand at profile factor 1: load `k` belongs to feeder `k`.
    pub network: Network,
    /// Feeders.
    pub feeders: Vec<Feeder>,
    /// Demand profiles.
    pub profiles: Vec<Profile>,
    /// Worth of one MW by class, in the order of [`Class::ALL`]; above 0.
    pub class_weights: [f64; Class::ALL.len()],
    /// Where things are.
    pub geography: Geography,
    /// The heat network; `None` where the scenario has none.
    pub heat: Option<HeatNetwork>,
    /// Weather, covering the horizon; `None` where the scenario has none.
    pub weather: Option<WeatherSeries>,
    /// What thermometers in buildings showed, in the order of time.
    pub thermometers: Vec<Thermometer>,
    /// Damage known at `as_of`.
    pub damage: Damage,
    /// Damage of the heat network known at `as_of`.
    pub heat_damage: HeatDamage,
    /// Whether HVDC lines carry power in plans.
    pub hvdc: bool,
    /// What was assumed on reading because the folder does not say it; shown with every answer.
    pub assumptions: Vec<Assumption>,
}

/// Something that was assumed. An enum, so that it can be told in any language.
#[derive(Clone, Debug, PartialEq)]
pub enum Assumption {
    /// People per feeder were derived from its power.
    PeopleFromPower {
        /// People per MW.
        people_per_mw: f64,
    },
    /// Demand is constant over the day, for want of profiles.
    ConstantDemand,
    /// No class is known: all feeders count as homes.
    AllHomes,
    /// The plan knows active power only: voltages and reactive power were not checked.
    DcOnly,
    /// Nothing is mended within the horizon.
    NoRepairs,
    /// Feeders may be served in part; a share stands for being cut part of the time.
    PartialFeeders,
    /// HVDC lines carry nothing.
    NoHvdc,
    /// Storage units stay as they are.
    NoStorage,
    /// What storage holds at the end of the horizon counts for nothing, so that it may end empty.
    StorageMayEndEmpty,
    /// Storage ends with at least the energy that it began with.
    StorageKeepsEnergy,
}

impl Scenario {
    /// Factor of feeder `k`'s demand in step `step`; 1 without a profile.
    pub fn demand_factor(&self, feeder: usize, step: usize) -> f64 {
        match self.feeders[feeder].profile {
            Some(profile) => self.profiles[profile as usize].factor_by_step[step],
            None => 1.0,
        }
    }

    /// Weight of feeder `k`'s class.
    pub fn weight(&self, feeder: usize) -> f64 {
        self.class_weights[self.feeders[feeder].class.i()]
    }

    /// Worth of one MW of each feeder in a plan: its class's weight, for protected feeders times the smallest factor (at
    /// least 1) by which the least of them is worth twice the most that any other feeder is.
    pub fn weights_in_plan(&self) -> Vec<f64> {
        let weights = |protected: bool| {
            let which = move |k: &usize| self.feeders[*k].protected == protected;
            (0..self.feeders.len()).filter(which).map(|k| self.weight(k))
        };
        let others = weights(false).fold(0.0, f64::max);
        let factor = (2.0 * others / weights(true).fold(f64::INFINITY, f64::min)).max(1.0);
        let weight = |k: usize| self.weight(k) * if self.feeders[k].protected { factor } else { 1.0 };
        (0..self.feeders.len()).map(weight).collect()
    }
}
