//! What makes a heat network meaningful, whatever file it came from. Readers call [`network`] before they hand one out.

use crate::{Draw, Finding, Findings, Fluid, GeoPoint, HeatNetwork, JunctionIdx, Property};
use std::collections::HashMap;

/// Names of the tables in messages, so that a person finds them in their file. In the order of [`HeatNetwork`]'s fields.
#[derive(Clone, Copy, Debug)]
pub struct Tables {
    /// Table of the fluid.
    pub fluid: &'static str,
    /// Table of the junctions.
    pub junction: &'static str,
    /// Table of the pipes.
    pub pipe: &'static str,
    /// Table of the valves.
    pub valve: &'static str,
    /// Table of the pumps.
    pub pump: &'static str,
    /// Table of the sources.
    pub source: &'static str,
    /// Table of the substations.
    pub substation: &'static str,
    /// Table of the fixed pressures.
    pub fixed_pressure: &'static str,
    /// Table of the given flows.
    pub injection: &'static str,
}

/// Temperatures of liquid water in a network, °C; other fluids freeze lower.
const T_C: (f64, f64) = (-60.0, 250.0);
/// Longest tables; positions are 32 bits and memory is finite.
const ROWS_MAX: usize = 20_000_000;
/// Most points of a fluid's curve.
const POINTS_MAX: usize = 10_000;

/// Checks a heat network. Errors make an answer from it meaningless; warnings say what looks wrong but can be used as it is.
pub fn network(network: &HeatNetwork, tables: &Tables) -> Findings {
    let mut check = Check { junctions: network.junctions.len(), findings: Findings::default() };
    let lengths = [network.junctions.len(), network.pipes.len(), network.substations.len(), network.valves.len()];
    if network.junctions.is_empty() {
        let finding = Finding::error("no-junctions", "the heat network has no junction").at(tables.junction, 0);
        check.findings.push(finding.hint("check that this is a complete file"));
        return check.findings;
    }
    if lengths.into_iter().any(|rows| rows > ROWS_MAX) {
        check.findings.push(Finding::error("too-large", "more rows than can be planned").allowed("20 million a table"));
        return check.findings;
    }
    fluid(network, tables, &mut check);
    junctions_and_pipes(network, tables, &mut check);
    valves_and_pumps(network, tables, &mut check);
    sources(network, tables, &mut check);
    substations(network, tables, &mut check);
    given(network, tables, &mut check);
    if !check.findings.has_errors() {
        joined(network, tables, &mut check);
    }
    check.findings
}

struct Check {
    junctions: usize,
    findings: Findings,
}

impl Check {
    /// An error unless `low <= value <= high`; NaN never passes.
    fn range(&mut self, (table, row): (&str, usize), field: &str, value: f64, low: f64, high: f64) {
        if !(low..=high).contains(&value) {
            let (code, what) = if value.is_finite() {
                ("out-of-range", "out of range")
            } else {
                ("not-finite", "not a finite number")
            };
            self.findings.push(
                Finding::error(code, format!("{field} is {what}"))
                    .at(table, row as u32)
                    .field(field, value)
                    .allowed(format!("{low} to {high}"))
                    .hint("check the unit and the column"),
            );
        }
    }

    /// An error unless the value is above 0 and not above `high`.
    fn positive(&mut self, (table, row): (&str, usize), field: &str, value: f64, high: f64) {
        if !(value > 0.0 && value <= high) {
            self.findings.push(
                Finding::error("not-positive", format!("{field} must be above 0"))
                    .at(table, row as u32)
                    .field(field, value)
                    .allowed(format!("above 0, at most {high}"))
                    .hint("check the unit and the column"),
            );
        }
    }

