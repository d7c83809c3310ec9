//! Pieces of work on several threads: the same answers on any number of them.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How work is done and watched.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    /// Threads to use.
    pub threads: NonZero<usize>,
    /// Set from outside to stop: no piece is begun after that.
    pub stop: Option<&'a AtomicBool>,
    /// Called with the pieces done and in all: once at the start with 0, then after each piece, from any thread.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

/// What `piece` gives for 0 to `count`, in that order; fewer values if it was stopped.
pub(crate) fn each<R: Send>(count: usize, work: &Work, piece: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let ready: Mutex<Vec<Option<R>>> = Mutex::new((0..count).map(|_| None).collect());
    (work.progress)(0, count);
    let run = || {
        loop {
            let k = next.fetch_add(1, Ordering::Relaxed);
            if k >= count || work.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                return;
            }
            let value = piece(k);
            ready.lock().unwrap_or_else(|poisoned| poisoned.into_inner())[k] = Some(value);
            (work.progress)(done.fetch_add(1, Ordering::Relaxed) + 1, count);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..work.threads.get().min(count) {
            scope.spawn(run);
        }
        run();
    });
    let ready = ready.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    ready.into_iter().flatten().collect()
}
