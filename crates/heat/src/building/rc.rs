//! ISO 13790:2008, annex C: a building as five conductances and one capacity, in steps of an hour.
//!
//! ```text
//!        H_ve          H_is          H_ms            H_em
//! t_sup ─/\/\─ t_air ─/\/\─ t_s ─/\/\─ t_m ─/\/\─ t_out
//!              gains_air     │ gains_st │ gains_m
//!              + heat        └─/\/\─ t_out   ╤ C_m
//!                              H_w
//! ```
//!
//! Numbers in brackets are the standard's equations. The step of the mass node is Crank and Nicolson's (C.4): means over the step
//! for the air and the surfaces, values at its end for the mass.

/// A zone: what it loses and stores. Conductances in W/K.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zone {
    /// Heated floor area, m2.
    pub area_m2: f64,
    /// By air that comes in from `t_supply_c`.
    pub h_ve: f64,
    /// From the surfaces to the air: 3.45 W/(m2 K) times all inner surfaces.
    pub h_is: f64,
    /// Through windows and other parts without mass.
    pub h_w: f64,
    /// From the mass to the surfaces: 9.1 W/(m2 K) times [`Self::area_mass_m2`].
    pub h_ms: f64,
    /// From the mass to the outdoors.
    pub h_em: f64,
    /// Capacity of the mass, J/K.
    pub capacity_j_per_k: f64,
    /// Effective area of the mass, m2.
    pub area_mass_m2: f64,
    /// All surfaces that face the zone, m2: 4.5 times the floor.
    pub area_total_m2: f64,
}

/// From inner surfaces to the air, W/(m2 K): 7.2.2.2.
pub const SURFACE_TO_AIR_W_PER_M2_K: f64 = 3.45;
/// From the mass to the inner surfaces, W/(m2 K): 12.2.2.
pub const MASS_TO_SURFACE_W_PER_M2_K: f64 = 9.1;
/// Inner surfaces over floor area: 7.2.2.2.
pub const SURFACES_PER_FLOOR: f64 = 4.5;
/// Length of a step, s.
const STEP_S: f64 = 3600.0;

/// What acts on a zone in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Drive {
    /// Outdoors, °C.
    pub t_out_c: f64,
    /// Air that comes in, °C.
    pub t_supply_c: f64,
    /// People and appliances, W: half goes to the air.
    pub internal_w: f64,
    /// Sun through windows and onto walls, W.
    pub solar_w: f64,
}

/// Temperatures of a step, °C.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Step {
    /// Mass at the end of the step.
    pub t_mass_next_c: f64,
    /// Mass, mean of the step.
    pub t_mass_c: f64,
    /// Inner surfaces, mean.
    pub t_surface_c: f64,
    /// Air, mean.
    pub t_air_c: f64,
}

impl Step {
    /// What people feel, °C: (C.12).
    pub fn t_operative_c(&self) -> f64 {
        0.3 * self.t_air_c + 0.7 * self.t_surface_c
    }
}

/// What a zone is to be held at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SetPoints {
    /// Heated to this air temperature, °C.
    pub heat_c: f64,
    /// Cooled to this one; infinite where nothing cools.
    pub cool_c: f64,
    /// Most heat, W.
    pub heat_w_max: f64,
    /// Most cooling, W, as a positive number.
    pub cool_w_max: f64,
}

impl Zone {
    /// H_tr,1 over H_ve: finite where no air comes in.
    fn h_1_over_h_ve(&self) -> f64 {
        self.h_is / (self.h_is + self.h_ve)
    }

    /// H_tr,1, H_tr,2 and H_tr,3: (C.6) to (C.8).
    fn chain(&self) -> (f64, f64, f64) {
        let h_1 = self.h_ve * self.h_1_over_h_ve();
        let h_2 = h_1 + self.h_w;
        (h_1, h_2, h_2 * self.h_ms / (h_2 + self.h_ms))
    }

    /// Loss with all temperatures inside alike, W/K: what the building needs per degree.
    pub fn loss_w_per_k(&self) -> f64 {
        let h_op = self.h_em * self.h_ms / (self.h_em + self.h_ms);
        h_op + self.h_w + self.h_ve
    }

    /// Time constant of the mass when nothing is heated, h: C_m / (H_tr,3 + H_em).
    pub fn beta_h(&self) -> f64 {
        let (_, _, h_3) = self.chain();
        self.capacity_j_per_k / (h_3 + self.h_em) / 3600.0
    }

