//! Admittances of branches, and the bus admittance matrix on a fixed pattern. All per unit, as `[real, imaginary]`.

use relight_model::Branch;

/// A complex number.
pub(crate) type Complex = [f64; 2];

#[inline(always)]
pub(crate) fn times(a: Complex, b: Complex) -> Complex {
    [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]]
}

#[inline(always)]
pub(crate) fn plus(a: Complex, b: Complex) -> Complex {
    [a[0] + b[0], a[1] + b[1]]
}

/// `a * conj(b)`.
#[inline(always)]
pub(crate) fn times_conjugate(a: Complex, b: Complex) -> Complex {
    [a[0] * b[0] + a[1] * b[1], a[1] * b[0] - a[0] * b[1]]
}

/// The two-port of a branch: `I_from = ff V_from + ft V_to`, `I_to = tf V_from + tt V_to`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TwoPort {
    pub ff: Complex,
    pub ft: Complex,
    pub tf: Complex,
    pub tt: Complex,
}

impl TwoPort {
    /// MATPOWER manual, eq. 3.2, with the charging given at each end.
    pub(crate) fn of(branch: &Branch) -> Self {
        let (r, x) = (branch.r_pu, branch.x_pu);
        let d = r * r + x * x;
        let y = [r / d, -x / d];
        let tap = branch.tap;
        let (sin, cos) = branch.shift_deg.to_radians().sin_cos();
        let from = plus(y, [branch.g_from_pu, branch.b_from_pu]);
        Self {
            ff: [from[0] / (tap * tap), from[1] / (tap * tap)],
            // -y / conj(t) = -y e^{j shift} / tap
            ft: times([-y[0] / tap, -y[1] / tap], [cos, sin]),
            // -y / t
            tf: times([-y[0] / tap, -y[1] / tap], [cos, -sin]),
            tt: plus(y, [branch.g_to_pu, branch.b_to_pu]),
        }
    }

    /// Complex power into the branch at its *from* and *to* end, p.u.
    pub(crate) fn flows(&self, v_from: Complex, v_to: Complex) -> (Complex, Complex) {
        let i_from = plus(times(self.ff, v_from), times(self.ft, v_to));
        let i_to = plus(times(self.tf, v_from), times(self.tt, v_to));
        (times_conjugate(v_from, i_from), times_conjugate(v_to, i_to))
    }
}

/// Susceptance of a branch in the DC approximation, `1 / (x tap)`, p.u.; where a branch has resistance alone, its
/// conductance stands in, so that it carries power at all.
pub(crate) fn dc_susceptance(branch: &Branch) -> f64 {
    let z = if branch.x_pu != 0.0 { branch.x_pu } else { branch.r_pu };
    1.0 / (z * branch.tap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_networks::branch;

    #[test]
    fn shifter_turns_the_two_ends_against_each_other() {
        let mut b = branch(0, 1, 0.0, 0.1);
        b.tap = 1.1;
        b.shift_deg = 30.0;
        let y = TwoPort::of(&b);
        // No current flows when V_from = tap e^{j shift} V_to.
        let (s, c) = 30f64.to_radians().sin_cos();
        let (from, to) = y.flows([1.1 * c, 1.1 * s], [1.0, 0.0]);
        for v in from.iter().chain(&to) {
            assert!(v.abs() < 1e-14, "{from:?} {to:?}");
        }
    }

    #[test]
    fn power_into_both_ends_is_the_loss() {
        let b = branch(0, 1, 0.02, 0.1);
        let (from, to) = TwoPort::of(&b).flows([1.0, 0.0], [0.95, -0.1]);
        // |I|² r with I = (1 - (0.95 - 0.1j)) / (0.02 + 0.1j)
        let i2 = (0.05f64.powi(2) + 0.1f64.powi(2)) / (0.02f64.powi(2) + 0.1f64.powi(2));
        assert!((from[0] + to[0] - 0.02 * i2).abs() < 1e-14);
        assert!((from[1] + to[1] - 0.1 * i2).abs() < 1e-14);
    }
}
