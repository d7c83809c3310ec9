//! From the tables of pandapipes to a heat network.

use crate::pandapower::frame::{Frame, Row};
use relight_model::{
    Draw, Findings, FixedPressure, Fluid, HeatNetwork, HeatSource, Injection, Junction, JunctionIdx, Pipe, Property,
    Pump, PumpCurve, SourceKind, Substation, Valve,
};
use std::collections::{BTreeMap, HashMap};
use std::f64::consts::PI;

const KELVIN: f64 = 273.15;
/// Ground and air where the file says nothing: pandapipes' ambient temperature, K.
const AMBIENT_K: f64 = 293.15;
/// Heat of a source whose file gives no limit, MW.
const NO_LIMIT_MW: f64 = 1e6;
/// Length of a heat exchanger as a pipe, m: its pressure is lost in its coefficient alone.
const EXCHANGER_M: f64 = 1e-6;
/// Temperature below which consumers do not cool the water, °C. pandapipes has no such limit; water would freeze.
const RETURN_C_MIN: f64 = 0.0;

pub(super) struct Builder<'a> {
    tables: &'a BTreeMap<String, Frame>,
    curves: BTreeMap<String, Vec<f64>>,
    network: HeatNetwork,
    position: HashMap<i64, JunctionIdx>,
    pipe: HashMap<i64, usize>,
    findings: &'a mut Findings,
}

impl<'a> Builder<'a> {
    pub fn new(
        tables: &'a BTreeMap<String, Frame>,
        curves: BTreeMap<String, Vec<f64>>,
        network: HeatNetwork,
        findings: &'a mut Findings,
    ) -> Self {
        Self { tables, curves, network, position: HashMap::new(), pipe: HashMap::new(), findings }
    }

    pub fn build(mut self) -> HeatNetwork {
        self.junctions();
        self.pipes();
        self.exchangers();
        self.valves();
        self.pumps();
        self.given();
        self.circulation();
        self.consumers();
        self.controls();
        self.network
    }

    fn rows(&self, table: &str) -> impl Iterator<Item = Row<'a>> + use<'a> {
        self.tables.get(table).into_iter().flat_map(Frame::rows)
    }

