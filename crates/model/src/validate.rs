//! What makes a network meaningful, whatever file it came from. Readers call [`network`] before they hand one out.
//!
//! Ranges are wide on purpose: they refuse what no grid on Earth has (`1e308` MW), not what looks odd.

pub mod heat;

use crate::{BranchKind, Bus, BusKind, Finding, Findings, Network};
use std::collections::{BTreeMap, HashMap};

/// Names of the tables in messages, so that a person finds them in their file. In the order of [`Network`]'s fields.
#[derive(Clone, Copy, Debug)]
pub struct Tables {
    /// Table of the buses.
    pub bus: &'static str,
    /// Table of the branches.
    pub branch: &'static str,
    /// Table of the generators.
    pub generator: &'static str,
    /// Table of the loads.
    pub load: &'static str,
    /// Table of the shunts.
    pub shunt: &'static str,
    /// Table of the HVDC lines.
    pub hvdc_line: &'static str,
    /// Table of the storage units.
    pub storage: &'static str,
    /// Table of the switches.
    pub switch: &'static str,
    /// Whether several reference buses may stand in one connected part (power-grid-model's sources may).
    pub several_references: bool,
}

/// Largest power, MW or Mvar: a thousand times the world's peak demand would still pass.
const POWER_MW_MAX: f64 = 1e9;
/// Least ramp of a generator, MW per minute: below it the unit stands still, and a constant limit says so better.
const RAMP_MW_PER_MIN_MIN: f64 = 1e-6;
/// Most energy of a generator over a horizon, MWh.
const ENERGY_MWH_MAX: f64 = 1e12;
/// Largest impedance or admittance, p.u.
const PER_UNIT_MAX: f64 = 1e9;
/// Largest finite limit; case files write 1e10 and the like for "none".
const LIMIT_MAX: f64 = 1e15;
/// Smallest rating beside 0, MVA: below it a loading in percent is no number that means anything.
const RATE_MVA_MIN: f64 = 1e-9;
/// Longest tables; positions are 32 bits and memory is finite.
const ROWS_MAX: usize = 20_000_000;

/// Checks a network. Errors make a plan from it meaningless; warnings say what looks wrong but can be used as it is.
pub fn network(network: &Network, tables: &Tables) -> Findings {
    let mut check = Check { tables, findings: Findings::default(), repeated: BTreeMap::new() };
    check.range("", 0, "base_mva", network.base_mva, 1e-6, 1e6);
    if network.buses.is_empty() {
        check.findings.push(
            Finding::error("no-buses", "the network has no bus")
                .at(tables.bus, 0)
                .hint("check that this is a complete case file"),
        );
        return check.done();
    }
    if network.buses.len().max(network.branches.len()).max(network.loads.len()) > ROWS_MAX {
        check.findings.push(Finding::error("too-large", "more rows than can be planned").allowed("20 million a table"));
        return check.done();
    }
    buses(network, &mut check);
    branches(network, &mut check);
    generators(network, &mut check);
    loads_and_shunts(network, &mut check);
    hvdc_and_storage(network, &mut check);
    references(network, &mut check);
    check.done()
}

struct Check<'a> {
    tables: &'a Tables,
    findings: Findings,
    /// Warnings that large cases give by the thousand: by code, the first one and how many there are.
    repeated: BTreeMap<&'static str, (Finding, usize)>,
}

impl Check<'_> {
    /// A warning of which only the first is kept and the rest is counted.
    fn warn_once(&mut self, finding: Finding) {
        self.repeated.entry(finding.code).or_insert((finding, 0)).1 += 1;
    }

    fn done(mut self) -> Findings {
        for (mut finding, count) in std::mem::take(&mut self.repeated).into_values() {
            if count > 1 {
                finding.message = format!("{} ({count} rows; this is the first)", finding.message);
            }
            self.findings.push(finding);
        }
        self.findings
    }

    /// An error unless `low <= value <= high`; NaN never passes, infinite limits let infinity pass.
    fn range(&mut self, table: &str, row: u32, field: &str, value: f64, low: f64, high: f64) -> bool {
        let good = value >= low && value <= high;
        if !good {
            let what = if value.is_finite() { "out of range" } else { "not a finite number" };
            self.findings.push(
                Finding::error(
                    if value.is_finite() { "out-of-range" } else { "not-finite" },
                    format!("{field} is {what}"),
                )
                .at(table, row)
                .field(field, value)
                .allowed(format!("{low} to {high}"))
                .hint("check the unit and the column"),
            );
        }
        good
    }

    /// An error unless `min <= max`, neither is NaN, and each is infinite or of a size that arithmetic survives.
    fn order(&mut self, table: &str, row: u32, field: &str, min: f64, max: f64) {
        for (name, value) in [("min", min), ("max", max)] {
            if value.is_finite() {
                self.range(table, row, &format!("{field}_{name}"), value, -LIMIT_MAX, LIMIT_MAX);
            }
        }
        if min.is_nan() || max.is_nan() || min > max {
            self.findings.push(
                Finding::error("limits-crossed", format!("the lower limit of {field} is above the upper one"))
                    .at(table, row)
                    .field(format!("{field}_min"), min)
                    .allowed(format!("at most {field}_max = {max}"))
                    .hint("swap the two limits if they were exchanged"),
            );
        }
    }
}

