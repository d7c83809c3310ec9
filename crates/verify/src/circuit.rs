//! What a branch takes at its ends, from the voltages there.

use relight_model::Branch;

/// Complex number as (real, imaginary).
pub(crate) type Complex = (f64, f64);

fn mul(a: Complex, b: Complex) -> Complex {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

fn conj(a: Complex) -> Complex {
    (a.0, -a.1)
}

fn div(a: Complex, b: Complex) -> Complex {
    let size = b.0 * b.0 + b.1 * b.1;
    let n = mul(a, conj(b));
    (n.0 / size, n.1 / size)
}

/// A voltage from its magnitude and angle.
pub(crate) fn polar(size: f64, deg: f64) -> Complex {
    (size * deg.to_radians().cos(), size * deg.to_radians().sin())
}

/// Power into the *from* and the *to* end of a branch between two voltages, p.u. (eq. 9).
pub(crate) fn ends(branch: &Branch, from: Complex, to: Complex) -> (Complex, Complex) {
    let y = div((1.0, 0.0), (branch.r_pu, branch.x_pu));
    // Voltage behind the ideal transformer; the current through it is divided by conj(ratio).
    let inner = div(from, polar(branch.tap, branch.shift_deg));
    let series = mul(y, (inner.0 - to.0, inner.1 - to.1));
    let shunt_from = mul((branch.g_from_pu, branch.b_from_pu), inner);
    let shunt_to = mul((branch.g_to_pu, branch.b_to_pu), to);
    (
        mul(inner, conj((series.0 + shunt_from.0, series.1 + shunt_from.1))),
        mul(to, conj((shunt_to.0 - series.0, shunt_to.1 - series.1))),
    )
}
