//! From the components of a grid to a [`Network`]. Equations are numbered in the parent module.

use super::document::{Tables, number, row_number};
use super::places::{BranchPlace, Case, LinkPlace, LoadPlace, Places, SourcePlace};
use super::transformer::{Pi, Plate, star};
use relight_model::{
    Branch, BranchIdx, BranchKind, Bus, BusId, BusIdx, BusKind, Finding, Findings, Generator, Load, LoadModel, Network,
    Shunt, Switch,
};
use serde_json::{Map, Value};
use std::collections::HashSet;

const FREQUENCY_HZ: f64 = 50.0;
/// Smallest impedance given to a source, p.u. Below it, rounding of voltages would be seen in power: 1e-16 over
/// this is 2e-9 p.u., well below the default tolerance of a power flow.
const STIFF_Z_PU: f64 = 5e-8;
const SOURCE_SK_VA: f64 = 1e10;
const SOURCE_RX_RATIO: f64 = 0.1;
/// Largest power that the model lets a generator have, MW.
const SOURCE_MW_MAX: f64 = 1e9;

/// Components that are read, in the order in which their elements appear in the network.
const READ: [&str; 12] = [
    "node",
    "line",
    "link",
    "transformer",
    "generic_branch",
    "three_winding_transformer",
    "source",
    "sym_load",
    "asym_load",
    "sym_gen",
    "asym_gen",
    "shunt",
];
/// Components that do not change a power flow.
const WITHOUT_EFFECT: [&str; 7] = [
    "sym_voltage_sensor",
    "asym_voltage_sensor",
    "sym_power_sensor",
    "asym_power_sensor",
    "sym_current_sensor",
    "asym_current_sensor",
    "fault",
];

pub(super) fn build(tables: &Tables, findings: &mut Findings) -> Case {
    let base_mva = base_mva(tables);
    let mut builder = Builder {
        network: Network::empty("", base_mva),
        places: Places::default(),
        findings,
        ids: HashSet::new(),
        next_bus_id: 0,
        stiffest_sk_va: 0.0,
    };
    builder.check_components(tables);
    for component in READ {
        let rows = tables.get(component).map_or(&[][..], Vec::as_slice);
        if component == "node" {
            builder.nodes(rows);
            continue;
        }
        if component == "source" {
            builder.stiffest_sk_va = rows.iter().filter_map(sk_va).fold(0.0, f64::max);
        }
        for (i, attributes) in rows.iter().enumerate() {
            if builder.findings.errors() > ERRORS_MAX {
                break;
            }
            let row = Row { component, number: row_number(i), attributes };
            let Some(id) = builder.id(&row) else { continue };
            match component {
                "line" => builder.line(&row, id),
                "link" => builder.link(&row, id),
                "transformer" => builder.transformer(&row, id),
                "generic_branch" => builder.generic_branch(&row, id),
                "three_winding_transformer" => builder.three_winding_transformer(&row, id),
                "source" => builder.source(&row, id),
                "shunt" => builder.shunt(&row, id),
                _ => builder.load(&row, id),
            }
        }
    }
    Case { network: builder.network, places: builder.places }
}

/// A power of ten above the power of all loads and generators, so that a grid of watts is computed as exactly as one of
/// gigawatts; 1 MVA without any.
fn base_mva(tables: &Tables) -> f64 {
    let total_va: f64 = ["sym_load", "asym_load", "sym_gen", "asym_gen"]
        .iter()
        .filter_map(|component| tables.get(*component))
        .flatten()
        .map(|row| {
            let part = |key: &str| number(row.get(key)).ok().flatten().unwrap_or(0.0);
            part("p_specified").hypot(part("q_specified"))
        })
        .filter(|va| va.is_finite())
        .sum();
    if total_va > 0.0 { 10f64.powi((total_va.log10().ceil() as i32).clamp(0, 12) - 6) } else { 1.0 }
}

/// Short-circuit power of a source, VA.
fn sk_va(row: &Map<String, Value>) -> Option<f64> {
    number(row.get("sk")).ok().map(|sk| sk.unwrap_or(SOURCE_SK_VA))
}

/// A row of a component.
pub(super) struct Row<'r> {
    pub component: &'static str,
    /// Counted from 1.
    pub number: u32,
    pub attributes: &'r Map<String, Value>,
}

/// Errors after which no further rows are looked at.
const ERRORS_MAX: usize = 1_000;

