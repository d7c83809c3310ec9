//! Pressure lost in a pipe, with its derivative.
//!
//! ```text
//! Δp = (λ L/d + ζ) m |m| / (2 ρ A²),   Re = |m| d / (μ A)                                   (Darcy, Weisbach)
//! λ = 64 / Re                                                                               laminar
//! 1/√λ = −2 log₁₀(2.51/(Re √λ) + k/(3.71 d))                                                Colebrook, White (1937, 1939)
//! λ = 0.25 / log₁₀²(k/(3.7 d) + 5.74/Re^0.9)                                                Swamee, Jain (1976)
//! λ = 64/Re + 1/(2 log₁₀(3.71 d/k))²                                                        laminar + Nikuradse (1933)
//! ```
//!
//! Colebrook and Swamee-Jain are turbulent laws: below [`RE_LAMINAR`] the laminar law holds, above [`RE_TURBULENT`] the turbulent
//! one, and between them a blend whose value and slope are continuous. In all laws Δp grows with m, and is linear at m = 0.

use relight_model::Friction;

/// Reynolds number up to which flow is laminar.
pub const RE_LAMINAR: f64 = 2000.0;
/// Reynolds number from which it is turbulent.
pub const RE_TURBULENT: f64 = 4000.0;

/// Smallest relative roughness that Nikuradse's law is evaluated at: it has no limit for smooth pipes.
const ROUGHNESS_MIN: f64 = 1e-7;

/// What of a pipe its friction depends on.
#[derive(Clone, Copy, Debug)]
pub struct PipeShape {
    /// Length over diameter.
    pub length_by_d: f64,
    /// Diameter over cross section, 1/m.
    pub d_by_area: f64,
    /// 1 / (2 A²), 1/m4.
    pub half_by_area2: f64,
    /// Roughness over diameter.
    pub roughness_by_d: f64,
    /// Sum of local loss coefficients.
    pub zeta: f64,
    /// 1/√λ of the fully rough pipe.
    pub rough: f64,
}

impl PipeShape {
    /// The shape of a pipe; lengths in m, roughness in mm.
    pub fn new(length_m: f64, d_inner_m: f64, roughness_mm: f64, zeta: f64) -> Self {
        let area = std::f64::consts::PI * d_inner_m * d_inner_m / 4.0;
        let roughness_by_d = (roughness_mm * 1e-3 / d_inner_m).max(0.0);
        Self {
            length_by_d: length_m / d_inner_m,
            d_by_area: d_inner_m / area,
            half_by_area2: 0.5 / (area * area),
            roughness_by_d,
            zeta,
            rough: -2.0 * (roughness_by_d.max(ROUGHNESS_MIN) / 3.71).log10(),
        }
    }

    /// Pressure lost at flow `m` (kg/s), Pa, with its derivative. `x` is 1/√λ of Colebrook's law at the last flow.
    pub fn loss_pa(&self, law: Friction, m: f64, density: f64, viscosity: f64, x: &mut f64) -> (f64, f64) {
        let size = m.abs();
        let re_per_m = self.d_by_area / viscosity;
        let (friction, friction_slope) = self.lambda_m2(law, size, re_per_m, x);
        let scale = self.half_by_area2 / density;
        let loss = scale * (self.length_by_d * friction + self.zeta * size * size);
        let slope = scale * (self.length_by_d * friction_slope + 2.0 * self.zeta * size);
        (loss.copysign(m), slope)
    }

    /// λ m² and its derivative, at m ≥ 0: finite at zero flow where λ itself is not.
    fn lambda_m2(&self, law: Friction, m: f64, re_per_m: f64, x: &mut f64) -> (f64, f64) {
        let laminar = 64.0 / re_per_m;
        if law == Friction::Nikuradse {
            let rough = 1.0 / (self.rough * self.rough);
            return (m * (laminar + rough * m), laminar + 2.0 * rough * m);
        }
        let re = re_per_m * m;
        if re <= RE_LAMINAR {
            return (laminar * m, laminar);
        }
        let (root, root_slope) = match law {
            Friction::SwameeJain => swamee_jain(re, self.roughness_by_d),
            _ => colebrook(re, self.roughness_by_d, x),
        };
        // λ = root⁻²; the slope is by Re.
        let lambda = 1.0 / (root * root);
        let turbulent = lambda * m * m;
        let turbulent_slope = 2.0 * lambda * m * (1.0 - root_slope / root * re);
        if re >= RE_TURBULENT {
            return (turbulent, turbulent_slope);
        }
        let span = RE_TURBULENT - RE_LAMINAR;
        let s = (re - RE_LAMINAR) / span;
        let (blend, blend_slope) = (s * s * (3.0 - 2.0 * s), 6.0 * s * (1.0 - s) / span * re_per_m);
        (
            (1.0 - blend) * laminar * m + blend * turbulent,
            (1.0 - blend) * laminar + blend * turbulent_slope + blend_slope * (turbulent - laminar * m),
        )
    }
}

