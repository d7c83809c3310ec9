//! Reading a grid never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relight_formats::pgm;

fuzz_target!(|bytes: &[u8]| {
    let (case, findings) = pgm::read(bytes);
    assert_eq!(case.is_none(), findings.has_errors());
});
