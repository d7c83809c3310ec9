//! From the tables of a case to a [`Network`].

use super::columns::{
    BRANCH, BRANCH_NAME, BUS, BUS_NAME, DCLINE, GEN, GEN_NAME, GENCOST, GENFUEL, STORAGE, STRING_LISTS, TABLES,
};
use super::tables::{Case, Table};
use relight_model::{
    Branch, BranchKind, Bus, BusId, BusIdx, BusKind, Cost, CostCurve, Finding, Findings, Generator, HvdcLine, Load,
    LoadModel, Network, Shunt, Storage,
};
use std::collections::HashMap;

/// Makes a network; what cannot be made is an error among the findings.
pub(super) fn build(mut case: Case, findings: &mut Findings) -> Network {
    let mut network = Network::empty(std::mem::take(&mut case.name), case.base_mva.unwrap_or(f64::NAN));
    let mut build = Builder { findings, positions: HashMap::new() };
    build.header(&case);
    let names = std::mem::take(&mut case.strings);
    let [bus, gen_, branch, gencost, dcline, storage] = std::mem::take(&mut case.tables);
    drop(case);
    let [bus_names, fuels, generator_names, branch_names] = names;
    if let Some(table) = bus {
        build.list_length(BUS_NAME, bus_names.as_deref(), table.rows);
        build.buses(&table, bus_names.unwrap_or_default(), &mut network);
    }
    if let Some(table) = gen_ {
        build.list_length(GENFUEL, fuels.as_deref(), table.rows);
        build.list_length(GEN_NAME, generator_names.as_deref(), table.rows);
        let costs = gencost.map_or_else(Vec::new, |costs| build.costs(&costs, table.rows));
        build.generators(&table, generator_names.unwrap_or_default(), fuels.unwrap_or_default(), costs, &mut network);
    }
    if let Some(table) = branch {
        build.list_length(BRANCH_NAME, branch_names.as_deref(), table.rows);
        build.branches(&table, branch_names.unwrap_or_default(), &mut network);
    }
    if let Some(table) = dcline {
        build.hvdc_lines(&table, &mut network);
    }
    if let Some(table) = storage {
        build.storages(&table, &mut network);
    }
    network
}

/// Errors after which no further rows are looked at: nobody reads them, and making millions of messages takes long.
const ERRORS_MAX: usize = 1_000;

struct Builder<'f> {
    findings: &'f mut Findings,
    positions: HashMap<u32, BusIdx>,
}

/// The string of a row, or nothing.
fn take(list: &mut [String], row: usize) -> String {
    list.get_mut(row).map(std::mem::take).unwrap_or_default()
}

fn row_number(row: usize) -> u32 {
    u32::try_from(row + 1).unwrap_or(u32::MAX)
}

/// A rating: 0 and infinity mean that there is none.
fn rating(value: f64) -> Option<f64> {
    (value != 0.0 && value != f64::INFINITY).then_some(value)
}

