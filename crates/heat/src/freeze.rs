//! When water that stands in a pipe freezes, and when a building must be drained (`docs/methods/freeze.md`).
//!
//! Quasi-steady, by length of pipe: one temperature for water and wall, a resistance of insulation and surface film, then latent
//! heat at 0 °C.
//!
//! ```text
//! R = ln(D / d_o) / (2 pi k) + 1 / (h pi D)          D = d_o + 2 s                       (1)
//! C = pi/4 (d_i² rho c + (d_o² − d_i²) rho_s c_s)                                        (2)
//! hours to 0 °C      = R C ln((t_water − t_air) / (0 − t_air)) / 3600                    (3)
//! hours of freezing  = R f rho L pi/4 d_i² / (0 − t_air) / 3600     f = share of ice     (4)
//! ```

use std::f64::consts::PI;

/// Density of water at 0 °C, kg/m3.
const WATER_KG_PER_M3: f64 = 999.8;
/// Heat capacity of water, J/(kg K).
const WATER_J_PER_KG_K: f64 = 4200.0;
/// Latent heat of freezing, J/kg.
const FREEZING_J_PER_KG: f64 = 333_550.0;
/// Steel, J/(m3 K): 7,850 kg/m3 of 480 J/(kg K).
const STEEL_J_PER_M3_K: f64 = 7850.0 * 480.0;
/// Share of ice at which a section no longer flows by itself: a slush that blocks bends and valves.
const SLUSH: f64 = 0.05;

/// A steel pipe with water that stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StandingPipe {
    /// Inner diameter, m.
    pub d_inner_m: f64,
    /// Outer diameter without insulation, m.
    pub d_outer_m: f64,
    /// Thickness of the insulation, m; 0 = bare.
    pub insulation_m: f64,
    /// Its conductivity, W/(m K).
    pub insulation_w_per_m_k: f64,
    /// From its surface to the air, W/(m2 K).
    pub film_w_per_m2_k: f64,
}

/// Hours from the instant at which the water stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FreezeHours {
    /// Until the water is at 0 °C.
    pub to_zero_h: f64,
    /// Until a twentieth is ice.
    pub to_slush_h: f64,
    /// Until all is ice: then it bursts.
    pub to_solid_h: f64,
}

/// Where water stands; how much of the difference between indoors and outdoors the air there has (EN 12831-1, table B.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// A room of a flat.
    Room,
    /// The stairwell, with an outer door.
    Stairwell,
    /// The cellar or substation, with windows or broken ones.
    Cellar,
    /// The attic.
    Attic,
}

impl Place {
    /// All places.
    pub const ALL: [Place; 4] = [Place::Room, Place::Stairwell, Place::Cellar, Place::Attic];

    /// Share of the difference to the outdoors.
    pub fn factor(self) -> f64 {
        match self {
            Place::Room => 0.0,
            Place::Stairwell => 0.6,
            Place::Cellar => 0.8,
            Place::Attic => 0.9,
        }
    }

    /// Temperature of the air there, °C.
    pub fn t_air_c(self, t_indoor_c: f64, t_out_c: f64) -> f64 {
        t_indoor_c - self.factor() * (t_indoor_c - t_out_c)
    }
}

impl StandingPipe {
    /// A steel pipe with mineral wool of 0.045 W/(m K) and a film of 10 W/(m2 K).
    pub const fn steel(d_inner_m: f64, d_outer_m: f64, insulation_m: f64) -> Self {
        Self { d_inner_m, d_outer_m, insulation_m, insulation_w_per_m_k: 0.045, film_w_per_m2_k: 10.0 }
    }

    /// The section that freezes first in a substation: DN32 with 20 mm of mineral wool. At −20 °C it reaches 0 °C within the 6 to
    /// 8 h that are seen.
    pub const IN_SUBSTATION: StandingPipe = StandingPipe::steel(0.0359, 0.0424, 0.02);

    /// Resistance by length, m K/W: (1).
    pub fn resistance_m_k_per_w(&self) -> f64 {
        let outside_m = self.d_outer_m + 2.0 * self.insulation_m;
        (outside_m / self.d_outer_m).ln() / (2.0 * PI * self.insulation_w_per_m_k)
            + 1.0 / (self.film_w_per_m2_k * PI * outside_m)
    }

    /// Capacity by length, J/(m K): (2).
    pub fn capacity_j_per_m_k(&self) -> f64 {
        let water_m2 = PI / 4.0 * self.d_inner_m.powi(2);
        let steel_m2 = PI / 4.0 * self.d_outer_m.powi(2) - water_m2;
        water_m2 * WATER_KG_PER_M3 * WATER_J_PER_KG_K + steel_m2 * STEEL_J_PER_M3_K
    }

    /// Time constant of the water while it is liquid, h.
    pub fn beta_h(&self) -> f64 {
        self.resistance_m_k_per_w() * self.capacity_j_per_m_k() / 3600.0
    }

