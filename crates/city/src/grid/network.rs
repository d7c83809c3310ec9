//! From skeleton to network: buses, circuits, transformers, capacitor banks, generators, loads.

use super::equipment::{BASE_MVA, Equipment, UNITS_110_10, Unit};
use super::sizing::PLANT_DISPATCH;
use super::{Corridor, Role, Skeleton};
use crate::Town;
use crate::geometry::{P, rounded};
use relight_model::{
    Branch, BranchKind, Bus, BusId, BusIdx, BusKind, Generator, Load, LoadModel, Network, Shunt, Switch,
};

/// A network with what is needed to settle it and to draw it.
pub(crate) struct Assembled {
    pub(crate) network: Network,
    /// Place of every bus.
    pub(crate) at_km: Vec<P>,
    /// Corridor of every branch; `None` for the 110/10 kV transformers.
    pub(super) corridor_of: Vec<Option<usize>>,
    /// Generators that share the losses.
    pub(super) gates: Vec<usize>,
    /// Buses of the 10 kV sections: by city, substation and section.
    pub(crate) sections: Vec<Vec<[BusIdx; 2]>>,
}

/// Voltage that generators hold, p.u.
const GENERATOR_VM_PU: f64 = 1.03;
/// Steps of a 10 kV capacitor bank, Mvar, and the reactive power left to the transformer, of the active.
const BANK_MVAR: f64 = 0.6;
const TAN_PHI_LEFT: f64 = 0.10;
/// Share of a long line's charging that its reactors take, by kV, and the length from which on it has reactors, km.
const REACTOR_SHARE: [(f64, f64); 2] = [(700.0, 0.9), (300.0, 0.8)];
const REACTOR_KM_MIN: f64 = 60.0;
/// A transformer carries its section at this loading, and with 1.4 times its rating the whole substation.
const TRANSFORMER_LOADING_MAX: f64 = 0.8;
const TRANSFORMER_OVERLOAD: f64 = 1.4;
/// Power of one unit of a CHP, about, MW.
const PLANT_UNIT_MW: f64 = 110.0;
/// Reactive power that a 330 kV switchyard takes or gives whatever active power is traded through it, Mvar.
const GATE_Q_MVAR: f64 = 60.0;
/// Short-term over long-term rating of lines and transformers.
const RATE_B: f64 = 1.2;

/// Builds the network. Buses stand city by city in the order of voltage, the 10 kV sections last.
pub(crate) fn assemble(name: &str, towns: &[Town], skeleton: &Skeleton) -> Assembled {
    let mut built = Assembled {
        network: Network::empty(name, BASE_MVA),
        at_km: Vec::new(),
        corridor_of: Vec::new(),
        gates: Vec::new(),
        sections: Vec::new(),
    };
    for (i, node) in skeleton.nodes.iter().enumerate() {
        let kind = match node.role {
            // The first gate of the first city holds the angle.
            Role::Gate(0) if node.city == 0 => BusKind::Slack,
            Role::Gate(_) | Role::Plant(_) => BusKind::Pv,
            _ => BusKind::Pq,
        };
        debug_assert_eq!(built.network.buses.len(), i);
        built.bus(format!("{} {:.0} kV", node.name, node.kv), node.kv, kind, node.at_km, (node.city, 0));
    }
    for (k, corridor) in skeleton.corridors.iter().enumerate() {
        built.corridor(skeleton, k, corridor);
    }
    generators(towns, skeleton, &mut built);
    substations(towns, skeleton, &mut built);
    loads(towns, &mut built);
    built
}

impl Assembled {
    fn bus(&mut self, name: String, kv: f64, kind: BusKind, at_km: P, (area, zone): (usize, usize)) -> BusIdx {
        let row = self.network.buses.len() as u32 + 1;
        // Operating ranges: 10 kV +-5 % at the customer, 110 and 330 kV up to +10 %, 750 kV up to 787 kV.
        let (vm_pu_min, vm_pu_max) = match kv {
            ..20.0 => (0.95, 1.05),
            20.0..700.0 => (0.95, 1.10),
            _ => (0.95, 1.05),
        };
        self.network.buses.push(Bus {
            id: BusId(row),
            name,
            kind,
            base_kv: kv,
            vm_pu: 1.0,
            va_deg: 0.0,
            vm_pu_max,
            vm_pu_min,
            area: area as u32 + 1,
            zone: zone as u32 + 1,
            row,
        });
        self.at_km.push(at_km);
        BusIdx::from(row as usize - 1)
    }