fn buses(network: &Network, check: &mut Check) {
    let table = check.tables.bus;
    let mut first_row: HashMap<u32, u32> = HashMap::with_capacity(network.buses.len());
    for bus in &network.buses {
        let Bus { id, row, .. } = *bus;
        if let Some(first) = first_row.insert(id.0, row) {
            check.findings.push(
                Finding::error("duplicate-bus", format!("bus {id} stands in row {first} already"))
                    .at(table, row)
                    .field("id", id)
                    .allowed("each bus once")
                    .hint("remove one of the two rows or give it an id of its own"),
            );
        }
        if id.0 == 0 {
            check.findings.push(
                Finding::error("out-of-range", "bus ids start at 1")
                    .at(table, row)
                    .field("id", id)
                    .allowed("1 or more"),
            );
        }
        check.range(table, row, "base_kv", bus.base_kv, 0.0, 1e5);
        check.range(table, row, "vm_pu", bus.vm_pu, 0.0, 10.0);
        check.range(table, row, "va_deg", bus.va_deg, -1e6, 1e6);
        check.order(table, row, "vm_pu", bus.vm_pu_min, bus.vm_pu_max);
    }
}

fn branches(network: &Network, check: &mut Check) {
    let table = check.tables.branch;
    for branch in &network.branches {
        let row = branch.row;
        let finite = check.range(table, row, "r_pu", branch.r_pu, -PER_UNIT_MAX, PER_UNIT_MAX)
            & check.range(table, row, "x_pu", branch.x_pu, -PER_UNIT_MAX, PER_UNIT_MAX);
        if finite {
            impedance(branch, check);
        }
        for (field, value) in [
            ("g_from_pu", branch.g_from_pu),
            ("b_from_pu", branch.b_from_pu),
            ("g_to_pu", branch.g_to_pu),
            ("b_to_pu", branch.b_to_pu),
        ] {
            check.range(table, row, field, value, -PER_UNIT_MAX, PER_UNIT_MAX);
        }
        check.range(table, row, "tap", branch.tap, 1e-3, 1e3);
        check.range(table, row, "shift_deg", branch.shift_deg, -3600.0, 3600.0);
        for (field, value) in
            [("rate_a_mva", branch.rate_a_mva), ("rate_b_mva", branch.rate_b_mva), ("rate_c_mva", branch.rate_c_mva)]
        {
            if let Some(value) = value
                && value != 0.0
            {
                check.range(table, row, field, value, RATE_MVA_MIN, f64::INFINITY);
            }
        }
        check.order(table, row, "angle_deg", branch.angle_deg_min, branch.angle_deg_max);
        if branch.from == branch.to {
            check.warn_once(
                Finding::warning("branch-to-itself", "both ends are the same bus; only its shunts count")
                    .at(table, row)
                    .field("to", network.buses[branch.to.i()].id),
            );
        }
    }
}

