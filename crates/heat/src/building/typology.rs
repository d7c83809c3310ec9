//! What a building loses and stores, by its kind, year and floors, where nobody has measured it.
//!
//! Sources and the resulting table: `docs/methods/building.md`. A block is taken as a slab of usual depth; its walls, windows, roof
//! and ground floor follow from area and floors.

use super::rc::{MASS_TO_SURFACE_W_PER_M2_K, SURFACE_TO_AIR_W_PER_M2_K, SURFACES_PER_FLOOR, Zone};
use relight_model::{Building, BuildingKind};

/// Indoor temperature that heating holds, °C.
pub const T_SET_C: f64 = 20.0;
/// Heat capacity of air by volume, Wh/(m3 K).
const AIR_WH_PER_M3_K: f64 = 0.33;
/// Part of the difference to the outdoors that the ground floor sees, over an unheated cellar.
const CELLAR_FACTOR: f64 = 0.6;
/// Spread of ln(time constant) of blocks that look alike: values of experts differ fourfold, taken as the distance from the 10th
/// to the 90th percentile. ln 4 / (2 · 1.2816).
pub const BETA_LN_SD: f64 = 0.541;

/// What of a building its cooling needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BuildingPhysics {
    /// Time constant, h: the middle of what is possible.
    pub beta_h: f64,
    /// Standard deviation of its logarithm.
    pub beta_ln_sd: f64,
    /// Loss, W/K: heat that holds one degree more than outdoors.
    pub loss_w_per_k: f64,
    /// Temperature that heating holds, °C.
    pub t_set_c: f64,
}

/// The physics of a building as its typology has it.
pub fn physics(building: &Building) -> BuildingPhysics {
    let zone = Envelope::of(building).zone();
    BuildingPhysics {
        beta_h: zone.beta_h(),
        beta_ln_sd: BETA_LN_SD,
        loss_w_per_k: zone.loss_w_per_k(),
        t_set_c: T_SET_C,
    }
}

/// The hull of a building.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Envelope {
    /// Heated floor area, m2.
    pub area_m2: f64,
    /// Heated volume, m3.
    pub volume_m3: f64,
    /// Outer walls without windows, m2.
    pub wall_m2: f64,
    /// Windows, m2.
    pub window_m2: f64,
    /// Roof, and ground floor, m2 each.
    pub roof_m2: f64,
    /// How well it keeps heat.
    pub fabric: Fabric,
}

/// How well a hull keeps heat: U-values in W/(m2 K).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fabric {
    /// Walls.
    pub u_wall: f64,
    /// Windows.
    pub u_window: f64,
    /// Roof, with the attic.
    pub u_roof: f64,
    /// Floor over the cellar.
    pub u_floor: f64,
    /// Air changes per hour with windows shut.
    pub air_changes_per_h: f64,
    /// Effective capacity by floor area, J/(m2 K): ISO 13790, table 12.
    pub capacity_j_per_m2_k: f64,
    /// Effective mass area over floor area: the same table.
    pub mass_area_per_floor: f64,
}

impl Fabric {
    /// By kind and year; a year that is not known counts as 1970 to 1989, when most blocks were built.
    pub fn of(kind: BuildingKind, year: Option<u32>) -> Self {
        let (u_wall, u_window, u_roof, u_floor, air_changes_per_h) = match year.unwrap_or(1980) {
            0..1970 => (1.3, 2.6, 0.9, 1.2, 0.6),
            1970..1990 => (1.1, 2.6, 0.6, 1.2, 0.5),
            1990..1997 => (0.9, 2.6, 0.6, 1.0, 0.5),
            1997..2007 => (0.5, 2.0, 0.35, 0.6, 0.5),
            2007..2017 => (0.36, 1.8, 0.25, 0.35, 0.4),
            2017.. => (0.30, 1.35, 0.18, 0.27, 0.4),
        };
        // Table 12: "heavy" and "very heavy".
        let (capacity_j_per_m2_k, mass_area_per_floor) = match kind {
            BuildingKind::Panel | BuildingKind::Frame | BuildingKind::House => (260e3, 3.0),
            BuildingKind::Brick => (370e3, 3.5),
        };
        Self { u_wall, u_window, u_roof, u_floor, air_changes_per_h, capacity_j_per_m2_k, mass_area_per_floor }
    }
}

impl Envelope {
    /// By area, floors, kind and year.
    pub fn of(building: &Building) -> Self {
        let (depth_m, height_m, window_per_floor) = match building.kind {
            BuildingKind::House => (8.0, 2.7, 0.14),
            BuildingKind::Brick if building.year.is_some_and(|year| year < 1957) => (13.0, 3.2, 0.16),
            _ => (12.0, 2.8, 0.16),
        };
        let floors = f64::from(building.floors.max(1));
        let area_m2 = building.area_m2;
        let roof_m2 = area_m2 / floors;
        // A slab shorter than it is deep is a tower: square.
        let depth_m = roof_m2.sqrt().min(depth_m);
        let around_m2 = 2.0 * (depth_m + roof_m2 / depth_m) * height_m * floors;
        let window_m2 = (window_per_floor * area_m2).min(0.6 * around_m2);
        Self {
            area_m2,
            volume_m3: area_m2 * height_m,
            wall_m2: around_m2 - window_m2,
            window_m2,
            roof_m2,
            fabric: Fabric::of(building.kind, building.year),
        }
    }

    /// The hull as a zone of ISO 13790, without people and sun.
    pub fn zone(&self) -> Zone {
        let Fabric { u_wall, u_window, u_roof, u_floor, air_changes_per_h, .. } = self.fabric;
        let area_mass_m2 = self.fabric.mass_area_per_floor * self.area_m2;
        let area_total_m2 = SURFACES_PER_FLOOR * self.area_m2;
        let h_op = u_wall * self.wall_m2 + u_roof * self.roof_m2 + CELLAR_FACTOR * u_floor * self.roof_m2;
        let h_ms = MASS_TO_SURFACE_W_PER_M2_K * area_mass_m2;
        Zone {
            area_m2: self.area_m2,
            h_ve: AIR_WH_PER_M3_K * air_changes_per_h * self.volume_m3,
            h_is: SURFACE_TO_AIR_W_PER_M2_K * area_total_m2,
            h_w: u_window * self.window_m2,
            h_ms,
            // 12.2.2: what is left of the walls' resistance outside the mass. A hull that loses more than its mass can take up
            // is none; the bound keeps such input finite.
            h_em: h_op / (1.0 - (h_op / h_ms).min(0.9)),
            capacity_j_per_k: self.fabric.capacity_j_per_m2_k * self.area_m2,
            area_mass_m2,
            area_total_m2,
        }
    }
}
