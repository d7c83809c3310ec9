//! Two- and three-winding transformers of RAW 33.
//!
//! Every winding has a turns ratio `t_k` in per unit of its bus's base voltage (CW) and an angle; between the windings
//! stands the impedance in per unit of the system base (CZ). Two windings with `z` between them are one branch with
//! `tap = t_1/t_2` and `z t_2²`; three windings are a star `z_1 = (z_12 + z_31 − z_23)/2`, and so on, around a bus of
//! their own, one branch from each bus with `tap = t_k`. The magnetising admittance (CM) stands at the first bus, on the
//! bus's side of the ideal transformer.

use super::record::Record;
use super::{Builder, rate, rated};
use relight_model::{BranchKind, Bus, BusId, BusIdx, BusKind, Finding};

/// Numbers of the codes CW, CZ, CM.
struct Codes {
    winding: i64,
    impedance: i64,
    magnetising: i64,
}

/// A winding: its bus, turns ratio, angle, ratings.
struct Winding {
    bus: BusIdx,
    tap: f64,
    shift_deg: f64,
    nominal_kv: f64,
    rates: [Option<f64>; 3],
}

impl Builder<'_, '_> {
    /// Reads one transformer: four lines, or five with a third winding.
    pub(super) fn transformer(&mut self, first: &Record<'_>) -> Option<()> {
        let next = |b: &mut Self| b.lines.continued(first.section, first.row, b.findings);
        let third = first.whole(2, "K", 0, self.findings) != 0;
        let impedances = next(self)?;
        let mut winding_records = vec![next(self)?, next(self)?];
        if third {
            winding_records.push(next(self)?);
        }
        let f = &mut *self.findings;
        let code = |k, name, f: &mut _| {
            let code = first.whole(k, name, 1, f);
            let highest = if name == "CM" { 2 } else { 3 };
            if !(1..=highest).contains(&code) {
                let allowed = format!("1 to {highest}");
                first.fault(f, "out-of-range", name, &code.to_string(), "unknown code", &allowed);
            }
            code
        };
        let codes = Codes { winding: code(4, "CW", f), impedance: code(5, "CZ", f), magnetising: code(6, "CM", f) };
        let status = first.whole(11, "STAT", 1, f);
        let allowed_status = if third { 4 } else { 1 };
        if !(0..=allowed_status).contains(&status) {
            let allowed = format!("0 to {allowed_status}");
            first.fault(f, "out-of-range", "STAT", &status.to_string(), "unknown status", &allowed);
        }
        let mut windings = Vec::with_capacity(3);
        for (k, record) in winding_records.iter().enumerate() {
            let bus = self.bus(first, k, ["I", "J", "K"][k])?;
            windings.push(self.winding(record, bus, &codes, third || k == 0));
        }
        let z =
            (0..if third { 3 } else { 1 }).map(|pair| self.impedance(&impedances, pair, &codes)).collect::<Vec<_>>();
        let name = self.transformer_name(first, &windings);
        let magnetising = self.magnetising(first, &impedances, &windings[0], &codes);
        match (z.as_slice(), windings.as_slice()) {
            ([z], [one, two]) => self.two_windings(name, *z, one, two, magnetising, status == 1),
            ([z12, z23, z31], [_, _, _]) => {
                let half = |a: [f64; 2], b: [f64; 2], c: [f64; 2]| [0, 1].map(|i| (a[i] + b[i] - c[i]) / 2.0);
                let star = [half(*z12, *z31, *z23), half(*z12, *z23, *z31), half(*z23, *z31, *z12)];
                self.three_windings(name, &impedances, star, &windings, magnetising, status);
            }
            _ => {}
        }
        Some(())
    }

    fn transformer_name(&self, first: &Record<'_>, windings: &[Winding]) -> String {
        if !first.text(10).is_empty() {
            return first.text(10).to_owned();
        }
        let ids: Vec<String> = windings.iter().map(|w| self.network.buses[w.bus.i()].id.to_string()).collect();
        format!("{} {}", ids.join("-"), first.text(3))
    }

    /// A winding's line; the second one of a two-winding transformer has its ratio alone.
    fn winding(&mut self, record: &Record<'_>, bus: BusIdx, codes: &Codes, full: bool) -> Winding {
        let base_kv = self.network.buses[bus.i()].base_kv;
        let f = &mut *self.findings;
        let nominal_kv = Some(record.number(1, "NOMV", 0.0, f)).filter(|&v| v > 0.0).unwrap_or(base_kv);
        let default = if codes.winding == 2 { base_kv } else { 1.0 };
        let ratio = record.number(0, "WINDV", default, f);
        let (scale_kv, needs_base) = match codes.winding {
            2 => (1.0, true),
            3 => (nominal_kv, true),
            _ => (base_kv, false),
        };
        if needs_base && base_kv <= 0.0 {
            record.fault(
                f,
                "out-of-range",
                "WINDV",
                record.text(0),
                "the bus has no base voltage to refer to",
                "BASKV above 0",
            );
        }
        let tap = if needs_base { ratio * scale_kv / base_kv } else { ratio };
        if full && record.whole(13, "TAB", 0, f) != 0 {
            let warning = Finding::warning("impedance-correction", "impedance correction tables are not applied");
            record.push(f, warning, "TAB", record.text(13), "0");
        }
        Winding {
            bus,
            tap,
            shift_deg: if full { record.number(2, "ANG", 0.0, f) } else { 0.0 },
            nominal_kv,
            rates: if full { [3, 4, 5].map(|k| rate(record, k, f)) } else { [None; 3] },
        }
    }

