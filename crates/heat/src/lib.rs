//! Heat: water and temperatures in networks, how buildings cool and warm, when pipes freeze.
//!
//! | room | does |
//! |---|---|
//! | [`network`] | pressures, flows and temperatures of a heat network, with what is cut off |
//! | [`building`] | indoor temperatures with bands, hours to a temperature, what a restart takes |
//! | [`freeze`] | when water that stands freezes |

pub mod building;
pub mod freeze;
pub mod network;
