//! A stream to subscribe to: numbers at regular times.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use serde::Deserialize;
use tinyrpc::RpcError;
use tinyrpc::subscription::Stream;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// The longest time between two, in milliseconds.
const LONGEST: u64 = 60_000;

#[derive(Deserialize)]
pub(super) struct Wanted {
    interval_ms: u64,
    #[serde(default)]
    count: Option<u64>,
}

/// 0, 1, 2 and so on.
pub(super) struct Ticks {
    next: u64,
    end: u64,
    /// None when they come as fast as they are taken.
    clock: Option<Interval>,
}

pub(super) fn ticks(Wanted { interval_ms, count }: Wanted) -> Result<Ticks, RpcError> {
    if interval_ms > LONGEST {
        return Err(RpcError::invalid_params(format_args!("`interval_ms` must be at most {LONGEST}")));
    }
    let clock = (interval_ms > 0).then(|| {
        let mut clock = interval(Duration::from_millis(interval_ms));
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        clock
    });
    Ok(Ticks { next: 0, end: count.unwrap_or(u64::MAX), clock })
}

impl Stream for Ticks {
    type Item = u64;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        if self.next >= self.end {
            return Poll::Ready(None);
        }
        if let Some(clock) = &mut self.clock {
            ready!(clock.poll_tick(cx));
        }
        self.next += 1;
        Poll::Ready(Some(self.next - 1))
    }
}
