//! The queue of one subscription on the serving side: the stream fills it, the driver empties it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use tinyrpc_core::{RpcError, code};
use tokio::task::AbortHandle;

use super::form::Form;
use crate::peer::slow::{Bounds, SlowConsumer};

pub(crate) struct Outlet {
    pub(crate) form: Form,
    bounds: Bounds,
    queue: Mutex<Queue>,
    /// Wakes the stream's task when there is room.
    stream: AtomicWaker,
    /// Ends the stream's task.
    task: OnceLock<AbortHandle>,
}

#[derive(Default)]
struct Queue {
    messages: VecDeque<Message>,
    bytes: usize,
    /// How many were dropped and not told yet.
    dropped: u64,
    /// Whether the reply with the id has been written, before which nothing may go out.
    open: bool,
    /// Whether the driver knows that there is something.
    scheduled: bool,
    /// Whether the stream waits until half of the queue is gone.
    full: bool,
    ended: bool,
}

struct Message {
    bytes: Bytes,
    /// How many dropped ones it tells of.
    tells: u64,
}

/// What a message costs besides its bytes.
const OVERHEAD: usize = size_of::<Message>();

impl Outlet {
    pub(super) fn new(form: Form, bounds: Bounds) -> Self {
        let (stream, task) = (AtomicWaker::new(), OnceLock::new());
        Self { form, bounds, queue: Mutex::default(), stream, task }
    }

    /// Nothing that holds the lock calls foreign code, so a poisoned queue is whole.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The task that fills it, which ends with the subscription.
    pub(crate) fn set_task(&self, task: AbortHandle) {
        // There is one task. Whoever ends the subscription from now on finds it; who was faster is seen here.
        let task = self.task.get_or_init(|| task);
        if self.lock().ended {
            task.abort();
        }
    }

    /// Whether the stream may give another item; false when nobody wants one any more.
    pub(crate) fn poll_room(&self, cx: &mut Context<'_>) -> Poll<bool> {
        self.stream.register(cx.waker());
        let mut queue = self.lock();
        if queue.ended {
            return Poll::Ready(false);
        }
        if self.bounds.slow == SlowConsumer::Wait {
            let (items, bytes) = (queue.messages.len(), queue.bytes);
            queue.full = match queue.full {
                true => !self.bounds.relieved(items, bytes),
                false => self.bounds.reached(items, bytes),
            };
            if queue.full {
                return Poll::Pending;
            }
        }
        Poll::Ready(true)
    }

    /// How many dropped items the next message has to tell of. It must be pushed.
    pub(crate) fn take_dropped(&self) -> u64 {
        std::mem::take(&mut self.lock().dropped)
    }

    /// Takes an item, or the end. True when the driver has to be told.
    pub(super) fn push(&self, message: Bytes, tells: u64) -> bool {
        let mut queue = self.lock();
        if queue.ended {
            return false;
        }
        let mut full = self.bounds.reached(queue.messages.len(), queue.bytes);
        match self.bounds.slow {
            SlowConsumer::DropOldest => {
                while full && let Some(oldest) = queue.messages.pop_front() {
                    queue.bytes -= oldest.bytes.len() + OVERHEAD;
                    queue.dropped += 1 + oldest.tells;
                    full = self.bounds.reached(queue.messages.len(), queue.bytes);
                }
            }
            SlowConsumer::Close if full => {
                let error =
                    RpcError::new(code::TOO_BUSY, "the subscription was closed: its items are not taken fast enough");
                let dropped = 1 + tells;
                return self.end(&mut queue, Some(&error), dropped);
            }
            SlowConsumer::Wait | SlowConsumer::Close => {}
        }
        Self::add(&mut queue, message, tells)
    }

    /// Nothing more comes. True when the driver has to be told.
    pub(super) fn finish(&self, error: Option<&RpcError>) -> bool {
        let mut queue = self.lock();
        if queue.ended {
            return false;
        }
        let dropped = std::mem::take(&mut queue.dropped);
        self.end(&mut queue, error, dropped)
    }

    fn end(&self, queue: &mut Queue, error: Option<&RpcError>, dropped: u64) -> bool {
        queue.ended = true;
        match self.form.end(error, dropped) {
            Some(end) => Self::add(queue, end, 0),
            None => {
                // It is forgotten when the driver finds it empty.
                let news = queue.open && !queue.scheduled;
                queue.scheduled |= queue.open;
                news
            }
        }
    }

    fn add(queue: &mut Queue, message: Bytes, tells: u64) -> bool {
        queue.bytes += message.len() + OVERHEAD;
        queue.messages.push_back(Message { bytes: message, tells });
        let news = queue.open && !queue.scheduled;
        queue.scheduled |= queue.open;
        news
    }

    /// The reply with the id has been written. True when there is something to send already.
    pub(super) fn open(&self) -> bool {
        let mut queue = self.lock();
        queue.open = true;
        queue.scheduled = !queue.messages.is_empty() || queue.ended;
        queue.scheduled
    }

    /// The next message, and what becomes of the outlet then.
    pub(super) fn next(&self) -> (Option<Bytes>, Then) {
        let (message, then, room) = {
            let mut queue = self.lock();
            let message = queue.messages.pop_front();
            if let Some(message) = &message {
                queue.bytes -= message.bytes.len() + OVERHEAD;
            }
            queue.scheduled = !queue.messages.is_empty();
            let then = match (queue.scheduled, queue.ended) {
                (true, _) => Then::Goes,
                (false, true) => Then::Over,
                (false, false) => Then::Rests,
            };
            let room = queue.full && self.bounds.relieved(queue.messages.len(), queue.bytes);
            (message, then, room)
        };
        if room {
            self.stream.wake();
        }
        (message.map(|message| message.bytes), then)
    }

    /// Nobody wants it any more: drops the stream and what stands in the queue.
    pub(super) fn close(&self) {
        let unsent = {
            let mut queue = self.lock();
            std::mem::replace(&mut *queue, Queue { ended: true, ..Queue::default() }).messages
        };
        drop(unsent);
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }

    /// Takes all that stands in the queue, and the end, for a link that is about to be closed.
    pub(super) fn take_all(self: &Arc<Self>, error: &RpcError) -> Vec<Bytes> {
        self.finish(Some(error));
        let mut queue = self.lock();
        if !queue.open {
            return Vec::new();
        }
        std::mem::take(&mut queue.messages).into_iter().map(|message| message.bytes).collect()
    }
}

/// What becomes of an outlet after a message was taken.
pub(super) enum Then {
    /// There is more.
    Goes,
    /// It waits for its stream.
    Rests,
    /// That was all for ever.
    Over,
}
