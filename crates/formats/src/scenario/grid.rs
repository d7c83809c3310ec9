//! The tables of `network/`: an electrical network in columns that carry their units.

use super::table::{Column, Row, Table, optional, required};
use relight_model::{
    Branch, BranchKind, Bus, BusId, BusIdx, BusKind, Cost, CostCurve, Findings, Generator, GeoPoint, HvdcLine, Network,
    Shunt, Storage, Switch,
};
use std::collections::HashMap;
use std::path::Path;

/// Larger than any quantity of a grid; what the quantity really allows is checked by `model::validate`.
const ANY: f64 = 1e12;

pub(super) const BUSES: &[Column] = &[
    required("id"),
    optional("name"),
    required("kind"),
    required("base_kv"),
    optional("vm_pu"),
    optional("va_deg"),
    optional("vm_pu_max"),
    optional("vm_pu_min"),
    optional("area"),
    optional("zone"),
    optional("lon_deg"),
    optional("lat_deg"),
];
pub(super) const BRANCHES: &[Column] = &[
    optional("name"),
    optional("kind"),
    required("from"),
    required("to"),
    required("r_pu"),
    required("x_pu"),
    optional("g_from_pu"),
    optional("b_from_pu"),
    optional("g_to_pu"),
    optional("b_to_pu"),
    optional("tap"),
    optional("shift_deg"),
    optional("rate_a_mva"),
    optional("rate_b_mva"),
    optional("rate_c_mva"),
    optional("angle_deg_min"),
    optional("angle_deg_max"),
    optional("in_service"),
];
pub(super) const GENERATORS: &[Column] = &[
    optional("name"),
    required("bus"),
    required("p_mw"),
    optional("q_mvar"),
    required("p_mw_max"),
    optional("p_mw_min"),
    optional("q_mvar_max"),
    optional("q_mvar_min"),
    optional("vm_pu"),
    optional("mbase_mva"),
    optional("in_service"),
    optional("fuel"),
    optional("cost_startup"),
    optional("cost_shutdown"),
    optional("cost_polynomial"),
    optional("cost_points"),
    optional("ramp_mw_per_min"),
    optional("energy_mwh"),
];
pub(super) const SHUNTS: &[Column] = &[required("bus"), optional("g_mw"), required("b_mvar"), optional("in_service")];
pub(super) const HVDC_LINES: &[Column] = &[
    required("from"),
    required("to"),
    required("p_from_mw"),
    optional("q_from_mvar"),
    optional("q_to_mvar"),
    optional("vm_from_pu"),
    optional("vm_to_pu"),
    optional("p_mw_min"),
    required("p_mw_max"),
    optional("q_from_mvar_min"),
    optional("q_from_mvar_max"),
    optional("q_to_mvar_min"),
    optional("q_to_mvar_max"),
    optional("loss_mw"),
    optional("loss_share"),
    optional("in_service"),
];
pub(super) const STORAGES: &[Column] = &[
    required("bus"),
    optional("p_mw"),
    optional("q_mvar"),
    required("energy_mwh"),
    required("energy_mwh_max"),
    required("charge_mw_max"),
    required("discharge_mw_max"),
    optional("charge_efficiency"),
    optional("discharge_efficiency"),
    optional("q_mvar_min"),
    optional("q_mvar_max"),
    optional("in_service"),
];
pub(super) const SWITCHES: &[Column] = &[required("from"), required("to"), optional("closed")];

/// Where the buses of a network stand, in its order; empty if nothing is known.
pub(super) type Positions = Vec<Option<GeoPoint>>;

/// Positions by the id of a bus.
pub(super) struct BusTable(HashMap<u32, BusIdx>);

impl BusTable {
    pub(super) fn new(network: &Network) -> Self {
        Self(network.buses.iter().enumerate().map(|(i, b)| (b.id.0, BusIdx::from(i))).collect())
    }

    /// The bus that a cell names, or a finding.
    pub(super) fn get(&self, row: &mut Row<'_, '_>, column: &'static str) -> Option<BusIdx> {
        let id = row.whole(column, None, 1, u32::MAX)?;
        let found = self.0.get(&id).copied();
        if found.is_none() {
            let hint = "give the id of the bus, not its row";
            row.fault("unknown-bus", column, &id.to_string(), "no such bus", "the id of a bus of the network", hint);
        }
        found
    }
}

