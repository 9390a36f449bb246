//! The incoming direction of a stream: reads whatever has come at once, and cuts it into messages.

use std::future::Future as _;
use std::io;
use std::mem::{self, MaybeUninit};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes, BytesMut};
use tinyrpc_core::framing::Framing;
use tokio::io::{AsyncRead, AsyncReadExt as _, ReadBuf};

use super::fault;
use crate::transport::{MessageSource, Received, TransportError};

/// How much is read at once while no message is incomplete, in bytes of the stack.
const BURST: usize = 16 << 10;

/// How much is read at once, at least, into a message that is incomplete, in bytes.
const MORE: usize = 4 << 10;

/// What a buffer may have before small messages are copied out of it, in bytes: one that waits somewhere would keep all.
const SHARED: usize = 64 << 10;

pub(super) struct Source<R> {
    reader: R,
    framing: Box<dyn Framing>,
    /// What has been read and not given away, but for what has been lent. Empty and without memory while nothing is under way.
    buffer: BytesMut,
    /// How much at the front of the buffer has been lent and is done with.
    lent: usize,
    /// How much memory the buffer has had since it was last without any: its messages share it.
    size: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The buffer may hold another message.
    Cutting,
    /// More is to be read.
    Reading,
    /// All has been read.
    Ended,
    /// Nothing is to be got any more.
    Broken,
}

impl<R: AsyncRead + Unpin> Source<R> {
    pub(super) fn new(reader: R, framing: Box<dyn Framing>) -> Self {
        Self { reader, framing, buffer: BytesMut::new(), lent: 0, size: 0, state: State::Reading }
    }

    /// Reads on.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        let read = ready!(self.poll_read(cx));
        self.state = match read {
            Ok(0) => State::Ended,
            Ok(_) => State::Cutting,
            Err(_) => State::Broken,
        };
        Poll::Ready(read.map(drop).map_err(|error| fault::lost(&error)))
    }

    /// Reads once; how much, nothing at the end of the stream.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.buffer.is_empty() {
            return self.poll_read_burst(cx);
        }
        if self.buffer.capacity() == self.buffer.len() {
            self.buffer.reserve(self.buffer.len().max(MORE));
            self.size = self.size.max(self.buffer.capacity());
        }
        pin!(self.reader.read_buf(&mut self.buffer)).poll(cx)
    }

    /// Reads to the stack first, so that a stream on which nothing comes needs no buffer. Copying a burst costs far less
    /// than reading it did.
    #[inline(never)]
    fn poll_read_burst(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut space = [const { MaybeUninit::uninit() }; BURST];
        let mut read = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut self.reader).poll_read(cx, &mut read))?;
        let read = read.filled();
        self.buffer = BytesMut::from(read);
        self.size = read.len();
        Poll::Ready(Ok(read.len()))
    }

    fn given(&self, message: Bytes) -> Bytes {
        if self.size > SHARED && message.len() < self.size / 4 { Bytes::copy_from_slice(&message) } else { message }
    }
}

impl<R: AsyncRead + Unpin + Send + 'static> MessageSource for Source<R> {
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        self.buffer.advance(mem::take(&mut self.lent));
        loop {
            let cut = match self.state {
                State::Cutting => self.framing.decode(&mut self.buffer),
                State::Ended => self.framing.finish(&mut self.buffer),
                State::Broken => return Poll::Ready(None),
                State::Reading => match ready!(self.poll_more(cx)) {
                    Ok(()) => continue,
                    Err(error) => return Poll::Ready(Some(Err(error))),
                },
            };
            match cut {
                Ok(Some(message)) => return Poll::Ready(Some(Ok(self.given(message)))),
                Ok(None) if self.state == State::Ended => self.state = State::Broken,
                Ok(None) => {
                    self.state = State::Reading;
                    if self.buffer.is_empty() {
                        (self.buffer, self.size) = (BytesMut::new(), 0);
                    }
                }
                Err(error) => {
                    if error.is_fatal() {
                        self.state = State::Broken;
                        self.buffer = BytesMut::new();
                    }
                    return Poll::Ready(Some(Err(fault::unreadable(&error))));
                }
            }
        }
    }

    fn poll_lend(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Received<'_>, TransportError>>> {
        if self.state == State::Reading
            && let Err(error) = ready!(self.poll_more(cx))
        {
            return Poll::Ready(Some(Err(error)));
        }
        if self.state == State::Cutting
            && let Some(frame) = self.framing.peek(self.buffer.get(self.lent..).unwrap_or_default())
        {
            let message = self.lent + frame.message.start..self.lent + frame.message.end;
            self.lent += frame.end;
            return Poll::Ready(Some(Ok(Received::Lent(self.buffer.get(message).unwrap_or_default()))));
        }
        self.poll_recv(cx).map(|received| received.map(|received| received.map(Received::Given)))
    }

    fn may_be_cut(&self) -> bool {
        self.state == State::Ended
    }
}
