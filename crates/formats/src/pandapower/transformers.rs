//! Two- and three-winding transformers, with tap changers on either side.
//!
//! Voltages are those of the windings after the tap changer, `vn_hv` and `vn_lv`; per-unit values stand on the bus of the
//! low-voltage side, so with `k = vn_lv / vn_lv,bus` (pandapower documentation, "Transformer"):
//!
//! ```text
//! z  = vk/100 · base/sn · k²,  r = vkr/100 · base/sn · k²,  x = sign(z) √(z² − r²)                              (1)
//! g  = pfe / (k² · base),  b = −√((i0/100 · sn)² − pfe²) / (k² · base)                                            (2)
//! t  = (vn_hv / vn_lv) · (vn_lv,bus / vn_hv,bus)                                                                 (3)
//! ```
//!
//! The magnetising admittance (2) stands in the middle of the leakage impedance (1): a T circuit, made a pi circuit by the
//! star-delta transformation: with `z_a`, `z_b` the parts of `z` and `y` the admittance, `d = z_a + z_b + z_a z_b y`:
//! series `d`, at the high-voltage side `z_b y / d`, at the low-voltage side `z_a y / d`.                          (4)

use super::build::{Builder, blank_branch};
use super::frame::Row;
use relight_model::{BranchKind, BusIdx, BusKind, Findings};
use std::ops::{Add, Div, Mul};

/// A complex number.
#[derive(Clone, Copy, PartialEq)]
struct Complex(f64, f64);

impl Add for Complex {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1)
    }
}

impl Mul for Complex {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0 - self.1 * other.1, self.0 * other.1 + self.1 * other.0)
    }
}

impl Div for Complex {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let square = other.0 * other.0 + other.1 * other.1;
        Self((self.0 * other.0 + self.1 * other.1) / square, (self.1 * other.0 - self.0 * other.1) / square)
    }
}

/// What makes a transformer's circuit, tap changer already applied to the voltages and the shift.
struct Winding {
    vn_hv_kv: f64,
    vn_lv_kv: f64,
    shift_deg: f64,
    sn_mva: f64,
    vk_percent: f64,
    vkr_percent: f64,
    pfe_mw: f64,
    i0_percent: f64,
    parallel: f64,
    /// Share of the leakage resistance and reactance on the high-voltage side.
    hv_shares: [f64; 2],
    rate_mva: f64,
}

/// The side of a tap changer as seen by the two-winding circuit it belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Hv,
    Lv,
}

/// Position and step of a tap changer.
struct Tap {
    side: Side,
    /// Steps from neutral.
    steps: f64,
    step_percent: f64,
    step_deg: f64,
    /// Turns the angle alone.
    ideal: bool,
}

impl Tap {
    /// Moves the voltage of its side and the shift.
    fn apply(&self, vn_hv_kv: &mut f64, vn_lv_kv: &mut f64, shift_deg: &mut f64) {
        let (vn_kv, direction) = match self.side {
            Side::Hv => (vn_hv_kv, 1.0),
            Side::Lv => (vn_lv_kv, -1.0),
        };
        if self.ideal {
            *shift_deg += direction
                * if self.step_deg != 0.0 {
                    self.steps * self.step_deg
                } else {
                    2.0 * (self.steps * self.step_percent / 200.0).asin().to_degrees()
                };
            return;
        }
        let added = *vn_kv * self.steps * self.step_percent / 100.0;
        let (sin, cos) = self.step_deg.to_radians().sin_cos();
        let (along, across) = (*vn_kv + added * cos, added * sin);
        *shift_deg += (direction * across / along).atan().to_degrees();
        *vn_kv = along.hypot(across);
    }
}