    fn branch(
        &mut self,
        name: String,
        kind: BranchKind,
        (from, to): (BusIdx, BusIdx),
        (r_pu, x_pu, b_pu): (f64, f64, f64),
        rate_mva: f64,
        corridor: Option<usize>,
    ) {
        let row = self.network.branches.len() as u32 + 1;
        self.network.branches.push(Branch {
            name,
            kind,
            from,
            to,
            r_pu,
            x_pu,
            g_from_pu: 0.0,
            b_from_pu: b_pu / 2.0,
            g_to_pu: 0.0,
            b_to_pu: b_pu / 2.0,
            tap: 1.0,
            shift_deg: 0.0,
            rate_a_mva: Some(rate_mva),
            rate_b_mva: Some(rounded(rate_mva * RATE_B, 10.0)),
            rate_c_mva: Some(rounded(rate_mva * RATE_B, 10.0)),
            angle_deg_min: f64::NEG_INFINITY,
            angle_deg_max: f64::INFINITY,
            in_service: true,
            row,
        });
        self.corridor_of.push(corridor);
    }

    fn shunt(&mut self, bus: BusIdx, b_mvar: f64) {
        let row = self.network.shunts.len() as u32 + 1;
        self.network.shunts.push(Shunt { bus, g_mw: 0.0, b_mvar, in_service: true, row });
    }

    /// Circuits or units of one corridor, and the reactors of long lines.
    fn corridor(&mut self, skeleton: &Skeleton, k: usize, corridor: &Corridor) {
        let (a, b) = (&skeleton.nodes[corridor.a], &skeleton.nodes[corridor.b]);
        let ends = (BusIdx::from(corridor.a), BusIdx::from(corridor.b));
        for circuit in 1..=corridor.circuits {
            let (name, values) = match corridor.equipment {
                Equipment::Line(conductor) => (
                    format!("Line {:.0} kV {} - {}, circuit {circuit}", a.kv, a.name, b.name),
                    conductor.per_unit(corridor.length_km),
                ),
                Equipment::Transformer(unit) => {
                    let (r, x) = unit.per_unit();
                    (format!("{} transformer {:.0}/{:.0} kV T{circuit}", a.name, a.kv, b.kv), (r, x, 0.0))
                }
            };
            let rate_mva = corridor.equipment.rate_mva();
            self.branch(name, corridor.equipment.kind(), ends, values, rate_mva, Some(k));
        }
        if let Equipment::Line(conductor) = corridor.equipment
            && corridor.length_km > REACTOR_KM_MIN
            && let Some((_, share)) = REACTOR_SHARE.iter().find(|(kv, _)| conductor.kv > *kv)
        {
            let charging_mvar = conductor.per_unit(corridor.length_km).2 * BASE_MVA * f64::from(corridor.circuits);
            let half = -rounded(charging_mvar * share / 2.0, 10.0);
            self.shunt(ends.0, half);
            self.shunt(ends.1, half);
        }
    }

    fn generator(&mut self, name: String, bus: usize, p_mw: f64, p_mw_max: f64, p_mw_min: f64, fuel: &str) {
        let row = self.network.generators.len() as u32 + 1;
        let p_mw_max = rounded(p_mw_max, 10.0);
        let q_mvar_least = if fuel == "gas" { 0.0 } else { GATE_Q_MVAR };
        self.network.generators.push(Generator {
            name,
            bus: BusIdx::from(bus),
            p_mw: rounded(p_mw, 1e4),
            q_mvar: 0.0,
            p_mw_max,
            p_mw_min: rounded(p_mw_min, 10.0),
            q_mvar_max: rounded(0.65 * p_mw_max, 10.0).max(q_mvar_least),
            q_mvar_min: -rounded(0.45 * p_mw_max, 10.0).max(q_mvar_least),
            vm_pu: GENERATOR_VM_PU,
            mbase_mva: rounded(p_mw_max * 1.2, 10.0),
            in_service: true,
            fuel: fuel.to_owned(),
            cost: None,
            ramp_mw_per_min: None,
            energy_mwh: None,
            row,
        });
    }
}