/// Zero impedance is an error. Negative resistance is one on anything that is surely a piece of equipment: network
/// reduction and the star points of three-winding transformers do leave small negative resistances behind.
fn impedance(branch: &crate::Branch, check: &mut Check) {
    let table = check.tables.branch;
    if branch.r_pu == 0.0 && branch.x_pu == 0.0 {
        check.findings.push(
            Finding::error("zero-impedance", "the branch has neither resistance nor reactance")
                .at(table, branch.row)
                .field("x_pu", branch.x_pu)
                .allowed("r_pu or x_pu other than 0")
                .hint("use a closed switch between the two buses, or a small reactance such as 1e-4"),
        );
    }
    if branch.r_pu < 0.0 {
        let charging = branch.b_from_pu != 0.0 || branch.b_to_pu != 0.0;
        // A rating alone does not make it equipment: case9241pegase rates its equivalent branches.
        let equipment = branch.kind == BranchKind::Line && charging;
        let place = |finding: Finding| finding.at(table, branch.row).field("r_pu", branch.r_pu);
        if equipment || -branch.r_pu > branch.x_pu.abs() {
            check.findings.push(place(
                Finding::error("negative-resistance", "resistance is negative on what is no equivalent branch")
                    .allowed("0 or more; above -|x_pu| on transformers and on lines without charging")
                    .hint("check the sign"),
            ));
        } else {
            check.warn_once(place(
                Finding::warning("negative-resistance", "resistance is negative; taken as an equivalent branch")
                    .allowed("0 or more for real equipment"),
            ));
        }
    }
}

fn generators(network: &Network, check: &mut Check) {
    let table = check.tables.generator;
    for generator in &network.generators {
        let row = generator.row;
        check.range(table, row, "p_mw", generator.p_mw, -POWER_MW_MAX, POWER_MW_MAX);
        check.range(table, row, "q_mvar", generator.q_mvar, -POWER_MW_MAX, POWER_MW_MAX);
        check.range(table, row, "vm_pu", generator.vm_pu, 1e-3, 10.0);
        check.order(table, row, "p_mw", generator.p_mw_min, generator.p_mw_max);
        check.order(table, row, "q_mvar", generator.q_mvar_min, generator.q_mvar_max);
        check.range(table, row, "p_mw_max", generator.p_mw_max, -POWER_MW_MAX, POWER_MW_MAX);
        check.range(table, row, "p_mw_min", generator.p_mw_min, -POWER_MW_MAX, POWER_MW_MAX);
        if let Some(ramp) = generator.ramp_mw_per_min {
            check.range(table, row, "ramp_mw_per_min", ramp, RAMP_MW_PER_MIN_MIN, POWER_MW_MAX);
        }
        if let Some(energy) = generator.energy_mwh {
            check.range(table, row, "energy_mwh", energy, 0.0, ENERGY_MWH_MAX);
        }
    }
    let running = network.generators.iter().any(|g| g.in_service && network.buses[g.bus.i()].kind != BusKind::Isolated);
    if !running {
        check.findings.push(
            Finding::error("no-generator", "no generator is in service: nothing can be supplied")
                .at(table, 0)
                .allowed("at least one generator in service on a bus that is not isolated")
                .hint("check the status column; what was hit belongs into a damage list, not into the case"),
        );
    }
}

fn loads_and_shunts(network: &Network, check: &mut Check) {
    let table = check.tables.load;
    for load in &network.loads {
        check.range(table, load.row, "p_mw", load.p_mw, -POWER_MW_MAX, POWER_MW_MAX);
        check.range(table, load.row, "q_mvar", load.q_mvar, -POWER_MW_MAX, POWER_MW_MAX);
    }
    let table = check.tables.shunt;
    for shunt in &network.shunts {
        check.range(table, shunt.row, "g_mw", shunt.g_mw, -POWER_MW_MAX, POWER_MW_MAX);
        check.range(table, shunt.row, "b_mvar", shunt.b_mvar, -POWER_MW_MAX, POWER_MW_MAX);
    }
}

