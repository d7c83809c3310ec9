//! Transformers: from name-plate values to a pi circuit. Equations are numbered in the parent module.

/// A pi circuit in SI, referred to the *to* side, with its ratio and shift.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pi {
    pub r_ohm: f64,
    pub x_ohm: f64,
    pub g_siemens: f64,
    pub b_siemens: f64,
    /// `u1/u2`, V/V.
    pub ratio: f64,
    pub shift_deg: f64,
}

/// Name-plate values of one two-winding transformer; voltages already stepped by the tap.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plate {
    pub u1_v: f64,
    pub u2_v: f64,
    pub sn_va: f64,
    /// Negative on an arm of a star that stands for a three-winding transformer.
    pub uk: f64,
    pub pk_w: f64,
    pub i0: f64,
    pub p0_w: f64,
    pub shift_deg: f64,
}

impl Plate {
    /// Equation (2). Where a resistive part exceeds its magnitude, the reactive part is 0, as in power-grid-model.
    pub fn pi(&self) -> Pi {
        let u2_squared = self.u2_v * self.u2_v;
        let z_ohm = self.uk.abs() * u2_squared / self.sn_va;
        let r_ohm = self.pk_w * u2_squared / self.sn_va / self.sn_va;
        let x_ohm = (z_ohm * z_ohm - r_ohm * r_ohm).max(0.0).sqrt();
        let y_siemens = self.i0 * self.sn_va / u2_squared;
        let g_siemens = self.p0_w / u2_squared;
        Pi {
            r_ohm,
            x_ohm: if self.uk < 0.0 { -x_ohm } else { x_ohm },
            g_siemens,
            b_siemens: -(y_siemens * y_siemens - g_siemens * g_siemens).max(0.0).sqrt(),
            ratio: self.u1_v / self.u2_v,
            shift_deg: self.shift_deg,
        }
    }
}

/// A tap changer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tap {
    pub position: f64,
    pub min: f64,
    pub max: f64,
    pub nominal: f64,
    pub size_v: f64,
}

impl Tap {
    /// The position within its limits, which may be given either way round.
    pub fn limited(mut self) -> Self {
        self.position = self.position.min(self.min.max(self.max)).max(self.min.min(self.max));
        self
    }

    /// Voltage that the tap adds to its side, V. With `min > max` a higher position means a lower voltage.
    pub fn added_v(&self) -> f64 {
        let direction = if self.max > self.min { 1.0 } else { -1.0 };
        direction * (self.position - self.nominal) * self.size_v
    }

    /// A value given at the nominal, lowest and highest position, at this position: linear on each side.
    pub fn interpolate(&self, nominal: f64, at_min: f64, at_max: f64) -> f64 {
        let towards_max = self.position <= self.nominal.max(self.max) && self.position >= self.nominal.min(self.max);
        let (end, at_end) = if towards_max { (self.max, at_max) } else { (self.min, at_min) };
        if end == self.nominal {
            return nominal;
        }
        nominal + (self.position - self.nominal) * (at_end - nominal) / (end - self.nominal)
    }
}

/// The arms of the star that stands for three windings, from a value between each two of them (12, 13, 23).
pub(super) fn star(between: [f64; 3]) -> [f64; 3] {
    let [v12, v13, v23] = between;
    [0.5 * (v12 + v13 - v23), 0.5 * (v12 + v23 - v13), 0.5 * (v13 + v23 - v12)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tap_steps_and_interpolates_either_way_round() {
        let tap = Tap { position: 2.0, min: -4.0, max: 4.0, nominal: 0.0, size_v: 100.0 };
        assert_eq!(tap.added_v(), 200.0);
        assert!((tap.interpolate(0.1, 0.08, 0.14) - 0.12).abs() < 1e-15);
        let turned = Tap { min: 4.0, max: -4.0, ..tap };
        assert_eq!(turned.added_v(), -200.0);
        assert!((turned.interpolate(0.1, 0.08, 0.14) - 0.09).abs() < 1e-15);
        assert_eq!(Tap { position: 9.0, ..tap }.limited().position, 4.0);
        assert_eq!(Tap { min: 0.0, max: 0.0, ..tap }.interpolate(0.1, 0.08, 0.14), 0.1);
    }

    #[test]
    fn a_star_has_the_given_values_between_its_ends() {
        let [a, b, c] = star([0.1, 0.2, 0.15]);
        for (sum, given) in [(a + b, 0.1), (a + c, 0.2), (b + c, 0.15)] {
            assert!((sum - given).abs() < 1e-15);
        }
    }
}