/// Reads the folder's tables. Without `buses.csv` there is no network; the other tables may be absent.
pub(super) fn read(dir: &Path, name: &str, base_mva: f64, findings: &mut Findings) -> Option<(Network, Positions)> {
    let mut network = Network::empty(name, base_mva);
    let table = Table::open(&dir.join("buses.csv"), "buses", BUSES, findings)?;
    let mut positions = Vec::new();
    let mut first_row: HashMap<u32, u32> = HashMap::new();
    table.each(findings, |row| {
        let position = geo_point(row);
        if let Some(bus) = bus(row) {
            if let Some(first) = first_row.insert(bus.id.0, bus.row) {
                let what = format!("the bus stands in row {first} already");
                row.fault("duplicate-bus", "id", &bus.id.to_string(), &what, "each bus once", "remove one of the two");
            }
            network.buses.push(bus);
            positions.push(position.flatten());
        }
    });
    if !table.has("lon_deg") {
        positions.clear();
    }
    let buses = BusTable::new(&network);
    read_table(dir, "branches", BRANCHES, findings, &mut network.branches, |row| branch(row, &buses));
    read_table(dir, "generators", GENERATORS, findings, &mut network.generators, |row| generator(row, &buses));
    read_table(dir, "shunts", SHUNTS, findings, &mut network.shunts, |row| shunt(row, &buses));
    read_table(dir, "hvdc_lines", HVDC_LINES, findings, &mut network.hvdc_lines, |row| hvdc_line(row, &buses));
    read_table(dir, "storages", STORAGES, findings, &mut network.storages, |row| storage(row, &buses));
    read_table(dir, "switches", SWITCHES, findings, &mut network.switches, |row| switch(row, &buses));
    Some((network, positions))
}

fn read_table<T>(
    dir: &Path,
    name: &'static str,
    columns: &'static [Column],
    findings: &mut Findings,
    list: &mut Vec<T>,
    read: impl Fn(&mut Row<'_, '_>) -> Option<T>,
) {
    if let Some(table) = Table::open_if_there(&dir.join(name).with_extension("csv"), name, columns, findings) {
        table.each(findings, |row| list.extend(read(row)));
    }
}

/// `Some(None)`: no position is given; `None`: what is given is none.
pub(super) fn geo_point(row: &mut Row<'_, '_>) -> Option<Option<GeoPoint>> {
    if row.word("lon_deg").is_empty() && row.word("lat_deg").is_empty() {
        return Some(None);
    }
    let lon_deg = row.number("lon_deg", None, -180.0, 180.0);
    let lat_deg = row.number("lat_deg", None, -90.0, 90.0);
    Some(Some(GeoPoint { lon_deg: lon_deg?, lat_deg: lat_deg? }))
}

fn bus(row: &mut Row<'_, '_>) -> Option<Bus> {
    let id = row.whole("id", None, 1, u32::MAX);
    let kind = match row.word("kind") {
        "pq" => Some(BusKind::Pq),
        "pv" => Some(BusKind::Pv),
        "slack" => Some(BusKind::Slack),
        "isolated" => Some(BusKind::Isolated),
        other => {
            let other = other.to_owned();
            row.fault("unknown-kind", "kind", &other, "unknown kind of bus", "pq, pv, slack, isolated", "");
            None
        }
    };
    let base_kv = row.number("base_kv", None, 0.0, ANY);
    let vm_pu = row.number("vm_pu", Some(1.0), 0.0, ANY);
    let va_deg = row.number("va_deg", Some(0.0), -ANY, ANY);
    let vm_pu_max = row.limit("vm_pu_max", f64::INFINITY);
    let vm_pu_min = row.limit("vm_pu_min", 0.0);
    let area = row.whole("area", Some(1), 0, u32::MAX);
    let zone = row.whole("zone", Some(1), 0, u32::MAX);
    Some(Bus {
        id: BusId(id?),
        name: row.raw("name").to_owned(),
        kind: kind?,
        base_kv: base_kv?,
        vm_pu: vm_pu?,
        va_deg: va_deg?,
        vm_pu_max: vm_pu_max?,
        vm_pu_min: vm_pu_min?,
        area: area?,
        zone: zone?,
        row: row.row,
    })
}

