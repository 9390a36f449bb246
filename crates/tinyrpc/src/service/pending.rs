//! Calls that are still running, and what becomes of their replies.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use tinyrpc_core::call::{BoxFuture, Ending};
use tinyrpc_core::{Id, Protocol, RpcError};

use super::batch::Batch;
use super::run::{no_reply, panicked, write_error};

/// The reply to a message whose handlers are still at work; empty when nothing is owed. Never fails.
///
/// Dropping it cancels the calls of the message; notifications run on, within a tokio runtime.
pub struct Pending(Kind);

enum Kind {
    Call(Call),
    Batch(Box<Batch>),
    Other(BoxFuture<'static, Vec<u8>>),
    /// With somebody who looks at the reply.
    Seen(Box<Seen>),
    /// Cancelled, with the reply that says so.
    Ended(Vec<u8>),
}

/// Sees a reply before it is sent.
type Look = dyn Fn(&[u8]) + Send;

struct Seen {
    pending: Pending,
    look: Box<Look>,
}

struct Call {
    future: BoxFuture<'static, Result<Vec<u8>, RpcError>>,
    protocol: Arc<dyn Protocol>,
    id: Option<Id<'static>>,
    method: Box<str>,
    /// Dropped after the future.
    _ending: Ending,
}

impl Pending {
    pub(super) fn new(future: impl Future<Output = Vec<u8>> + Send + 'static) -> Self {
        Self(Kind::Other(Box::pin(future)))
    }

    pub(super) fn batch(batch: Batch) -> Self {
        Self(Kind::Batch(Box::new(batch)))
    }

    pub(super) fn call(
        future: BoxFuture<'static, Result<Vec<u8>, RpcError>>,
        protocol: Arc<dyn Protocol>,
        id: Option<Id<'static>>,
        method: &str,
        ending: Ending,
    ) -> Self {
        let wanted = id.is_some();
        let call = Call { future, protocol, id, method: method.into(), _ending: ending };
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

    /// The same, with somebody who looks at the reply.
    pub(super) fn then(self, look: impl Fn(&[u8]) + Send + 'static) -> Self {
        Self(Kind::Seen(Box::new(Seen { pending: self, look: Box::new(look) })))
    }

    /// Drops the handler of the call with this id, if it is among those at work; the reply is `error` then, or nothing.
    fn cancel(&mut self, id: &Id<'_>, error: Option<&RpcError>) -> bool {
        let call = match &mut self.0 {
            Kind::Call(call) if call.id.as_ref() == Some(id) => call,
            Kind::Batch(batch) => return batch.cancel(id, error),
            Kind::Seen(seen) => return seen.pending.cancel(id, error),
            _ => return false,
        };
        tracing::debug!(method = &*call.method, "a call was cancelled");
        let mut reply = Vec::new();
        if let Some(error) = error {
            call.protocol.write_error(id, error, &mut reply);
        }
        self.0 = Kind::Ended(reply);
        true
    }
}

impl Future for Pending {
    type Output = Vec<u8>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Vec<u8>> {
        match &mut self.0 {
            Kind::Call(call) => Pin::new(call).poll(cx),
            Kind::Batch(batch) => Pin::new(&mut **batch).poll(cx),
            Kind::Other(future) => future.as_mut().poll(cx),
            Kind::Seen(seen) => {
                let reply = ready!(Pin::new(&mut seen.pending).poll(cx));
                (seen.look)(&reply);
                Poll::Ready(reply)
            }
            Kind::Ended(reply) => Poll::Ready(std::mem::take(reply)),
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

/// Dropping a handler's future runs code of the program, and who drops it may be serving others.
impl Drop for Call {
    fn drop(&mut self) {
        // Nothing is allocated for this.
        let future = std::mem::replace(&mut self.future, Box::pin(std::future::pending()));
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(future))) {
            let error = panicked(&*panic);
            tracing::error!(%error, method = &*self.method, "a handler panicked when it was dropped");
        }
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}

/// A [`Pending`] whose calls can be cancelled from outside of it, which wakes whoever polls it.
pub(crate) struct Cancellable {
    pending: Pending,
    waker: Option<Waker>,
}

impl Cancellable {
    pub(crate) fn new(pending: Pending) -> Self {
        Self { pending, waker: None }
    }

    /// Drops the handler of the call with this id; false when it is not at work here. The call's reply is `error`, or none.
    pub(crate) fn cancel(&mut self, id: &Id<'_>, error: Option<&RpcError>) -> bool {
        let cancelled = self.pending.cancel(id, error);
        if cancelled && let Some(waker) = self.waker.take() {
            waker.wake();
        }
        cancelled
    }
}

impl Future for Cancellable {
    type Output = Vec<u8>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Vec<u8>> {
        let polled = Pin::new(&mut self.pending).poll(cx);
        if polled.is_pending() && !self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            self.waker = Some(cx.waker().clone());
        }
        polled
    }
}
