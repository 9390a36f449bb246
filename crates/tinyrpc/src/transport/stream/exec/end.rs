//! The two directions of a link to a child, which tell how the child ended instead of how its pipes did.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::keeper::Bond;
use crate::transport::{MessageSink, MessageSource, TransportError, TransportErrorKind};

type Inquiry = Pin<Box<dyn Future<Output = TransportError> + Send>>;

pub(super) struct Sink {
    inner: Box<dyn MessageSink>,
    bond: Arc<Bond>,
    /// Set when the pipe has broken.
    inquiry: Option<Inquiry>,
}

impl Sink {
    pub(super) fn new(inner: Box<dyn MessageSink>, bond: Arc<Bond>) -> Self {
        Self { inner, bond, inquiry: None }
    }

    /// What the inner sink gives; its error is replaced by how the child ended.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        poll: impl Fn(&mut dyn MessageSink, &mut Context<'_>) -> Poll<Result<(), TransportError>>,
    ) -> Poll<Result<(), TransportError>> {
        if self.inquiry.is_none() {
            if ready!(poll(&mut *self.inner, cx)).is_ok() {
                return Poll::Ready(Ok(()));
            }
            self.bond.leave();
        }
        let inquiry = self.inquiry.get_or_insert_with(|| Box::pin(Arc::clone(&self.bond).ended()));
        let error = ready!(inquiry.as_mut().poll(cx));
        self.inquiry = None;
        Poll::Ready(Err(error))
    }
}

impl MessageSink for Sink {
    fn send(&mut self, message: &[u8]) -> Result<(), TransportError> {
        self.inner.send(message)
    }

    fn buffered(&self) -> usize {
        self.inner.buffered()
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.poll(cx, |inner, cx| inner.poll_flush(cx))
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        ready!(self.poll(cx, |inner, cx| inner.poll_close(cx)))?;
        self.bond.close();
        Poll::Ready(Ok(()))
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.bond.leave();
    }
}

pub(super) struct Source {
    inner: Box<dyn MessageSource>,
    bond: Arc<Bond>,
    end: End,
}

enum End {
    /// The pipe is open.
    Open,
    /// The pipe has ended; if it broke by a message that cannot be read, this says why.
    Asking {
        inquiry: Inquiry,
        why: Option<TransportError>,
    },
    Told,
}

impl Source {
    pub(super) fn new(inner: Box<dyn MessageSource>, bond: Arc<Bond>) -> Self {
        Self { inner, bond, end: End::Open }
    }
}

impl MessageSource for Source {
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        if matches!(self.end, End::Open) {
            let why = match ready!(self.inner.poll_recv(cx)) {
                Some(Ok(message)) => return Poll::Ready(Some(Ok(message))),
                Some(Err(error)) if costs_one_message(&error) => return Poll::Ready(Some(Err(error))),
                Some(Err(error)) => Some(error),
                None => None,
            };
            self.bond.leave();
            self.end = End::Asking { inquiry: Box::pin(Arc::clone(&self.bond).ended()), why };
        }
        let End::Asking { inquiry, why } = &mut self.end else { return Poll::Ready(None) };
        let ended = ready!(inquiry.as_mut().poll(cx));
        let why = why.take();
        self.end = End::Told;
        if self.bond.is_closed() {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(Err(match why {
            Some(why) => TransportError::new(TransportErrorKind::Lost, format!("{why}; {ended}")),
            None => ended,
        })))
    }

    fn may_be_cut(&self) -> bool {
        self.inner.may_be_cut()
    }
}

fn costs_one_message(error: &TransportError) -> bool {
    matches!(error.kind(), TransportErrorKind::TooLarge | TransportErrorKind::Invalid)
}

impl Drop for Source {
    fn drop(&mut self) {
        self.bond.leave();
    }
}
