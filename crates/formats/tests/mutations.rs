//! Spoiled files, by the thousand: every one is read correctly or refused with a named finding; none panics or hangs.
//! The tests of the command line go on from here: they compute with what still reads, and verify it.
//!
//! `RELIGHT_MUTATIONS` sets how many (2,000 unless told); the seed of each is printed with whatever it breaks.

mod spoil;

use spoil::{Good, count, spoil_files, spoil_folders};

#[test]
fn spoiled_files_are_read_or_refused() {
    spoil_files(count(2_000), |good| match good {
        Good::Network(network) => assert!(!network.buses.is_empty()),
        Good::Damage(_) => {}
    });
}

#[test]
fn scenario_folders_with_a_spoiled_file_are_read_or_refused() {
    spoil_folders(count(2_000) / 4, |scenario| assert!(!scenario.feeders.is_empty()));
}
