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

    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, Error>>> {
        if self.stream.is_none() {
            ready!(self.wire.poll_wake(cx));
        }
        self.stream().poll_next_unpin(cx)
    }

    /// Lets go of what is not needed until something comes. To be called while the connection is open and there is nothing
    /// to read: then the reader knows nothing that a new one would not.
    pub(super) fn rest(&mut self) {
        if let Some(stream) = self.stream.take_if(|stream| stream.get_mut().rest()) {
            self.wire = stream.into_inner();
        }
    }
}
