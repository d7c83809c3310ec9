//! The flag that ends long work early: set by Ctrl-C, or when a time limit is over.
//!
//! Engines look at it, end with the best they have, and say so. A second Ctrl-C ends the program at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

static STOP: AtomicBool = AtomicBool::new(false);

/// The flag, which Ctrl-C sets from now on, and which sets itself after `limit_s` seconds.
pub fn flag(limit_s: Option<f64>) -> &'static AtomicBool {
    // Fails where a handler stands already or none can be set: then Ctrl-C ends the program, as without us.
    let _ = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    if let Some(limit) = limit_s.and_then(|s| Duration::try_from_secs_f64(s).ok()) {
        std::thread::spawn(move || {
            std::thread::sleep(limit);
            STOP.store(true, Ordering::Relaxed);
        });
    }
    &STOP
}
