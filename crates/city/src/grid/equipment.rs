//! Lines and transformers as catalogues list them. Sources and the rules of choice: docs/methods/city.md.

use crate::geometry::rounded;
use relight_model::BranchKind;

/// Base of all per-unit values, MVA.
pub(crate) const BASE_MVA: f64 = 100.0;

/// An overhead line, per circuit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Conductor {
    pub(crate) kv: f64,
    pub(crate) r_ohm_per_km: f64,
    pub(crate) x_ohm_per_km: f64,
    pub(crate) b_us_per_km: f64,
    pub(crate) rate_mva: f64,
}

/// 110 kV, one wire of 240 mm2 aluminium-steel: 610 A.
pub(crate) const LINE_110: Conductor =
    Conductor { kv: 110.0, r_ohm_per_km: 0.118, x_ohm_per_km: 0.405, b_us_per_km: 2.81, rate_mva: 116.0 };
/// 110 kV, bundle of two wires of 300 mm2, for the few corridors that carry a whole plant: 1,380 A.
pub(crate) const LINE_110_BUNDLE: Conductor =
    Conductor { kv: 110.0, r_ohm_per_km: 0.048, x_ohm_per_km: 0.306, b_us_per_km: 3.72, rate_mva: 263.0 };
/// 330 kV, bundle of two wires of 400 mm2: 1,650 A.
pub(crate) const LINE_330: Conductor =
    Conductor { kv: 330.0, r_ohm_per_km: 0.036, x_ohm_per_km: 0.323, b_us_per_km: 3.46, rate_mva: 943.0 };
/// 750 kV, bundle of four wires of 400 mm2; rated at 1,850 A.
pub(crate) const LINE_750: Conductor =
    Conductor { kv: 750.0, r_ohm_per_km: 0.019, x_ohm_per_km: 0.289, b_us_per_km: 4.13, rate_mva: 2400.0 };

impl Conductor {
    /// Series resistance, reactance and total charging of one circuit, p.u.
    pub(crate) fn per_unit(&self, length_km: f64) -> (f64, f64, f64) {
        let base_ohm = self.kv * self.kv / BASE_MVA;
        let b = self.b_us_per_km * 1e-6 * length_km * base_ohm;
        // No corridor is shorter than 300 m of line, or its reactance would drown in rounding.
        let length_km = length_km.max(0.3);
        (
            rounded(self.r_ohm_per_km * length_km / base_ohm, 1e6).max(1e-6),
            rounded(self.x_ohm_per_km * length_km / base_ohm, 1e6).max(1e-5),
            rounded(b, 1e6),
        )
    }
}

/// A two-winding transformer or autotransformer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Unit {
    pub(crate) s_mva: f64,
    /// Short-circuit voltage, percent.
    uk_percent: f64,
    /// Copper loss at rated current, kW.
    pk_kw: f64,
}

const fn unit(s_mva: f64, uk_percent: f64, pk_kw: f64) -> Unit {
    Unit { s_mva, uk_percent, pk_kw }
}

/// 110/10 kV transformers with on-load tap changers, 16 steps of 1.78 % around the middle. 25 to 63 MVA in cities, smaller
/// ones in towns.
pub(crate) const UNITS_110_10: [Unit; 9] = [
    unit(2.5, 10.5, 22.0),
    unit(6.3, 10.5, 44.0),
    unit(10.0, 10.5, 58.0),
    unit(16.0, 10.5, 85.0),
    unit(25.0, 10.5, 120.0),
    unit(40.0, 10.5, 172.0),
    unit(63.0, 10.5, 245.0),
    unit(80.0, 10.5, 310.0),
    unit(125.0, 10.5, 400.0),
];
/// 330/110 kV autotransformers.
pub(crate) const UNITS_330_110: [Unit; 4] =
    [unit(63.0, 10.5, 240.0), unit(125.0, 10.0, 370.0), unit(200.0, 10.5, 600.0), unit(250.0, 10.5, 660.0)];
/// 750/330 kV autotransformer group.
pub(crate) const UNIT_750_330: Unit = unit(1000.0, 10.0, 2000.0);

/// Step and largest number of steps of tap changers at 110/10 kV.
pub(crate) const TAP_110_10: (f64, f64) = (0.0178, 8.0);
/// The same at 330/110 kV.
pub(crate) const TAP_330_110: (f64, f64) = (0.0125, 8.0);

impl Unit {
    /// Series resistance and reactance, p.u.
    pub(crate) fn per_unit(&self) -> (f64, f64) {
        let z = self.uk_percent / 100.0 * BASE_MVA / self.s_mva;
        let r = self.pk_kw / 1000.0 / self.s_mva * BASE_MVA / self.s_mva;
        (rounded(r, 1e6), rounded((z * z - r * r).sqrt(), 1e6))
    }
}

/// What connects two stations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Equipment {
    Line(Conductor),
    Transformer(Unit),
}

impl Equipment {
    pub(crate) fn rate_mva(&self) -> f64 {
        match self {
            Equipment::Line(conductor) => conductor.rate_mva,
            Equipment::Transformer(unit) => unit.s_mva,
        }
    }

    /// Series reactance of one circuit or unit, p.u.
    pub(crate) fn x_pu(&self, length_km: f64) -> f64 {
        match self {
            Equipment::Line(conductor) => conductor.per_unit(length_km).1,
            Equipment::Transformer(unit) => unit.per_unit().1,
        }
    }

    pub(crate) fn kind(&self) -> BranchKind {
        match self {
            Equipment::Line(_) => BranchKind::Line,
            Equipment::Transformer(_) => BranchKind::Transformer,
        }
    }

    /// The next stronger choice, if there is one: a heavier conductor, a larger unit.
    pub(crate) fn stronger(&self) -> Option<Equipment> {
        match self {
            Equipment::Line(conductor) if *conductor == LINE_110 => Some(Equipment::Line(LINE_110_BUNDLE)),
            Equipment::Line(_) => None,
            Equipment::Transformer(unit) => {
                UNITS_330_110.iter().find(|u| u.s_mva > unit.s_mva).map(|&u| Equipment::Transformer(u))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_25_mva_transformer_and_10_km_of_line_have_textbook_values() {
        let (r, x) = UNITS_110_10[4].per_unit();
        // uk 10.5 % on 25 MVA is 0.42 p.u. on 100 MVA; 120 kW of 25 MVA are 0.0048, times 4.
        assert!((r - 0.0192).abs() < 1e-6 && (x - 0.41956).abs() < 1e-5, "{r} {x}");
        let (r, x, b) = LINE_110.per_unit(10.0);
        assert!((r - 0.009752).abs() < 1e-6 && (x - 0.033471).abs() < 1e-6 && (b - 0.0034).abs() < 1e-5, "{r} {x} {b}");
    }
}
