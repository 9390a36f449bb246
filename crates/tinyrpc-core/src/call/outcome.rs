//! How far a handler has come when it returns.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::error::RpcError;

/// A boxed future that can move between threads.
pub type BoxFuture<'f, T> = Pin<Box<dyn Future<Output = T> + Send + 'f>>;

/// What calling a handler gives. Synchronous handlers are done when they return and cost no allocation.
///
/// The reply's bytes, where they are returned, are those that a [`DetachedReply`](super::DetachedReply) made; empty for
/// a notification.
#[non_exhaustive]
pub enum Outcome {
    /// The handler has run. `Ok` means that the reply has been written.
    Done(Result<(), RpcError>),
    /// The handler goes on in this future. Dropping it cancels the call.
    Future(BoxFuture<'static, Result<Vec<u8>, RpcError>>),
    /// The handler wants to run where it may block.
    Blocking(Box<dyn FnOnce() -> Result<Vec<u8>, RpcError> + Send>),
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Done(done) => f.debug_tuple("Done").field(done).finish(),
            Outcome::Future(_) => f.write_str("Future"),
            Outcome::Blocking(_) => f.write_str("Blocking"),
        }
    }
}

impl From<RpcError> for Outcome {
    fn from(error: RpcError) -> Self {
        Outcome::Done(Err(error))
    }
}
