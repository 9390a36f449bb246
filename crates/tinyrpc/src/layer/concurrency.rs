//! Bounds how many calls run at the same time.

use std::sync::Arc;

use futures_util::FutureExt as _;
use tinyrpc_core::{Call, Outcome, RpcError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::unconstrained;

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
        if let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() {
            return run(call, next, permit);
        }
        // Asked once here, so that the call's place in the queue is that of its arrival, and not that of whoever is first
        // to look after its future. The task's budget must not matter for that.
        let mut turn = Box::pin(unconstrained(Arc::clone(&self.free).acquire_owned()));
        match (&mut turn).now_or_never() {
            Some(Ok(permit)) => run(call, next, permit),
            Some(Err(closed)) => RpcError::internal(closed).into(),
            None => next.defer(call, async { turn.await.map_err(RpcError::internal) }),
        }
    }
}

/// Goes on with a call that holds the permit until it has ended.
fn run(call: Call<'_>, next: Next<'_>, permit: OwnedSemaphorePermit) -> Outcome {
    match next.run(call) {
        Outcome::Future(future) => Outcome::Future(Box::pin(async move {
            let _permit = permit;
            future.await
        })),
        outcome => outcome,
    }
}