    /// One hour with `heat_w` given to the air (negative = cooling).
    pub fn step(&self, t_mass_c: f64, drive: &Drive, heat_w: f64) -> Step {
        let (h_1, h_2, h_3) = self.chain();
        // (C.1) to (C.3)
        let spread_w = 0.5 * drive.internal_w + drive.solar_w;
        let mass_part = self.area_mass_m2 / self.area_total_m2;
        let window_part = self.h_w / (MASS_TO_SURFACE_W_PER_M2_K * self.area_total_m2);
        let gains_mass_w = mass_part * spread_w;
        let gains_surface_w = (1.0 - mass_part - window_part) * spread_w;
        let air_w = 0.5 * drive.internal_w + heat_w;
        // (C.5); H_1 (t_sup + air / H_ve) without dividing by H_ve.
        let from_air_w = h_1 * drive.t_supply_c + self.h_1_over_h_ve() * air_w;
        let to_surface_w = gains_surface_w + self.h_w * drive.t_out_c + from_air_w;
        // H_3 / H_2, which stays finite for H_2 = 0.
        let total_w = gains_mass_w + self.h_em * drive.t_out_c + self.h_ms / (h_2 + self.h_ms) * to_surface_w;
        // (C.4), (C.9)
        let capacity = self.capacity_j_per_k / STEP_S;
        let half = 0.5 * (h_3 + self.h_em);
        let t_mass_next_c = (t_mass_c * (capacity - half) + total_w) / (capacity + half);
        let t_mass_mean_c = 0.5 * (t_mass_c + t_mass_next_c);
        // (C.10), (C.11)
        let t_surface_c = (self.h_ms * t_mass_mean_c + to_surface_w) / (self.h_ms + self.h_w + h_1);
        let t_air_c = (self.h_is * t_surface_c + self.h_ve * drive.t_supply_c + air_w) / (self.h_is + self.h_ve);
        Step { t_mass_next_c, t_mass_c: t_mass_mean_c, t_surface_c, t_air_c }
    }

    /// Heat (positive) or cooling (negative) that holds the set points in a step, within its limits, W, and the step with it:
    /// C.4.2. The air is linear in the heat, so two trials tell all.
    pub fn held(&self, t_mass_c: f64, drive: &Drive, set: &SetPoints) -> (f64, Step) {
        let free = self.step(t_mass_c, drive, 0.0);
        let (goal_c, low_w, high_w) = match free.t_air_c {
            t if t < set.heat_c => (set.heat_c, 0.0, set.heat_w_max),
            t if t > set.cool_c => (set.cool_c, -set.cool_w_max, 0.0),
            _ => return (0.0, free),
        };
        let trial_w = 10.0 * self.area_m2;
        let trial = self.step(t_mass_c, drive, trial_w);
        let needed_w = trial_w * (goal_c - free.t_air_c) / (trial.t_air_c - free.t_air_c);
        let heat_w = needed_w.clamp(low_w, high_w);
        (heat_w, self.step(t_mass_c, drive, heat_w))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> Zone {
        Zone {
            area_m2: 100.0,
            h_ve: 40.0,
            h_is: 1552.5,
            h_w: 40.0,
            h_ms: 2730.0,
            h_em: 90.0,
            capacity_j_per_k: 26e6,
            area_mass_m2: 300.0,
            area_total_m2: 450.0,
        }
    }

    #[test]
    fn a_held_zone_needs_its_loss_in_the_end() {
        let zone = zone();
        let drive = Drive { t_out_c: -20.0, t_supply_c: -20.0, ..Drive::default() };
        let set = SetPoints { heat_c: 20.0, cool_c: f64::INFINITY, heat_w_max: 1e9, cool_w_max: 0.0 };
        let (mut t, mut heat_w) = (20.0, 0.0);
        for _ in 0..2000 {
            let (w, step) = zone.held(t, &drive, &set);
            (t, heat_w) = (step.t_mass_next_c, w);
            assert!((step.t_air_c - 20.0).abs() < 1e-9);
        }
        // Surfaces and mass are colder than the air: less than the loss at 20 °C throughout. Steady: what comes goes out.
        assert!(heat_w < 40.0 * zone.loss_w_per_k(), "{heat_w}");
        let last = zone.step(t, &drive, heat_w);
        let out_w = zone.h_ve * (last.t_air_c + 20.0)
            + zone.h_w * (last.t_surface_c + 20.0)
            + zone.h_em * (last.t_mass_c + 20.0);
        assert!((heat_w - out_w).abs() < 1e-6, "{heat_w} in, {out_w} out");
    }

    #[test]
    fn without_air_change_nothing_divides_by_zero() {
        let zone = Zone { h_ve: 0.0, h_w: 0.0, ..zone() };
        let step = zone.step(20.0, &Drive { t_out_c: 20.0, t_supply_c: 5.0, ..Drive::default() }, 0.0);
        assert!((step.t_air_c - 20.0).abs() < 1e-12 && (step.t_mass_next_c - 20.0).abs() < 1e-12, "{step:?}");
    }
}
