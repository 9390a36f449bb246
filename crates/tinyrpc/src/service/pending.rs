//! Calls that are still running, and what becomes of their replies.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tinyrpc_core::call::BoxFuture;
use tinyrpc_core::{Id, Protocol, RpcError};

use super::run::{no_reply, panicked, write_error};

/// The reply to a message whose handlers are still at work; empty when nothing is owed. Never fails.
///
/// Dropping it cancels the calls of the message; notifications run on, within a tokio runtime.
pub struct Pending(Kind);

enum Kind {
    Call(Call),
    Other(BoxFuture<'static, Vec<u8>>),
}

struct Call {
    future: BoxFuture<'static, Result<Vec<u8>, RpcError>>,
    protocol: Arc<dyn Protocol>,
    id: Option<Id<'static>>,
    method: Box<str>,
}

impl Pending {
    pub(super) fn new(future: impl Future<Output = Vec<u8>> + Send + 'static) -> Self {
        Self(Kind::Other(Box::pin(future)))
    }

    pub(super) fn call(
        future: BoxFuture<'static, Result<Vec<u8>, RpcError>>,
        protocol: Arc<dyn Protocol>,
        id: Option<Id<'static>>,
        method: &str,
    ) -> Self {
        let wanted = id.is_some();
        let call = Call { future, protocol, id, method: method.into() };
        // A sender of notifications need not wait for them, so they must not end with its connection. A service also
        // works without a runtime, in a program that polls it by itself; then dropping it drops them.
        let (false, Ok(runtime)) = (wanted, tokio::runtime::Handle::try_current()) else {
            return Self(Kind::Call(call));
        };
        let task = runtime.spawn(call);
        Self::new(async move {
            let _ = task.await;
            Vec::new()
        })
    }
}

impl Future for Pending {
    type Output = Vec<u8>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Vec<u8>> {
        match &mut self.0 {
            Kind::Call(call) => Pin::new(call).poll(cx),
            Kind::Other(future) => future.as_mut().poll(cx),
        }
    }
}

impl Future for Call {
    type Output = Vec<u8>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Vec<u8>> {
        let future = self.future.as_mut();
        let result = match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(polled) => ready!(polled),
            Err(panic) => Err(panicked(&*panic)),
        };
        let error = match result {
            Ok(reply) if reply.is_empty() && self.id.is_some() => no_reply(),
            Ok(reply) => return Poll::Ready(reply),
            Err(error) => error,
        };
        let mut out = Vec::new();
        write_error(&self.protocol, self.id.as_ref(), &error, &self.method, &mut out);
        Poll::Ready(out)
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}
