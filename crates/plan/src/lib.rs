//! Decisions.
pub mod deliver;
