//! The contract of the heat network engine: against other programs and closed forms, under outages, and in its properties.

// Helper functions of tests may unwrap as tests do.
#![allow(clippy::unwrap_used)]

mod against_pandapipes;
mod balance;
mod bench_nets;
mod closed_forms;
mod oracles;
mod outages;
