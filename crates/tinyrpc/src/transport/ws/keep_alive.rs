//! Finds out whether the other side is still there when it says nothing.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

pub(super) struct KeepAlive {
    timer: Pin<Box<Sleep>>,
    every: Duration,
    /// How many pings without an answer mean that nobody is there.
    allowed: u32,
    unanswered: u32,
    pinged: bool,
    heard: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    Ping,
    Dead,
}

impl KeepAlive {
    pub(super) fn new(every: Duration, allowed: u32) -> Self {
        let timer = Box::pin(sleep(every));
        Self { timer, every, allowed: allowed.max(1), unanswered: 0, pinged: false, heard: false }
    }

    /// Anything that comes is a sign of life.
    pub(super) fn heard(&mut self) {
        self.heard = true;
    }

    /// What is to be done now. To be asked when there is nothing to read.
    pub(super) fn poll_due(&mut self, cx: &mut Context<'_>) -> Poll<Due> {
        if self.timer.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        if std::mem::take(&mut self.heard) {
            self.unanswered = 0;
        } else if self.pinged {
            self.unanswered += 1;
        }
        if self.unanswered >= self.allowed {
            return Poll::Ready(Due::Dead);
        }
        self.pinged = true;
        self.timer.as_mut().reset(Instant::now() + self.every);
        Poll::Ready(Due::Ping)
    }
}