    /// Rows of a table that are in service.
    fn in_service(&mut self, table: &str) -> Vec<Row<'a>> {
        let rows: Vec<Row<'a>> = self.rows(table).collect();
        rows.into_iter().filter(|row| row.flag("in_service", true, self.findings)).collect()
    }

    /// The junction that a column names; `None` beside an error.
    fn junction(&mut self, row: Row<'_>, column: &str) -> Option<JunctionIdx> {
        let index = row.whole(column, self.findings)?;
        let found = self.position.get(&index).copied();
        if found.is_none() {
            row.fault(self.findings, "unknown-junction", column, "there is no such junction", "an index of junction");
        }
        found
    }

    fn celsius(&mut self, row: Row<'_>, column: &str) -> f64 {
        row.number(column, self.findings) - KELVIN
    }

    /// Inner diameter, m: `inner_diameter_mm`, or `diameter_m` of files before 0.13.
    fn inner_m(&mut self, row: Row<'_>) -> f64 {
        if row.has("diameter_m") && !row.has("inner_diameter_mm") {
            return row.number("diameter_m", self.findings);
        }
        row.number("inner_diameter_mm", self.findings) * 1e-3
    }

    fn junctions(&mut self) {
        for row in self.rows("junction") {
            let at = JunctionIdx::from(self.network.junctions.len());
            if self.position.insert(row.index(), at).is_some() {
                row.fault(self.findings, "duplicate-id", "id", "this index is there already", "each index once");
            }
            let f = &mut *self.findings;
            self.network.junctions.push(Junction {
                id: row.index().to_string(),
                height_m: row.number_or("height_m", 0.0, f),
                t_c: row.number("tfluid_k", f) - KELVIN,
                at: None,
                in_service: row.flag("in_service", true, f),
            });
        }
    }

    fn pipes(&mut self) {
        for row in self.rows("pipe") {
            let (Some(from), Some(to)) = (self.junction(row, "from_junction"), self.junction(row, "to_junction"))
            else {
                continue;
            };
            let d_inner_m = self.inner_m(row);
            self.pipe.insert(row.index(), self.network.pipes.len());
            let f = &mut *self.findings;
            // pandapipes: the surface of heat transfer is the outer one where it is given, else the inner one.
            let d_outer_m = row.given("outer_diameter_mm", f).map_or(d_inner_m, |d| d * 1e-3);
            self.network.pipes.push(Pipe {
                id: row.index().to_string(),
                from,
                to,
                length_m: row.number("length_km", f) * 1e3,
                d_inner_m,
                roughness_mm: row.number("k_mm", f),
                zeta: row.number_or("loss_coefficient", 0.0, f),
                u_w_per_m_k: row.number_or("u_w_per_m2k", row.number_or("alpha_w_per_m2k", 0.0, f), f) * PI * d_outer_m,
                t_ground_c: row.number_or("text_k", AMBIENT_K, f) - KELVIN,
                // pandapipes counts heat that leaves the water.
                q_ext_w: 0.0 - row.number_or("qext_w", 0.0, f),
                in_service: row.flag("in_service", true, f),
            });
        }
    }

    fn exchangers(&mut self) {
        for row in self.rows("heat_exchanger") {
            let (Some(from), Some(to)) = (self.junction(row, "from_junction"), self.junction(row, "to_junction"))
            else {
                continue;
            };
            let d_inner_m = self.inner_m(row);
            let f = &mut *self.findings;
            self.network.pipes.push(Pipe {
                id: format!("heat_exchanger {}", row.index()),
                from,
                to,
                length_m: EXCHANGER_M,
                d_inner_m,
                roughness_mm: 0.0,
                zeta: row.number_or("loss_coefficient", 0.0, f),
                u_w_per_m_k: 0.0,
                t_ground_c: AMBIENT_K - KELVIN,
                q_ext_w: 0.0 - row.number("qext_w", f),
                in_service: row.flag("in_service", true, f),
            });
        }
    }

    /// Valves between junctions; a valve between a junction and a pipe is part of the pipe.
    fn valves(&mut self) {
        for row in self.rows("valve") {
            let d_inner_m = self.inner_m(row);
            let zeta = row.number_or("loss_coefficient", 0.0, self.findings);
            let open = row.flag("opened", true, self.findings) && row.flag("in_service", true, self.findings);
            let ends = if row.has("et") { ["junction", "element"] } else { ["from_junction", "to_junction"] };
            match row.text("et") {
                "" | "ju" => {
                    let (Some(from), Some(to)) = (self.junction(row, ends[0]), self.junction(row, ends[1])) else {
                        continue;
                    };
                    self.network.valves.push(Valve { id: row.index().to_string(), from, to, d_inner_m, zeta, open });
                }
                "pi" => self.valve_at_pipe(row, d_inner_m, zeta, open),
                _ => row.fault(self.findings, "unknown-kind", "et", "unknown kind of valve", "ju, pi"),
            }
        }
    }

    fn valve_at_pipe(&mut self, row: Row<'_>, d_inner_m: f64, zeta: f64, open: bool) {
        let Some(element) = row.whole("element", self.findings) else { return };
        let Some(&k) = self.pipe.get(&element) else {
            return row.fault(self.findings, "unknown-pipe", "element", "there is no such pipe", "an index of pipe");
        };
        let pipe = &mut self.network.pipes[k];
        // ζ is of the valve's own speed; speeds are as the squares of diameters.
        pipe.zeta += zeta * (pipe.d_inner_m / d_inner_m).powi(4);
        pipe.in_service &= open;
    }

    fn pumps(&mut self) {
        for row in self.rows("pump") {
            let (Some(from), Some(to)) = (self.junction(row, "from_junction"), self.junction(row, "to_junction"))
            else {
                continue;
            };
            let kind = row.text("std_type");
            let coefficients = self.curves.get(kind).cloned().unwrap_or_default();
            if coefficients.is_empty() {
                let what = "the pump has no curve of lift over flow";
                row.fault(self.findings, "pump-without-curve", "std_type", what, "a pump type of the file");
            }
            self.network.pumps.push(Pump {
                id: row.index().to_string(),
                from,
                to,
                curve: PumpCurve { coefficients },
                feeder: None,
                bypass: false,
                in_service: row.flag("in_service", true, self.findings),
            });
        }
    }

    /// External grids, sinks, sources and storages.
    fn given(&mut self) {
        for row in self.in_service("ext_grid") {
            let Some(junction) = self.junction(row, "junction") else { continue };
            let kind = row.text("type");
            if !matches!(kind, "" | "p" | "pt") {
                row.fault(
                    self.findings,
                    "unsupported-value",
                    "type",
                    "this kind of external grid is not read",
                    "p, pt",
                );
                continue;
            }
            let p_bar = row.number("p_bar", self.findings);
            let own_c = self.network.junctions[junction.i()].t_c;
            let t_c = if kind == "p" { own_c } else { self.celsius(row, "t_k") };
            self.network.fixed_pressures.push(FixedPressure { junction, p_bar, t_c });
        }
        for (table, sign) in [("sink", -1.0), ("source", 1.0), ("mass_storage", -1.0)] {
            for row in self.in_service(table) {
                let Some(junction) = self.junction(row, "junction") else { continue };
                let f = &mut *self.findings;
                let mdot_kg_per_s = sign * row.number("mdot_kg_per_s", f) * row.number_or("scaling", 1.0, f);
                self.network.injections.push(Injection { junction, mdot_kg_per_s });
            }
        }
    }

    /// Circulation pumps: those that hold a pressure are sources; those that hold a flow are a fixed pressure and a flow out.
    fn circulation(&mut self) {
        for table in ["circ_pump_pressure", "circ_pump_mass"] {
            for row in self.rows(table) {
                let (Some(back), Some(supply)) =
                    (self.junction(row, "return_junction"), self.junction(row, "flow_junction"))
                else {
                    continue;
                };
                let in_service = row.flag("in_service", true, self.findings);
                let t_supply_c = self.celsius(row, "t_flow_k");
                let p_flow_bar = row.number("p_flow_bar", self.findings);
                if table == "circ_pump_mass" {
                    let mdot = row.number("mdot_flow_kg_per_s", self.findings);
                    if in_service {
                        let fixed = FixedPressure { junction: supply, p_bar: p_flow_bar, t_c: t_supply_c };
                        self.network.fixed_pressures.push(fixed);
                        self.network.injections.push(Injection { junction: back, mdot_kg_per_s: -mdot });
                    }
                    continue;
                }
                let lift_bar = row.number("plift_bar", self.findings);
                self.network.sources.push(HeatSource {
                    id: row.index().to_string(),
                    name: row.text("name").to_owned(),
                    kind: SourceKind::BoilerHouse,
                    return_junction: back,
                    supply_junction: supply,
                    heat_mw_max: NO_LIMIT_MW,
                    t_supply_c,
                    lift_bar,
                    p_return_bar: Some(p_flow_bar - lift_bar),
                    feeder: None,
                    generator: None,
                    heat_per_power: 0.0,
                    heat_mw_alone: NO_LIMIT_MW,
                    in_service,
                });
            }
        }
    }

    /// Heat consumers, each given by two of heat, flow, spread and return temperature.
    fn consumers(&mut self) {
        let fed = self.network.sources.iter().map(|s| s.t_supply_c);
        let fed_c = fed.chain(self.network.fixed_pressures.iter().map(|f| f.t_c)).fold(f64::NEG_INFINITY, f64::max);
        for row in self.rows("heat_consumer") {
            let (Some(supply_junction), Some(return_junction)) =
                (self.junction(row, "from_junction"), self.junction(row, "to_junction"))
            else {
                continue;
            };
            let f = &mut *self.findings;
            let [heat_w, mdot, spread_k, return_k] =
                ["qext_w", "controlled_mdot_kg_per_s", "deltat_k", "treturn_k"].map(|column| row.given(column, f));
            let cp = |t_c: f64| heat_capacity(&self.network.fluid, t_c);
            let (heat_w, draw) = match (heat_w, mdot, spread_k, return_k) {
                (Some(q), Some(m), None, None) => (q, Draw::Flow(m)),
                (Some(q), None, None, Some(t_k)) => (q, Draw::ReturnAt(t_k - KELVIN)),
                // The spread fixes the flow but for the heat capacity, which is taken at the hottest supply less half of it.
                (Some(q), None, Some(dt), None) if dt > 0.0 => (q, Draw::Flow(q / (cp(fed_c - dt / 2.0) * dt))),
                (None, Some(m), Some(dt), None) => (m * cp(fed_c - dt / 2.0) * dt, Draw::Flow(m)),
                _ => {
                    let allowed = "qext_w with one of the three others, or controlled_mdot_kg_per_s with deltat_k";
                    row.fault(f, "unsupported-value", "treturn_k", "this way to give a consumer is not read", allowed);
                    continue;
                }
            };
            if heat_w < 0.0 {
                row.fault(f, "negative", "qext_w", "a consumer cannot give heat", "0 or more");
            }
            self.network.substations.push(Substation {
                id: row.index().to_string(),
                supply_junction,
                return_junction,
                heat_kw: heat_w * 1e-3,
                draw,
                dp_bar_min: 0.0,
                t_return_c_min: RETURN_C_MIN,
                feeder: None,
                in_service: row.flag("in_service", true, f),
            });
        }
    }

    /// Controls of pressure and flow: inactive ones are open passages, active ones cannot be said with a heat network.
    fn controls(&mut self) {
        for table in ["press_control", "flow_control"] {
            for row in self.in_service(table) {
                if row.flag("control_active", true, self.findings) {
                    let what = "a control that holds a pressure or a flow is not read";
                    row.fault(self.findings, "unsupported-element", "control_active", what, "false, or not in service");
                    continue;
                }
                let (Some(from), Some(to)) = (self.junction(row, "from_junction"), self.junction(row, "to_junction"))
                else {
                    continue;
                };
                let zeta = row.number_or("loss_coefficient", 0.0, self.findings);
                let d_inner_m = if row.has("inner_diameter_mm") { self.inner_m(row) } else { 0.1 };
                let id = format!("{table} {}", row.index());
                self.network.valves.push(Valve { id, from, to, d_inner_m, zeta, open: true });
            }
        }
    }
}

/// Heat capacity at a temperature, J/(kg K).
fn heat_capacity(fluid: &Fluid, t_c: f64) -> f64 {
    match fluid {
        Fluid::Given { heat_capacity_j_per_kg_k: Property::Constant(cp), .. } => *cp,
        Fluid::Given { heat_capacity_j_per_kg_k: Property::Points(points), .. } => {
            let k = points.partition_point(|p| p.0 <= t_c).clamp(1, points.len().max(2) - 1);
            match (points.get(k - 1), points.get(k)) {
                (Some(a), Some(b)) => a.1 + (b.1 - a.1) / (b.0 - a.0) * (t_c - a.0),
                (Some(only), None) => only.1,
                _ => f64::NAN,
            }
        }
        Fluid::Water => 4190.0,
    }
}
