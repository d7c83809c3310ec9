//! Properties of what flows, as curves over temperature that are linear between their points.
//!
//! Water: density by Kell (1975, J. Chem. Eng. Data 20, 97), viscosity by Pátek et al. (2009, J. Phys. Chem. Ref. Data 38, 21;
//! IAPWS SR6-08), heat capacity of the saturated liquid by IAPWS-95 (Wagner & Pruß 2002). Kell and Pátek are for 0.1 MPa; up to
//! 16 bar and 150 °C they differ from the saturated liquid by less than 0.1 %. The enthalpy is the integral of the heat
//! capacity, so that heat is neither made nor lost by mixing.

use relight_model::{Fluid, Property};

/// Distance of the points at which water's curves are laid out, K.
const WATER_STEP_K: f64 = 0.25;
/// Range of water's curves, °C.
const WATER_C: (f64, f64) = (-5.0, 180.0);
/// Heat capacity of saturated liquid water each 10 °C from 0 °C (first at the triple point), J/(kg K).
const WATER_CP: [f64; 19] = [
    4219.9, 4195.5, 4184.4, 4180.1, 4179.6, 4181.5, 4185.1, 4190.2, 4196.9, 4205.3, 4215.7, 4228.3, 4243.5, 4261.5,
    4282.6, 4307.1, 4335.4, 4367.8, 4405.0,
];

/// Density, heat capacity, viscosity and enthalpy of a fluid over temperature.
#[derive(Clone, Debug)]
pub struct Properties {
    density_kg_per_m3: Curve,
    heat_capacity_j_per_kg_k: Curve,
    viscosity_pa_s: Curve,
    /// Enthalpy at the points of the heat capacity, J/kg.
    enthalpy_j_per_kg: Vec<f64>,
}

impl Properties {
    /// Lays out the curves of a fluid.
    pub fn new(fluid: &Fluid) -> Self {
        let (density, heat_capacity, viscosity) = match fluid {
            Fluid::Water => (
                Curve::sampled(water_density_kg_per_m3),
                Curve::sampled(water_heat_capacity_j_per_kg_k),
                Curve::sampled(water_viscosity_pa_s),
            ),
            Fluid::Given { density_kg_per_m3, heat_capacity_j_per_kg_k, viscosity_pa_s } => {
                (Curve::given(density_kg_per_m3), Curve::given(heat_capacity_j_per_kg_k), Curve::given(viscosity_pa_s))
            }
        };
        let mut enthalpy = vec![0.0; heat_capacity.t_c.len()];
        for k in 1..enthalpy.len() {
            let mean = (heat_capacity.value[k] + heat_capacity.value[k - 1]) / 2.0;
            enthalpy[k] = enthalpy[k - 1] + mean * (heat_capacity.t_c[k] - heat_capacity.t_c[k - 1]);
        }
        Self {
            density_kg_per_m3: density,
            heat_capacity_j_per_kg_k: heat_capacity,
            viscosity_pa_s: viscosity,
            enthalpy_j_per_kg: enthalpy,
        }
    }

    /// Density at a temperature in °C, kg/m3.
    pub fn density_kg_per_m3(&self, t_c: f64) -> f64 {
        self.density_kg_per_m3.at(t_c)
    }

    /// Heat capacity at a temperature in °C, J/(kg K).
    pub fn heat_capacity_j_per_kg_k(&self, t_c: f64) -> f64 {
        self.heat_capacity_j_per_kg_k.at(t_c)
    }

    /// Dynamic viscosity at a temperature in °C, Pa s.
    pub fn viscosity_pa_s(&self, t_c: f64) -> f64 {
        self.viscosity_pa_s.at(t_c)
    }

    /// Enthalpy at a temperature in °C over that at the first point of the heat capacity, J/kg: its exact integral.
    pub fn enthalpy_j_per_kg(&self, t_c: f64) -> f64 {
        let cp = &self.heat_capacity_j_per_kg_k;
        let k = cp.segment(t_c);
        let over = t_c - cp.t_c[k];
        self.enthalpy_j_per_kg[k] + over * (cp.value[k] + 0.5 * cp.slope[k] * over)
    }

    /// Temperature at an enthalpy, °C: the inverse of [`Self::enthalpy_j_per_kg`], by Newton from a guess.
    pub fn temperature_c(&self, enthalpy_j_per_kg: f64, guess_c: f64) -> f64 {
        let mut t_c = guess_c;
        for _ in 0..20 {
            let step = (self.enthalpy_j_per_kg(t_c) - enthalpy_j_per_kg) / self.heat_capacity_j_per_kg_k(t_c);
            t_c -= step;
            if step.abs() < 1e-11 {
                break;
            }
        }
        t_c
    }

    /// Mean heat capacity between two temperatures, J/(kg K): the enthalpy between them over their difference.
    pub fn mean_heat_capacity_j_per_kg_k(&self, a_c: f64, b_c: f64) -> f64 {
        if (a_c - b_c).abs() < 1e-3 {
            return self.heat_capacity_j_per_kg_k((a_c + b_c) / 2.0);
        }
        (self.enthalpy_j_per_kg(a_c) - self.enthalpy_j_per_kg(b_c)) / (a_c - b_c)
    }
}

/// A curve through points, linear between them and beyond its ends, and never below a millionth of its smallest point.
#[derive(Clone, Debug)]
struct Curve {
    t_c: Vec<f64>,
    value: Vec<f64>,
    /// Per point: slope to the next; the last has that of the one before.
    slope: Vec<f64>,
    /// Points per K where they lie evenly, else 0.
    per_k: f64,
    least: f64,
}

