//! A TCP stream that its owner can tell to acknowledge at once.
//!
//! A server that writes the head and the body of its reply separately, without `TCP_NODELAY`, holds the body back until
//! the head was acknowledged; our side delays the acknowledgement by 40 ms, hoping to send it along with data. So when a
//! reply has come in part only, the owner asks for the acknowledgement now. The kernel forgets that wish soon, so it is
//! asked for anew each time; a reply that comes in one piece never pays for it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::transport::maybe_tls::MaybeTls;

/// Shared by hyper, which reads and writes, and by the owner of the connection. Never contended: both are one task.
#[derive(Clone, Debug)]
pub(super) struct Socket(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    stream: MaybeTls,
    /// Something was read since the last write or acknowledgement.
    unacknowledged: bool,
}

impl Socket {
    pub(super) fn new(stream: MaybeTls) -> Self {
        Self(Arc::new(Mutex::new(Inner { stream, unacknowledged: false })))
    }

    /// Has the kernel acknowledge now what was read.
    pub(super) fn acknowledge(&self) {
        let mut inner = self.inner();
        if std::mem::take(&mut inner.unacknowledged) {
            acknowledge(inner.stream.tcp());
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn acknowledge(stream: &TcpStream) {
    // When it fails, the reply is late; it comes nevertheless.
    let _ = socket2::SockRef::from(stream).set_tcp_quickack(true);
}

/// Other systems offer no such thing.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn acknowledge(_stream: &TcpStream) {}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut inner = self.inner();
        let before = buf.filled().len();
        let polled = Pin::new(&mut inner.stream).poll_read(cx, buf);
        inner.unacknowledged |= buf.filled().len() > before;
        polled
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let mut inner = self.inner();
        // What is written carries the acknowledgement along.
        inner.unacknowledged = false;
        Pin::new(&mut inner.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut inner = self.inner();
        inner.unacknowledged = false;
        Pin::new(&mut inner.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner().stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner().stream).poll_shutdown(cx)
    }
}