/// Reads a tap changer whose columns begin with `prefix` (`tap` or `tap2`); `None` if there is none.
fn tap_changer(row: Row<'_>, prefix: &str, side: Side, new_style: bool, findings: &mut Findings) -> Option<Tap> {
    let column = |name: &str| format!("{prefix}_{name}");
    let position = row.given(&column("pos"), findings)?;
    let steps = position - row.number_or(&column("neutral"), 0.0, findings);
    let step_percent = row.number_or(&column("step_percent"), 0.0, findings);
    let step_deg = row.number_or(&column("step_degree"), 0.0, findings);
    let ideal = match row.text(&column("changer_type")) {
        // Since pandapower 3 a tap changer without a type has no effect; before, the type did not exist.
        "" if new_style => return None,
        "" => row.flag(&column("phase_shifter"), false, findings),
        "Ratio" | "Symmetrical" => false,
        "Ideal" => true,
        _ => {
            let allowed = "Ratio, Symmetrical, Ideal";
            row.fault(findings, "unsupported-value", &column("changer_type"), "this tap changer is not read", allowed);
            return None;
        }
    };
    if ideal && step_percent != 0.0 && step_deg != 0.0 {
        let allowed = "one of tap_step_percent and tap_step_degree";
        row.fault(
            findings,
            "unsupported-value",
            &column("step_degree"),
            "an ideal phase shifter has one step",
            allowed,
        );
    }
    Some(Tap { side, steps, step_percent, step_deg, ideal })
}

/// An error if a table of characteristics decides over the transformer.
fn refuse_characteristics(row: Row<'_>, findings: &mut Findings) {
    for column in ["tap_dependency_table", "tap_dependent_impedance"] {
        if row.flag(column, false, findings) {
            let what = "impedances and ratios by tap position from a table are not read";
            row.fault(findings, "unsupported-value", column, what, "false");
        }
    }
}

fn side_of(row: Row<'_>, column: &str, findings: &mut Findings) -> Option<Side> {
    match row.text(column) {
        "" => None,
        "hv" => Some(Side::Hv),
        "lv" => Some(Side::Lv),
        _ => {
            row.fault(findings, "unknown-kind", column, "unknown side", "hv, lv");
            None
        }
    }
}

