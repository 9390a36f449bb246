//! A message whose handlers are at work, together with where its reply goes.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tinyrpc_core::{Id, RpcError};

use super::request::Request;
use crate::service::{Cancellable, Pending};

/// Dropping it cancels the calls.
pub(super) struct Running {
    calls: Cancellable,
    /// Taken when they have ended.
    request: Option<Request>,
    connection: u64,
}

/// What becomes of it.
pub(super) struct Done {
    pub(super) connection: u64,
    /// What the reply is for; `None` when it has been answered already.
    pub(super) request: Option<Request>,
    /// Empty when nothing is owed.
    pub(super) reply: Vec<u8>,
}

impl Running {
    pub(super) fn new(pending: Pending, request: Request) -> Self {
        let connection = request.connection();
        Self { calls: Cancellable::new(pending), request: Some(request), connection }
    }

    /// One that has been answered already.
    pub(super) fn answered(pending: Pending, connection: u64) -> Self {
        Self { calls: Cancellable::new(pending), request: None, connection }
    }

    /// The connection that the message came on.
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
    type Output = Done;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Done> {
        let reply = ready!(Pin::new(&mut self.calls).poll(cx));
        Poll::Ready(Done { connection: self.connection, request: self.request.take(), reply })
    }
}
