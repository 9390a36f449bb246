//! Reads what can only be read by waiting for it.
//!
//! A thread of its own does so, and not the runtime's blocking pool, which a runtime waits for when it ends: a read from a
//! terminal may take for ever.

use std::future::Future as _;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::{mpsc, oneshot};

/// How much is read at once, in bytes.
const CHUNK: usize = 64 << 10;

pub(super) struct Input {
    chunks: mpsc::Receiver<io::Result<Bytes>>,
    /// What is left of the last one.
    rest: Bytes,
    /// Ends the input when the other end is gone.
    closed: oneshot::Receiver<()>,
}

impl Input {
    /// Ends when `from` does, or `closed` has no other end any more.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(super) fn new(from: impl Read + Send + 'static, closed: oneshot::Receiver<()>) -> io::Result<Self> {
        // One chunk is read ahead.
        let (sender, chunks) = mpsc::channel(1);
        thread::Builder::new().name("tinyrpc-stdin".to_owned()).spawn(move || read(from, &sender))?;
        Ok(Self { chunks, rest: Bytes::new(), closed })
    }
}

fn read(mut from: impl Read, to: &mpsc::Sender<io::Result<Bytes>>) {
    let mut space = vec![0; CHUNK];
    loop {
        let chunk = match from.read(&mut space) {
            Ok(0) => return,
            Ok(count) => Ok(Bytes::copy_from_slice(space.get(..count).unwrap_or_default())),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let failed = chunk.is_err();
        if to.blocking_send(chunk).is_err() || failed {
            return;
        }
    }
}

impl AsyncRead for Input {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.rest.is_empty() {
            match self.chunks.poll_recv(cx) {
                Poll::Ready(Some(chunk)) => self.rest = chunk?,
                Poll::Ready(None) => return Poll::Ready(Ok(())),
                // Nobody on the other side may notice that we are closing, as our output stays open.
                Poll::Pending => return Pin::new(&mut self.closed).poll(cx).map(|_| Ok(())),
            }
        }
        let count = self.rest.len().min(out.remaining());
        out.put_slice(&self.rest.split_to(count));
        if !self.rest.has_remaining() {
            self.rest = Bytes::new();
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt as _;

    #[tokio::test]
    async fn everything_arrives_and_then_the_end() {
        let text: Vec<u8> = (0..300_000).map(|index| (index % 251) as u8).collect();
        let (_open, closed) = oneshot::channel();
        let mut input = Input::new(io::Cursor::new(text.clone()), closed).unwrap();
        let mut read = Vec::new();
        input.read_to_end(&mut read).await.unwrap();
        assert!(read == text);
    }

    #[tokio::test]
    async fn a_failure_is_told() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::PermissionDenied.into())
            }
        }
        let (_open, closed) = oneshot::channel();
        let error = Input::new(Broken, closed).unwrap().read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    }

    #[tokio::test]
    async fn it_ends_when_this_side_closes() {
        struct Silent(std::sync::mpsc::Receiver<()>);
        impl Read for Silent {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                // An error means that the test is over.
                let _ = self.0.recv();
                Ok(0)
            }
        }
        let ((open, closed), (_hold, silence)) = (oneshot::channel(), std::sync::mpsc::channel());
        let mut input = Input::new(Silent(silence), closed).unwrap();
        drop(open);
        assert_eq!(input.read(&mut [0]).await.unwrap(), 0);
    }
}
