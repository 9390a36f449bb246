//! Two ends of a link in one process, with bounded buffers between them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use crate::transport::{Link, MessageSink, MessageSource, TransportError, TransportErrorKind};

/// Makes the two ends of a link.
///
/// Each direction holds at most `capacity` bytes that have been flushed and not yet received, or one message that is
/// longer; flushing more waits until the other end reads. Closing or dropping the sink of one end ends the source of the
/// other after what was flushed; dropping the source breaks the sink of the other.
#[must_use]
pub fn pair(capacity: usize) -> (Link, Link) {
    let (there, here) = (Arc::default(), Arc::default());
    let end = |to: &Shared, from: &Shared| {
        let sink = Sink { pipe: Arc::clone(to), capacity, waiting: VecDeque::new(), buffered: 0, closed: false };
        Link::new(sink, Source { pipe: Arc::clone(from) })
    };
    (end(&there, &here), end(&here, &there))
}

type Shared = Arc<Mutex<Pipe>>;

/// One direction.
#[derive(Default)]
struct Pipe {
    messages: VecDeque<Bytes>,
    bytes: usize,
    ended: bool,
    abandoned: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

struct Sink {
    pipe: Shared,
    capacity: usize,
    waiting: VecDeque<Bytes>,
    buffered: usize,
    closed: bool,
}

struct Source {
    pipe: Shared,
}

/// Nothing that holds the lock can panic half-way, so a poisoned pipe is whole.
fn lock(pipe: &Shared) -> MutexGuard<'_, Pipe> {
    pipe.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a message takes of the capacity; never nothing, so that empty messages are bounded too.
fn size(message: &Bytes) -> usize {
    message.len().max(1)
}

impl MessageSink for Sink {
    fn send(&mut self, message: &[u8]) -> Result<(), TransportError> {
        if self.closed {
            return Err(TransportError::new(TransportErrorKind::Closed, "this end of the link has been closed"));
        }
        let message = Bytes::copy_from_slice(message);
        self.buffered += size(&message);
        self.waiting.push_back(message);
        Ok(())
    }

    fn buffered(&self) -> usize {
        self.buffered
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        let mut pipe = lock(&self.pipe);
        if pipe.abandoned && !self.waiting.is_empty() {
            let what = "connection lost: the other end of the link is gone";
            return Poll::Ready(Err(TransportError::new(TransportErrorKind::Lost, what)));
        }
        let mut moved = false;
        while let Some(message) = self.waiting.pop_front() {
            let size = size(&message);
            if pipe.bytes > 0 && pipe.bytes + size > self.capacity {
                self.waiting.push_front(message);
                break;
            }
            self.buffered -= size;
            pipe.bytes += size;
            pipe.messages.push_back(message);
            moved = true;
        }
        let done = self.waiting.is_empty();
        if !done {
            pipe.writer = Some(cx.waker().clone());
        }
        let reader = if moved { pipe.reader.take() } else { None };
        drop(pipe);
        wake(reader);
        if done { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.closed = true;
        let flushed = self.poll_flush(cx);
        if let Poll::Ready(Ok(())) = flushed {
            end(&self.pipe);
        }
        flushed
    }
}

impl MessageSource for Source {
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        let mut pipe = lock(&self.pipe);
        let Some(message) = pipe.messages.pop_front() else {
            if pipe.ended {
                return Poll::Ready(None);
            }
            pipe.reader = Some(cx.waker().clone());
            return Poll::Pending;
        };
        pipe.bytes -= size(&message);
        let writer = pipe.writer.take();
        drop(pipe);
        wake(writer);
        Poll::Ready(Some(Ok(message)))
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        end(&self.pipe);
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        let mut pipe = lock(&self.pipe);
        pipe.abandoned = true;
        let unread = std::mem::take(&mut pipe.messages);
        let writer = pipe.writer.take();
        drop(pipe);
        drop(unread);
        wake(writer);
    }
}

fn end(pipe: &Shared) {
    let mut pipe = lock(pipe);
    pipe.ended = true;
    let reader = pipe.reader.take();
    drop(pipe);
    wake(reader);
}

/// Wakes outside the lock: whoever wakes up wants it.
fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