fn hvdc_and_storage(network: &Network, check: &mut Check) {
    let table = check.tables.hvdc_line;
    for line in &network.hvdc_lines {
        check.range(table, line.row, "p_from_mw", line.p_from_mw, -POWER_MW_MAX, POWER_MW_MAX);
        check.range(table, line.row, "q_from_mvar", line.q_from_mvar, -POWER_MW_MAX, POWER_MW_MAX);
        check.range(table, line.row, "q_to_mvar", line.q_to_mvar, -POWER_MW_MAX, POWER_MW_MAX);
        check.range(table, line.row, "vm_from_pu", line.vm_from_pu, 1e-3, 10.0);
        check.range(table, line.row, "vm_to_pu", line.vm_to_pu, 1e-3, 10.0);
        check.range(table, line.row, "loss_mw", line.loss_mw, 0.0, POWER_MW_MAX);
        check.range(table, line.row, "loss_share", line.loss_share, 0.0, 1.0);
        check.order(table, line.row, "p_mw", line.p_mw_min, line.p_mw_max);
        check.order(table, line.row, "q_from_mvar", line.q_from_mvar_min, line.q_from_mvar_max);
        check.order(table, line.row, "q_to_mvar", line.q_to_mvar_min, line.q_to_mvar_max);
    }
    let table = check.tables.storage;
    for unit in &network.storages {
        check.range(table, unit.row, "p_mw", unit.p_mw, -POWER_MW_MAX, POWER_MW_MAX);
        check.range(table, unit.row, "q_mvar", unit.q_mvar, -POWER_MW_MAX, POWER_MW_MAX);
        check.range(table, unit.row, "energy_mwh_max", unit.energy_mwh_max, 0.0, POWER_MW_MAX);
        check.range(table, unit.row, "energy_mwh", unit.energy_mwh, 0.0, unit.energy_mwh_max.max(0.0));
        check.range(table, unit.row, "charge_mw_max", unit.charge_mw_max, 0.0, POWER_MW_MAX);
        check.range(table, unit.row, "discharge_mw_max", unit.discharge_mw_max, 0.0, POWER_MW_MAX);
        check.range(table, unit.row, "charge_efficiency", unit.charge_efficiency, 1e-3, 1.0);
        check.range(table, unit.row, "discharge_efficiency", unit.discharge_efficiency, 1e-3, 1.0);
        check.order(table, unit.row, "q_mvar", unit.q_mvar_min, unit.q_mvar_max);
    }
}

/// One angle reference a connected part at the most, at least one in the file; buses that nothing connects.
fn references(network: &Network, check: &mut Check) {
    let table = check.tables.bus;
    let part = connected_parts(network);
    if network.buses.iter().all(|b| b.kind == BusKind::Isolated) {
        check.findings.push(
            Finding::error("all-isolated", "every bus is isolated: nothing is left to plan")
                .at(table, 0)
                .hint("check the type column"),
        );
        return;
    }
    if !network.buses.iter().any(|b| b.kind == BusKind::Slack) {
        check.findings.push(
            Finding::error("no-reference", "no bus is the angle reference")
                .at(table, 0)
                .allowed("one reference bus in each connected part")
                .hint("give the bus of the largest generator type 3"),
        );
    }
    let mut reference_of_part: HashMap<usize, u32> = HashMap::new();
    let mut size = vec![0u32; network.buses.len()];
    part.iter().for_each(|&p| size[p] += 1);
    for (i, bus) in network.buses.iter().enumerate() {
        if bus.kind == BusKind::Slack
            && !check.tables.several_references
            && let Some(first) = reference_of_part.insert(part[i], bus.id.0)
        {
            check.findings.push(
                Finding::error("several-references", format!("bus {first} is the reference of this part already"))
                    .at(table, bus.row)
                    .field("id", bus.id)
                    .allowed("one reference bus in each connected part")
                    .hint("keep one; give the others type 2"),
            );
        }
        if size[part[i]] == 1 && network.buses.len() > 1 && bus.kind != BusKind::Isolated {
            check.warn_once(
                Finding::warning("isolated-bus", "nothing in service connects this bus to any other")
                    .at(table, bus.row)
                    .field("id", bus.id)
                    .hint("give it type 4 if that is meant"),
            );
        }
    }
}

