//! Islands, AC and DC power flow on the network model.

mod admittance;
mod attempts;
mod balancing;
pub mod contingency;
mod dc;
mod flow;
mod newton;
mod problem;
mod reactive_limits;
mod result;
mod settings;
mod start;
mod structure;
mod switches;
#[cfg(test)]
mod test_networks;
mod topology;

pub use flow::{PowerFlow, SettingsError, VoltageSummary};
pub use settings::{Balancing, ReactiveLimits, Settings, Start};
pub use topology::{IslandTopology, Topology};
