//! Reading a PSS/E RAW file never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relight_formats::psse;

fuzz_target!(|bytes: &[u8]| {
    let (network, findings) = psse::read(bytes);
    assert_eq!(network.is_none(), findings.has_errors());
});