impl Builder<'_> {
    fn header(&mut self, case: &Case) {
        match case.version.as_deref() {
            Some("2") => {}
            Some(other) => self.findings.push(
                Finding::error("unsupported-version", "only version 2 of the MATPOWER case format is read")
                    .field("version", other)
                    .allowed("'2'")
                    .hint("convert it in MATPOWER: savecase('new.m', loadcase('old.m'))"),
            ),
            None => self.findings.push(
                Finding::error("missing-version", "the file does not say that it is a MATPOWER case of version 2")
                    .allowed("mpc.version = '2';")
                    .hint("check that this is a case file; version 1 can be converted in MATPOWER with savecase"),
            ),
        }
        if case.base_mva.is_none() {
            self.findings.push(
                Finding::error("missing-base", "the file does not give the base power")
                    .field("baseMVA", "")
                    .allowed("mpc.baseMVA = 100;")
                    .hint("add the line"),
            );
        }
        for kind in [BUS, GEN, BRANCH] {
            if case.tables[kind].is_none() {
                let name = TABLES[kind].name;
                self.findings.push(
                    Finding::error("missing-table", format!("the file has no table mpc.{name}"))
                        .at(name, 0)
                        .hint("check that this is a complete case file"),
                );
            }
        }
    }

    fn list_length(&mut self, list: usize, strings: Option<&[String]>, rows: usize) {
        let (name, kind) = STRING_LISTS[list];
        let table = TABLES[kind].name;
        if let Some(strings) = strings
            && strings.len() != rows
        {
            self.findings.push(
                Finding::error("unequal-lengths", format!("the list does not have one entry a row of {table}"))
                    .at(name, 0)
                    .field("entries", strings.len())
                    .allowed(format!("{rows}, the rows of {table}"))
                    .hint("one of the two is cut off; delete the list if it is not needed"),
            );
        }
    }

    /// A whole number from 0; an error otherwise.
    fn integer(&mut self, kind: usize, row: usize, column: usize, value: f64) -> u32 {
        if value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&value) {
            return value as u32;
        }
        self.findings.push(
            Finding::error("not-an-integer", "this must be a whole number")
                .at(TABLES[kind].name, row_number(row))
                .field(TABLES[kind].column(column), value)
                .allowed("0 to 4294967295")
                .hint("check that the columns are in MATPOWER's order"),
        );
        0
    }

    /// In service; a status that is no number is an error.
    fn status(&mut self, kind: usize, row: usize, column: usize, value: f64) -> bool {
        if value.is_nan() {
            self.not_finite(kind, row, column, value);
        }
        value > 0.0
    }

    fn not_finite(&mut self, kind: usize, row: usize, column: usize, value: f64) {
        self.findings.push(
            Finding::error("not-finite", "this is not a finite number")
                .at(TABLES[kind].name, row_number(row))
                .field(TABLES[kind].column(column), value)
                .hint("check the column"),
        );
    }

    /// Position of a bus; an error, and the first bus, where it is unknown.
    fn bus(&mut self, kind: usize, row: usize, column: usize, value: f64) -> BusIdx {
        let id = self.integer(kind, row, column, value);
        if let Some(&position) = self.positions.get(&id) {
            return position;
        }
        self.findings.push(
            Finding::error("unknown-bus", format!("bus {value} is not in the bus table"))
                .at(TABLES[kind].name, row_number(row))
                .field(TABLES[kind].column(column), value)
                .allowed("an id of the bus table")
                .hint("add the bus or correct the id"),
        );
        BusIdx(0)
    }

    fn buses(&mut self, table: &Table, mut names: Vec<String>, network: &mut Network) {
        network.buses.reserve_exact(table.rows);
        self.positions.reserve(table.rows);
        for row in 0..table.rows {
            if self.findings.errors() > ERRORS_MAX {
                break;
            }
            let cells = table.row(row);
            let id = self.integer(BUS, row, 0, cells[0]);
            let kind = match cells[1] {
                1.0 => BusKind::Pq,
                2.0 => BusKind::Pv,
                3.0 => BusKind::Slack,
                4.0 => BusKind::Isolated,
                other => {
                    self.findings.push(
                        Finding::error("unknown-bus-type", "there is no such type of bus")
                            .at("bus", row_number(row))
                            .field("type", other)
                            .allowed("1 (PQ), 2 (PV), 3 (reference), 4 (isolated)")
                            .hint("check that the columns are in MATPOWER's order"),
                    );
                    BusKind::Pq
                }
            };
            // The first row of a bus given twice counts; `validate` reports the second.
            self.positions.entry(id).or_insert(BusIdx::from(row));
            network.buses.push(Bus {
                id: BusId(id),
                name: take(&mut names, row),
                kind,
                base_kv: cells[9],
                vm_pu: cells[7],
                va_deg: cells[8],
                vm_pu_max: cells[11],
                vm_pu_min: cells[12],
                area: self.integer(BUS, row, 6, cells[6]),
                zone: self.integer(BUS, row, 10, cells[10]),
                row: row_number(row),
            });
            let bus = BusIdx::from(row);
            if cells[2] != 0.0 || cells[3] != 0.0 {
                network.loads.push(Load {
                    bus,
                    p_mw: cells[2],
                    q_mvar: cells[3],
                    model: LoadModel::ConstantPower,
                    in_service: true,
                    row: row_number(row),
                });
            }
            if cells[4] != 0.0 || cells[5] != 0.0 {
                network.shunts.push(Shunt {
                    bus,
                    g_mw: cells[4],
                    b_mvar: cells[5],
                    in_service: true,
                    row: row_number(row),
                });
            }
        }
    }

    fn generators(
        &mut self,
        table: &Table,
        mut names: Vec<String>,
        mut fuels: Vec<String>,
        mut costs: Vec<Option<Cost>>,
        network: &mut Network,
    ) {
        network.generators.reserve_exact(table.rows);
        for row in 0..table.rows {
            if self.findings.errors() > ERRORS_MAX {
                break;
            }
            let cells = table.row(row);
            network.generators.push(Generator {
                name: take(&mut names, row),
                bus: self.bus(GEN, row, 0, cells[0]),
                p_mw: cells[1],
                q_mvar: cells[2],
                q_mvar_max: cells[3],
                q_mvar_min: cells[4],
                vm_pu: cells[5],
                mbase_mva: cells[6],
                in_service: self.status(GEN, row, 7, cells[7]),
                p_mw_max: cells[8],
                p_mw_min: cells[9],
                fuel: take(&mut fuels, row),
                cost: costs.get_mut(row).and_then(Option::take),
                ramp_mw_per_min: ramp_mw_per_min(cells),
                energy_mwh: None,
                row: row_number(row),
            });
        }
    }

    /// Cost of active power of each generator. A second block of rows, for reactive power, is not used.
    fn costs(&mut self, table: &Table, generators: usize) -> Vec<Option<Cost>> {
        if table.rows == 2 * generators && generators > 0 {
            self.findings.push(Finding::note("not-used", "costs of reactive power are not used").at("gencost", 0));
        } else if table.rows != generators {
            self.findings.push(
                Finding::error("unequal-lengths", "the table does not have one row a generator")
                    .at("gencost", 0)
                    .field("rows", table.rows)
                    .allowed(format!("{generators} or {}", 2 * generators))
                    .hint("one of the two is cut off; delete the table if it is not needed"),
            );
            return Vec::new();
        }
        (0..generators)
            .map_while(|row| (self.findings.errors() <= ERRORS_MAX).then(|| self.cost(table.row(row), row)))
            .collect()
    }

    fn cost(&mut self, cells: &[f64], row: usize) -> Option<Cost> {
        let count = self.integer(GENCOST, row, 3, cells[3]) as usize;
        let needed = match cells[0] {
            1.0 => count.saturating_mul(2),
            2.0 => count,
            other => {
                self.findings.push(
                    Finding::error("unknown-cost-model", "there is no such cost model")
                        .at("gencost", row_number(row))
                        .field("model", other)
                        .allowed("1 (piecewise linear), 2 (polynomial)")
                        .hint("check that the columns are in MATPOWER's order"),
                );
                return None;
            }
        };
        let Some(values) = cells[4..].get(..needed) else {
            self.findings.push(
                Finding::error("too-few-columns", "the row ends before its last cost")
                    .at("gencost", row_number(row))
                    .field("n", count)
                    .allowed(format!("{needed} columns behind the fourth, there are {}", cells.len() - 4))
                    .hint("correct n or add the costs"),
            );
            return None;
        };
        if let Some(bad) = cells[1..3].iter().chain(values).position(|v| v.is_nan()) {
            self.not_finite(GENCOST, row, bad + if bad < 2 { 1 } else { 2 }, f64::NAN);
            return None;
        }
        // "2 0 0 0" is how a file says that this generator alone has no cost.
        if cells[0] == 2.0 && count == 0 && cells[1] == 0.0 && cells[2] == 0.0 {
            return None;
        }
        let curve = if cells[0] == 1.0 {
            CostCurve::Piecewise(values.chunks_exact(2).map(|p| (p[0], p[1])).collect())
        } else {
            CostCurve::Polynomial(values.to_vec())
        };
        Some(Cost { startup: cells[1], shutdown: cells[2], curve })
    }

    fn branches(&mut self, table: &Table, mut names: Vec<String>, network: &mut Network) {
        network.branches.reserve_exact(table.rows);
        for row in 0..table.rows {
            if self.findings.errors() > ERRORS_MAX {
                break;
            }
            let cells = table.row(row);
            let (ratio, shift_deg) = (cells[8], cells[9]);
            let kind = if ratio == 0.0 && shift_deg == 0.0 { BranchKind::Line } else { BranchKind::Transformer };
            let (angle_deg_min, angle_deg_max) = match (cells.get(11), cells.get(12)) {
                (Some(&min), Some(&max)) if min != 0.0 || max != 0.0 => (
                    if min <= -360.0 { f64::NEG_INFINITY } else { min },
                    if max >= 360.0 { f64::INFINITY } else { max },
                ),
                _ => (f64::NEG_INFINITY, f64::INFINITY),
            };
            network.branches.push(Branch {
                name: take(&mut names, row),
                kind,
                from: self.bus(BRANCH, row, 0, cells[0]),
                to: self.bus(BRANCH, row, 1, cells[1]),
                r_pu: cells[2],
                x_pu: cells[3],
                g_from_pu: 0.0,
                b_from_pu: cells[4] / 2.0,
                g_to_pu: 0.0,
                b_to_pu: cells[4] / 2.0,
                tap: if ratio == 0.0 { 1.0 } else { ratio },
                shift_deg,
                rate_a_mva: rating(cells[5]),
                rate_b_mva: rating(cells[6]),
                rate_c_mva: rating(cells[7]),
                angle_deg_min,
                angle_deg_max,
                in_service: self.status(BRANCH, row, 10, cells[10]),
                row: row_number(row),
            });
        }
    }

    fn hvdc_lines(&mut self, table: &Table, network: &mut Network) {
        for row in 0..table.rows {
            if self.findings.errors() > ERRORS_MAX {
                break;
            }
            let cells = table.row(row);
            network.hvdc_lines.push(HvdcLine {
                from: self.bus(DCLINE, row, 0, cells[0]),
                to: self.bus(DCLINE, row, 1, cells[1]),
                in_service: self.status(DCLINE, row, 2, cells[2]),
                p_from_mw: cells[3],
                q_from_mvar: cells[5],
                q_to_mvar: cells[6],
                vm_from_pu: cells[7],
                vm_to_pu: cells[8],
                p_mw_min: cells[9],
                p_mw_max: cells[10],
                q_from_mvar_min: cells[11],
                q_from_mvar_max: cells[12],
                q_to_mvar_min: cells[13],
                q_to_mvar_max: cells[14],
                loss_mw: cells[15],
                loss_share: cells[16],
                row: row_number(row),
            });
        }
    }

    /// PowerModels counts `ps` and `qs` as taken from the network; here they are given to it.
    fn storages(&mut self, table: &Table, network: &mut Network) {
        for row in 0..table.rows {
            if self.findings.errors() > ERRORS_MAX {
                break;
            }
            let cells = table.row(row);
            if cells[12..16].iter().any(|&v| v != 0.0) {
                self.findings.push(
                    Finding::note("not-used", "r, x, p_loss and q_loss of storage are not used")
                        .at("storage", row_number(row)),
                );
            }
            network.storages.push(Storage {
                bus: self.bus(STORAGE, row, 0, cells[0]),
                p_mw: 0.0 - cells[1],
                q_mvar: 0.0 - cells[2],
                energy_mwh: cells[3],
                energy_mwh_max: cells[4],
                charge_mw_max: cells[5],
                discharge_mw_max: cells[6],
                charge_efficiency: cells[7],
                discharge_efficiency: cells[8],
                q_mvar_min: cells[10],
                q_mvar_max: cells[11],
                in_service: self.status(STORAGE, row, 16, cells[16]),
                row: row_number(row),
            });
        }
    }
}

/// Ramp rate from the columns RAMP_30, RAMP_10 (MW in so many minutes) and RAMP_AGC (MW per minute): the first that is above 0,
/// since a plan's steps are nearest to half an hour. 0, and columns that are not there, say nothing.
fn ramp_mw_per_min(cells: &[f64]) -> Option<f64> {
    let given = |column: usize| cells.get(column).copied().filter(|r| *r > 0.0 && r.is_finite());
    given(18).map(|mw| mw / 30.0).or(given(17).map(|mw| mw / 10.0)).or(given(16))
}
