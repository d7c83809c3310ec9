//! The heat network: water from sources through supply pipes to substations of buildings, and back through return pipes.
//!
//! Pressures are gauge pressures in bar, temperatures in °C, flows positive from the `from` end to the `to` end. A supply and a
//! return pipe in one trench are two pipes. What a network of tables cannot say with these words (fixed pressures, given flows) is
//! there for the files of other programs.

use crate::GeoPoint;

crate::ids::position! {
    /// Position of a junction in [`HeatNetwork::junctions`].
    JunctionIdx,
    /// Position of a pipe in [`HeatNetwork::pipes`].
    PipeIdx,
    /// Position of a pump in [`HeatNetwork::pumps`].
    PumpIdx,
    /// Position of a source in [`HeatNetwork::sources`].
    SourceIdx,
    /// Position of a substation in [`HeatNetwork::substations`].
    SubstationIdx,
}

/// A heat network. Immutable; what is out stands in [`HeatSituation`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatNetwork {
    /// What flows.
    pub fluid: Fluid,
    /// How friction follows from roughness.
    pub friction: Friction,
    /// Junctions.
    pub junctions: Vec<Junction>,
    /// Pipes.
    pub pipes: Vec<Pipe>,
    /// Valves.
    pub valves: Vec<Valve>,
    /// Pumps.
    pub pumps: Vec<Pump>,
    /// Plants and boiler houses.
    pub sources: Vec<HeatSource>,
    /// Consumers: substations of buildings.
    pub substations: Vec<Substation>,
    /// Junctions whose pressure (and inflow temperature) is given from outside.
    pub fixed_pressures: Vec<FixedPressure>,
    /// Flows that are given from outside.
    pub injections: Vec<Injection>,
}

/// A property of a fluid over temperature.
#[derive(Clone, Debug, PartialEq)]
pub enum Property {
    /// The same at every temperature.
    Constant(f64),
    /// Points (t_c, value), temperatures rising; linear between them and beyond the ends.
    Points(Vec<(f64, f64)>),
}

/// What flows in the pipes.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Fluid {
    /// Liquid water, its properties by temperature.
    #[default]
    Water,
    /// Another liquid, or water as another program takes it.
    Given {
        /// Density, kg/m3.
        density_kg_per_m3: Property,
        /// Heat capacity, J/(kg K).
        heat_capacity_j_per_kg_k: Property,
        /// Dynamic viscosity, Pa s.
        viscosity_pa_s: Property,
    },
}

/// How the friction factor follows from Reynolds number and roughness.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Friction {
    /// Colebrook and White, laminar below the transition.
    #[default]
    Colebrook,
    /// Swamee and Jain's explicit form of it.
    SwameeJain,
    /// Laminar 64/Re plus the fully rough term of Nikuradse.
    Nikuradse,
}

/// Where pipes meet.
#[derive(Clone, Debug, PartialEq)]
pub struct Junction {
    /// Id, unique in the network.
    pub id: String,
    /// Height above any common level, m.
    pub height_m: f64,
    /// Temperature before anything is known, °C.
    pub t_c: f64,
    /// Where it is, if known.
    pub at: Option<GeoPoint>,
    /// Whether it is in service.
    pub in_service: bool,
}

/// A pipe.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipe {
    /// Id, unique in the network.
    pub id: String,
    /// From end.
    pub from: JunctionIdx,
    /// To end.
    pub to: JunctionIdx,
    /// Length, m; above 0.
    pub length_m: f64,
    /// Inner diameter, m; above 0.
    pub d_inner_m: f64,
    /// Roughness of the wall, mm.
    pub roughness_mm: f64,
    /// Sum of local loss coefficients.
    pub zeta: f64,
    /// Heat transfer from water to surroundings per length, W/(m K).
    pub u_w_per_m_k: f64,
    /// Temperature of the ground or air around it, °C.
    pub t_ground_c: f64,
    /// Heat that is put into the water from outside, W.
    pub q_ext_w: f64,
    /// Whether it is in service.
    pub in_service: bool,
}

/// A valve.
#[derive(Clone, Debug, PartialEq)]
pub struct Valve {
    /// Id, unique in the network.
    pub id: String,
    /// From end.
    pub from: JunctionIdx,
    /// To end.
    pub to: JunctionIdx,
    /// Inner diameter, m; above 0.
    pub d_inner_m: f64,
    /// Loss coefficient when open.
    pub zeta: f64,
    /// Whether it is open.
    pub open: bool,
}

/// Pressure that a pump adds, over the flow through it.
#[derive(Clone, Debug, PartialEq)]
pub struct PumpCurve {
    /// Coefficients of a polynomial in m3/h, highest power first; the value is bar. At least one.
    pub coefficients: Vec<f64>,
}