/// What has been made so far.
pub(super) struct Builder<'f> {
    pub network: Network,
    pub places: Places,
    pub findings: &'f mut Findings,
    /// Ids met so far, of any component.
    pub ids: HashSet<i64>,
    /// Id of the next auxiliary bus.
    next_bus_id: u32,
    stiffest_sk_va: f64,
}

/// What a branch component is, before its open ends are dealt with. Impedance and admittance in p.u.
struct Circuit {
    kind: BranchKind,
    r_pu: f64,
    x_pu: f64,
    /// Whole shunt; half of it goes to each end.
    g_pu: f64,
    b_pu: f64,
    tap: f64,
    shift_deg: f64,
    rate_mva: Option<f64>,
}

impl Builder<'_> {
    fn check_components(&mut self, tables: &Tables) {
        for (component, rows) in tables {
            if READ.contains(&component.as_str()) || rows.is_empty() {
                continue;
            }
            self.findings.push(if WITHOUT_EFFECT.contains(&component.as_str()) {
                Finding::note("not-used", "this component does not change a power flow").at(component.clone(), 0)
            } else {
                Finding::error("unsupported-component", "this component is not read, and without it results are wrong")
                    .at(component.clone(), 0)
                    .field("rows", rows.len())
                    .allowed(READ.join(", "))
                    .hint("replace it by components that are read")
            });
        }
    }

    fn nodes(&mut self, rows: &[Map<String, Value>]) {
        let lowest = rows.iter().filter_map(|row| row.get("id")?.as_i64()).min().unwrap_or(1);
        let shift = if lowest < 1 { 1 - lowest } else { 0 };
        if shift > 0 {
            let message = format!("bus ids are the ids of nodes plus {shift}, since they start at 1");
            self.findings.push(Finding::note("ids-shifted", message).at("node", 0));
        }
        for (i, attributes) in rows.iter().enumerate() {
            let row = Row { component: "node", number: row_number(i), attributes };
            let Some(id) = self.id(&row) else { continue };
            let u_rated_v = self.positive(&row, "u_rated");
            let Ok(bus_id) = u32::try_from(id + shift) else { continue };
            let name = attributes.get("Name").and_then(Value::as_str).unwrap_or("").to_owned();
            self.places.nodes.insert(id, BusIdx::from(self.network.buses.len()));
            self.bus(bus_id, name, BusKind::Pq, u_rated_v / 1e3);
        }
        self.next_bus_id = self.network.buses.iter().map(|b| b.id.0).max().unwrap_or(0);
    }

    fn bus(&mut self, id: u32, name: String, kind: BusKind, base_kv: f64) -> BusIdx {
        let position = self.network.buses.len();
        self.network.buses.push(Bus {
            id: BusId(id),
            name,
            kind,
            base_kv,
            vm_pu: 1.0,
            va_deg: 0.0,
            vm_pu_max: f64::INFINITY,
            vm_pu_min: 0.0,
            area: 0,
            zone: 0,
            row: row_number(position),
        });
        BusIdx::from(position)
    }

    /// A bus that is no node of the file, at the voltage level of one that is.
    fn auxiliary_bus(&mut self, name: String, kind: BusKind, at: BusIdx) -> BusIdx {
        self.next_bus_id = self.next_bus_id.saturating_add(1);
        self.bus(self.next_bus_id, name, kind, self.network.buses[at.i()].base_kv)
    }

    fn u_rated_v(&self, node: BusIdx) -> f64 {
        self.network.buses[node.i()].base_kv * 1e3
    }

    /// Base impedance at a node, ohm.
    fn z_base_ohm(&self, node: BusIdx) -> f64 {
        let u_v = self.u_rated_v(node);
        u_v * u_v / (self.network.base_mva * 1e6)
    }

    /// Adds a branch; an end that is open while the other is not gets a bus of its own.
    fn branch(&mut self, name: String, nodes: [BusIdx; 2], connected: [bool; 2], circuit: &Circuit) -> BranchPlace {
        let mut ends = nodes;
        if connected[0] != connected[1] {
            let open = usize::from(connected[0]);
            ends[open] = self.auxiliary_bus(format!("open end of {name}"), BusKind::Pq, nodes[open]);
        }
        let branch = BranchIdx::from(self.network.branches.len());
        self.network.branches.push(Branch {
            name,
            kind: circuit.kind,
            from: ends[0],
            to: ends[1],
            r_pu: circuit.r_pu,
            x_pu: circuit.x_pu,
            g_from_pu: circuit.g_pu / 2.0,
            b_from_pu: circuit.b_pu / 2.0,
            g_to_pu: circuit.g_pu / 2.0,
            b_to_pu: circuit.b_pu / 2.0,
            tap: circuit.tap,
            shift_deg: circuit.shift_deg,
            rate_a_mva: circuit.rate_mva,
            rate_b_mva: None,
            rate_c_mva: None,
            angle_deg_min: f64::NEG_INFINITY,
            angle_deg_max: f64::INFINITY,
            in_service: connected != [false, false],
            row: row_number(branch.i()),
        });
        let [from_connected, to_connected] = connected;
        BranchPlace { branch, from_node: nodes[0], to_node: nodes[1], from_connected, to_connected }
    }

    /// Equation (1).
    fn line(&mut self, row: &Row, id: i64) {
        let (r_ohm, x_ohm) = (self.required(row, "r1"), self.required(row, "x1"));
        let (c_farad, tan) = (self.required(row, "c1"), self.required(row, "tan1"));
        let current_a = self.optional(row, "i_n");
        let Some((nodes, connected)) = self.ends(row) else { return };
        let (u_from_v, u_to_v) = (self.u_rated_v(nodes[0]), self.u_rated_v(nodes[1]));
        if (u_from_v - u_to_v).abs() > 1e-9 * u_from_v {
            self.findings.push(
                Finding::error("voltage-conflict", "a line connects two nodes of one rated voltage")
                    .at(row.component, row.number)
                    .field("u_rated of to_node", u_to_v)
                    .allowed(u_from_v.to_string())
                    .hint("use a transformer, or correct u_rated"),
            );
        }
        let z_ohm = self.z_base_ohm(nodes[0]);
        let b_siemens = 2.0 * std::f64::consts::PI * FREQUENCY_HZ * c_farad;
        let circuit = Circuit {
            kind: BranchKind::Line,
            r_pu: r_ohm / z_ohm,
            x_pu: x_ohm / z_ohm,
            g_pu: b_siemens * tan * z_ohm,
            b_pu: b_siemens * z_ohm,
            tap: 1.0,
            shift_deg: 0.0,
            rate_mva: current_a.map(|a| 3f64.sqrt() * u_from_v * a / 1e6),
        };
        let place = self.branch(format!("line {id}"), nodes, connected, &circuit);
        self.places.branches.insert(id, place);
    }

    /// A link has no impedance: it is a switch. Open at one end it connects nothing, since it has no charging either.
    fn link(&mut self, row: &Row, id: i64) {
        let Some(([from, to], [from_connected, to_connected])) = self.ends(row) else { return };
        let (u_from_v, u_to_v) = (self.u_rated_v(from), self.u_rated_v(to));
        if (u_from_v - u_to_v).abs() > 1e-9 * u_from_v {
            self.findings.push(
                Finding::warning(
                    "voltage-conflict",
                    "a link connects two rated voltages; it makes them equal per unit",
                )
                .at(row.component, row.number)
                .field("u_rated of to_node", u_to_v)
                .allowed(u_from_v.to_string())
                .hint("use a transformer, or correct u_rated"),
            );
        }
        let switch = self.network.switches.len();
        self.places.links.insert(id, LinkPlace { switch, from_connected, to_connected });
        let closed = from_connected && to_connected;
        self.network.switches.push(Switch { from, to, closed, row: row_number(switch) });
    }

    /// Per unit of a pi circuit between two nodes, referred to the *to* node.
    fn circuit(&self, pi: &Pi, nodes: [BusIdx; 2], rate_mva: Option<f64>) -> Circuit {
        let z_ohm = self.z_base_ohm(nodes[1]);
        Circuit {
            kind: BranchKind::Transformer,
            r_pu: pi.r_ohm / z_ohm,
            x_pu: pi.x_ohm / z_ohm,
            g_pu: pi.g_siemens * z_ohm,
            b_pu: pi.b_siemens * z_ohm,
            tap: pi.ratio / (self.u_rated_v(nodes[0]) / self.u_rated_v(nodes[1])),
            shift_deg: pi.shift_deg,
            rate_mva,
        }
    }

    /// Equation (2).
    fn transformer(&mut self, row: &Row, id: i64) {
        let tap = self.tap(row);
        let [u1_v, u2_v] = self.winding_v(row, &tap, ["u1", "u2"], 0.0);
        let plate = Plate {
            u1_v,
            u2_v,
            sn_va: self.positive(row, "sn"),
            uk: self.tapped(row, "uk", &tap),
            pk_w: self.tapped(row, "pk", &tap),
            i0: self.required(row, "i0"),
            p0_w: self.required(row, "p0"),
            shift_deg: self.shift_deg(row, "clock", ["winding_from", "winding_to"]),
        };
        let Some((nodes, connected)) = self.ends(row) else { return };
        let circuit = self.circuit(&plate.pi(), nodes, Some(plate.sn_va / 1e6));
        let place = self.branch(format!("transformer {id}"), nodes, connected, &circuit);
        self.places.branches.insert(id, place);
    }

    /// A pi circuit in ohm and siemens, referred to the *to* side, with its off-nominal ratio.
    fn generic_branch(&mut self, row: &Row, id: i64) {
        let (r_ohm, x_ohm) = (self.required(row, "r1"), self.required(row, "x1"));
        let (g_siemens, b_siemens) = (self.required(row, "g1"), self.required(row, "b1"));
        let shift_deg = self.optional(row, "theta").unwrap_or(0.0).to_degrees();
        let k = self.optional(row, "k").unwrap_or(1.0);
        let rate_mva = self.optional(row, "sn").map(|va| va / 1e6);
        let Some((nodes, connected)) = self.ends(row) else { return };
        let pi = Pi { r_ohm, x_ohm, g_siemens, b_siemens, ratio: 1.0, shift_deg };
        let circuit = Circuit { tap: k, ..self.circuit(&pi, nodes, rate_mva) };
        let place = self.branch(format!("generic_branch {id}"), nodes, connected, &circuit);
        self.places.branches.insert(id, place);
    }

    /// Three windings as a star of two-winding transformers. The star point has the voltage level of side 1; side 1 carries
    /// the no-load losses; values between two windings are per the smaller of their rated powers.
    fn three_winding_transformer(&mut self, row: &Row, id: i64) {
        let tap = self.tap(row);
        let u_v = self.winding_v(row, &tap, ["u1", "u2", "u3"], 0.0);
        let sn_va = ["sn_1", "sn_2", "sn_3"].map(|key| self.positive(row, key));
        let pairs = [(0, 1), (0, 2), (1, 2)];
        let scale = pairs.map(|(a, b)| sn_va[0] / sn_va[a].min(sn_va[b]));
        let uk = ["uk_12", "uk_13", "uk_23"].map(|key| self.tapped(row, key, &tap));
        let pk_w = ["pk_12", "pk_13", "pk_23"].map(|key| self.tapped(row, key, &tap));
        let uk = star([0, 1, 2].map(|i| uk[i] * scale[i]));
        let pk_w = star([0, 1, 2].map(|i| pk_w[i] * scale[i] * scale[i]));
        let (i0, p0_w) = (self.required(row, "i0"), self.required(row, "p0"));
        let shift_deg = [
            0.0,
            -self.shift_deg(row, "clock_12", ["winding_1", "winding_2"]),
            -self.shift_deg(row, "clock_13", ["winding_1", "winding_3"]),
        ];
        let nodes = ["node_1", "node_2", "node_3"].map(|key| self.node(row, key));
        let connected = ["status_1", "status_2", "status_3"].map(|key| self.status(row, key));
        let [Some(first), Some(second), Some(third)] = nodes else { return };
        let star_point = self.auxiliary_bus(format!("star point of transformer {id}"), BusKind::Pq, first);
        let places = [first, second, third].map(|node| (node, star_point));
        let mut side = 0;
        let places = places.map(|(node, star_point)| {
            let (i, share) = (side, sn_va[side] / sn_va[0]);
            side += 1;
            let plate = Plate {
                u1_v: u_v[i],
                u2_v: u_v[0],
                sn_va: sn_va[i],
                uk: uk[i] * share,
                pk_w: pk_w[i] * share * share,
                i0: if i == 0 { i0 } else { 0.0 },
                p0_w: if i == 0 { p0_w } else { 0.0 },
                shift_deg: shift_deg[i],
            };
            let circuit = self.circuit(&plate.pi(), [node, star_point], Some(sn_va[i] / 1e6));
            // The star point belongs to the transformer: with all sides open nothing of it is in service.
            let inner = connected != [false; 3];
            self.branch(format!("transformer {id} side {}", i + 1), [node, star_point], [connected[i], inner], &circuit)
        });
        self.places.three_winding.insert(id, places);
    }

    /// Equation (3). The ideal voltage stays where a source is disconnected; its branch is then out of service.
    fn source(&mut self, row: &Row, id: i64) {
        let (vm_pu, va_deg) =
            (self.positive(row, "u_ref"), self.optional(row, "u_ref_angle").unwrap_or(0.0).to_degrees());
        let sk = if row.attributes.contains_key("sk") { self.optional(row, "sk") } else { None };
        let sk_va = sk.unwrap_or(SOURCE_SK_VA);
        if sk_va <= 0.0 {
            self.positive(row, "sk");
        }
        let rx_ratio = self.optional(row, "rx_ratio").unwrap_or(SOURCE_RX_RATIO);
        let connected = self.status(row, "status");
        let Some(node) = self.node(row, "node") else { return };
        let base_va = self.network.base_mva * 1e6;
        let z_pu = if base_va / sk_va >= STIFF_Z_PU {
            base_va / sk_va
        } else {
            // Ideal sources keep the ratio of their strengths, which shares the power between two of them on one node.
            STIFF_Z_PU * (self.stiffest_sk_va / sk_va).clamp(1.0, 1e6)
        };
        let x_pu = z_pu / rx_ratio.hypot(1.0);
        let circuit = Circuit {
            kind: BranchKind::Line,
            r_pu: x_pu * rx_ratio,
            x_pu,
            g_pu: 0.0,
            b_pu: 0.0,
            tap: 1.0,
            shift_deg: 0.0,
            rate_mva: None,
        };
        let name = format!("source {id}");
        let ideal = self.auxiliary_bus(name.clone(), BusKind::Slack, node);
        let bus = &mut self.network.buses[ideal.i()];
        (bus.vm_pu, bus.va_deg) = (vm_pu, va_deg);
        let place = self.branch(name.clone(), [ideal, node], [connected; 2], &circuit);
        let most_mw = (sk_va / 1e6).min(SOURCE_MW_MAX);
        self.network.generators.push(Generator {
            name,
            bus: ideal,
            p_mw: 0.0,
            q_mvar: 0.0,
            p_mw_max: most_mw,
            p_mw_min: -most_mw,
            q_mvar_max: f64::INFINITY,
            q_mvar_min: f64::NEG_INFINITY,
            vm_pu,
            mbase_mva: self.network.base_mva,
            in_service: true,
            fuel: String::new(),
            cost: None,
            ramp_mw_per_min: None,
            energy_mwh: None,
            row: row.number,
        });
        self.places.sources.insert(id, SourcePlace { branch: place.branch, node });
    }

    /// Loads and generators, symmetric or the sum of their phases.
    fn load(&mut self, row: &Row, id: i64) {
        let model = match self.required(row, "type") {
            0.0 => LoadModel::ConstantPower,
            1.0 => LoadModel::ConstantImpedance,
            2.0 => LoadModel::ConstantCurrent,
            other => {
                if !other.is_nan() {
                    self.findings.push(
                        Finding::error("out-of-range", "there is no such type of load")
                            .at(row.component, row.number)
                            .field("type", other)
                            .allowed("0 (constant power), 1 (constant impedance), 2 (constant current)"),
                    );
                }
                LoadModel::ConstantPower
            }
        };
        let is_generator = row.component.ends_with("gen");
        let sign = if is_generator { -1.0 } else { 1.0 };
        let (p_w, q_var) = (self.required(row, "p_specified"), self.required(row, "q_specified"));
        let in_service = self.status(row, "status");
        let Some(bus) = self.node(row, "node") else { return };
        let load = self.network.loads.len();
        self.places.loads.insert(id, LoadPlace { load, is_generator });
        let (p_mw, q_mvar) = (sign * p_w / 1e6, sign * q_var / 1e6);
        self.network.loads.push(Load { bus, p_mw, q_mvar, model, in_service, row: row_number(load) });
    }

    fn shunt(&mut self, row: &Row, id: i64) {
        let (g_siemens, b_siemens) = (self.required(row, "g1"), self.required(row, "b1"));
        let in_service = self.status(row, "status");
        let Some(bus) = self.node(row, "node") else { return };
        let u_v = self.u_rated_v(bus);
        let position = self.network.shunts.len();
        self.places.shunts.insert(id, position);
        let (g_mw, b_mvar) = (g_siemens * u_v * u_v / 1e6, b_siemens * u_v * u_v / 1e6);
        self.network.shunts.push(Shunt { bus, g_mw, b_mvar, in_service, row: row_number(position) });
    }
}
