//! How buildings cool and warm (`docs/methods/building.md`).
//!
//! | leaf | does |
//! |---|---|
//! | [`rc`] | ISO 13790's hourly model of a building: five conductances, one capacity |
//! | [`typology`] | what a building loses and stores, by kind, year and floors |
//! | [`one_node`] | its limit of one exponential: closed forms |
//! | [`bands`] | P10, P50 and P90 of many buildings over a horizon: [`forecast`] |
//! | [`sun`] | what the sun gives through windows and walls |
//! | `posterior` | what thermometers tell about time constant and temperature |

pub mod bands;
mod normal;
pub mod one_node;
mod posterior;
pub mod rc;
pub mod sun;
pub mod typology;

pub use bands::{Case, Circulation, Course, ForecastError, ForecastSettings, forecast, hours_until_below};
pub use typology::{BuildingPhysics, physics};
