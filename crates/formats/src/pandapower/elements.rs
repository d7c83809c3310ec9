//! Sources, loads, shunts, wards, DC lines, storage units.

use super::build::{Builder, blank_branch};
use super::frame::Row;
use relight_model::{BranchKind, BusIdx, BusKind, Finding, Generator, HvdcLine, Load, LoadModel, Shunt, Storage};

/// Power that stands for "as much as is asked for" where a net gives no limit of an external grid, MW.
const EXTERNAL_GRID_MW: f64 = 1e6;

impl Builder<'_> {
    /// External grids, generators, static generators, in this order: the first at a slack bus balances it.
    pub fn sources(&mut self) {
        let mut set_points = std::collections::HashMap::new();
        for row in self.rows("ext_grid") {
            let Some(bus) = self.bus(row, "bus") else { continue };
            let in_service = row.flag("in_service", true, self.findings);
            let vm_pu = row.number_or("vm_pu", 1.0, self.findings);
            let va_deg = row.number_or("va_degree", 0.0, self.findings);
            if in_service && self.promote(bus, BusKind::Slack) {
                (self.network.buses[bus.i()].vm_pu, self.network.buses[bus.i()].va_deg) = (vm_pu, va_deg);
                set_points.insert(bus, vm_pu);
            }
            let f = &mut *self.findings;
            let p_mw_max = row.number_or("max_p_mw", EXTERNAL_GRID_MW, f);
            let p_mw_min = row.number_or("min_p_mw", -EXTERNAL_GRID_MW, f);
            if in_service && p_mw_max == EXTERNAL_GRID_MW {
                let note = Finding::note("no-limit", "the external grid has no limit: it gives whatever is asked for");
                row.remark(f, note.hint("set max_p_mw to what can really be imported"), "max_p_mw");
            }
            let mut source = self.source(row, bus, in_service);
            (source.p_mw_max, source.p_mw_min, source.vm_pu) = (p_mw_max, p_mw_min, vm_pu);
            self.network.generators.push(source);
        }
        for row in self.rows("gen") {
            let Some(bus) = self.bus(row, "bus") else { continue };
            let in_service = row.flag("in_service", true, self.findings);
            let slack = row.flag("slack", false, self.findings);
            let vm_pu = row.number_or("vm_pu", 1.0, self.findings);
            if in_service {
                self.promote(bus, if slack { BusKind::Slack } else { BusKind::Pv });
            }
            // At the bus of an external grid, the grid's set point holds.
            let vm_pu = *set_points.entry(bus).or_insert(vm_pu);
            let f = &mut *self.findings;
            let p_mw = row.number("p_mw", f) * row.number_or("scaling", 1.0, f);
            self.push_given_source(row, bus, in_service, p_mw, 0.0, vm_pu);
        }
        for table in ["sgen", "asymmetric_sgen"] {
            for row in self.rows(table) {
                let Some(bus) = self.bus(row, "bus") else { continue };
                let in_service = row.flag("in_service", true, self.findings);
                let (p_mw, q_mvar) = self.power(row, table == "asymmetric_sgen");
                let vm_pu = set_points.get(&bus).copied().unwrap_or(1.0);
                self.push_given_source(row, bus, in_service, p_mw, q_mvar, vm_pu);
            }
        }
    }

    /// Raises the role of a bus that is in service: pq < pv < slack. Whether the bus is in service.
    fn promote(&mut self, bus: BusIdx, kind: BusKind) -> bool {
        let now = &mut self.network.buses[bus.i()].kind;
        match (*now, kind) {
            (BusKind::Isolated, _) => return false,
            (BusKind::Slack, _) => {}
            (_, kind) => *now = kind,
        }
        true
    }

    fn source(&self, row: Row<'_>, bus: BusIdx, in_service: bool) -> Generator {
        Generator {
            name: row.label(),
            bus,
            p_mw: 0.0,
            q_mvar: 0.0,
            p_mw_max: 0.0,
            p_mw_min: 0.0,
            q_mvar_max: f64::INFINITY,
            q_mvar_min: f64::NEG_INFINITY,
            vm_pu: 1.0,
            mbase_mva: self.network.base_mva,
            in_service,
            fuel: String::new(),
            cost: None,
            ramp_mw_per_min: None,
            energy_mwh: None,
            row: self.network.generators.len() as u32 + 1,
        }
    }

    /// A source with a set point. Without limits in the file it can give between nothing and its set point: nobody said
    /// that it can give more.
    fn push_given_source(&mut self, row: Row<'_>, bus: BusIdx, in_service: bool, p_mw: f64, q_mvar: f64, vm_pu: f64) {
        let mut source = self.source(row, bus, in_service);
        let f = &mut *self.findings;
        (source.p_mw, source.q_mvar, source.vm_pu) = (p_mw, q_mvar, vm_pu);
        source.p_mw_max = row.number_or("max_p_mw", p_mw.max(0.0), f);
        source.p_mw_min = row.number_or("min_p_mw", p_mw.min(0.0), f);
        source.q_mvar_max = row.number_or("max_q_mvar", f64::INFINITY, f);
        source.q_mvar_min = row.number_or("min_q_mvar", f64::NEG_INFINITY, f);
        if let Some(sn_mva) = row.given("sn_mva", f).filter(|&s| s > 0.0) {
            source.mbase_mva = sn_mva;
        }
        // `wye` and `delta` name a connection, everything else what drives it.
        if !matches!(row.text("type"), "wye" | "delta") {
            source.fuel = row.text("type").to_owned();
        }
        self.network.generators.push(source);
    }

    /// `p_mw` and `q_mvar` times `scaling`; the sum over three phases of an asymmetric element.
    fn power(&mut self, row: Row<'_>, asymmetric: bool) -> (f64, f64) {
        let f = &mut *self.findings;
        let scaling = row.number_or("scaling", 1.0, f);
        if asymmetric {
            let mut sum = |columns: [&str; 3]| columns.iter().map(|c| row.number_or(c, 0.0, f)).sum::<f64>();
            let p_mw = sum(["p_a_mw", "p_b_mw", "p_c_mw"]);
            return (p_mw * scaling, sum(["q_a_mvar", "q_b_mvar", "q_c_mvar"]) * scaling);
        }
        (row.number("p_mw", f) * scaling, row.number_or("q_mvar", 0.0, f) * scaling)
    }

    fn push_load(&mut self, bus: BusIdx, p_mw: f64, q_mvar: f64, model: LoadModel, in_service: bool) {
        let row = self.network.loads.len() as u32 + 1;
        self.network.loads.push(Load { bus, p_mw, q_mvar, model, in_service, row });
    }

    /// Loads, motors and asymmetric loads (as balanced ones).
    pub fn loads(&mut self) {
        for row in self.rows("load") {
            let Some(bus) = self.bus(row, "bus") else { continue };
            let in_service = row.flag("in_service", true, self.findings);
            let (p_mw, q_mvar) = self.power(row, false);
            // pandapower 2 had one percentage for both powers.
            let f = &mut *self.findings;
            let mut share = |both: &str, one: &str| {
                let both = row.number_or(both, 0.0, f);
                row.number_or(one, both, f) / 100.0
            };
            let z = [share("const_z_percent", "const_z_p_percent"), share("const_z_percent", "const_z_q_percent")];
            let i = [share("const_i_percent", "const_i_p_percent"), share("const_i_percent", "const_i_q_percent")];
            let s = [1.0 - z[0] - i[0], 1.0 - z[1] - i[1]];
            if s.iter().chain(&z).chain(&i).any(|share| !(-1e-12..=1.0 + 1e-12).contains(share)) {
                let allowed = "0 to 100, and at most 100 together";
                row.fault(f, "out-of-range", "const_z_p_percent", "the percentages of the load do not fit", allowed);
                continue;
            }
            let parts =
                [(s, LoadModel::ConstantPower), (i, LoadModel::ConstantCurrent), (z, LoadModel::ConstantImpedance)];
            for (share, model) in parts {
                if share != [0.0, 0.0] {
                    self.push_load(bus, p_mw * share[0], q_mvar * share[1], model, in_service);
                }
            }
        }
        for row in self.rows("asymmetric_load") {
            let Some(bus) = self.bus(row, "bus") else { continue };
            let in_service = row.flag("in_service", true, self.findings);
            let (p_mw, q_mvar) = self.power(row, true);
            self.push_load(bus, p_mw, q_mvar, LoadModel::ConstantPower, in_service);
        }
        for row in self.rows("motor") {
            let Some(bus) = self.bus(row, "bus") else { continue };
            let in_service = row.flag("in_service", true, self.findings);
            let f = &mut *self.findings;
            let loading = row.number_or("loading_percent", 100.0, f) / 100.0 * row.number_or("scaling", 1.0, f);
            let efficiency = row.number_or("efficiency_percent", 100.0, f).max(1e-6) / 100.0;
            let p_mw = row.number("pn_mech_mw", f) / efficiency * loading;
            let cos_phi = row.positive("cos_phi", f).min(1.0);
            let q_mvar = p_mw.abs() * (1.0 - cos_phi * cos_phi).sqrt() / cos_phi;
            self.push_load(bus, p_mw, q_mvar, LoadModel::ConstantPower, in_service);
        }
    }

    fn push_shunt(&mut self, bus: BusIdx, p_mw: f64, q_mvar: f64, in_service: bool) {
        let row = self.network.shunts.len() as u32 + 1;
        self.network.shunts.push(Shunt { bus, g_mw: p_mw, b_mvar: -q_mvar, in_service, row });
    }

    /// Shunts: powers taken at `vn_kv`, times the step.
    pub fn shunts(&mut self) {
        for row in self.rows("shunt") {
            let Some(bus) = self.bus(row, "bus") else { continue };
            let in_service = row.flag("in_service", true, self.findings);
            let base_kv = self.base_kv(bus);
            let f = &mut *self.findings;
            if in_service && row.flag("step_dependency_table", false, f) {
                row.fault(f, "unsupported-value", "step_dependency_table", "steps from a table are not read", "false");
            }
            let vn_kv = row.given("vn_kv", f).filter(|&v| v > 0.0).unwrap_or(base_kv);
            let scale = row.number_or("step", 1.0, f) * (base_kv / vn_kv).powi(2);
            let (p_mw, q_mvar) = (row.number_or("p_mw", 0.0, f) * scale, row.number("q_mvar", f) * scale);
            self.push_shunt(bus, p_mw, q_mvar, in_service);
        }
    }

    /// Wards: a constant power and an impedance; extended ones hold a voltage behind another impedance too.
    pub fn wards(&mut self) {
        for table in ["ward", "xward"] {
            for row in self.rows(table) {
                let Some(bus) = self.bus(row, "bus") else { continue };
                let in_service = row.flag("in_service", true, self.findings);
                let [ps, qs, pz, qz] =
                    ["ps_mw", "qs_mvar", "pz_mw", "qz_mvar"].map(|c| row.number_or(c, 0.0, self.findings));
                self.push_load(bus, ps, qs, LoadModel::ConstantPower, in_service);
                self.push_shunt(bus, pz, qz, in_service);
                if table == "xward" {
                    self.internal_source(row, bus, in_service && !self.is_isolated(bus));
                }
            }
        }
    }

    /// The voltage of an extended ward behind its impedance.
    fn internal_source(&mut self, row: Row<'_>, bus: BusIdx, in_service: bool) {
        let f = &mut *self.findings;
        let z_base_ohm = self.network.buses[bus.i()].base_kv.powi(2) / self.network.base_mva;
        let (r_pu, x_pu) = (row.number("r_ohm", f) / z_base_ohm, row.number("x_ohm", f) / z_base_ohm);
        let vm_pu = row.number_or("vm_pu", 1.0, f);
        let inside = self.auxiliary_bus(bus, format!("inside of {}", row.label()));
        self.network.buses[inside.i()].kind = if in_service { BusKind::Pv } else { BusKind::Isolated };
        let mut branch = blank_branch(row.label(), BranchKind::Line, bus, inside, in_service);
        (branch.r_pu, branch.x_pu) = (r_pu, x_pu);
        self.push_branch(branch);
        let mut source = self.source(row, inside, in_service);
        source.vm_pu = vm_pu;
        self.network.generators.push(source);
    }

    /// DC lines. `p_mw` leaves the *from* bus; losses are shares of it and a constant.
    pub fn dc_lines(&mut self) {
        for row in self.rows("dcline") {
            let (Some(from), Some(to)) = (self.bus(row, "from_bus"), self.bus(row, "to_bus")) else { continue };
            let in_service = row.flag("in_service", true, self.findings);
            let f = &mut *self.findings;
            let p_from_mw = row.number("p_mw", f);
            let (loss_mw, loss_percent) = (row.number_or("loss_mw", 0.0, f), row.number_or("loss_percent", 0.0, f));
            if in_service && p_from_mw < 0.0 && (loss_mw, loss_percent) != (0.0, 0.0) {
                let allowed = "0 or more; exchange from_bus and to_bus";
                row.fault(
                    f,
                    "unsupported-value",
                    "p_mw",
                    "a line with losses that runs backwards is not read",
                    allowed,
                );
            }
            let line = HvdcLine {
                from,
                to,
                in_service,
                p_from_mw,
                q_from_mvar: 0.0,
                q_to_mvar: 0.0,
                vm_from_pu: row.number_or("vm_from_pu", 1.0, f),
                vm_to_pu: row.number_or("vm_to_pu", 1.0, f),
                p_mw_min: p_from_mw.min(0.0),
                p_mw_max: row.number_or("max_p_mw", p_from_mw.abs(), f),
                q_from_mvar_min: row.number_or("min_q_from_mvar", f64::NEG_INFINITY, f),
                q_from_mvar_max: row.number_or("max_q_from_mvar", f64::INFINITY, f),
                q_to_mvar_min: row.number_or("min_q_to_mvar", f64::NEG_INFINITY, f),
                q_to_mvar_max: row.number_or("max_q_to_mvar", f64::INFINITY, f),
                loss_mw,
                loss_share: loss_percent / 100.0,
                row: row.k as u32 + 1,
            };
            self.network.hvdc_lines.push(line);
        }
    }

    /// Storage units. pandapower counts what they take as positive, the model what they give.
    pub fn storages(&mut self) {
        for row in self.rows("storage") {
            let Some(bus) = self.bus(row, "bus") else { continue };
            let in_service = row.flag("in_service", true, self.findings);
            let (p_mw, q_mvar) = self.power(row, false);
            let f = &mut *self.findings;
            let energy_mwh_max = row.number_or("max_e_mwh", 0.0, f).max(0.0);
            let charge = row.number_or("soc_percent", 0.0, f).clamp(0.0, 100.0) / 100.0;
            let unit = Storage {
                bus,
                in_service,
                p_mw: -p_mw,
                q_mvar: -q_mvar,
                energy_mwh: energy_mwh_max * charge,
                energy_mwh_max,
                charge_mw_max: row.number_or("max_p_mw", p_mw.max(0.0), f).max(0.0),
                discharge_mw_max: (-row.number_or("min_p_mw", p_mw.min(0.0), f)).max(0.0),
                charge_efficiency: 1.0,
                discharge_efficiency: 1.0,
                q_mvar_min: -row.number_or("max_q_mvar", f64::INFINITY, f),
                q_mvar_max: -row.number_or("min_q_mvar", f64::NEG_INFINITY, f),
                row: row.k as u32 + 1,
            };
            self.network.storages.push(unit);
        }
    }
}