/// Part of each bus by what is in service, as the position of one of its buses (union-find with path halving).
fn connected_parts(network: &Network) -> Vec<usize> {
    fn root(parent: &mut [usize], mut i: usize) -> usize {
        while parent[i] != i {
            parent[i] = parent[parent[i]];
            i = parent[i];
        }
        i
    }
    let mut parent: Vec<usize> = (0..network.buses.len()).collect();
    let live = |i: usize| network.buses[i].kind != BusKind::Isolated;
    let branches = network.branches.iter().filter(|b| b.in_service).map(|b| (b.from.i(), b.to.i()));
    let switches = network.switches.iter().filter(|s| s.closed).map(|s| (s.from.i(), s.to.i()));
    for (from, to) in branches.chain(switches) {
        if live(from) && live(to) {
            let (a, b) = (root(&mut parent, from), root(&mut parent, to));
            parent[a.max(b)] = a.min(b);
        }
    }
    (0..parent.len()).map(|i| root(&mut parent, i)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Branch, BusId, BusIdx, Generator, Load, LoadModel};

    const TABLES: Tables = Tables {
        bus: "bus",
        branch: "branch",
        generator: "gen",
        load: "bus",
        shunt: "bus",
        hvdc_line: "dcline",
        storage: "storage",
        switch: "switch",
        several_references: false,
    };

    fn bus(id: u32, kind: BusKind) -> Bus {
        Bus {
            id: BusId(id),
            name: String::new(),
            kind,
            base_kv: 110.0,
            vm_pu: 1.0,
            va_deg: 0.0,
            vm_pu_max: 1.1,
            vm_pu_min: 0.9,
            area: 1,
            zone: 1,
            row: id,
        }
    }

    fn two_buses() -> Network {
        let mut net = Network::empty("two", 100.0);
        net.buses = vec![bus(1, BusKind::Slack), bus(2, BusKind::Pq)];
        net.branches.push(Branch {
            name: String::new(),
            kind: BranchKind::Line,
            from: BusIdx(0),
            to: BusIdx(1),
            r_pu: 0.01,
            x_pu: 0.1,
            g_from_pu: 0.0,
            b_from_pu: 0.01,
            g_to_pu: 0.0,
            b_to_pu: 0.01,
            tap: 1.0,
            shift_deg: 0.0,
            rate_a_mva: Some(100.0),
            rate_b_mva: None,
            rate_c_mva: None,
            angle_deg_min: f64::NEG_INFINITY,
            angle_deg_max: f64::INFINITY,
            in_service: true,
            row: 1,
        });
        net.generators.push(Generator {
            name: String::new(),
            bus: BusIdx(0),
            p_mw: 10.0,
            q_mvar: 0.0,
            p_mw_max: 50.0,
            p_mw_min: 0.0,
            q_mvar_max: f64::INFINITY,
            q_mvar_min: f64::NEG_INFINITY,
            vm_pu: 1.0,
            mbase_mva: 100.0,
            in_service: true,
            fuel: String::new(),
            cost: None,
            ramp_mw_per_min: None,
            energy_mwh: None,
            row: 1,
        });
        net.loads.push(Load {
            bus: BusIdx(1),
            p_mw: 10.0,
            q_mvar: 1.0,
            model: LoadModel::ConstantPower,
            in_service: true,
            row: 2,
        });
        net
    }

    /// Applies one change to a good network and asserts that exactly this code comes out.
    fn check(expected: &str, change: impl FnOnce(&mut Network)) {
        let mut net = two_buses();
        change(&mut net);
        let findings = network(&net, &TABLES);
        let codes: Vec<_> = findings.iter().map(|f| f.code).collect();
        assert_eq!(codes, [expected], "{:#?}", findings.iter().map(ToString::to_string).collect::<Vec<_>>());
    }

    #[test]
    fn a_good_network_has_no_finding() {
        assert!(network(&two_buses(), &TABLES).is_empty());
    }

    #[test]
    fn every_fault_has_a_name() {
        check("not-finite", |n| n.base_mva = f64::NAN);
        check("no-buses", |n| *n = Network::empty("", 100.0));
        check("duplicate-bus", |n| n.buses[1].id = BusId(1));
        check("out-of-range", |n| n.buses[1].id = BusId(0));
        check("not-finite", |n| n.buses[0].vm_pu = f64::NAN);
        check("limits-crossed", |n| n.buses[0].vm_pu_min = 1.2);
        check("out-of-range", |n| n.branches[0].x_pu = 1e308);
        check("zero-impedance", |n| (n.branches[0].r_pu, n.branches[0].x_pu) = (0.0, 0.0));
        check("out-of-range", |n| n.branches[0].tap = 0.0);
        check("out-of-range", |n| n.branches[0].rate_a_mva = Some(-1.0));
        check("out-of-range", |n| n.branches[0].rate_a_mva = Some(1e-320));
        check("out-of-range", |n| n.generators[0].q_mvar_min = -1e308);
        check("not-finite", |n| n.generators[0].p_mw = f64::INFINITY);
        check("no-generator", |n| n.generators[0].in_service = false);
        check("not-finite", |n| n.loads[0].p_mw = f64::NAN);
        check("no-reference", |n| n.buses[0].kind = BusKind::Pv);
        check("several-references", |n| n.buses[1].kind = BusKind::Slack);
        check("isolated-bus", |n| n.buses.push(bus(3, BusKind::Pq)));
    }

    #[test]
    fn negative_resistance_is_an_error_on_equipment_and_a_warning_on_equivalents() {
        let mut net = two_buses();
        net.branches[0].r_pu = -0.01;
        assert!(network(&net, &TABLES).has_errors());
        net.branches[0].kind = BranchKind::Transformer;
        assert!(!network(&net, &TABLES).has_errors());
        net.branches[0].r_pu = -0.2;
        assert!(network(&net, &TABLES).has_errors());
    }
}
