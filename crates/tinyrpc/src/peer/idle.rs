//! Finds links on which nothing happens any more.

use std::future::Future as _;
use std::pin::Pin;
use std::task::Context;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

/// How often it is looked at a link, in a timeout's time.
const LOOKS: u32 = 4;

/// Bounds what is taken for a timeout, so that looking costs little and no clock overflows.
const SANE: (Duration, Duration) = (Duration::from_millis(4), Duration::from_secs(10 * 365 * 24 * 60 * 60));

/// Looks now and then, so that a message costs no timer.
pub(super) struct Idle {
    pause: Duration,
    look: Pin<Box<Sleep>>,
    /// Whether anything happened since the last look.
    stirred: bool,
    /// How many looks have found nothing.
    quiet: u32,
}

impl Idle {
    pub(super) fn new(timeout: Duration) -> Self {
        let pause = timeout.clamp(SANE.0, SANE.1) / LOOKS;
        Self { pause, look: Box::pin(sleep(pause)), stirred: false, quiet: 0 }
    }

    /// A message has come.
    pub(super) fn stirred(&mut self) {
        self.stirred = true;
    }

    /// Whether nothing has happened for the timeout, nor is under way according to `busy`.
    pub(super) fn poll_over(&mut self, cx: &mut Context<'_>, busy: impl Fn() -> bool) -> bool {
        while self.look.as_mut().poll(cx).is_ready() {
            self.quiet = if std::mem::take(&mut self.stirred) || busy() { 0 } else { self.quiet + 1 };
            if self.quiet >= LOOKS {
                return true;
            }
            self.look.as_mut().reset(Instant::now() + self.pause);
        }
        false
    }
}
