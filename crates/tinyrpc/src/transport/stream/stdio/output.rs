//! Writes what can only be written by waiting for it, in a thread of its own as [`input`](super::input) does.

use std::future::Future as _;
use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::thread;

use tokio::io::AsyncWrite;
use tokio::sync::{mpsc, oneshot};

/// How much is given to the thread at once, in bytes.
const CHUNK: usize = 256 << 10;

pub(super) struct Output {
    chunks: mpsc::UnboundedSender<Chunk>,
    /// What the thread is at: never more than one chunk.
    writing: Option<oneshot::Receiver<io::Result<()>>>,
    _open: oneshot::Sender<()>,
}

type Chunk = (Vec<u8>, oneshot::Sender<io::Result<()>>);

impl Output {
    /// Holds `open` as long as it lives.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(super) fn new(to: impl Write + Send + 'static, open: oneshot::Sender<()>) -> io::Result<Self> {
        let (chunks, receiver) = mpsc::unbounded_channel();
        thread::Builder::new().name("tinyrpc-stdout".to_owned()).spawn(move || write(to, receiver))?;
        Ok(Self { chunks, writing: None, _open: open })
    }

    fn poll_written(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(writing) = &mut self.writing else { return Poll::Ready(Ok(())) };
        let written = ready!(Pin::new(writing).poll(cx)).unwrap_or_else(|_| Err(gone()));
        self.writing = None;
        Poll::Ready(written)
    }
}

fn write(mut to: impl Write, mut chunks: mpsc::UnboundedReceiver<Chunk>) {
    while let Some((chunk, done)) = chunks.blocking_recv() {
        // An error means that nobody wants to know any more.
        let _ = done.send(to.write_all(&chunk).and_then(|()| to.flush()));
    }
}

fn gone() -> io::Error {
    io::ErrorKind::BrokenPipe.into()
}

impl AsyncWrite for Output {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_written(cx))?;
        let count = bytes.len().min(CHUNK);
        let (done, writing) = oneshot::channel();
        let chunk = bytes.get(..count).unwrap_or_default().to_vec();
        self.chunks.send((chunk, done)).map_err(|_| gone())?;
        self.writing = Some(writing);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_written(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_written(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use tokio::io::AsyncWriteExt as _;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            std::io::Write::write(&mut *self.0.lock().unwrap(), bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn what_was_flushed_has_been_written() {
        let (shared, text) = (Shared::default(), vec![7; 600_000]);
        let mut output = Output::new(shared.clone(), oneshot::channel().0).unwrap();
        output.write_all(&text).await.unwrap();
        output.flush().await.unwrap();
        assert!(*shared.0.lock().unwrap() == text);
    }

    #[tokio::test]
    async fn a_failure_is_told() {
        let mut output = Output::new(&mut [][..], oneshot::channel().0).unwrap();
        output.write_all(b"no room").await.unwrap();
        assert_eq!(output.flush().await.unwrap_err().kind(), io::ErrorKind::WriteZero);
    }
}
