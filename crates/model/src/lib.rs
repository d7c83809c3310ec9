//! The words of relight as types. A reader starts here.
//!
//! ```text
//! Network ─┐
//! Feeders ─┼─> Scenario (immutable) ─┐
//! Geography┘                         ├─> Situation ──engines──> FlowResult · Delivery · Plan ──verify──> render
//! Damage (rows and ids of a file) ───┘
//! ```
//!
//! # Units and signs, stated once
//!
//! * Power is in MW, Mvar and MVA; voltage magnitude in per unit of the bus's `base_kv`; angles in degrees; impedance and
//!   admittance of branches in per unit of `Network::base_mva`. Names carry the unit (`p_mw`, `vm_pu`, `va_deg`, `r_pu`).
//!   Radians and per-unit power live inside the `power` crate only.
//! * Loads are positive when they take power from the network. Generators, storage and HVDC converters are positive when
//!   they give power to the network.
//! * Shunts are given at 1 p.u. voltage: `g_mw` is power *taken*, `b_mvar` is reactive power *given* (a capacitor is
//!   positive), both times `vm_pu`² in operation. This is the MATPOWER convention.
//! * A branch flow is positive when it enters the branch: `p_from_mw` at its *from* end, `p_to_mw` at its *to* end.
//! * A tap ratio and phase shift sit at the *from* end: `v_from = tap · e^{j shift} · v_internal`.
//! * Limits that do not exist are `None` (ratings) or infinite (all others).
//! * Elements refer to buses by position ([`BusIdx`]); the id a person knows ([`BusId`]) is `buses[i].id`. `row` is the
//!   1-based row of the table the element was read from, the same in files, messages and results.
//!
//! Types here are plain data. What makes them meaningful is checked by [`validate`], and every reader calls it: a
//! [`Network`] handed to an engine has passed it without an error.

mod building;
mod damage;
mod feeder;
mod finding;
mod geography;
mod heat;
mod ids;
mod network;
pub mod outcome;
pub mod plan;
mod printable;
pub mod safety;
mod scenario;
pub mod validate;
pub mod warm;

pub use building::{Building, BuildingKind, Heating, Radiation, Thermometer, WeatherSeries, WeatherSite};
pub use damage::{Damage, DamageError, Situation};
pub use feeder::{Class, Feeder, Profile};
pub use finding::{Finding, Findings, Severity};
pub use geography::{District, GeoPoint, Geography, Path};
pub use heat::{
    Draw, FixedPressure, Fluid, Friction, HeatDamage, HeatDamageError, HeatNetwork, HeatSituation, HeatSource,
    Injection, Junction, JunctionIdx, Pipe, PipeIdx, Property, Pump, PumpCurve, PumpIdx, SourceIdx, SourceKind,
    Substation, SubstationIdx, Valve,
};
pub use ids::{BranchIdx, BusId, BusIdx, FeederIdx, GeneratorIdx, UtcSecond};
pub use network::{
    Branch, BranchKind, Bus, BusKind, Cost, CostCurve, Generator, HvdcLine, Load, LoadModel, Network, Shunt, Storage,
    Switch,
};
pub use printable::printable;
pub use scenario::{Assumption, Horizon, Scenario};
