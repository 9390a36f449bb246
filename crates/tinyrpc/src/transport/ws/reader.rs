//! The reader of frames, which is there only while there is something to read or write: it comes with a buffer of 8 KiB.

use std::task::{Context, Poll, ready};

use futures_util::StreamExt as _;
use tokio_websockets::{ClientBuilder, Config, Error, Limits, Message, ServerBuilder, WebSocketStream};

use super::wire::Wire;

/// A connection, with a reader of frames around it or without.
pub(super) struct Reader {
    stream: Option<Box<WebSocketStream<Wire>>>,
    /// The connection while there is no stream.
    wire: Wire,
    is_client: bool,
    limit: usize,
}

impl Reader {
    /// Reads messages of at most `limit` bytes.
    pub(super) fn new(wire: Wire, is_client: bool, limit: usize) -> Self {
        Self { stream: None, wire, is_client, limit }
    }

    pub(super) fn wire(&mut self) -> &mut Wire {
        match &mut self.stream {
            Some(stream) => stream.get_mut(),
            None => &mut self.wire,
        }
    }

    pub(super) fn stream(&mut self) -> &mut WebSocketStream<Wire> {
        let Self { stream, wire, is_client, limit } = self;
        stream.get_or_insert_with(|| {
            let wire = std::mem::replace(wire, Wire::none());
            let limits = Limits::default().max_payload_len(Some(*limit));
            let config = Config::default().frame_size(usize::MAX);
            Box::new(match is_client {
                true => ClientBuilder::new().limits(limits).config(config).take_over(wire),
                false => ServerBuilder::new().limits(limits).config(config).serve(wire),
            })
        })
    }

    /// The next message. One that is too long is skipped, and its length is told when it is over; but once this side is
    /// `leaving`, nobody wants to know what comes after it.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>, leaving: bool) -> Poll<Option<Result<Message, Error>>> {
        loop {
            if self.stream.is_none() && self.wire.must_skip() {
                if let Some(length) = ready!(self.wire.poll_skip(cx)) {
                    let len = usize::try_from(length).unwrap_or(usize::MAX);
                    return Poll::Ready(Some(Err(Error::PayloadTooLong { len, max_len: self.limit })));
                }
            } else if self.stream.is_none() {
                ready!(self.wire.poll_wake(cx));
            }
            let polled = self.stream().poll_next_unpin(cx);
            let stuck = matches!(polled, Poll::Pending | Poll::Ready(Some(Err(Error::PayloadTooLong { .. }))));
            if !stuck || !self.wire().must_skip() {
                return polled;
            }
            if leaving {
                return Poll::Ready(Some(Err(Error::PayloadTooLong { len: usize::MAX, max_len: self.limit })));
            }
            // With it goes what it has of the message, and the farewell that it would send.
            self.drop_stream();
        }
    }

    fn drop_stream(&mut self) {
        if let Some(stream) = self.stream.take() {
            self.wire = stream.into_inner();
        }
    }

    /// Lets go of what is not needed until something comes. To be called while the connection is open and there is nothing
    /// to read: then the reader knows nothing that a new one would not.
    pub(super) fn rest(&mut self) {
        if let Some(stream) = self.stream.take_if(|stream| stream.get_mut().rest()) {
            self.wire = stream.into_inner();
        }
    }
}
