//! The decisions: who gets the power that is left, step by step.
//!
//! | module | answers |
//! |---|---|
//! | [`timeline`] | what is served in every step of the horizon: the main job |
//! | [`deliver`] | the most weighted load that a damaged network can carry at one instant |
//! | [`limits`](fn@limits) | what keeps a delivery from carrying more |
//!
//! Engines are pure: no input or output, no clock, the same bytes for the same input on any number of threads.

pub mod deliver;
mod limits;
pub mod timeline;
pub mod work;

pub use limits::limits;
