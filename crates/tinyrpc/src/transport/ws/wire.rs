//! What frames are read from and written to: the upgraded connection, with a buffer that gathers a burst of frames.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::frames::Frames;

/// How much of the write buffer is kept while the connection is in use, in bytes.
const KEPT: usize = 4 << 10;

/// How much is read at once when nothing was to be expected, in bytes.
const FIRST_READ: usize = 4 << 10;

pub(super) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

/// Writing to it only fills the buffer, and never waits; [`poll_send`](Self::poll_send) sends it.
pub(super) struct Wire {
    connection: Box<dyn Connection>,
    /// What has been read already, with the handshake or by [`poll_wake`](Self::poll_wake).
    read: Bytes,
    ended: bool,
    broken: Option<io::Error>,
    /// Whether anything has come since somebody asked.
    heard: bool,
    frames: Frames,
    out: BytesMut,
    /// What was written may still be on its way through TLS.
    unflushed: bool,
}

impl Wire {
    /// `read` is what came after the handshake.
    pub(super) fn new(connection: Box<dyn Connection>, read: Bytes, frames: Frames) -> Self {
        Self {
            connection,
            read,
            ended: false,
            broken: None,
            heard: false,
            frames,
            out: BytesMut::new(),
            unflushed: false,
        }
    }

    /// In place of one that has moved.
    pub(super) fn none() -> Self {
        Self::new(Box::new(tokio::io::empty()), Bytes::new(), Frames::new(false, 0))
    }

    /// Lets go of its buffer, if nothing of a message waits on either side of it.
    pub(super) fn rest(&mut self) -> bool {
        let rests = self.buffered() == 0 && self.read.is_empty() && self.frames.is_between_messages();
        if rests {
            self.out = BytesMut::new();
        }
        rests
    }

    /// Waits for something to read without holding a buffer for it.
    pub(super) fn poll_wake(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.read.is_empty() {
            return Poll::Ready(());
        }
        let mut space = [MaybeUninit::uninit(); FIRST_READ];
        let mut unread = ReadBuf::uninit(&mut space);
        match ready!(Pin::new(&mut self.connection).poll_read(cx, &mut unread)) {
            Ok(()) => {
                self.ended = unread.filled().is_empty();
                self.heard |= !self.ended;
                self.read = Bytes::copy_from_slice(unread.filled());
            }
            Err(error) => self.broken = Some(error),
        }
        Poll::Ready(())
    }

    /// Whether anything has come since this was asked last.
    pub(super) fn take_heard(&mut self) -> bool {
        std::mem::take(&mut self.heard)
    }

    /// Whether a message is too long, and nothing can be read before more of it was [skipped](Self::poll_skip).
    pub(super) fn must_skip(&self) -> bool {
        self.frames.skips(&self.read) && !self.ended && self.broken.is_none()
    }

    /// Skips a message that is too long, and gives its length. Also ready when there is something for a reader first: a
    /// control frame between its parts, or the end of the connection.
    pub(super) fn poll_skip(&mut self, cx: &mut Context<'_>) -> Poll<Option<u64>> {
        loop {
            ready!(self.poll_wake(cx));
            if self.ended || self.broken.is_some() {
                return Poll::Ready(None);
            }
            let (skipped, length) = self.frames.skip(&self.read);
            self.read.advance(skipped);
            if !self.frames.is_too_long() {
                return Poll::Ready(Some(length));
            }
            if !self.read.is_empty() {
                return Poll::Ready(None);
            }
        }
    }

    /// How many bytes wait to be sent, as far as is known.
    pub(super) fn buffered(&self) -> usize {
        self.out.len().max(usize::from(self.unflushed))
    }

    /// Sends what is buffered, in as few writes as the system allows.
    pub(super) fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.out.is_empty() {
            let written = ready!(Pin::new(&mut self.connection).poll_write(cx, &self.out))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.out.advance(written);
            self.unflushed = true;
        }
        if self.out.capacity() > KEPT {
            self.out = BytesMut::new();
        } else {
            self.out.clear();
        }
        ready!(Pin::new(&mut self.connection).poll_flush(cx))?;
        self.unflushed = false;
        Poll::Ready(Ok(()))
    }

    /// Sends what is buffered and that nothing more comes, and reads until the other side has nothing more either:
    /// closing earlier could take from it what it has not read yet.
    pub(super) fn poll_leave(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        ready!(Pin::new(&mut self.connection).poll_shutdown(cx))?;
        let mut space = [0; 4_096];
        loop {
            let mut unread = ReadBuf::new(&mut space);
            ready!(Pin::new(&mut self.connection).poll_read(cx, &mut unread))?;
            if unread.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        if this.must_skip() {
            // Whoever asks knows of it.
            return Poll::Pending;
        }
        if let Some(error) = this.broken.take() {
            return Poll::Ready(Err(error));
        }
        if this.read.is_empty() {
            ready!(Pin::new(&mut this.connection).poll_read(cx, buf))?;
            this.heard = true;
        } else {
            let length = this.read.len().min(buf.remaining());
            buf.put_slice(&this.read.split_to(length));
            if this.read.is_empty() {
                this.read = Bytes::new();
            }
        }
        let passed = before + this.frames.pass(&mut buf.filled_mut()[before..]);
        if passed < buf.filled().len() {
            this.read = [&buf.filled()[passed..], &this.read].concat().into();
            buf.set_filled(passed);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.out.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        slices.iter().for_each(|bytes| self.out.extend_from_slice(bytes));
        Poll::Ready(Ok(slices.iter().map(|bytes| bytes.len()).sum()))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
