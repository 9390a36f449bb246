//! A connection's bytes: what came first is looked at for the version, and closing loses nothing that was said.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::activity::Activity;
use crate::transport::maybe_tls::MaybeTls;

/// What an HTTP/2 client sends first (RFC 9113 §3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How long the other side may go on sending after everything has been said.
const LINGER: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct Stream {
    tcp: MaybeTls,
    activity: Arc<Activity>,
    /// What was read to tell the version, until it has been handed on.
    first: Vec<u8>,
    closing: Closing,
}

#[derive(Debug)]
enum Closing {
    No,
    Sent,
    Lingering(Pin<Box<Sleep>>),
}

impl Stream {
    pub(super) fn new(tcp: MaybeTls, activity: Arc<Activity>) -> Self {
        Self { tcp, activity, first: Vec::new(), closing: Closing::No }
    }

    /// Whether the other side speaks HTTP/2; `None` when it has said nothing and is gone. To be asked first.
    pub(super) async fn is_http2(&mut self) -> io::Result<Option<bool>> {
        while self.first.len() < PREFACE.len() {
            let missing = (PREFACE.len() - self.first.len()) as u64;
            if (&mut self.tcp).take(missing).read_buf(&mut self.first).await? == 0 {
                return Ok(if self.first.is_empty() { None } else { Some(false) });
            }
            if !PREFACE.starts_with(&self.first) {
                return Ok(Some(false));
            }
        }
        Ok(Some(true))
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.first.is_empty() {
            ready!(Pin::new(&mut self.tcp).poll_read(cx, buf))?;
            self.activity.received();
            return Poll::Ready(Ok(()));
        }
        let length = self.first.len().min(buf.remaining());
        buf.put_slice(&self.first[..length]);
        self.first.drain(..length);
        if self.first.is_empty() {
            self.first = Vec::new();
            // With the rest in one go, hyper has no reason to enlarge its buffer for a few bytes. An error comes again.
            if buf.remaining() > 0 && Pin::new(&mut self.tcp).poll_read(cx, buf).is_ready() {
                self.activity.received();
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.tcp).poll_write(cx, buf))?;
        self.activity.sent();
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs))?;
        self.activity.sent();
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    /// Closing a socket that holds unread bytes makes the other side lose what we sent last, such as why its request was
    /// refused. So those bytes are read, for a while.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Closing::No = this.closing {
            ready!(Pin::new(&mut this.tcp).poll_shutdown(cx))?;
            this.closing = Closing::Sent;
        }
        let mut scratch = [0; 4096];
        loop {
            if let Closing::Lingering(time) = &mut this.closing
                && time.as_mut().poll(cx).is_ready()
            {
                return Poll::Ready(Ok(()));
            }
            let mut buf = ReadBuf::new(&mut scratch);
            match Pin::new(&mut this.tcp).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if buf.filled().is_empty() => return Poll::Ready(Ok(())),
                Poll::Ready(Ok(())) => {
                    if let Closing::Sent = this.closing {
                        this.closing = Closing::Lingering(Box::pin(sleep(LINGER)));
                    }
                }
                Poll::Ready(Err(_)) => return Poll::Ready(Ok(())),
                Poll::Pending if matches!(this.closing, Closing::Lingering(_)) => return Poll::Pending,
                Poll::Pending => return Poll::Ready(Ok(())),
            }
        }
    }
}
