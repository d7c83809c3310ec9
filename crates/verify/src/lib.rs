//! The independent check. Nothing is shown as a plan before it has passed.
//!
//! Everything is recomputed from the model alone: islands by a walk of their own, flows from angles or voltages, balances
//! from flows. The crate knows the types of the model and nothing else, so that no fault can be shared with the engines.
//! docs/methods/verify.md states each check as an equation.
//!
//! **Invariant**: `relight-verify` depends on `relight-model` only.

mod circuit;
mod delivery;
mod delivery_ac;
mod discrete;
mod flow;
mod horizon;
mod plan;
mod remains;
mod verdict;

pub use delivery::{ALLOWED_DEG, ALLOWED_PU, ALLOWED_SHARE, GAP_OPTIMAL, verify_delivery};
pub use discrete::verify_discrete;
pub use flow::{FlowRules, verify_flow};
pub use plan::verify_plan;
pub use verdict::{Check, Verdict};