    /// Errors for ids that are empty or there already.
    fn ids<'a>(&mut self, table: &str, ids: impl Iterator<Item = &'a String>) {
        let mut first: HashMap<&str, usize> = HashMap::new();
        for (row, id) in (1..).zip(ids) {
            if id.is_empty() {
                let finding = Finding::error("empty-id", "the id is empty").at(table, row as u32).field("id", "");
                self.findings.push(finding.hint("give every row an id of its own"));
            } else if let Some(before) = first.insert(id, row) {
                self.findings.push(
                    Finding::error("duplicate-id", format!("{id:?} stands in row {before} already"))
                        .at(table, row as u32)
                        .field("id", id)
                        .allowed("each id once in a table")
                        .hint("give one of the two rows an id of its own"),
                );
            }
        }
    }

    /// Errors for ends that do not exist, and a warning where both are the same.
    fn ends(&mut self, (table, row): (&str, usize), fields: [&str; 2], ends: [JunctionIdx; 2]) {
        for (field, end) in fields.into_iter().zip(ends) {
            self.junction((table, row), field, end);
        }
        if ends[0] == ends[1] {
            let finding = Finding::warning("same-junction", "both ends are the same junction: no water passes");
            let finding = finding.at(table, row as u32).field(fields[1], ends[1].0);
            self.findings.push(finding.hint("check the two junctions of this row"));
        }
    }

    fn junction(&mut self, (table, row): (&str, usize), field: &str, at: JunctionIdx) {
        if at.i() >= self.junctions {
            let finding = Finding::error("unknown-junction", "there is no such junction").at(table, row as u32);
            let finding = finding.field(field, at.0).allowed(format!("a position below {}", self.junctions));
            self.findings.push(finding.hint("add the junction or correct the reference"));
        }
    }
}

fn fluid(network: &HeatNetwork, tables: &Tables, check: &mut Check) {
    let Fluid::Given { density_kg_per_m3, heat_capacity_j_per_kg_k, viscosity_pa_s } = &network.fluid else { return };
    for (field, property, high) in [
        ("density_kg_per_m3", density_kg_per_m3, 1e5),
        ("heat_capacity_j_per_kg_k", heat_capacity_j_per_kg_k, 1e6),
        ("viscosity_pa_s", viscosity_pa_s, 1e3),
    ] {
        let at = (tables.fluid, 0);
        match property {
            Property::Constant(value) => check.positive(at, field, *value, high),
            Property::Points(points) => {
                let rising = points.windows(2).all(|p| p[0].0 < p[1].0) && points.iter().all(|p| p.0.is_finite());
                if points.is_empty() || points.len() > POINTS_MAX || !rising {
                    let finding =
                        Finding::error("bad-fluid-points", format!("the points of {field} do not make a curve"));
                    let finding = finding.at(tables.fluid, 0).field(field, points.len());
                    let allowed = format!("1 to {POINTS_MAX} points, temperatures rising");
                    check.findings.push(finding.allowed(allowed).hint("sort the points by temperature"));
                }
                points.iter().for_each(|&(_, value)| check.positive(at, field, value, high));
            }
        }
    }
}

fn junctions_and_pipes(network: &HeatNetwork, tables: &Tables, check: &mut Check) {
    check.ids(tables.junction, network.junctions.iter().map(|j| &j.id));
    for (row, junction) in (1..).zip(&network.junctions) {
        let at = (tables.junction, row);
        check.range(at, "height_m", junction.height_m, -1e4, 1e4);
        check.range(at, "t_c", junction.t_c, T_C.0, T_C.1);
    }
    check.ids(tables.pipe, network.pipes.iter().map(|p| &p.id));
    for (row, pipe) in (1..).zip(&network.pipes) {
        let at = (tables.pipe, row);
        check.ends(at, ["from", "to"], [pipe.from, pipe.to]);
        check.positive(at, "length_m", pipe.length_m, 1e6);
        check.positive(at, "d_inner_m", pipe.d_inner_m, 20.0);
        check.range(at, "roughness_mm", pipe.roughness_mm, 0.0, 100.0);
        check.range(at, "zeta", pipe.zeta, 0.0, 1e9);
        check.range(at, "u_w_per_m_k", pipe.u_w_per_m_k, 0.0, 1e6);
        check.range(at, "t_ground_c", pipe.t_ground_c, -90.0, 200.0);
        check.range(at, "q_ext_w", pipe.q_ext_w, -1e10, 1e10);
    }
}

