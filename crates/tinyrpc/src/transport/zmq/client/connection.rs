//! What the two directions of a DEALER know about its connection, which the socket makes by itself.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Kept by the source, which hears of changes.
#[derive(Default)]
pub(super) struct Connection {
    up: AtomicBool,
    /// How often it had come or gone when that was last looked at.
    seen: AtomicU64,
    /// How often it has been lost.
    losses: AtomicU64,
}

impl Connection {
    /// Notes how it is now. True when the one that there was is lost, even if there is another one already.
    pub(super) fn changed(&self, seen: u64, up: bool) -> bool {
        let lost = self.up.swap(up, Ordering::SeqCst);
        if lost {
            self.losses.fetch_add(1, Ordering::SeqCst);
        }
        self.seen.store(seen, Ordering::SeqCst);
        lost
    }

    pub(super) fn is_up(&self) -> bool {
        self.up.load(Ordering::SeqCst)
    }

    pub(super) fn seen(&self) -> u64 {
        self.seen.load(Ordering::SeqCst)
    }

    pub(super) fn losses(&self) -> u64 {
        self.losses.load(Ordering::SeqCst)
    }
}
