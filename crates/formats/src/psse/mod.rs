//! PSS/E RAW files, revision 33.
//!
//! docs/formats/psse.md lists what is read and how. Branches are the lines of the branch section, then the transformers,
//! three branches for each three-winding one; lines without impedance become switches. Fields that are absent have the
//! defaults of the format.

mod record;
mod transformers;

use crate::{Reading, source};
use record::{Lines, Record};
use relight_model::{
    Branch, BranchKind, Bus, BusId, BusIdx, BusKind, Finding, Findings, Generator, HvdcLine, Load, LoadModel, Network,
    Shunt, Switch, validate,
};
use std::collections::HashMap;

/// Names of the tables in messages.
const TABLES: validate::Tables = validate::Tables {
    bus: "bus",
    branch: "branch, then transformer",
    generator: "generator",
    load: "load",
    shunt: "fixed shunt, then switched shunt",
    hvdc_line: "two-terminal dc",
    storage: "storage",
    switch: "branch",
    several_references: true,
};

/// Sections of revision 33, in their order.
const SECTIONS: [&str; 19] = [
    "bus",
    "load",
    "fixed shunt",
    "generator",
    "branch",
    "transformer",
    "area",
    "two-terminal dc",
    "voltage source converter",
    "impedance correction",
    "multi-terminal dc",
    "multi-section line",
    "zone",
    "inter-area transfer",
    "owner",
    "FACTS",
    "switched shunt",
    "GNE",
    "induction machine",
];

/// Reads a RAW file. The network has passed [`validate::network`].
pub fn read(bytes: &[u8]) -> Reading<Network> {
    let mut findings = Findings::default();
    let text = match source::as_text(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(finding) => {
            findings.push(finding);
            return (None, findings);
        }
    };
    let network = read_text(text, &mut findings);
    if !findings.has_errors()
        && let Some(network) = &network
    {
        findings.extend(validate::network(network, &TABLES));
    }
    (if findings.has_errors() { None } else { network }, findings)
}

fn read_text(text: &str, findings: &mut Findings) -> Option<Network> {
    let mut lines = Lines::new(text);
    let header = lines.continued("header", 1, findings)?;
    let base_mva = header.number(1, "SBASE", 100.0, findings);
    let revision = header.whole(2, "REV", 0, findings);
    if revision != 33 {
        let finding = Finding::error("unsupported-revision", "only revision 33 of RAW is read")
            .at("", 1)
            .field("REV", header.text(2))
            .allowed("33")
            .hint("export the case again as RAW version 33");
        findings.push(finding);
        return None;
    }
    let title = lines.raw().unwrap_or("").trim().to_owned();
    let _ = lines.raw();
    let mut builder =
        Builder { network: Network::empty(title, base_mva), lines, findings, position: HashMap::new(), next_id: 1 };
    for section in SECTIONS {
        builder.section(section);
        if builder.lines.cut() {
            break;
        }
    }
    Some(builder.network)
}

/// The network under construction.
struct Builder<'t, 'f> {
    network: Network,
    lines: Lines<'t>,
    findings: &'f mut Findings,
    position: HashMap<i64, BusIdx>,
    next_id: u32,
}

impl Builder<'_, '_> {
    fn section(&mut self, section: &'static str) {
        let mut row = 0;
        while let Some(record) = self.lines.record(section, row + 1) {
            row += 1;
            // `None` is a record that could not be read; what is wrong with it is among the findings.
            let _ = match section {
                "bus" => self.add_bus(&record),
                "load" => self.load(&record),
                "fixed shunt" => self.fixed_shunt(&record),
                "generator" => self.generator(&record),
                "branch" => self.branch(&record),
                "transformer" => self.transformer(&record),
                "two-terminal dc" => self.dc_line(&record),
                "switched shunt" => self.switched_shunt(&record),
                _ => None,
            };
        }
        // What follows the transformers may be missing: many programs do not write it.
        if self.lines.cut() && SECTIONS[..6].contains(&section) {
            let finding = Finding::error("truncated-table", "the file ends within this section").at(section, row);
            self.findings.push(finding.allowed("a line with 0 alone").hint("export or fetch the file again"));
        }
        let unread = ["voltage source converter", "multi-terminal dc", "FACTS", "GNE", "induction machine"];
        if row > 0 && unread.contains(&section) {
            self.findings.push(
                Finding::warning("not-used", "records of this section are not read: what they carry is missing")
                    .at(section, 0)
                    .field("lines", row)
                    .hint("model them as generators or loads if they matter"),
            );
        }
    }

