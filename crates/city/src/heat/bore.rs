//! Pipes that can be bought, and which of them carries a flow.

/// A size of pre-insulated steel pipe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bore {
    pub(super) d_inner_m: f64,
    /// Heat transfer when buried, W/(m K).
    pub(super) u_w_per_m_k: f64,
}

const fn bore(d_inner_m: f64, u_w_per_m_k: f64) -> Bore {
    Bore { d_inner_m, u_w_per_m_k }
}

/// DN 50 to DN 1400. Heat transfer as the scenario folder's rule gives it for 40 mm (DN 50) to 110 mm (DN 1000 and above) of
/// insulation of 0.04 W/(m K) under 0.8 m of ground; a test holds the two together.
pub(super) const BORES: [Bore; 19] = [
    bore(0.051, 0.24),
    bore(0.070, 0.26),
    bore(0.082, 0.29),
    bore(0.100, 0.33),
    bore(0.125, 0.34),
    bore(0.150, 0.38),
    bore(0.207, 0.43),
    bore(0.259, 0.51),
    bore(0.309, 0.53),
    bore(0.359, 0.59),
    bore(0.408, 0.65),
    bore(0.514, 0.72),
    bore(0.614, 0.83),
    bore(0.704, 0.85),
    bore(0.804, 0.95),
    bore(0.904, 1.04),
    bore(1.004, 1.06),
    bore(1.202, 1.23),
    bore(1.400, 1.39),
];

/// Roughness of walls that have been in use, mm: the design value of the region's norms.
pub(super) const ROUGHNESS_MM: f64 = 0.5;
/// Density of water between supply and return, kg/m3.
pub(super) const DENSITY_KG_PER_M3: f64 = 960.0;
/// Fastest water, m/s.
const V_M_PER_S_MAX: f64 = 3.0;

impl Bore {
    fn area_m2(&self) -> f64 {
        std::f64::consts::FRAC_PI_4 * self.d_inner_m * self.d_inner_m
    }

    /// Friction factor of fully rough flow, 0.11 (k/d)^(1/4) (Shifrinson): two square roots, the same on any machine.
    fn friction(&self) -> f64 {
        0.11 * (ROUGHNESS_MM / 1000.0 / self.d_inner_m).sqrt().sqrt()
    }

    /// Pressure that a flow loses along a pipe, Pa, with local losses `zeta`.
    pub(super) fn dp_pa(&self, mdot_kg_per_s: f64, length_m: f64, zeta: f64) -> f64 {
        let v = mdot_kg_per_s / (DENSITY_KG_PER_M3 * self.area_m2());
        (self.friction() * length_m / self.d_inner_m + zeta) * DENSITY_KG_PER_M3 * v * v / 2.0
    }

    /// Most flow at a gradient, kg/s: Darcy and Weisbach, and the fastest water.
    fn mdot_kg_per_s_max(&self, pa_per_m: f64) -> f64 {
        let v = (2.0 * pa_per_m * self.d_inner_m / (self.friction() * DENSITY_KG_PER_M3)).sqrt();
        self.area_m2() * DENSITY_KG_PER_M3 * v.min(V_M_PER_S_MAX)
    }
}

/// The smallest pipe that carries a flow within a gradient, and how many of them where the largest alone does not.
pub(super) fn pick(mdot_kg_per_s: f64, pa_per_m: f64) -> (Bore, usize) {
    match BORES.into_iter().find(|b| b.mdot_kg_per_s_max(pa_per_m) >= mdot_kg_per_s) {
        Some(bore) => (bore, 1),
        None => {
            let largest = BORES[BORES.len() - 1];
            (largest, (mdot_kg_per_s / largest.mdot_kg_per_s_max(pa_per_m)).ceil() as usize)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_follow_the_gradient() {
        // 100 kg/s at 60 Pa/m: DN 300 of the norms' tables carries about that.
        assert_eq!(pick(100.0, 60.0).0.d_inner_m, 0.359);
        assert_eq!(pick(0.5, 60.0).0.d_inner_m, 0.051);
        assert_eq!(pick(6000.0, 25.0), (BORES[18], 2));
        let (bore, _) = pick(100.0, 60.0);
        assert!(bore.dp_pa(100.0, 1000.0, 0.0) <= 60_000.0);
    }

    #[test]
    fn heat_transfer_is_that_of_the_scenario_folder() {
        let insulation_mm = [
            40.0, 50.0, 50.0, 50.0, 60.0, 60.0, 70.0, 70.0, 80.0, 80.0, 80.0, 90.0, 90.0, 100.0, 100.0, 100.0, 110.0,
            110.0, 110.0,
        ];
        for (bore, mm) in BORES.iter().zip(insulation_mm) {
            let u = relight_formats::scenario::buried_u_w_per_m_k(bore.d_inner_m, mm, 0.04);
            assert!((u - bore.u_w_per_m_k).abs() < 0.006, "{bore:?}: {u}");
        }
    }
}