fn valves_and_pumps(network: &HeatNetwork, tables: &Tables, check: &mut Check) {
    check.ids(tables.valve, network.valves.iter().map(|v| &v.id));
    for (row, valve) in (1..).zip(&network.valves) {
        let at = (tables.valve, row);
        check.ends(at, ["from", "to"], [valve.from, valve.to]);
        check.positive(at, "d_inner_m", valve.d_inner_m, 20.0);
        check.range(at, "zeta", valve.zeta, 0.0, 1e9);
    }
    check.ids(tables.pump, network.pumps.iter().map(|p| &p.id));
    for (row, pump) in (1..).zip(&network.pumps) {
        let at = (tables.pump, row);
        check.ends(at, ["from", "to"], [pump.from, pump.to]);
        let curve = &pump.curve.coefficients;
        curve.iter().for_each(|&c| check.range(at, "curve", c, -1e6, 1e6));
        let lifts = pump.curve.lift_bar(0.0).0 > 0.0;
        if curve.is_empty() || curve.len() > 10 || (!lifts && curve.iter().all(|c| c.is_finite())) {
            check.findings.push(
                Finding::error("pump-without-curve", "the pump has no curve of lift over flow")
                    .at(tables.pump, row as u32)
                    .field("curve", format!("{:?}", &curve[..curve.len().min(10)]))
                    .allowed("1 to 10 coefficients, bar over m3/h, highest power first; above 0 without flow")
                    .hint("give the pump the curve of its data sheet"),
            );
        }
    }
}

fn sources(network: &HeatNetwork, tables: &Tables, check: &mut Check) {
    check.ids(tables.source, network.sources.iter().map(|s| &s.id));
    for (row, source) in (1..).zip(&network.sources) {
        let at = (tables.source, row);
        check.ends(at, ["return_junction", "supply_junction"], [source.return_junction, source.supply_junction]);
        if !(source.heat_mw_max > 0.0 && source.heat_mw_max <= 1e6) {
            check.findings.push(
                Finding::error("source-without-capacity", "the source has no heat that it can give")
                    .at(tables.source, row as u32)
                    .field("heat_mw_max", source.heat_mw_max)
                    .allowed("above 0, at most 1000000")
                    .hint("give its capacity in MW; what is out belongs into the damage list"),
            );
        }
        check.range(at, "t_supply_c", source.t_supply_c, T_C.0, T_C.1);
        check.positive(at, "lift_bar", source.lift_bar, 1e3);
        if let Some(p_bar) = source.p_return_bar {
            check.range(at, "p_return_bar", p_bar, -1.0, 1e3);
        }
        check.range(at, "heat_per_power", source.heat_per_power, 0.0, 1e3);
        check.range(at, "heat_mw_alone", source.heat_mw_alone, 0.0, 1e6);
    }
    let held = network.sources.iter().any(|s| s.p_return_bar.is_some()) || !network.fixed_pressures.is_empty();
    if !held && !network.sources.is_empty() {
        let finding = Finding::warning("no-held-pressure", "no source says which pressure it holds; 3 bar is taken");
        let finding = finding.at(tables.source, 0).allowed("p_return_bar of at least one source");
        check.findings.push(finding.hint("flows do not hang on it, pressures do"));
    }
}

fn substations(network: &HeatNetwork, tables: &Tables, check: &mut Check) {
    check.ids(tables.substation, network.substations.iter().map(|s| &s.id));
    let fed = network.sources.iter().map(|s| s.t_supply_c).chain(network.fixed_pressures.iter().map(|f| f.t_c));
    let hottest_c = fed.fold(f64::NEG_INFINITY, f64::max);
    for (row, substation) in (1..).zip(&network.substations) {
        let at = (tables.substation, row);
        let ends = [substation.supply_junction, substation.return_junction];
        check.ends(at, ["supply_junction", "return_junction"], ends);
        check.range(at, "heat_kw", substation.heat_kw, 0.0, 1e9);
        check.range(at, "dp_bar_min", substation.dp_bar_min, 0.0, 1e3);
        check.range(at, "t_return_c_min", substation.t_return_c_min, T_C.0, T_C.1);
        match substation.draw {
            Draw::Flow(mdot) => check.range(at, "mdot_kg_per_s", mdot, 0.0, 1e6),
            Draw::ReturnAt(t_c) => {
                check.range(at, "t_return_c", t_c, T_C.0, T_C.1);
                if hottest_c.is_finite() && t_c >= hottest_c {
                    check.findings.push(
                        Finding::error("supply-below-return", "no supply is hotter than this return")
                            .at(tables.substation, row as u32)
                            .field("t_return_c", t_c)
                            .allowed(format!("below {hottest_c}, the hottest supply"))
                            .hint("check whether supply and return were exchanged"),
                    );
                }
            }
        }
    }
}