    /// Hours in air that stays as cold: (3) and (4). `None` in air of 0 °C and above.
    pub fn hours(&self, t_water_c: f64, t_air_c: f64) -> Option<FreezeHours> {
        if t_air_c.is_nan() || t_air_c >= 0.0 {
            return None;
        }
        let to_zero_h = self.beta_h() * ((t_water_c - t_air_c) / -t_air_c).ln().max(0.0);
        let latent_j_per_m = WATER_KG_PER_M3 * FREEZING_J_PER_KG * PI / 4.0 * self.d_inner_m.powi(2);
        let solid_h = self.resistance_m_k_per_w() * latent_j_per_m / -t_air_c / 3600.0;
        Some(FreezeHours { to_zero_h, to_slush_h: to_zero_h + SLUSH * solid_h, to_solid_h: to_zero_h + solid_h })
    }
}

/// Indoor temperature at which the system of a building must be drained, °C: below it corners and stairs freeze.
pub const DRAIN_AT_C: f64 = 5.0;
/// Water in a substation when circulation is lost while heat is given, °C.
pub const T_SUPPLY_WATER_C: f64 = 60.0;

/// Hours until a building must be drained at the latest; `None` = not within the series.
///
/// Two ways lead there, and the earlier counts: the rooms come to [`DRAIN_AT_C`], which all water that circulates unheated follows;
/// or water that stands in the cellar ([`StandingPipe::IN_SUBSTATION`], at [`Place::Cellar`]) comes to 0 °C.
///
/// `t_indoor_c` has one value more than there are steps; `heated` and `circulating` tell of each step whether heat comes and whether
/// water moves. Water that moves again is as warm as the rooms, or as the supply if heat comes.
pub fn drain_h(
    t_indoor_c: &[f32],
    t_out_c: &[f64],
    step_h: f64,
    heated: impl Fn(usize) -> bool,
    circulating: impl Fn(usize) -> bool,
) -> Option<f64> {
    let pipe = StandingPipe::IN_SUBSTATION;
    let beta_h = pipe.beta_h();
    let left = (-step_h / beta_h).exp();
    let mut t_water_c = T_SUPPLY_WATER_C;
    for (step, (ends, &t_out_c)) in t_indoor_c.windows(2).zip(t_out_c).enumerate() {
        let (begin_c, end_c) = (f64::from(ends[0]), f64::from(ends[1]));
        let at = |part: f64| (step as f64 + part) * step_h;
        let rooms = if begin_c <= DRAIN_AT_C {
            Some(at(0.0))
        } else if end_c <= DRAIN_AT_C {
            Some(at((begin_c - DRAIN_AT_C) / (begin_c - end_c)))
        } else {
            None
        };
        let cellar = if circulating(step) {
            t_water_c = if heated(step) { T_SUPPLY_WATER_C } else { 0.5 * (begin_c + end_c) };
            None
        } else {
            let t_air_c = Place::Cellar.t_air_c(0.5 * (begin_c + end_c), t_out_c);
            let next_c = t_air_c + (t_water_c - t_air_c) * left;
            let frozen = next_c <= 0.0;
            let hours = if t_water_c <= 0.0 { 0.0 } else { beta_h * ((t_water_c - t_air_c) / -t_air_c).ln() };
            t_water_c = next_c;
            frozen.then(|| at(0.0) + hours)
        };
        match (rooms, cellar) {
            (Some(a), Some(b)) => return Some(a.min(b)),
            (None, None) => {}
            (first, second) => return first.or(second),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_substation_at_minus_twenty_freezes_within_the_hours_seen() {
        let air_c = Place::Cellar.t_air_c(20.0, -20.0);
        let hours = StandingPipe::IN_SUBSTATION.hours(60.0, air_c).unwrap();
        assert!((6.0..8.0).contains(&hours.to_zero_h), "{hours:?}");
        let low_section = StandingPipe::steel(0.053, 0.060, 0.02).hours(60.0, air_c).unwrap();
        assert!((12.0..18.0).contains(&low_section.to_slush_h), "{low_section:?}");
        assert_eq!(StandingPipe::IN_SUBSTATION.hours(60.0, 0.0), None);
        assert_eq!(StandingPipe::IN_SUBSTATION.hours(60.0, f64::NAN), None);
    }

    #[test]
    fn the_deadline_is_the_earlier_of_rooms_and_cellar() {
        let rooms: Vec<f32> = (0..=48).map(|k| 20.0 - 0.5 * k as f32).collect();
        let out = [-20.0; 48];
        let drain = |circulates: bool| drain_h(&rooms, &out, 1.0, |_| false, |_| circulates);
        assert_eq!(drain(true), Some(30.0));
        let standing = drain(false).unwrap();
        // The cellar cools with the rooms, so a little sooner than in air that stays.
        let fixed = StandingPipe::IN_SUBSTATION.hours(60.0, Place::Cellar.t_air_c(20.0, -20.0)).unwrap().to_zero_h;
        assert!(standing < fixed && standing > fixed - 1.0, "{standing} {fixed}");
        assert_eq!(drain_h(&[20.0; 49], &[2.0; 48], 1.0, |_| true, |_| false), None);
    }
}
