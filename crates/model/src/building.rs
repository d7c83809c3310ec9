//! Buildings, the weather around them, and thermometers in them.

use crate::heat::SubstationIdx;
use crate::{GeoPoint, UtcSecond};

/// How a building is built; decides how well it keeps heat, together with its year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BuildingKind {
    /// Concrete panels.
    Panel,
    /// Brick walls.
    Brick,
    /// Concrete frame, filled in.
    Frame,
    /// A small house.
    House,
}

impl BuildingKind {
    /// All kinds.
    pub const ALL: [BuildingKind; 4] =
        [BuildingKind::Panel, BuildingKind::Brick, BuildingKind::Frame, BuildingKind::House];

    /// Name in files and results.
    pub fn name(self) -> &'static str {
        match self {
            BuildingKind::Panel => "panel",
            BuildingKind::Brick => "brick",
            BuildingKind::Frame => "frame",
            BuildingKind::House => "house",
        }
    }
}

/// What warms a building.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Heating {
    /// The heat network, through a substation.
    District(SubstationIdx),
    /// Its own boiler or stove, which needs the building's power.
    Own,
    /// A stove that needs no power.
    Stove,
    /// Electricity.
    Electric,
    /// Not said.
    Unknown,
}

/// An apartment building.
#[derive(Clone, Debug, PartialEq)]
pub struct Building {
    /// Id, unique in the scenario.
    pub id: String,
    /// Where it stands.
    pub at: GeoPoint,
    /// Position of its district in [`crate::Geography::districts`].
    pub district: u32,
    /// Position of the feeder that feeds it in [`crate::Scenario::feeders`].
    pub feeder: u32,
    /// Floors.
    pub floors: u32,
    /// People who live there.
    pub people: u32,
    /// How it is built.
    pub kind: BuildingKind,
    /// Year in which it was built; `None` = not known.
    pub year: Option<u32>,
    /// Heated floor area, m2; above 0.
    pub area_m2: f64,
    /// What warms it.
    pub heating: Heating,
    /// Share of its heat that comes from electric heaters at all times, 0 to 1.
    pub electric_share: f64,
}

impl Building {
    /// Heated floor area per inhabitant where a file gives none, m2: with corridors and stairs.
    pub const AREA_M2_PER_PERSON: f64 = 24.0;

    /// How buildings of a year are mostly built, where a file does not say.
    pub fn usual_kind(year: Option<u32>, floors: u32) -> BuildingKind {
        match year {
            _ if floors <= 2 => BuildingKind::House,
            Some(year) if year < 1957 => BuildingKind::Brick,
            Some(year) if year > 1995 => BuildingKind::Frame,
            _ => BuildingKind::Panel,
        }
    }
}

/// Solar radiation of a step, W/m2.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Radiation {
    /// On the horizontal.
    pub global_w_per_m2: f64,
    /// From the sun's direction.
    pub direct_normal_w_per_m2: f64,
    /// Diffuse, on the horizontal.
    pub diffuse_w_per_m2: f64,
}

/// Where a weather series was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeatherSite {
    /// Place.
    pub at: GeoPoint,
    /// Standard time there, hours ahead of UTC.
    pub utc_offset_h: f64,
    /// Height above the sea, m.
    pub height_m: f64,
}

/// Weather in equal steps.
#[derive(Clone, Debug, PartialEq)]
pub struct WeatherSeries {
    /// Beginning of the first step.
    pub start: UtcSecond,
    /// Length of a step, s; above 0.
    pub step_s: u32,
    /// Outdoor temperature, °C.
    pub t_out_c: Vec<f64>,
    /// Radiation; empty if not known, else as long as `t_out_c`.
    pub radiation: Vec<Radiation>,
    /// Where it was measured, if known.
    pub site: Option<WeatherSite>,
}

impl WeatherSeries {
    /// Outdoor temperature at an instant, °C: that of its step. `None` outside the series.
    pub fn t_out_c_at(&self, at: UtcSecond) -> Option<f64> {
        let step = at.0.checked_sub(self.start.0)?.div_euclid(i64::from(self.step_s));
        self.t_out_c.get(usize::try_from(step).ok()?).copied()
    }

    /// End of the last step.
    pub fn end(&self) -> UtcSecond {
        UtcSecond(self.start.0 + i64::from(self.step_s) * self.t_out_c.len() as i64)
    }
}

/// What a thermometer in a building showed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thermometer {
    /// Position of the building in [`crate::Geography::buildings`].
    pub building: u32,
    /// When.
    pub at: UtcSecond,
    /// Indoor temperature, °C.
    pub t_indoor_c: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weather_knows_its_steps_alone() {
        let series = WeatherSeries {
            start: UtcSecond(3600),
            step_s: 3600,
            t_out_c: vec![-20.0, -21.0],
            radiation: Vec::new(),
            site: None,
        };
        let at = |s| series.t_out_c_at(UtcSecond(s));
        assert_eq!(
            (at(3599), at(3600), at(7199), at(7200), at(10800)),
            (None, Some(-20.0), Some(-20.0), Some(-21.0), None)
        );
        assert_eq!(series.end(), UtcSecond(10800));
        assert_eq!(at(i64::MIN), None);
    }
}