    fn add_bus(&mut self, record: &Record<'_>) -> Option<()> {
        let f = &mut *self.findings;
        let id = record.whole(0, "I", 0, f);
        let Some(number) = u32::try_from(id).ok().filter(|&id| (1..=999_997).contains(&id)) else {
            record.fault(f, "out-of-range", "I", record.text(0), "bus numbers are out of range", "1 to 999997");
            return None;
        };
        let kind = match record.whole(3, "IDE", 1, f) {
            1 => BusKind::Pq,
            2 => BusKind::Pv,
            3 => BusKind::Slack,
            4 => BusKind::Isolated,
            _ => {
                record.fault(f, "unknown-kind", "IDE", record.text(3), "unknown kind of bus", "1 to 4");
                return None;
            }
        };
        let area = record.whole(4, "AREA", 1, f);
        let zone = record.whole(5, "ZONE", 1, f);
        let bus = Bus {
            id: BusId(number),
            name: record.text(1).to_owned(),
            kind,
            base_kv: record.number(2, "BASKV", 0.0, f),
            vm_pu: record.number(7, "VM", 1.0, f),
            va_deg: record.number(8, "VA", 0.0, f),
            vm_pu_max: record.number(9, "NVHI", 1.1, f),
            vm_pu_min: record.number(10, "NVLO", 0.9, f),
            area: u32::try_from(area).unwrap_or(0),
            zone: u32::try_from(zone).unwrap_or(0),
            row: record.row,
        };
        if self.position.insert(id, BusIdx::from(self.network.buses.len())).is_some() {
            record.fault(
                f,
                "duplicate-bus",
                "I",
                record.text(0),
                "the bus stands in the file already",
                "each bus once",
            );
        }
        self.next_id = self.next_id.max(number + 1);
        self.network.buses.push(bus);
        Some(())
    }

    /// The bus that a field names, or an error. A minus sign marks the metered end and means nothing here.
    fn bus(&mut self, record: &Record<'_>, k: usize, name: &str) -> Option<BusIdx> {
        let id = record.whole(k, name, 0, self.findings).abs();
        let found = self.position.get(&id).copied();
        if found.is_none() {
            record.fault(self.findings, "unknown-bus", name, record.text(k), "no such bus", "the number of a bus");
        }
        found
    }

    /// Constant power, current and admittance. The reactive part of the last is positive when it gives.
    fn load(&mut self, record: &Record<'_>) -> Option<()> {
        let bus = self.bus(record, 0, "I")?;
        let in_service = self.status(record, 2, "STATUS");
        let [p, q, ip, iq, yp, yq] = [(5, "PL"), (6, "QL"), (7, "IP"), (8, "IQ"), (9, "YP"), (10, "YQ")]
            .map(|(k, n)| record.number(k, n, 0.0, self.findings));
        let parts = [
            (p, q, LoadModel::ConstantPower),
            (ip, iq, LoadModel::ConstantCurrent),
            (yp, -yq, LoadModel::ConstantImpedance),
        ];
        for (p_mw, q_mvar, model) in parts {
            if (p_mw, q_mvar) != (0.0, 0.0) {
                self.network.loads.push(Load { bus, p_mw, q_mvar, model, in_service, row: record.row });
            }
        }
        Some(())
    }

    fn status(&mut self, record: &Record<'_>, k: usize, name: &str) -> bool {
        let status = record.whole(k, name, 1, self.findings);
        if !(0..=1).contains(&status) {
            record.fault(self.findings, "out-of-range", name, record.text(k), "unknown status", "0, 1");
        }
        status == 1
    }

