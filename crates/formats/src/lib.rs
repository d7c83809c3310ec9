//! Readers and writers: bytes in, a value and findings out.
//!
//! Reading is total: whatever the bytes are, a reader returns what it could make of them together with [`Findings`] that
//! name file, row, field and value. It never panics, and there is a limit on everything (see [`source`]). The value is
//! `None` only when the findings hold an error: what would make a plan meaningless is never handed on.
//!
//! | module | reads | writes |
//! |---|---|---|
//! | [`matpower`] | MATPOWER `.m`, version 2 | the same |
//! | [`pandapower`] | pandapower JSON | |
//! | [`psse`] | PSS/E RAW 33 | |
//! | [`scenario`] | scenario folders | the same |
//! | [`heat_net`] | heat networks: pandapipes JSON, and its tables as plain JSON | |
//! | [`pgm`] | power-grid-model JSON, with update batches | |
//! | [`damage`] | damage lists | the same |
//! | [`weather`] | weather series, CSV and EPW | |
//!
//! [`read_network`] chooses by the file's name and beginning, [`read_heat_network`] by the content.

mod by_bus;
pub mod damage;
pub mod heat_net;
pub mod matpower;
mod network_file;
pub mod pandapower;
pub mod pgm;
pub mod plan_file;
mod plan_safety;
pub mod psse;
pub mod ranks;
pub mod scenario;
pub mod source;
pub mod weather;
pub mod weights;

pub use heat_net::read_heat_network;
pub use network_file::read_network;

use relight_model::Findings;

/// What a reader returns: the value, and what it noticed. The value is `None` only if the findings hold an error.
pub type Reading<T> = (Option<T>, Findings);