/// 1/√λ and its derivative by Re.
fn swamee_jain(re: f64, roughness_by_d: f64) -> (f64, f64) {
    let smooth = 5.74 * re.powf(-0.9);
    let inside = roughness_by_d / 3.7 + smooth;
    let root = -2.0 * inside.log10();
    (root, 2.0 / std::f64::consts::LN_10 * 0.9 * smooth / (re * inside))
}

/// 1/√λ and its derivative by Re: Newton on x + 2 log₁₀(2.51 x/Re + k/3.71d) = 0, which is concave and rising.
fn colebrook(re: f64, roughness_by_d: f64, x: &mut f64) -> (f64, f64) {
    const C: f64 = 2.0 / std::f64::consts::LN_10;
    let (a, b) = (2.51 / re, roughness_by_d / 3.71);
    let mut root = if *x > 0.5 && *x < 40.0 { *x } else { swamee_jain(re, roughness_by_d).0.max(1.0) };
    let mut slope = 1.0;
    for _ in 0..30 {
        let inside = a * root + b;
        slope = 1.0 + C * a / inside;
        let step = (root + C * inside.ln()) / slope;
        // Newton from the right of a concave function may jump below zero: half way is safe.
        root = if step < root { root - step } else { root / 2.0 };
        if step.abs() <= 1e-13 * root {
            break;
        }
    }
    *x = root;
    (root, C * a * root / (re * (a * root + b) * slope))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAWS: [Friction; 3] = [Friction::Colebrook, Friction::SwameeJain, Friction::Nikuradse];

    fn loss(law: Friction, shape: &PipeShape, m: f64) -> (f64, f64) {
        shape.loss_pa(law, m, 1000.0, 1e-3, &mut 0.0)
    }

    #[test]
    fn losses_are_those_worked_by_hand() {
        // d = 0.1 m, L = 100 m, m = 10 kg/s: v = 1.27324 m/s, Re = 127324, k/d = 1e-3. Colebrook: λ = 0.021819.
        let shape = PipeShape::new(100.0, 0.1, 0.1, 0.0);
        let dynamic = 0.5 * 1000.0 * 1.273_239_544_735_162_6_f64.powi(2) * 1000.0;
        let lambda = |law| loss(law, &shape, 10.0).0 / dynamic;
        let root = 1.0 / lambda(Friction::Colebrook).sqrt();
        let re = 127_323.954_473_516_27;
        assert!((root + 2.0 * (2.51 * root / re + 1e-3 / 3.71).log10()).abs() < 1e-12);
        assert!((lambda(Friction::Colebrook) - 0.0217).abs() < 2e-4, "{}", lambda(Friction::Colebrook));
        assert!((lambda(Friction::SwameeJain) / lambda(Friction::Colebrook) - 1.0).abs() < 0.02);
        let rough = 1.0 / (2.0 * 3710.0f64.log10()).powi(2);
        assert!((lambda(Friction::Nikuradse) - rough - 64.0 / re).abs() < 1e-12);
        // Laminar: Hagen and Poiseuille, Δp = 128 μ L m / (π ρ d⁴).
        let poiseuille = 128.0 * 1e-3 * 100.0 * 0.05 / (std::f64::consts::PI * 1000.0 * 1e-4);
        assert!((loss(Friction::Colebrook, &shape, 0.05).0 / poiseuille - 1.0).abs() < 1e-12);
    }

    #[test]
    fn slopes_are_those_of_differences_and_never_fall_to_zero() {
        for law in LAWS {
            for (roughness_mm, zeta) in [(0.0, 0.0), (0.1, 2.0), (3.0, 0.0)] {
                let shape = PipeShape::new(50.0, 0.08, roughness_mm, zeta);
                let mut last = f64::NEG_INFINITY;
                for k in -400i32..=400 {
                    let m = 1e-3 * f64::from(k) * 1.07f64.powi(k.abs() / 8);
                    let (value, slope) = loss(law, &shape, m);
                    let h = 1e-6 * m.abs().max(1e-4);
                    let difference = (loss(law, &shape, m + h).0 - loss(law, &shape, m - h).0) / (2.0 * h);
                    assert!((slope - difference).abs() <= 2e-4 * slope, "{law:?} {m}: {slope} and {difference}");
                    assert!(slope > 0.0 && value > last, "{law:?} {m}");
                    last = value;
                }
            }
        }
    }

    #[test]
    fn colebrook_forgets_where_it_started() {
        for re in [2500.0, 1e5, 1e9] {
            for k in [0.0, 1e-4, 0.05] {
                let from = |mut x: f64| colebrook(re, k, &mut x).0;
                let roots = [0.0, 0.6, 3.0, 39.0].map(from);
                assert!(roots.iter().all(|r| (r - roots[0]).abs() < 1e-12 * r), "{re} {k}: {roots:?}");
            }
        }
    }
}