    fn fixed_shunt(&mut self, record: &Record<'_>) -> Option<()> {
        let bus = self.bus(record, 0, "I")?;
        let in_service = self.status(record, 2, "STATUS");
        let g_mw = record.number(3, "GL", 0.0, self.findings);
        let b_mvar = record.number(4, "BL", 0.0, self.findings);
        self.push_shunt(bus, g_mw, b_mvar, in_service);
        Some(())
    }

    /// Switched shunts stay at their initial susceptance.
    fn switched_shunt(&mut self, record: &Record<'_>) -> Option<()> {
        let bus = self.bus(record, 0, "I")?;
        let in_service = self.status(record, 3, "STAT");
        let b_mvar = record.number(9, "BINIT", 0.0, self.findings);
        self.push_shunt(bus, 0.0, b_mvar, in_service);
        Some(())
    }

    fn push_shunt(&mut self, bus: BusIdx, g_mw: f64, b_mvar: f64, in_service: bool) {
        let row = self.network.shunts.len() as u32 + 1;
        self.network.shunts.push(Shunt { bus, g_mw, b_mvar, in_service, row });
    }

    fn generator(&mut self, record: &Record<'_>) -> Option<()> {
        let bus = self.bus(record, 0, "I")?;
        let in_service = self.status(record, 14, "STAT");
        let base_mva = self.network.base_mva;
        let f = &mut *self.findings;
        let remote = record.whole(7, "IREG", 0, f);
        if in_service && remote != 0 && self.position.get(&remote) != Some(&bus) {
            let warning = Finding::warning("remote-control", "the generator holds the voltage of its own bus instead");
            record.push(f, warning, "IREG", record.text(7), "0 or the generator's own bus");
        }
        self.network.generators.push(Generator {
            name: record.text(1).to_owned(),
            bus,
            p_mw: record.number(2, "PG", 0.0, f),
            q_mvar: record.number(3, "QG", 0.0, f),
            p_mw_max: record.number(16, "PT", 9999.0, f),
            p_mw_min: record.number(17, "PB", -9999.0, f),
            q_mvar_max: record.number(4, "QT", 9999.0, f),
            q_mvar_min: record.number(5, "QB", -9999.0, f),
            vm_pu: record.number(6, "VS", 1.0, f),
            mbase_mva: record.number(8, "MBASE", base_mva, f),
            in_service,
            fuel: String::new(),
            cost: None,
            ramp_mw_per_min: None,
            energy_mwh: None,
            row: record.row,
        });
        Some(())
    }

    fn branch(&mut self, record: &Record<'_>) -> Option<()> {
        let (from, to) = (self.bus(record, 0, "I")?, self.bus(record, 1, "J")?);
        let in_service = self.status(record, 13, "ST");
        let f = &mut *self.findings;
        let (r_pu, x_pu) = (record.number(3, "R", 0.0, f), record.required(4, "X", f));
        let b_pu = record.number(5, "B", 0.0, f);
        let [g_i, b_i, g_j, b_j] =
            [(9, "GI"), (10, "BI"), (11, "GJ"), (12, "BJ")].map(|(k, n)| record.number(k, n, 0.0, f));
        if (r_pu, x_pu) == (0.0, 0.0) {
            let row = self.network.switches.len() as u32 + 1;
            if [b_pu, g_i, b_i, g_j, b_j].iter().any(|&y| y != 0.0) {
                let what = "a line without impedance becomes a switch; its charging is left out";
                record.push(f, Finding::warning("zero-impedance", what), "B", record.text(5), "0");
            }
            self.network.switches.push(Switch { from, to, closed: in_service, row });
            return Some(());
        }
        let name = format!("{}-{} {}", record.text(0), record.text(1).trim_start_matches('-'), record.text(2));
        let rates = [6, 7, 8].map(|k| rate(record, k, f));
        let mut branch = rated(name, BranchKind::Line, from, to, rates);
        (branch.r_pu, branch.x_pu, branch.in_service) = (r_pu, x_pu, in_service);
        (branch.g_from_pu, branch.b_from_pu) = (g_i, b_pu / 2.0 + b_i);
        (branch.g_to_pu, branch.b_to_pu) = (g_j, b_pu / 2.0 + b_j);
        self.push_branch(branch);
        Some(())
    }

