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
    broken: Option<io::Error>,
    frames: Frames,
    out: BytesMut,
    /// What was written may still be on its way through TLS.
    unflushed: bool,
}

impl Wire {
    /// `read` is what came after the handshake; `bare` says whether text is to be taken for binary.
    pub(super) fn new(connection: Box<dyn Connection>, read: Bytes, bare: bool) -> Self {
        Self { connection, read, broken: None, frames: Frames::new(bare), out: BytesMut::new(), unflushed: false }
    }

    /// In place of one that has moved.
    pub(super) fn none() -> Self {
        Self::new(Box::new(tokio::io::empty()), Bytes::new(), false)
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
            Ok(()) => self.read = Bytes::copy_from_slice(unread.filled()),
            Err(error) => self.broken = Some(error),
        }
        Poll::Ready(())
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
        if let Some(error) = this.broken.take() {
            return Poll::Ready(Err(error));
        }
        if this.read.is_empty() {
            ready!(Pin::new(&mut this.connection).poll_read(cx, buf))?;
        } else {
            let length = this.read.len().min(buf.remaining());
            buf.put_slice(&this.read.split_to(length));
            if this.read.is_empty() {
                this.read = Bytes::new();
            }
        }
        this.frames.pass(&mut buf.filled_mut()[before..]);
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