impl PumpCurve {
    /// Lift at a flow, bar, with its derivative, bar per m3/h. Never negative, and at zero and reverse flow that of no flow.
    pub fn lift_bar(&self, flow_m3_per_h: f64) -> (f64, f64) {
        let at = flow_m3_per_h.max(0.0);
        let (mut lift, mut slope) = (0.0, 0.0);
        for &c in &self.coefficients {
            slope = slope * at + lift;
            lift = lift * at + c;
        }
        if lift < 0.0 { (0.0, 0.0) } else { (lift, if flow_m3_per_h > 0.0 { slope } else { 0.0 }) }
    }
}

/// A pump between two junctions: a pumping station.
#[derive(Clone, Debug, PartialEq)]
pub struct Pump {
    /// Id, unique in the network.
    pub id: String,
    /// Suction side.
    pub from: JunctionIdx,
    /// Pressure side.
    pub to: JunctionIdx,
    /// What it lifts.
    pub curve: PumpCurve,
    /// Feeder that drives it, a position in [`crate::Scenario::feeders`]; `None` = needs none of the scenario.
    pub feeder: Option<u32>,
    /// Whether water passes it freely when it stands (a bypass); else it is closed then.
    pub bypass: bool,
    /// Whether it is in service.
    pub in_service: bool,
}

/// What makes heat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// Combined heat and power.
    Chp,
    /// A boiler house.
    BoilerHouse,
    /// A mobile boiler or cogeneration unit.
    Mobile,
}

impl SourceKind {
    /// All kinds.
    pub const ALL: [SourceKind; 3] = [SourceKind::Chp, SourceKind::BoilerHouse, SourceKind::Mobile];

    /// Name in files and results.
    pub fn name(self) -> &'static str {
        match self {
            SourceKind::Chp => "chp",
            SourceKind::BoilerHouse => "boiler_house",
            SourceKind::Mobile => "mobile",
        }
    }
}

/// A plant: it takes water from the return, heats it and lifts it into the supply.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatSource {
    /// Id, unique in the network.
    pub id: String,
    /// Name for people; empty if none.
    pub name: String,
    /// What it is.
    pub kind: SourceKind,
    /// Where water comes in.
    pub return_junction: JunctionIdx,
    /// Where it goes out.
    pub supply_junction: JunctionIdx,
    /// Most heat that it gives, MW; above 0.
    pub heat_mw_max: f64,
    /// Temperature to which it heats the water, as far as its heat suffices, °C.
    pub t_supply_c: f64,
    /// Pressure that its pumps add, bar; above 0.
    pub lift_bar: f64,
    /// Pressure that it holds at its return junction, bar; `None` = another source does.
    pub p_return_bar: Option<f64>,
    /// Feeder that drives its pumps and burners, a position in [`crate::Scenario::feeders`]; `None` = makes its own power.
    pub feeder: Option<u32>,
    /// Generator that its heat is tied to, a position in [`crate::Network::generators`].
    pub generator: Option<u32>,
    /// Heat per power of that generator, MW per MW: without power it makes no heat of this part. 0 where not tied.
    pub heat_per_power: f64,
    /// Heat that it can make without that generator (peak boilers), MW.
    pub heat_mw_alone: f64,
    /// Whether it is in service.
    pub in_service: bool,
}

/// How much water a substation draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Draw {
    /// A given flow, kg/s.
    Flow(f64),
    /// What the demand needs if the water leaves at this temperature, °C.
    ReturnAt(f64),
}

/// A consumer: it takes water from the supply, cools it and gives it to the return.
#[derive(Clone, Debug, PartialEq)]
pub struct Substation {
    /// Id, unique in the network.
    pub id: String,
    /// Where water comes in.
    pub supply_junction: JunctionIdx,
    /// Where it goes out.
    pub return_junction: JunctionIdx,
    /// Heat that it asks for, kW.
    pub heat_kw: f64,
    /// How much water it draws for that.
    pub draw: Draw,
    /// Head that its control valve and heat exchanger need for the full flow, bar; with less head, less flow.
    pub dp_bar_min: f64,
    /// Temperature below which it cannot cool the water: that of the rooms, °C.
    pub t_return_c_min: f64,
    /// Feeder that drives its circulation pump, a position in [`crate::Scenario::feeders`]; `None` = needs none.
    pub feeder: Option<u32>,
    /// Whether it is in service.
    pub in_service: bool,
}

/// A junction whose pressure is given from outside, and the temperature of what flows in there.
#[derive(Clone, Debug, PartialEq)]
pub struct FixedPressure {
    /// Where.
    pub junction: JunctionIdx,
    /// Pressure, bar.
    pub p_bar: f64,
    /// Temperature of what flows in, °C.
    pub t_c: f64,
}

