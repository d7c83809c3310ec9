//! Islands, AC and DC power flow on the network model.

mod admittance;
mod balancing;
mod dc;
mod newton;
mod problem;
mod settings;
mod start;
mod structure;
#[cfg(test)]
mod test_networks;
mod topology;

pub use settings::{Balancing, ReactiveLimits, Settings, Start};
pub use topology::{IslandTopology, Topology};

#[doc(hidden)]
pub mod probe;
