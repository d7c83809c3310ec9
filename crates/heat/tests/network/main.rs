//! The contract of the heat network engine: against other programs and closed forms, under outages, and in its properties.

mod against_pandapipes;
mod balance;
mod bench_nets;
mod closed_forms;
mod oracles;
mod outages;
