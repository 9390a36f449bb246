//! Ends calls when their callers stop waiting.

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

/// Drops the handler at the deadline. Without a runtime nobody tells the time, and it goes on.
#[cold]
pub(super) fn bounded(deadline: Instant, work: Work) -> Work {
    if tokio::runtime::Handle::try_current().is_err() {
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
