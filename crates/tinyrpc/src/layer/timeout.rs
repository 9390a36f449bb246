//! Ends calls that take too long.

use std::time::{Duration, Instant};

use tinyrpc_core::{Call, Outcome, RpcError, code};

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
        let own = Instant::now() + self.after;
        let deadline = call.deadline.map_or(own, |earlier| earlier.min(own));
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
