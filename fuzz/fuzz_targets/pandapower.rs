//! Reading a pandapower file never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relight_formats::pandapower;

fuzz_target!(|bytes: &[u8]| {
    let (network, findings) = pandapower::read(bytes);
    assert_eq!(network.is_none(), findings.has_errors());
});