fn given(network: &HeatNetwork, tables: &Tables, check: &mut Check) {
    let mut pressure: HashMap<JunctionIdx, f64> = HashMap::new();
    for (row, fixed) in (1..).zip(&network.fixed_pressures) {
        let at = (tables.fixed_pressure, row);
        check.junction(at, "junction", fixed.junction);
        check.range(at, "p_bar", fixed.p_bar, -1e4, 1e4);
        check.range(at, "t_c", fixed.t_c, T_C.0, T_C.1);
        let other = *pressure.entry(fixed.junction).or_insert(fixed.p_bar);
        if other != fixed.p_bar {
            let finding = Finding::error("two-pressures", "two pressures are fixed at one junction");
            let finding = finding.at(tables.fixed_pressure, row as u32).field("p_bar", fixed.p_bar);
            check.findings.push(finding.allowed(format!("{other}, as in a row above")).hint("remove one of the two"));
        }
    }
    for (row, injection) in (1..).zip(&network.injections) {
        let at = (tables.injection, row);
        check.junction(at, "junction", injection.junction);
        check.range(at, "mdot_kg_per_s", injection.mdot_kg_per_s, -1e6, 1e6);
    }
}

/// Warnings about parts without anything that feeds them: most often two nets that should be joined, at a place where each has an
/// id of its own.
fn joined(network: &HeatNetwork, tables: &Tables, check: &mut Check) {
    let part = parts(network);
    let mut fed = vec![false; part.len()];
    let at =
        network.sources.iter().map(|s| s.supply_junction).chain(network.fixed_pressures.iter().map(|f| f.junction));
    at.for_each(|j| fed[part[j.i()]] = true);
    // Consumers of each unfed part, by its first junction.
    let mut hungry: HashMap<usize, usize> = HashMap::new();
    for substation in network.substations.iter().filter(|s| s.in_service) {
        let part = part[substation.supply_junction.i()];
        if !fed[part] {
            *hungry.entry(part).or_default() += 1;
        }
    }
    let place = |at: GeoPoint| (at.lat_deg.to_bits(), at.lon_deg.to_bits());
    let mut at: HashMap<_, usize> = HashMap::new();
    let mut twin: HashMap<usize, (usize, usize)> = HashMap::new();
    for (k, junction) in network.junctions.iter().enumerate() {
        let Some(point) = junction.at else { continue };
        let first = *at.entry(place(point)).or_insert(k);
        if part[first] != part[k] {
            for (unfed, here, there) in [(part[k], k, first), (part[first], first, k)] {
                twin.entry(unfed).or_insert((here, there));
            }
        }
    }
    let mut hungry: Vec<_> = hungry.into_iter().collect();
    hungry.sort_unstable();
    for (part, consumers) in hungry {
        let (here, finding) = match twin.get(&part) {
            Some(&(here, there)) => (
                here,
                Finding::warning(
                    "nets-not-joined",
                    format!(
                        "no source feeds {consumers} consumers: at one place the nets have different ids, {:?} and {:?}",
                        network.junctions[here].id, network.junctions[there].id
                    ),
                ),
            ),
            None => {
                (part, Finding::warning("part-without-source", format!("no source is joined to {consumers} consumers")))
            }
        };
        let finding = finding.at(tables.junction, here as u32 + 1).field("id", &network.junctions[here].id);
        check.findings.push(finding.hint("give the junction where two nets meet one id, or add the pipe between them"));
    }
}

/// Per junction the first junction of its part, whatever is open, shut or out.
fn parts(network: &HeatNetwork) -> Vec<usize> {
    let pipes = network.pipes.iter().map(|p| (p.from, p.to));
    let valves = network.valves.iter().map(|v| (v.from, v.to));
    let pumps = network.pumps.iter().map(|p| (p.from, p.to));
    let sources = network.sources.iter().map(|s| (s.return_junction, s.supply_junction));
    let substations = network.substations.iter().map(|s| (s.supply_junction, s.return_junction));
    let mut parent: Vec<usize> = (0..network.junctions.len()).collect();
    for (a, b) in pipes.chain(valves).chain(pumps).chain(sources).chain(substations) {
        let (a, b) = (root(&mut parent, a.i()), root(&mut parent, b.i()));
        parent[a.max(b)] = a.min(b);
    }
    (0..parent.len()).map(|k| root(&mut parent, k)).collect()
}

fn root(parent: &mut [usize], mut k: usize) -> usize {
    while parent[k] != k {
        parent[k] = parent[parent[k]];
        k = parent[k];
    }
    k
}

#[cfg(test)]
mod tests;
