//! Maximum load delivery with full AC physics.

#[allow(dead_code)] // the engine that works on it follows
pub(super) mod problem;
