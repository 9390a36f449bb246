//! A call whose handler is at work, together with where its reply goes.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tinyrpc_core::{Id, RpcError};

use super::request::Request;
use crate::service::{Cancellable, Pending};

/// Gives the request back, and the reply, which is empty when nothing is owed. Dropping it cancels the call.
pub(super) struct Running {
    calls: Cancellable,
    /// Taken when the call has ended.
    request: Option<Request>,
    connection: u64,
}

impl Running {
    pub(super) fn new(pending: Pending, request: Request) -> Self {
        let connection = request.connection();
        Self { calls: Cancellable::new(pending), request: Some(request), connection }
    }

    /// The connection that the call came on.
    pub(super) fn connection(&self) -> u64 {
        self.connection
    }

    /// Drops the handler of the call with this id, if it is here and came from whom `notice` came from. `error` is its
    /// reply, or it gets none.
    pub(super) fn cancel(&mut self, notice: &Request, id: &Id<'_>, error: Option<&RpcError>) -> bool {
        let same = self.request.as_ref().is_some_and(|request| request.has_sender_of(notice));
        same && self.calls.cancel(id, error)
    }
}

impl Future for Running {
    type Output = (Option<Request>, Vec<u8>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let reply = ready!(Pin::new(&mut self.calls).poll(cx));
        Poll::Ready((self.request.take(), reply))
    }
}
