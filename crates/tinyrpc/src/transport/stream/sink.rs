//! The outgoing direction of a stream: gathers messages and writes them together.

use std::future::Future as _;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use tinyrpc_core::framing::{FrameError, Framing};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use super::fault;
use crate::transport::{MessageSink, TransportError, TransportErrorKind};

/// A buffer of this size may be kept while nothing is to be written, in bytes.
const KEPT: usize = 512;

/// The largest buffer that is made before it is known to be needed, in bytes.
const FORESEEN: usize = 64 << 10;

pub(super) struct Sink<W> {
    /// `None` when the stream has been shut down.
    writer: Option<W>,
    framing: Box<dyn Framing>,
    buffer: Vec<u8>,
    /// How much of the buffer has been written.
    written: usize,
    /// Whether something was written that the writer itself may still hold.
    held: bool,
    /// How long the last burst was: the next one is probably alike.
    last: usize,
}

impl<W> Sink<W> {
    pub(super) fn new(writer: W, framing: Box<dyn Framing>) -> Self {
        Self { writer: Some(writer), framing, buffer: Vec::new(), written: 0, held: false, last: 0 }
    }

    /// Forgets what has been written, and frees memory that an idle stream should not hold.
    fn tidy(&mut self) {
        if self.written == self.buffer.len() {
            self.last = self.written;
            self.written = 0;
            self.buffer.clear();
            if self.buffer.capacity() > KEPT {
                self.buffer = Vec::new();
            }
        } else if self.written > self.buffer.len() / 2 {
            self.buffer.drain(..self.written);
            self.written = 0;
        }
    }
}

impl<W: AsyncWrite + Unpin + Send + 'static> MessageSink for Sink<W> {
    fn send(&mut self, message: &[u8]) -> Result<(), TransportError> {
        if self.writer.is_none() {
            return Err(TransportError::new(TransportErrorKind::Closed, "this end of the link has been closed"));
        }
        if self.buffer.capacity() == 0 {
            // Rounded up: bursts that are nearly alike should not make it grow.
            self.buffer.reserve(self.last.next_power_of_two().min(FORESEEN));
        }
        self.framing.encode(message, &mut self.buffer).map_err(unsendable)
    }

    fn buffered(&self) -> usize {
        self.buffer.len() - self.written
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        let Some(writer) = &mut self.writer else { return Poll::Ready(Ok(())) };
        while let Some(rest) = self.buffer.get(self.written..).filter(|rest| !rest.is_empty()) {
            let Poll::Ready(wrote) = pin!(writer.write(rest)).poll(cx) else {
                self.tidy();
                return Poll::Pending;
            };
            match wrote {
                Ok(0) => return Poll::Ready(Err(fault::lost(&io::ErrorKind::WriteZero.into()))),
                Ok(count) => {
                    self.written += count;
                    self.held = true;
                }
                Err(error) => return Poll::Ready(Err(fault::lost(&error))),
            }
        }
        if self.held {
            ready!(Pin::new(writer).poll_flush(cx)).map_err(|error| fault::lost(&error))?;
            self.held = false;
            self.tidy();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        ready!(self.poll_flush(cx))?;
        if let Some(writer) = &mut self.writer {
            ready!(Pin::new(writer).poll_shutdown(cx)).map_err(|error| fault::lost(&error))?;
            // Pipes are closed by this only.
            self.writer = None;
        }
        Poll::Ready(Ok(()))
    }
}

fn unsendable(error: FrameError) -> TransportError {
    TransportError::new(TransportErrorKind::Setup, error.to_string())
}