/// A flow that is given from outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Injection {
    /// Where.
    pub junction: JunctionIdx,
    /// Flow into the network, kg/s; negative = out of it.
    pub mdot_kg_per_s: f64,
}

/// What is out of a heat network, by the ids of its files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeatDamage {
    /// Pipes.
    pub pipes: Vec<String>,
    /// Pumps.
    pub pumps: Vec<String>,
    /// Sources.
    pub sources: Vec<String>,
}

/// Why a list of heat damage does not fit a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeatDamageError {
    /// An id that the network does not have.
    #[error("damage list: {list}: {id:?} is not in the heat network; hint: give the id of the table, not its row")]
    Unknown {
        /// `pipes`, `pumps` or `sources`.
        list: &'static str,
        /// Id given.
        id: String,
    },
    /// The same thing twice.
    #[error("damage list: {list}: {id:?} is named twice; hint: name each damaged element once")]
    Twice {
        /// `pipes`, `pumps` or `sources`.
        list: &'static str,
        /// Id given.
        id: String,
    },
}

/// What is out of a heat network at an instant, beside what the network itself has out of service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeatSituation {
    /// Per pipe.
    pub pipe_out: Vec<bool>,
    /// Per pump: out, or without power.
    pub pump_out: Vec<bool>,
    /// Per source: out, or without power.
    pub source_out: Vec<bool>,
    /// Per substation: its circulation stands.
    pub substation_out: Vec<bool>,
}

impl HeatSituation {
    /// Nothing is out.
    pub fn intact(network: &HeatNetwork) -> Self {
        Self {
            pipe_out: vec![false; network.pipes.len()],
            pump_out: vec![false; network.pumps.len()],
            source_out: vec![false; network.sources.len()],
            substation_out: vec![false; network.substations.len()],
        }
    }

    /// What a damage list leaves.
    pub fn damaged(network: &HeatNetwork, damage: &HeatDamage) -> Result<Self, HeatDamageError> {
        let mut situation = Self::intact(network);
        mark("pipes", &damage.pipes, network.pipes.iter().map(|p| &p.id), &mut situation.pipe_out)?;
        mark("pumps", &damage.pumps, network.pumps.iter().map(|p| &p.id), &mut situation.pump_out)?;
        mark("sources", &damage.sources, network.sources.iter().map(|s| &s.id), &mut situation.source_out)?;
        Ok(situation)
    }
}

fn mark<'a>(
    list: &'static str,
    ids: &[String],
    known: impl Iterator<Item = &'a String>,
    out: &mut [bool],
) -> Result<(), HeatDamageError> {
    let position: std::collections::HashMap<&String, usize> = known.zip(0..).collect();
    for id in ids {
        let Some(&k) = position.get(id) else { return Err(HeatDamageError::Unknown { list, id: id.clone() }) };
        if std::mem::replace(&mut out[k], true) {
            return Err(HeatDamageError::Twice { list, id: id.clone() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pump_lifts_by_its_polynomial_and_never_sucks() {
        let pump = PumpCurve { coefficients: vec![-0.01, 0.0, 4.0] };
        assert_eq!(pump.lift_bar(10.0), (3.0, -0.2));
        assert_eq!(pump.lift_bar(-5.0), (4.0, 0.0));
        assert_eq!(pump.lift_bar(40.0), (0.0, 0.0));
    }

    #[test]
    fn damage_names_what_is_unknown_and_what_is_twice() {
        let source = HeatSource {
            id: "A".into(),
            name: String::new(),
            kind: SourceKind::Chp,
            return_junction: JunctionIdx(0),
            supply_junction: JunctionIdx(1),
            heat_mw_max: 1.0,
            t_supply_c: 90.0,
            lift_bar: 2.0,
            p_return_bar: None,
            feeder: None,
            generator: None,
            heat_per_power: 0.0,
            heat_mw_alone: 0.0,
            in_service: true,
        };
        let network = HeatNetwork { sources: vec![source], ..Default::default() };
        let damage =
            |ids: &[&str]| HeatDamage { sources: ids.iter().map(|s| s.to_string()).collect(), ..HeatDamage::default() };
        assert!(HeatSituation::damaged(&network, &damage(&["A"])).is_ok_and(|s| s.source_out == [true]));
        let unknown = HeatSituation::damaged(&network, &damage(&["B"]));
        assert_eq!(unknown, Err(HeatDamageError::Unknown { list: "sources", id: "B".into() }));
        let twice = HeatSituation::damaged(&network, &damage(&["A", "A"]));
        assert_eq!(twice, Err(HeatDamageError::Twice { list: "sources", id: "A".into() }));
    }
}
