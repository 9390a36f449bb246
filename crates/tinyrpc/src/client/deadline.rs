//! When a call is over, and how long it was given.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::CallError;

/// Timeouts that the clock cannot add up are as good as none.
const FOR_EVER: Duration = Duration::from_secs(30 * 365 * 24 * 3_600);

#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    at: Option<Instant>,
    timeout: Duration,
}

impl Deadline {
    pub(super) fn after(timeout: Duration) -> Self {
        Self { at: Instant::now().checked_add(timeout), timeout }
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(super) fn instant(&self) -> Instant {
        self.at.unwrap_or_else(|| Instant::now() + FOR_EVER)
    }

    /// On the system's clock, if it is not too far away.
    pub(super) fn system_time(&self) -> Option<std::time::Instant> {
        self.at.map(Instant::into_std)
    }

    /// What `work` gives if that comes in time. When there was no time from the beginning, it is not even begun.
    pub(super) async fn hold<T>(&self, work: impl Future<Output = T>) -> Result<T, CallError> {
        if self.timeout.is_zero() {
            return Err(CallError::timeout(self.timeout));
        }
        timeout_at(self.instant(), work).await.map_err(|_| CallError::timeout(self.timeout))
    }
}