fn branch(row: &mut Row<'_, '_>, buses: &BusTable) -> Option<Branch> {
    let tap = row.number("tap", Some(1.0), -ANY, ANY);
    let shift_deg = row.number("shift_deg", Some(0.0), -ANY, ANY);
    let kind = match row.word("kind") {
        "line" => Some(BranchKind::Line),
        "transformer" => Some(BranchKind::Transformer),
        "" if tap == Some(1.0) && shift_deg == Some(0.0) => Some(BranchKind::Line),
        "" => Some(BranchKind::Transformer),
        other => {
            let other = other.to_owned();
            row.fault("unknown-kind", "kind", &other, "unknown kind of branch", "line, transformer", "");
            None
        }
    };
    let (from, to) = (buses.get(row, "from"), buses.get(row, "to"));
    let (r_pu, x_pu) = (row.number("r_pu", None, -ANY, ANY), row.number("x_pu", None, -ANY, ANY));
    let [g_from_pu, b_from_pu, g_to_pu, b_to_pu] =
        ["g_from_pu", "b_from_pu", "g_to_pu", "b_to_pu"].map(|column| row.number(column, Some(0.0), -ANY, ANY));
    let [rate_a_mva, rate_b_mva, rate_c_mva] = ["rate_a_mva", "rate_b_mva", "rate_c_mva"].map(|column| {
        if row.word(column).is_empty() { Some(None) } else { row.number(column, None, 0.0, f64::INFINITY).map(Some) }
    });
    let angle_deg_min = row.limit("angle_deg_min", f64::NEG_INFINITY);
    let angle_deg_max = row.limit("angle_deg_max", f64::INFINITY);
    let in_service = row.flag("in_service", true);
    Some(Branch {
        name: row.raw("name").to_owned(),
        kind: kind?,
        from: from?,
        to: to?,
        r_pu: r_pu?,
        x_pu: x_pu?,
        g_from_pu: g_from_pu?,
        b_from_pu: b_from_pu?,
        g_to_pu: g_to_pu?,
        b_to_pu: b_to_pu?,
        tap: tap?,
        shift_deg: shift_deg?,
        rate_a_mva: rate_a_mva?,
        rate_b_mva: rate_b_mva?,
        rate_c_mva: rate_c_mva?,
        angle_deg_min: angle_deg_min?,
        angle_deg_max: angle_deg_max?,
        in_service: in_service?,
        row: row.row,
    })
}

fn generator(row: &mut Row<'_, '_>, buses: &BusTable) -> Option<Generator> {
    let bus = buses.get(row, "bus");
    let p_mw = row.number("p_mw", None, -ANY, ANY);
    let q_mvar = row.number("q_mvar", Some(0.0), -ANY, ANY);
    let p_mw_max = row.number("p_mw_max", None, -ANY, ANY);
    let p_mw_min = row.number("p_mw_min", Some(0.0), -ANY, ANY);
    let q_mvar_max = row.limit("q_mvar_max", f64::INFINITY);
    let q_mvar_min = row.limit("q_mvar_min", f64::NEG_INFINITY);
    let vm_pu = row.number("vm_pu", Some(1.0), 0.0, ANY);
    let mbase_mva = row.number("mbase_mva", Some(100.0), 0.0, ANY);
    let in_service = row.flag("in_service", true);
    let cost = cost(row);
    let [ramp_mw_per_min, energy_mwh] = ["ramp_mw_per_min", "energy_mwh"].map(|column| {
        if row.word(column).is_empty() { Some(None) } else { row.number(column, None, 0.0, ANY).map(Some) }
    });
    Some(Generator {
        name: row.raw("name").to_owned(),
        bus: bus?,
        p_mw: p_mw?,
        q_mvar: q_mvar?,
        p_mw_max: p_mw_max?,
        p_mw_min: p_mw_min?,
        q_mvar_max: q_mvar_max?,
        q_mvar_min: q_mvar_min?,
        vm_pu: vm_pu?,
        mbase_mva: mbase_mva?,
        in_service: in_service?,
        fuel: row.raw("fuel").to_owned(),
        cost: cost?,
        ramp_mw_per_min: ramp_mw_per_min?,
        energy_mwh: energy_mwh?,
        row: row.row,
    })
}

/// `Some(None)`: no cost is given; `None`: what is given is none.
fn cost(row: &mut Row<'_, '_>) -> Option<Option<Cost>> {
    let startup = row.number("cost_startup", Some(0.0), -ANY, ANY);
    let shutdown = row.number("cost_shutdown", Some(0.0), -ANY, ANY);
    let polynomial = row.word("cost_polynomial").to_owned();
    let points = row.word("cost_points").to_owned();
    let numbers = |text: &str| {
        text.split(' ').map(|word| word.parse::<f64>().ok().filter(|x| x.is_finite())).collect::<Option<Vec<f64>>>()
    };
    let curve = match (polynomial.as_str(), points.as_str()) {
        ("", "") if row.word("cost_startup").is_empty() && row.word("cost_shutdown").is_empty() => return Some(None),
        ("", "") => None,
        (text, "") => numbers(text).map(CostCurve::Polynomial),
        ("", text) => text
            .split(' ')
            .map(|pair| {
                let (p_mw, cost) = pair.split_once(':')?;
                let [p_mw, cost] = numbers(&format!("{p_mw} {cost}"))?.try_into().ok()?;
                Some((p_mw, cost))
            })
            .collect::<Option<Vec<_>>>()
            .map(CostCurve::Piecewise),
        _ => None,
    };
    if curve.is_none() {
        let (column, text) = if points.is_empty() { ("cost_polynomial", polynomial) } else { ("cost_points", points) };
        let allowed = "one of: coefficients such as \"0.1 20 0\"; points such as \"0:0 100:2500\"";
        row.fault("bad-cost", column, &text, "this is no cost curve", allowed, "leave all cost cells empty if unknown");
    }
    Some(Some(Cost { startup: startup?, shutdown: shutdown?, curve: curve? }))
}