    fn push_branch(&mut self, mut branch: Branch) {
        branch.row = self.network.branches.len() as u32 + 1;
        self.network.branches.push(branch);
    }

    /// Two-terminal DC line: power and losses from its set point and scheduled voltage.
    ///
    /// With `V` scheduled at the inverter and `I` the current, the rectifier takes `(V + R I) I` and `R I²` is lost. The
    /// reactive power that the converters take is not modelled.
    fn dc_line(&mut self, record: &Record<'_>) -> Option<()> {
        let next = |b: &mut Self| b.lines.continued(record.section, record.row, b.findings);
        let (rectifier, inverter) = (next(self)?, next(self)?);
        let (from, to) = (self.bus(&rectifier, 0, "IPR")?, self.bus(&inverter, 0, "IPI")?);
        let f = &mut *self.findings;
        let mode = record.whole(1, "MDC", 0, f);
        let r_ohm = record.number(2, "RDC", 0.0, f).max(0.0);
        let set = record.number(3, "SETVL", 0.0, f);
        let v_kv = record.number(4, "VSCHD", 0.0, f);
        if mode != 0 && v_kv <= 0.0 {
            record.fault(
                f,
                "out-of-range",
                "VSCHD",
                record.text(4),
                "the scheduled voltage must be positive",
                "above 0 kV",
            );
            return None;
        }
        let current_ka = match mode {
            0 => 0.0,
            // Of (V + R I) I = P the root that stays finite when R goes to 0.
            1 if set >= 0.0 => 2.0 * set / (v_kv + (v_kv * v_kv + 4.0 * r_ohm * set).sqrt()),
            1 => -set / v_kv,
            _ => set.abs() / 1000.0,
        };
        let loss_mw = r_ohm * current_ka * current_ka;
        let p_from_mw = v_kv * current_ka + loss_mw;
        let vm = |bus: BusIdx| self.network.buses[bus.i()].vm_pu.max(1e-3);
        let note = Finding::note("hvdc-reactive", "the reactive power of the converters is not modelled");
        if mode != 0 {
            record.push(f, note, "NAME", record.text(0), "");
        }
        self.network.hvdc_lines.push(HvdcLine {
            from,
            to,
            in_service: mode != 0,
            p_from_mw,
            q_from_mvar: 0.0,
            q_to_mvar: 0.0,
            vm_from_pu: vm(from),
            vm_to_pu: vm(to),
            p_mw_min: 0.0,
            p_mw_max: p_from_mw,
            q_from_mvar_min: f64::NEG_INFINITY,
            q_from_mvar_max: f64::INFINITY,
            q_to_mvar_min: f64::NEG_INFINITY,
            q_to_mvar_max: f64::INFINITY,
            loss_mw,
            loss_share: 0.0,
            row: record.row,
        });
        Some(())
    }
}

/// A rating; 0 means that there is none.
fn rate(record: &Record<'_>, k: usize, findings: &mut Findings) -> Option<f64> {
    Some(record.number(k, "RATE", 0.0, findings)).filter(|&mva| mva != 0.0)
}

/// A branch with ratings and nothing else.
fn rated(name: String, kind: BranchKind, from: BusIdx, to: BusIdx, rates: [Option<f64>; 3]) -> Branch {
    let [rate_a_mva, rate_b_mva, rate_c_mva] = rates;
    Branch {
        name,
        kind,
        from,
        to,
        r_pu: 0.0,
        x_pu: 0.0,
        g_from_pu: 0.0,
        b_from_pu: 0.0,
        g_to_pu: 0.0,
        b_to_pu: 0.0,
        tap: 1.0,
        shift_deg: 0.0,
        rate_a_mva,
        rate_b_mva,
        rate_c_mva,
        angle_deg_min: f64::NEG_INFINITY,
        angle_deg_max: f64::INFINITY,
        in_service: true,
        row: 0,
    }
}
