//! Reading a damage list never panics; written and read again it is the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relight_formats::damage;

fuzz_target!(|bytes: &[u8]| {
    let (list, findings) = damage::read(bytes);
    assert_eq!(list.is_none(), findings.has_errors());
    if let Some(list) = list {
        assert_eq!(damage::read(damage::write(&list).as_bytes()).0, Some(list));
    }
});