fn shunt(row: &mut Row<'_, '_>, buses: &BusTable) -> Option<Shunt> {
    let bus = buses.get(row, "bus");
    let g_mw = row.number("g_mw", Some(0.0), -ANY, ANY);
    let b_mvar = row.number("b_mvar", None, -ANY, ANY);
    let in_service = row.flag("in_service", true);
    Some(Shunt { bus: bus?, g_mw: g_mw?, b_mvar: b_mvar?, in_service: in_service?, row: row.row })
}

fn hvdc_line(row: &mut Row<'_, '_>, buses: &BusTable) -> Option<HvdcLine> {
    let (from, to) = (buses.get(row, "from"), buses.get(row, "to"));
    let p_from_mw = row.number("p_from_mw", None, -ANY, ANY);
    let p_mw_max = row.limit("p_mw_max", f64::INFINITY);
    let p_mw_min = row.limit("p_mw_min", 0.0);
    let [q_from_mvar, q_to_mvar, loss_mw, loss_share] =
        ["q_from_mvar", "q_to_mvar", "loss_mw", "loss_share"].map(|column| row.number(column, Some(0.0), -ANY, ANY));
    let [vm_from_pu, vm_to_pu] = ["vm_from_pu", "vm_to_pu"].map(|column| row.number(column, Some(1.0), 0.0, ANY));
    let [q_from_mvar_min, q_to_mvar_min] =
        ["q_from_mvar_min", "q_to_mvar_min"].map(|column| row.limit(column, f64::NEG_INFINITY));
    let [q_from_mvar_max, q_to_mvar_max] =
        ["q_from_mvar_max", "q_to_mvar_max"].map(|column| row.limit(column, f64::INFINITY));
    let in_service = row.flag("in_service", true);
    Some(HvdcLine {
        from: from?,
        to: to?,
        in_service: in_service?,
        p_from_mw: p_from_mw?,
        q_from_mvar: q_from_mvar?,
        q_to_mvar: q_to_mvar?,
        vm_from_pu: vm_from_pu?,
        vm_to_pu: vm_to_pu?,
        p_mw_min: p_mw_min?,
        p_mw_max: p_mw_max?,
        q_from_mvar_min: q_from_mvar_min?,
        q_from_mvar_max: q_from_mvar_max?,
        q_to_mvar_min: q_to_mvar_min?,
        q_to_mvar_max: q_to_mvar_max?,
        loss_mw: loss_mw?,
        loss_share: loss_share?,
        row: row.row,
    })
}

fn storage(row: &mut Row<'_, '_>, buses: &BusTable) -> Option<Storage> {
    let bus = buses.get(row, "bus");
    let [p_mw, q_mvar] = ["p_mw", "q_mvar"].map(|column| row.number(column, Some(0.0), -ANY, ANY));
    let [energy_mwh, energy_mwh_max, charge_mw_max, discharge_mw_max] =
        ["energy_mwh", "energy_mwh_max", "charge_mw_max", "discharge_mw_max"]
            .map(|column| row.number(column, None, 0.0, ANY));
    let [charge_efficiency, discharge_efficiency] =
        ["charge_efficiency", "discharge_efficiency"].map(|column| row.number(column, Some(1.0), 0.0, 1.0));
    let q_mvar_min = row.limit("q_mvar_min", f64::NEG_INFINITY);
    let q_mvar_max = row.limit("q_mvar_max", f64::INFINITY);
    let in_service = row.flag("in_service", true);
    Some(Storage {
        bus: bus?,
        in_service: in_service?,
        p_mw: p_mw?,
        q_mvar: q_mvar?,
        energy_mwh: energy_mwh?,
        energy_mwh_max: energy_mwh_max?,
        charge_mw_max: charge_mw_max?,
        discharge_mw_max: discharge_mw_max?,
        charge_efficiency: charge_efficiency?,
        discharge_efficiency: discharge_efficiency?,
        q_mvar_min: q_mvar_min?,
        q_mvar_max: q_mvar_max?,
        row: row.row,
    })
}

fn switch(row: &mut Row<'_, '_>, buses: &BusTable) -> Option<Switch> {
    let (from, to) = (buses.get(row, "from"), buses.get(row, "to"));
    let closed = row.flag("closed", true);
    Some(Switch { from: from?, to: to?, closed: closed?, row: row.row })
}