/// Units of the CHPs, and what comes through the gates.
fn generators(towns: &[Town], skeleton: &Skeleton, built: &mut Assembled) {
    for (i, node) in skeleton.nodes.iter().enumerate() {
        match node.role {
            Role::Plant(_) => {
                let units = (node.p_mw_max / PLANT_UNIT_MW).ceil().clamp(2.0, 8.0) as u32;
                let each = node.p_mw_max / f64::from(units);
                for unit in 1..=units {
                    let name = format!("{} unit {unit}", node.name);
                    // A CHP heats the city: it cannot go below a third while it runs.
                    built.generator(name, i, PLANT_DISPATCH * each, each, each / 3.0, "gas");
                }
            }
            Role::Gate(k) => {
                let fuel = match (towns.len(), k) {
                    (1, _) => "import",
                    (_, 0) => "nuclear",
                    _ => "coal",
                };
                built.gates.push(built.network.generators.len());
                built.generator(node.name.clone(), i, 0.0, node.p_mw_max, 0.0, fuel);
            }
            _ => {}
        }
    }
}

/// Two transformers, two 10 kV sections with an open tie and a capacitor bank each, for every substation.
fn substations(towns: &[Town], skeleton: &Skeleton, built: &mut Assembled) {
    built.sections = towns.iter().map(|t| vec![[BusIdx(0); 2]; t.stations.substations.len()]).collect();
    for (i, node) in skeleton.nodes.iter().enumerate() {
        let Role::Substation(s) = node.role else { continue };
        let town = &towns[node.city];
        let zone = town.first_district + town.stations.substations[s].cell;
        built.network.buses[i].zone = zone as u32 + 1;
        let mut load = [(0.0, 0.0); 2];
        for feeder in town.feeders.iter().filter(|f| f.substation == s) {
            load[feeder.section].0 += feeder.p_mw;
            load[feeder.section].1 += feeder.q_mvar;
        }
        let unit = unit_for(load);
        let (r, x) = unit.per_unit();
        for section in 0..2 {
            let roman = ["I", "II"][section];
            let name = format!("{} 10 kV {roman}", node.name);
            let bus = built.bus(name, 10.0, BusKind::Pq, node.at_km, (node.city, zone));
            built.sections[node.city][s][section] = bus;
            let name = format!("{} transformer 110/10 kV T{}", node.name, section + 1);
            built.branch(name, BranchKind::Transformer, (BusIdx::from(i), bus), (r, x, 0.0), unit.s_mva, None);
            let (p_mw, q_mvar) = load[section];
            let steps = ((q_mvar - TAN_PHI_LEFT * p_mw) / BANK_MVAR).round();
            if steps > 0.0 {
                built.shunt(bus, rounded(steps * BANK_MVAR, 10.0));
            }
        }
        let [from, to] = built.sections[node.city][s];
        let row = built.network.switches.len() as u32 + 1;
        built.network.switches.push(Switch { from, to, closed: false, row });
    }
}

/// The smallest transformer for the heavier of two sections that can stand in for its twin for a while.
fn unit_for(load: [(f64, f64); 2]) -> Unit {
    let mva = |p: f64, q: f64| (p * p + q * q).sqrt();
    let section = mva(load[0].0, load[0].1).max(mva(load[1].0, load[1].1));
    let both = mva(load[0].0 + load[1].0, load[0].1 + load[1].1);
    let needed = (section / TRANSFORMER_LOADING_MAX).max(both / TRANSFORMER_OVERLOAD);
    UNITS_110_10.into_iter().find(|u| u.s_mva >= needed).unwrap_or(UNITS_110_10[UNITS_110_10.len() - 1])
}

/// Load `k` is feeder `k`: cities in order, feeders in the order of their drafts.
fn loads(towns: &[Town], built: &mut Assembled) {
    for (city, town) in towns.iter().enumerate() {
        for feeder in &town.feeders {
            let bus = built.sections[city][feeder.substation][feeder.section];
            let row = built.network.loads.len() as u32 + 1;
            built.network.loads.push(Load {
                bus,
                p_mw: feeder.p_mw,
                q_mvar: feeder.q_mvar,
                model: LoadModel::ConstantPower,
                in_service: true,
                row,
            });
        }
    }
}
