//! Reading a batch of updates and applying it never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relight_formats::pgm;

const GRID: &[u8] = include_bytes!("../../crates/formats/tests/data/mutations/small_pgm.json");

fuzz_target!(|bytes: &[u8]| {
    let Some(updates) = pgm::read_updates(bytes).0 else { return };
    let Some(input) = pgm::read_input(GRID).0 else { return };
    for update in updates.iter().take(10) {
        if let (Some(updated), _) = input.updated(update) {
            let (case, findings) = updated.case();
            assert_eq!(case.is_none(), findings.has_errors());
        }
    }
});