impl Builder<'_> {
    /// Two-winding transformers. An open switch at one side leaves it magnetised from the other.
    pub fn transformers(&mut self) {
        for row in self.rows("trafo") {
            let (Some(hv), Some(lv)) = (self.bus(row, "hv_bus"), self.bus(row, "lv_bus")) else { continue };
            let in_service = row.flag("in_service", true, self.findings);
            let f = &mut *self.findings;
            if in_service {
                refuse_characteristics(row, f);
            }
            let (mut vn_hv_kv, mut vn_lv_kv) = (row.positive("vn_hv_kv", f), row.positive("vn_lv_kv", f));
            let mut shift_deg = row.number_or("shift_degree", 0.0, f);
            for prefix in ["tap", "tap2"] {
                let new_style = row.has(&format!("{prefix}_changer_type"));
                if let Some(side) = side_of(row, &format!("{prefix}_side"), f)
                    && let Some(tap) = tap_changer(row, prefix, side, new_style, f)
                {
                    tap.apply(&mut vn_hv_kv, &mut vn_lv_kv, &mut shift_deg);
                }
            }
            let (sn_mva, parallel) = (row.positive("sn_mva", f), row.number_or("parallel", 1.0, f));
            let winding = Winding {
                vn_hv_kv,
                vn_lv_kv,
                shift_deg,
                sn_mva,
                vk_percent: row.number("vk_percent", f),
                vkr_percent: row.number("vkr_percent", f),
                pfe_mw: row.number_or("pfe_kw", 0.0, f) * 1e-3,
                i0_percent: row.number_or("i0_percent", 0.0, f),
                parallel,
                hv_shares: ["leakage_resistance_ratio_hv", "leakage_reactance_ratio_hv"]
                    .map(|c| row.number_or(c, 0.5, f)),
                rate_mva: sn_mva * row.number_or("df", 1.0, f) * parallel,
            };
            let open = [self.is_open("t", row, "hv_bus"), self.is_open("t", row, "lv_bus")];
            self.push_transformer(row, row.label(), [hv, lv], open, in_service, &winding);
        }
    }

    /// Adds the circuit between two buses, with an auxiliary bus behind an open switch.
    fn push_transformer(
        &mut self,
        row: Row<'_>,
        name: String,
        mut ends: [BusIdx; 2],
        open: [bool; 2],
        mut in_service: bool,
        winding: &Winding,
    ) {
        let base_kv = ends.map(|bus| self.base_kv(bus));
        if open == [true, true] {
            in_service = false;
        } else if let Some(end) = open.iter().position(|&o| o)
            && in_service
        {
            ends[end] = self.auxiliary_bus(ends[end], format!("open side of {name}"));
        }
        let w = winding;
        let k_square = (w.vn_lv_kv / base_kv[1]).powi(2);
        let on_base = k_square * self.network.base_mva / (100.0 * w.sn_mva);
        let (z, r) = (w.vk_percent * on_base, w.vkr_percent * on_base);
        if r.abs() > z.abs() || !z.is_finite() {
            row.fault(
                self.findings,
                "out-of-range",
                "vkr_percent",
                "resistance above the impedance",
                "at most vk_percent",
            );
            return;
        }
        let z = Complex(r / w.parallel, z.signum() * (z * z - r * r).sqrt() / w.parallel);
        let y_scale = w.parallel / (k_square * self.network.base_mva);
        let b_mvar = ((w.i0_percent / 100.0 * w.sn_mva).powi(2) - w.pfe_mw.powi(2)).max(0.0).sqrt();
        let y = Complex(w.pfe_mw * y_scale, -b_mvar * y_scale);
        let (series, at_hv, at_lv) = if y == Complex(0.0, 0.0) { (z, y, y) } else { star_delta(z, y, w.hv_shares) };
        let mut branch = blank_branch(name, BranchKind::Transformer, ends[0], ends[1], in_service);
        (branch.r_pu, branch.x_pu) = (series.0, series.1);
        (branch.g_from_pu, branch.b_from_pu) = (at_hv.0, at_hv.1);
        (branch.g_to_pu, branch.b_to_pu) = (at_lv.0, at_lv.1);
        branch.tap = w.vn_hv_kv / w.vn_lv_kv * base_kv[1] / base_kv[0];
        branch.shift_deg = w.shift_deg;
        branch.rate_a_mva = Some(w.rate_mva).filter(|&rate| rate > 0.0);
        self.push_branch(branch);
    }

    /// Three-winding transformers as stars of three two-winding ones around an auxiliary bus at the high voltage.
    pub fn three_winding_transformers(&mut self) {
        for row in self.rows("trafo3w") {
            let buses = [self.bus(row, "hv_bus"), self.bus(row, "mv_bus"), self.bus(row, "lv_bus")];
            let [Some(hv), Some(mv), Some(lv)] = buses else { continue };
            let in_service = row.flag("in_service", true, self.findings);
            let Some(legs) = self.legs(row, in_service) else { continue };
            let star = self.auxiliary_bus(hv, format!("star of {}", row.label()));
            if !in_service {
                self.network.buses[star.i()].kind = BusKind::Isolated;
            }
            let columns = ["hv_bus", "mv_bus", "lv_bus"];
            for (k, (bus, leg)) in [hv, mv, lv].into_iter().zip(&legs).enumerate() {
                let open = self.is_open("t3", row, columns[k]);
                let (ends, open) = if k == 0 { ([bus, star], [open, false]) } else { ([star, bus], [false, open]) };
                let name = format!("{} {}", row.label(), &columns[k][..2]);
                // Behind an open switch a leg carries nothing but, at the loss side, the magnetising current.
                let carries = leg.pfe_mw != 0.0 || leg.i0_percent != 0.0;
                let on = in_service && (carries || !open.contains(&true));
                self.push_transformer(row, name, ends, open, on, leg);
            }
        }
    }

    /// The three legs; `None` beside an error.
    fn legs(&mut self, row: Row<'_>, in_service: bool) -> Option<[Winding; 3]> {
        let f = &mut *self.findings;
        if in_service {
            refuse_characteristics(row, f);
        }
        let sides = ["hv", "mv", "lv"];
        let vn_kv = sides.map(|s| row.positive(&format!("vn_{s}_kv"), f));
        let sn_mva = sides.map(|s| row.positive(&format!("sn_{s}_mva"), f));
        let vk = sides.map(|s| row.number(&format!("vk_{s}_percent"), f));
        let vkr = sides.map(|s| row.number(&format!("vkr_{s}_percent"), f));
        let delta_x = std::array::from_fn(|k| (vk[k] * vk[k] - vkr[k] * vkr[k]).max(0.0).sqrt());
        let (r, x) = (delta_to_star(vkr, sn_mva), delta_to_star(delta_x, sn_mva));
        let loss_side = if row.has("loss_side") { row.text("loss_side") } else { "hv" };
        if !sides.contains(&loss_side) {
            row.fault(f, "unsupported-value", "loss_side", "unknown side of the losses", "hv, mv, lv");
            return None;
        }
        let tap_side = row.text("tap_side");
        let new_style = row.has("tap_changer_type");
        let shifts = [0.0, row.number_or("shift_mv_degree", 0.0, f), row.number_or("shift_lv_degree", 0.0, f)];
        let mut legs = Vec::with_capacity(3);
        for (k, side) in sides.into_iter().enumerate() {
            let loss = f64::from(u8::from(loss_side == side));
            let (mut vn_hv_kv, mut vn_lv_kv, mut shift_deg) = (vn_kv[0], vn_kv[k], shifts[k]);
            if tap_side == side {
                let at_terminal = if k == 0 { Side::Hv } else { Side::Lv };
                let tap = tap_changer(row, "tap", at_terminal, new_style, f);
                let star_point = row.flag("tap_at_star_point", false, f);
                if let Some(tap) = tap.map(|tap| if star_point { at_star_point(&tap) } else { tap }) {
                    tap.apply(&mut vn_hv_kv, &mut vn_lv_kv, &mut shift_deg);
                }
            }
            let vk_percent = x[k].signum() * x[k].hypot(r[k]);
            if vk_percent == 0.0 {
                let column = format!("vk_{side}_percent");
                row.fault(
                    f,
                    "zero-impedance",
                    &column,
                    "a leg of the star has no impedance",
                    "other short-circuit voltages",
                );
                return None;
            }
            legs.push(Winding {
                vn_hv_kv,
                vn_lv_kv,
                shift_deg,
                sn_mva: sn_mva[k],
                vk_percent,
                vkr_percent: r[k],
                pfe_mw: loss * row.number_or("pfe_kw", 0.0, f) * 1e-3,
                i0_percent: loss * row.number_or("i0_percent", 0.0, f),
                parallel: 1.0,
                hv_shares: [0.5, 0.5],
                rate_mva: sn_mva[k],
            });
        }
        legs.try_into().ok()
    }
}

