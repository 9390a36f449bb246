//! A call whose handler is at work, together with where its reply goes.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::request::Request;
use crate::service::Pending;

/// Gives the request back, and the reply, which is empty when nothing is owed. Dropping it cancels the call.
pub(super) struct Running {
    pending: Pending,
    /// Taken when the call has ended.
    request: Option<Request>,
    connection: u64,
}

impl Running {
    pub(super) fn new(pending: Pending, request: Request) -> Self {
        let connection = request.connection();
        Self { pending, request: Some(request), connection }
    }

    /// The connection that the call came on.
    pub(super) fn connection(&self) -> u64 {
        self.connection
    }
}

impl Future for Running {
    type Output = (Option<Request>, Vec<u8>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let reply = ready!(Pin::new(&mut self.pending).poll(cx));
        Poll::Ready((self.request.take(), reply))
    }
}