    /// Impedance of a pair of windings on the system base.
    fn impedance(&mut self, record: &Record<'_>, pair: usize, codes: &Codes) -> [f64; 2] {
        let base_mva = self.network.base_mva;
        let f = &mut *self.findings;
        let names = [["R1-2", "X1-2", "SBASE1-2"], ["R2-3", "X2-3", "SBASE2-3"], ["R3-1", "X3-1", "SBASE3-1"]][pair];
        let (r, x) = (record.number(3 * pair, names[0], 0.0, f), record.required(3 * pair + 1, names[1], f));
        let sbase_mva = record.number(3 * pair + 2, names[2], base_mva, f);
        if codes.impedance == 1 {
            return [r, x];
        }
        if sbase_mva <= 0.0 {
            record.fault(
                f,
                "out-of-range",
                names[2],
                record.text(3 * pair + 2),
                "the base must be positive",
                "above 0 MVA",
            );
            return [r, x];
        }
        let scale = base_mva / sbase_mva;
        if codes.impedance == 2 {
            return [r * scale, x * scale];
        }
        // CZ = 3: load loss in W, magnitude of the impedance.
        let r = r * 1e-6 / sbase_mva;
        if r.abs() > x.abs() {
            record.fault(f, "out-of-range", names[0], record.text(3 * pair), "the loss is above the impedance", "less");
        }
        [r * scale, x.signum() * (x * x - r * r).max(0.0).sqrt() * scale]
    }

    /// Magnetising conductance and susceptance on the system base, at the bus.
    fn magnetising(
        &mut self,
        first: &Record<'_>,
        impedances: &Record<'_>,
        winding: &Winding,
        codes: &Codes,
    ) -> [f64; 2] {
        let base_mva = self.network.base_mva;
        let base_kv = self.network.buses[winding.bus.i()].base_kv;
        let f = &mut *self.findings;
        let (one, two) = (first.number(7, "MAG1", 0.0, f), first.number(8, "MAG2", 0.0, f));
        if codes.magnetising != 2 {
            return [one, two];
        }
        // CM = 2: no-load loss in W and exciting current in p.u. of SBASE1-2, both at the nominal voltage.
        let sbase_mva = impedances.number(2, "SBASE1-2", base_mva, f);
        let at_base = if base_kv > 0.0 { (base_kv / winding.nominal_kv).powi(2) } else { 1.0 };
        let g = one * 1e-6 / base_mva * at_base;
        let y = two * sbase_mva / base_mva * at_base;
        [g, -(y * y - g * g).max(0.0).sqrt()]
    }

    fn two_windings(
        &mut self,
        name: String,
        z: [f64; 2],
        one: &Winding,
        two: &Winding,
        magnetising: [f64; 2],
        in_service: bool,
    ) {
        let tap = one.tap / two.tap;
        let mut branch = rated(name, BranchKind::Transformer, one.bus, two.bus, one.rates);
        (branch.r_pu, branch.x_pu) = (z[0] * two.tap * two.tap, z[1] * two.tap * two.tap);
        // Inside the ideal transformer, so that it is `magnetising` seen from the bus.
        (branch.g_from_pu, branch.b_from_pu) = (magnetising[0] * tap * tap, magnetising[1] * tap * tap);
        (branch.tap, branch.shift_deg, branch.in_service) = (tap, one.shift_deg, in_service);
        self.push_branch(branch);
    }

    fn three_windings(
        &mut self,
        name: String,
        impedances: &Record<'_>,
        z: [[f64; 2]; 3],
        windings: &[Winding],
        magnetising: [f64; 2],
        status: i64,
    ) {
        let star = BusIdx::from(self.network.buses.len());
        let f = &mut *self.findings;
        let (vm_pu, va_deg) = (impedances.number(9, "VMSTAR", 1.0, f), impedances.number(10, "ANSTAR", 0.0, f));
        let like = &self.network.buses[windings[0].bus.i()];
        let (base_kv, area, zone) = (like.base_kv, like.area, like.zone);
        self.network.buses.push(Bus {
            id: BusId(self.next_id),
            name: format!("star of {name}"),
            kind: if status == 0 { BusKind::Isolated } else { BusKind::Pq },
            base_kv,
            vm_pu,
            va_deg,
            vm_pu_max: f64::INFINITY,
            vm_pu_min: 0.0,
            area,
            zone,
            row: star.0 + 1,
        });
        self.next_id += 1;
        // STAT: 2 = winding 2 out, 3 = winding 3 out, 4 = winding 1 out.
        let out = [4, 2, 3];
        for (k, winding) in windings.iter().enumerate() {
            let mut branch =
                rated(format!("{name} winding {}", k + 1), BranchKind::Transformer, winding.bus, star, winding.rates);
            [branch.r_pu, branch.x_pu] = z[k];
            if k == 0 {
                let square = winding.tap * winding.tap;
                (branch.g_from_pu, branch.b_from_pu) = (magnetising[0] * square, magnetising[1] * square);
            }
            (branch.tap, branch.shift_deg) = (winding.tap, winding.shift_deg);
            branch.in_service = status != 0 && status != out[k];
            self.push_branch(branch);
        }
    }
}
