//! Who has heat, and for how long: the outcomes of the heat engines.

use crate::UtcSecond;

/// Water and heat in a network at one instant, in the order of its tables. What is cut off has no value: `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatState {
    /// Whether the equations of water and heat hold to their tolerance.
    pub converged: bool,
    /// Newton steps of the hydraulics.
    pub iterations: u32,
    /// Largest flow that does not balance, kg/s.
    pub mdot_mismatch_kg_per_s: f64,
    /// Per junction: pressure, bar.
    pub p_bar: Vec<Option<f64>>,
    /// Per junction: temperature of the water that leaves it, °C; `None` where none passes.
    pub t_c: Vec<Option<f64>>,
    /// Per pipe: flow, kg/s, positive from its `from` end; 0 where cut off.
    pub pipe_mdot_kg_per_s: Vec<f64>,
    /// Per pipe: temperature of the water at its `from` end and at its `to` end, °C.
    pub pipe_t_c: Vec<Option<(f64, f64)>>,
    /// Per pump: flow, kg/s.
    pub pump_mdot_kg_per_s: Vec<f64>,
    /// Per valve: flow, kg/s.
    pub valve_mdot_kg_per_s: Vec<f64>,
    /// Per source: flow, kg/s.
    pub source_mdot_kg_per_s: Vec<f64>,
    /// Per source: heat given to the water, MW.
    pub source_heat_mw: Vec<f64>,
    /// Per fixed pressure: flow into the network, kg/s.
    pub fixed_mdot_kg_per_s: Vec<f64>,
    /// Per substation.
    pub consumers: Vec<Consumer>,
}

/// Whether a consumer gets what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Supplied {
    /// All of it.
    Full,
    /// Some of it.
    Reduced,
    /// Nothing.
    None,
}

impl Supplied {
    /// Name in files and results.
    pub fn name(self) -> &'static str {
        match self {
            Supplied::Full => "full",
            Supplied::Reduced => "reduced",
            Supplied::None => "none",
        }
    }
}

/// Why a consumer gets less than it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColdReason {
    /// It is out of service, or its circulation stands for want of power.
    Off,
    /// No path of water leads from a source to it and back.
    CutOff,
    /// It is connected to pipes, yet no source that runs is connected to them.
    NoSource,
    /// There is too little head.
    LowHead,
    /// The water comes too cold.
    ColdWater,
    /// The sources make too little heat, and it is shared out.
    Rationed,
}

impl ColdReason {
    /// Name in files and results.
    pub fn name(self) -> &'static str {
        match self {
            ColdReason::Off => "off",
            ColdReason::CutOff => "cut_off",
            ColdReason::NoSource => "no_source",
            ColdReason::LowHead => "low_head",
            ColdReason::ColdWater => "cold_water",
            ColdReason::Rationed => "rationed",
        }
    }
}

/// A consumer at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Consumer {
    /// Whether it gets what it asks for.
    pub supplied: Supplied,
    /// Why not; `None` exactly if it gets all.
    pub reason: Option<ColdReason>,
    /// Flow, kg/s; never negative.
    pub mdot_kg_per_s: f64,
    /// Heat that it gets, kW.
    pub heat_kw: f64,
    /// Head between its supply and its return, bar; `None` if cut off.
    pub dp_bar: Option<f64>,
    /// Temperature at which its water leaves, °C; `None` without flow.
    pub t_return_c: Option<f64>,
}

/// Indoor temperatures whose times are reported, °C, falling.
pub const MARKS_C: [f64; 5] = [16.0, 12.0, 8.0, 5.0, 0.0];

/// How one building cools or warms, from the beginning of the horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildingForecast {
    /// Indoor temperature at the beginning of each step and at the end of the last, °C: a tenth of what is possible is colder.
    pub t_indoor_c_p10: Vec<f32>,
    /// The same in the middle.
    pub t_indoor_c_p50: Vec<f32>,
    /// The same; a tenth is warmer.
    pub t_indoor_c_p90: Vec<f32>,
    /// Hours from the beginning until each of [`MARKS_C`] is reached, in the middle; `None` = not within the horizon.
    pub hours_to: [Option<f64>; MARKS_C.len()],
    /// When it must be drained at the latest, or its pipes burst: by the cold tenth. `None` = not within the horizon.
    pub drain_by: Option<UtcSecond>,
}
