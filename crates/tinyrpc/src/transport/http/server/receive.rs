//! Takes in a request's body within its limits of size and time, or throws away what nobody wants.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use hyper::body::Body;
use tokio::time::{Sleep, sleep};

/// How far memory may run ahead of what has arrived, whatever a Content-Length promises.
const AHEAD: usize = 64 << 10;

/// A body on its way in.
#[derive(Debug)]
pub(super) struct Receiving {
    limit: usize,
    arrived: Arrived,
    patience: Patience,
}

/// Why a body did not become a message.
#[derive(Debug)]
pub(super) enum Trouble {
    TooLarge,
    Broken,
    Slow,
}

/// A message, in the memory in which it arrived when it came in one piece.
#[derive(Debug)]
pub(super) enum Arrived {
    Whole(Bytes),
    Pieces(Vec<u8>),
}

impl Deref for Arrived {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Arrived::Whole(bytes) => bytes,
            Arrived::Pieces(bytes) => bytes,
        }
    }
}

impl Receiving {
    pub(super) fn new(limit: usize, timeout: Duration) -> Self {
        Self { limit, arrived: Arrived::Whole(Bytes::new()), patience: Patience::new(timeout) }
    }

    pub(super) fn poll<B: Body>(
        &mut self,
        mut body: Pin<&mut B>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Arrived, Trouble>> {
        while !body.is_end_stream() {
            match body.as_mut().poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        self.take(data, body.size_hint().lower())?;
                    }
                }
                Poll::Ready(Some(Err(_))) => return Poll::Ready(Err(Trouble::Broken)),
                Poll::Ready(None) => break,
                Poll::Pending => {
                    ready!(self.patience.poll_over(cx));
                    return Poll::Ready(Err(Trouble::Slow));
                }
            }
        }
        Poll::Ready(Ok(std::mem::replace(&mut self.arrived, Arrived::Whole(Bytes::new()))))
    }

    fn take(&mut self, mut data: impl Buf, announced: u64) -> Result<(), Trouble> {
        if data.remaining() > self.limit - self.arrived.len() {
            self.arrived = Arrived::Whole(Bytes::new());
            return Err(Trouble::TooLarge);
        }
        if let Arrived::Whole(first) = &mut self.arrived {
            if first.is_empty() {
                *first = data.copy_to_bytes(data.remaining());
                return Ok(());
            }
            self.arrived = Arrived::Pieces(first.to_vec());
        }
        if let Arrived::Pieces(all) = &mut self.arrived {
            let announced = usize::try_from(announced).unwrap_or(usize::MAX);
            all.reserve(data.remaining() + announced.min(AHEAD.max(all.len())));
            while data.has_remaining() {
                let chunk = data.chunk();
                all.extend_from_slice(chunk);
                let length = chunk.len();
                data.advance(length);
            }
        }
        Ok(())
    }
}

/// Reads the rest of a refused body, so that the connection can go on after it.
#[derive(Debug)]
pub(super) struct Discarding {
    left: u64,
    patience: Patience,
}

impl Discarding {
    /// Reads at most `limit` bytes, for at most `timeout`.
    pub(super) fn new(limit: u64, timeout: Duration) -> Self {
        Self { left: limit, patience: Patience::new(timeout) }
    }

    /// Whether the end of the body has been reached.
    pub(super) fn poll<B: Body>(&mut self, mut body: Pin<&mut B>, cx: &mut Context<'_>) -> Poll<bool> {
        while !body.is_end_stream() {
            match body.as_mut().poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    let length = frame.data_ref().map_or(0, |data| data.remaining() as u64);
                    match self.left.checked_sub(length) {
                        Some(left) => self.left = left,
                        None => return Poll::Ready(false),
                    }
                }
                Poll::Ready(Some(Err(_))) => return Poll::Ready(false),
                Poll::Ready(None) => break,
                Poll::Pending => {
                    ready!(self.patience.poll_over(cx));
                    return Poll::Ready(false);
                }
            }
        }
        Poll::Ready(true)
    }
}

/// Waits for a body, but not for ever.
#[derive(Debug)]
struct Patience {
    timeout: Duration,
    asked: bool,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    fn new(timeout: Duration) -> Self {
        Self { timeout, asked: false, timer: None }
    }

    /// Ready when the time is over.
    fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // Most bodies have arrived with their heads, and the server just has not come to read on. So a timer is set only
        // when a second look finds nothing either.
        if !self.asked {
            self.asked = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let timeout = self.timeout;
        self.timer.get_or_insert_with(|| Box::pin(sleep(timeout))).as_mut().poll(cx)
    }
}
