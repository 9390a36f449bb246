//! Bounds how many calls run at the same time.

use std::sync::Arc;

use tinyrpc_core::{Call, Outcome, RpcError};
use tokio::sync::Semaphore;

use super::{Layer, Next};

/// Runs at most so many calls at the same time; the others wait, first come first served.
#[derive(Clone, Debug)]
pub struct ConcurrencyLimit {
    free: Arc<Semaphore>,
}

impl ConcurrencyLimit {
    /// At most `calls` at the same time, and at least 1. Clones share the limit.
    #[must_use]
    pub fn new(calls: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(calls.clamp(1, Semaphore::MAX_PERMITS))) }
    }
}

impl Layer for ConcurrencyLimit {
    fn call(&self, call: Call<'_>, next: Next<'_>) -> Outcome {
        match Arc::clone(&self.free).try_acquire_owned() {
            Ok(permit) => match next.run(call) {
                Outcome::Future(future) => Outcome::Future(Box::pin(async move {
                    let _permit = permit;
                    future.await
                })),
                outcome => outcome,
            },
            Err(_) => {
                let acquire = Arc::clone(&self.free).acquire_owned();
                next.defer(call, async { acquire.await.map_err(RpcError::internal) })
            }
        }
    }
}
