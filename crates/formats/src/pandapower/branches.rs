//! Lines, impedances and switches between buses.

use super::build::{Builder, blank_branch};
use relight_model::{BranchKind, BusIdx, Switch};
use std::f64::consts::PI;

impl Builder<'_> {
    /// Lines as pi circuits: `Z_base = vn² / base`, `b = 2 π f c Z_base`, half of it at each end.
    ///
    /// A line with one open switch, or with one end at a bus out of service, still charges from its other end: it gets an
    /// auxiliary bus at the open end.
    pub fn lines(&mut self) {
        for row in self.rows("line") {
            let (Some(from), Some(to)) = (self.bus(row, "from_bus"), self.bus(row, "to_bus")) else { continue };
            let mut in_service = row.flag("in_service", true, self.findings);
            let mut ends = [from, to];
            let open = [self.is_open("l", row, "from_bus"), self.is_open("l", row, "to_bus")];
            let off = [open[0] || self.is_isolated(from), open[1] || self.is_isolated(to)];
            match off {
                [true, true] => in_service = false,
                [false, false] => {}
                [first, _] if in_service => {
                    let end = if first { 0 } else { 1 };
                    ends[end] = self.auxiliary_bus(ends[end], format!("open end of {}", row.label()));
                }
                _ => {}
            }
            let f = &mut *self.findings;
            let parallel = row.number_or("parallel", 1.0, f);
            let length_km = row.number("length_km", f);
            let base_kv = self.network.buses[from.i()].base_kv;
            let z_base_ohm = base_kv * base_kv / self.network.base_mva;
            let per_length = length_km / (z_base_ohm * parallel);
            let y_length = length_km * z_base_ohm * parallel;
            let mut branch = blank_branch(row.label(), BranchKind::Line, ends[0], ends[1], in_service);
            branch.r_pu = row.number("r_ohm_per_km", f) * per_length;
            branch.x_pu = row.number("x_ohm_per_km", f) * per_length;
            branch.b_from_pu = PI * self.f_hz * row.number("c_nf_per_km", f) * 1e-9 * y_length;
            branch.b_to_pu = branch.b_from_pu;
            branch.g_from_pu = row.number_or("g_us_per_km", 0.0, f) * 1e-6 * y_length / 2.0;
            branch.g_to_pu = branch.g_from_pu;
            let max_i_ka = row.given("max_i_ka", f).filter(|&i| i > 0.0);
            let derating = row.number_or("df", 1.0, f) * parallel;
            branch.rate_a_mva = max_i_ka.map(|i| i * derating * base_kv * 3f64.sqrt());
            self.push_branch(branch);
        }
    }

    /// Impedances, given on a base of their own.
    pub fn impedances(&mut self) {
        for row in self.rows("impedance") {
            let (Some(from), Some(to)) = (self.bus(row, "from_bus"), self.bus(row, "to_bus")) else { continue };
            let in_service = row.flag("in_service", true, self.findings);
            let f = &mut *self.findings;
            let sn_mva = row.positive("sn_mva", f);
            let scale = self.network.base_mva / sn_mva;
            let [r, x, r_back, x_back] = ["rft_pu", "xft_pu", "rtf_pu", "xtf_pu"].map(|c| row.number(c, f));
            if in_service && (r, x) != (r_back, x_back) {
                let allowed = "rtf_pu = rft_pu and xtf_pu = xft_pu";
                row.fault(
                    f,
                    "unsupported-value",
                    "rtf_pu",
                    "impedances that differ by direction are not read",
                    allowed,
                );
            }
            let [g_from, b_from, g_to, b_to] = ["gf_pu", "bf_pu", "gt_pu", "bt_pu"].map(|c| row.number_or(c, 0.0, f));
            let mut branch = blank_branch(row.label(), BranchKind::Line, from, to, in_service);
            (branch.r_pu, branch.x_pu) = (r * scale, x * scale);
            (branch.g_from_pu, branch.b_from_pu) = (g_from / scale, b_from / scale);
            (branch.g_to_pu, branch.b_to_pu) = (g_to / scale, b_to / scale);
            branch.rate_a_mva = Some(sn_mva);
            self.push_branch(branch);
        }
    }

    /// Switches between two buses; with an impedance they are branches of r/x = 2, pandapower's default.
    pub fn switches(&mut self) {
        const R_OVER_X: f64 = 2.0;
        for row in self.rows("switch").filter(|row| row.text("et") == "b") {
            let (Some(from), Some(to)) = (self.bus(row, "bus"), self.bus(row, "element")) else { continue };
            let closed = row.flag("closed", true, self.findings);
            let z_ohm = row.number_or("z_ohm", 0.0, self.findings);
            if z_ohm > 0.0 {
                let z_base_ohm = self.base_kv(from) * self.base_kv(from) / self.network.base_mva;
                let mut branch = blank_branch(row.label(), BranchKind::Line, from, to, closed);
                branch.x_pu = z_ohm / z_base_ohm / (1.0 + R_OVER_X * R_OVER_X).sqrt();
                branch.r_pu = branch.x_pu * R_OVER_X;
                self.push_branch(branch);
            } else {
                self.push_switch(from, to, closed);
            }
        }
    }

    fn push_switch(&mut self, from: BusIdx, to: BusIdx, closed: bool) {
        let row = self.network.switches.len() as u32 + 1;
        self.network.switches.push(Switch { from, to, closed, row });
    }
}
