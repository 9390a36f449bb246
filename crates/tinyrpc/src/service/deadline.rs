//! Ends calls when their callers stop waiting.

use std::panic::catch_unwind;
use std::time::Instant;

use tinyrpc_core::call::BoxFuture;
use tinyrpc_core::{RpcError, code};

/// What a handler that is still at work makes.
type Work = BoxFuture<'static, Result<Vec<u8>, RpcError>>;

/// Whether nobody waits any more for what is to be begun now.
#[cold]
pub(super) fn has_passed(deadline: Instant) -> bool {
    deadline <= tokio::time::Instant::now().into_std()
}

/// Drops the handler at the deadline. Without a runtime, or in one without timers, nobody tells the time, and it goes on.
#[cold]
pub(super) fn bounded(deadline: Instant, work: Work) -> Work {
    // That there are no timers is told by a panic only.
    let has_timers = || catch_unwind(|| drop(tokio::time::sleep_until(deadline.into()))).is_ok();
    if tokio::runtime::Handle::try_current().is_err() || !has_timers() {
        return work;
    }
    Box::pin(async move {
        let ended = tokio::time::timeout_at(deadline.into(), work).await;
        ended.unwrap_or_else(|_| Err(too_late()))
    })
}

/// The error of a call whose time is up.
#[cold]
pub(super) fn too_late() -> RpcError {
    RpcError::new(code::TIMEOUT, "The caller waits no longer")
}
