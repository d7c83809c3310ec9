//! Reading never panics; what was read, written and read again is the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relight_formats::matpower;

fuzz_target!(|bytes: &[u8]| {
    let (network, findings) = matpower::read(bytes);
    assert_eq!(network.is_none(), findings.has_errors());
    if let Some(network) = network
        && let Ok(text) = matpower::write(&network)
    {
        assert_eq!(matpower::read(text.as_bytes()).0, Some(network));
    }
});
