//! Ends calls that take too long.

use std::time::Duration;

use tinyrpc_core::{Call, Outcome, RpcError, code};
use tokio::time::Instant;

use super::{Layer, Next};

/// Ends a call with code -32002 when its handler has not finished in time.
///
/// An asynchronous handler is dropped. One that blocks runs on, its result unread. A synchronous one cannot be ended.
#[derive(Clone, Debug)]
pub struct Timeout {
    after: Duration,
}

impl Timeout {
    /// Ends calls after this time.
    #[must_use]
    pub fn new(after: Duration) -> Self {
        Self { after }
    }
}

impl Layer for Timeout {
    fn call(&self, mut call: Call<'_>, next: Next<'_>) -> Outcome {
        // A time that the clock cannot express is no limit.
        let own = Instant::now().into_std().checked_add(self.after);
        let Some(deadline) = call.deadline.into_iter().chain(own).min() else { return next.run(call) };
        call.deadline = Some(deadline);
        match next.run(call) {
            Outcome::Future(future) => Outcome::Future(Box::pin(async move {
                tokio::time::timeout_at(deadline.into(), future)
                    .await
                    .unwrap_or_else(|_| Err(RpcError::new(code::TIMEOUT, "The call took too long")))
            })),
            outcome => outcome,
        }
    }
}