impl Curve {
    fn sampled(f: impl Fn(f64) -> f64) -> Self {
        let count = ((WATER_C.1 - WATER_C.0) / WATER_STEP_K) as usize + 1;
        let t_c: Vec<f64> = (0..count).map(|k| WATER_C.0 + k as f64 * WATER_STEP_K).collect();
        let value = t_c.iter().map(|&t| f(t)).collect();
        Self::through(t_c, value, 1.0 / WATER_STEP_K)
    }

    fn given(property: &Property) -> Self {
        match property {
            Property::Constant(value) => Self::through(vec![0.0], vec![*value], 0.0),
            Property::Points(points) => {
                let (t_c, value) = points.iter().copied().unzip();
                Self::through(t_c, value, 0.0)
            }
        }
    }

    fn through(t_c: Vec<f64>, value: Vec<f64>, per_k: f64) -> Self {
        let mut slope: Vec<f64> =
            t_c.windows(2).zip(value.windows(2)).map(|(t, v)| (v[1] - v[0]) / (t[1] - t[0])).collect();
        slope.push(slope.last().copied().unwrap_or(0.0));
        let least = value.iter().copied().fold(f64::INFINITY, f64::min) * 1e-6;
        Self { t_c, value, slope, per_k, least }
    }

    /// The point at or below a temperature; the first below all of them.
    fn segment(&self, t_c: f64) -> usize {
        let last = self.t_c.len() - 1;
        if self.per_k > 0.0 {
            return (((t_c - self.t_c[0]) * self.per_k).max(0.0) as usize).min(last);
        }
        self.t_c.partition_point(|&t| t <= t_c).saturating_sub(1).min(last)
    }

    fn at(&self, t_c: f64) -> f64 {
        let k = self.segment(t_c);
        (self.value[k] + self.slope[k] * (t_c - self.t_c[k])).max(self.least)
    }
}

/// Kell (1975), table I; 0 to 150 °C at one atmosphere.
fn water_density_kg_per_m3(t_c: f64) -> f64 {
    let t = t_c;
    let top = 999.83952
        + t * (16.945176 + t * (-7.9870401e-3 + t * (-46.170461e-6 + t * (105.56302e-9 + t * -280.54253e-12))));
    top / (1.0 + 16.879850e-3 * t)
}

/// Pátek et al. (2009), equation (8); 253 to 383 K at 0.1 MPa, and within 0.2 % of the saturated liquid up to 150 °C.
fn water_viscosity_pa_s(t_c: f64) -> f64 {
    let t = (t_c + 273.15) / 300.0;
    1e-6 * (280.68 * t.powf(-1.9) + 511.45 * t.powf(-7.7) + 61.131 * t.powf(-19.6) + 0.45903 * t.powf(-40.0))
}

fn water_heat_capacity_j_per_kg_k(t_c: f64) -> f64 {
    let at = (t_c / 10.0).clamp(0.0, (WATER_CP.len() - 1) as f64);
    let k = (at as usize).min(WATER_CP.len() - 2);
    WATER_CP[k] + (at - k as f64) * (WATER_CP[k + 1] - WATER_CP[k])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn water_is_that_of_the_tables() {
        let water = Properties::new(&Fluid::Water);
        // Saturated liquid or 1 atm, NIST Chemistry WebBook: t °C, kg/m3, J/(kg K), Pa s.
        for (t_c, density, cp, viscosity) in [
            (10.0, 999.70, 4195.5, 1.3059e-3),
            (20.0, 998.21, 4184.4, 1.0016e-3),
            (60.0, 983.20, 4185.1, 4.6602e-4),
            (90.0, 965.31, 4205.3, 3.1417e-4),
            (130.0, 934.83, 4261.5, 2.1297e-4),
            (150.0, 917.01, 4307.1, 1.8246e-4),
        ] {
            let close = |a: f64, b: f64, part: f64| assert!((a - b).abs() <= part * b, "{t_c} C: {a} and {b}");
            close(water.density_kg_per_m3(t_c), density, 3e-4);
            close(water.heat_capacity_j_per_kg_k(t_c), cp, 1e-5);
            close(water.viscosity_pa_s(t_c), viscosity, 2e-3);
        }
    }

    #[test]
    fn enthalpy_is_the_integral_and_has_an_inverse() {
        let given = Fluid::Given {
            density_kg_per_m3: Property::Constant(1000.0),
            heat_capacity_j_per_kg_k: Property::Points(vec![(0.0, 4000.0), (50.0, 4100.0), (80.0, 4400.0)]),
            viscosity_pa_s: Property::Constant(1e-3),
        };
        for fluid in [Fluid::Water, given] {
            let p = Properties::new(&fluid);
            for (a, b) in [(-20.0, 140.0), (15.0, 49.0), (49.0, 51.0), (85.0, 120.0)] {
                let steps = 200_000;
                let dt = (b - a) / steps as f64;
                let sum: f64 = (0..steps).map(|k| p.heat_capacity_j_per_kg_k(a + (k as f64 + 0.5) * dt) * dt).sum();
                let h = p.enthalpy_j_per_kg(b) - p.enthalpy_j_per_kg(a);
                assert!((h - sum).abs() < 1e-7 * sum, "{a} to {b}: {h} and {sum}");
                assert!((p.temperature_c(p.enthalpy_j_per_kg(b), a) - b).abs() < 1e-9);
            }
        }
    }
}