/// Short-circuit values of the pairs hv-mv, mv-lv, hv-lv, each on the smaller rating of its pair, as those of star legs,
/// each on its own rating.
fn delta_to_star(pair: [f64; 3], sn_mva: [f64; 3]) -> [f64; 3] {
    let [hv, mv, lv] = sn_mva;
    let on_hv = [pair[0] * hv / hv.min(mv), pair[1] * hv / mv.min(lv), pair[2] * hv / hv.min(lv)];
    let star = [on_hv[0] + on_hv[2] - on_hv[1], on_hv[1] + on_hv[0] - on_hv[2], on_hv[2] + on_hv[1] - on_hv[0]];
    std::array::from_fn(|k| 0.5 * star[k] * sn_mva[k] / hv)
}

/// A tap changer at the star point as one at the other side of its leg: `1 + a` there is `1 / (1 + a)` here.
fn at_star_point(tap: &Tap) -> Tap {
    let (sin, cos) = tap.step_deg.to_radians().sin_cos();
    let step = Complex(tap.step_percent * cos, tap.step_percent * sin);
    let corrected = Complex(100.0 * step.0, 100.0 * step.1) / (Complex(100.0, 0.0) + Complex(tap.steps, 0.0) * step);
    Tap {
        side: if tap.side == Side::Hv { Side::Lv } else { Side::Hv },
        steps: tap.steps,
        step_percent: corrected.0.hypot(corrected.1),
        step_deg: corrected.1.atan2(corrected.0).to_degrees() - 180.0,
        ideal: tap.ideal,
    }
}

/// Equation (4): a T circuit as a pi circuit. Returns series impedance, admittance at the high and the low-voltage side.
fn star_delta(z: Complex, y: Complex, hv_shares: [f64; 2]) -> (Complex, Complex, Complex) {
    let z_a = Complex(z.0 * hv_shares[0], z.1 * hv_shares[1]);
    let z_b = Complex(z.0 * (1.0 - hv_shares[0]), z.1 * (1.0 - hv_shares[1]));
    let d = z_a + z_b + z_a * z_b * y;
    (d, z_b * y / d, z_a * y / d)
}
