//! The queue of one subscription: the driver fills it, the subscriber empties it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;
use tinyrpc_core::{Id, Payload, RpcError};

use super::event::Shape;
use crate::peer::slow::{Bounds, SlowConsumer};
use crate::transport::TransportError;

/// Tells the other side that nothing more is wanted; gets the subscription's id.
pub(crate) type Farewell = Box<dyn FnOnce(Payload) + Send>;

/// What a subscriber gets.
pub(crate) enum Taken {
    Item(Payload),
    /// This many items are missing before the next one.
    Missed(u64),
    End(FeedEnd),
}

/// Why nothing more comes.
pub(crate) enum FeedEnd {
    /// The other side has said so; with an error, or because it was done.
    Told(Option<RpcError>),
    /// Nobody took the items.
    TooSlow,
    /// The link has ended.
    Link(TransportError),
    /// It has been told before.
    Known,
}

/// One subscription, from before its call on.
pub(crate) struct Feed {
    /// The notifications that carry its items; `None` for those of any method.
    pub(super) method: Option<Box<str>>,
    pub(super) shape: Shape,
    bounds: Bounds,
    /// The id as a key, once there is one.
    pub(super) key: OnceLock<Id<'static>>,
    /// The id as the other side wrote it.
    id: OnceLock<Payload>,
    queue: Mutex<Queue>,
    consumer: AtomicWaker,
}

struct Queue {
    items: VecDeque<Item>,
    bytes: usize,
    /// How many were dropped before the first that is here.
    missed: u64,
    /// How many are missing after the last that is here.
    gap: u64,
    end: Option<FeedEnd>,
    /// Whether the subscriber has not got it yet, and cannot be blamed for being slow.
    new: bool,
    /// Whether reading the link waits for this queue.
    blocks: bool,
    farewell: Option<Farewell>,
}

struct Item {
    value: Payload,
    /// How many the other side has dropped before it.
    missed: u64,
}

/// What an item does to a queue.
pub(super) enum Pushed {
    Taken,
    /// The queue is full now, and reading has to wait.
    Blocks,
    /// The queue was full: the subscription is to end.
    TooSlow,
}

/// What an item costs besides its bytes.
const OVERHEAD: usize = size_of::<Item>();

impl Feed {
    pub(crate) fn new(method: Option<Box<str>>, shape: Shape, bounds: Bounds, farewell: Farewell) -> Self {
        let queue = Queue {
            items: VecDeque::new(),
            bytes: 0,
            missed: 0,
            gap: 0,
            end: None,
            new: true,
            blocks: false,
            farewell: Some(farewell),
        };
        Self {
            method,
            shape,
            bounds,
            key: OnceLock::new(),
            id: OnceLock::new(),
            queue: Mutex::new(queue),
            consumer: AtomicWaker::new(),
        }
    }

    /// Nothing that holds the lock calls foreign code, so a poisoned queue is whole.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The subscription's id, when the reply to its call has come.
    pub(crate) fn id(&self) -> Option<&Payload> {
        self.id.get()
    }

    pub(super) fn identify(&self, key: Id<'static>, id: Payload) {
        // It is set once: the feed is no longer among those that are opening.
        let _ = self.key.set(key);
        let _ = self.id.set(id);
    }

    pub(super) fn push(&self, value: Payload, missed: u64) -> Pushed {
        let size = value.raw().len() + OVERHEAD;
        let mut dropped = Vec::new();
        let pushed = {
            let mut queue = self.lock();
            if queue.end.is_some() {
                return Pushed::Taken;
            }
            let mut full = self.bounds.reached(queue.items.len(), queue.bytes);
            let slow = if queue.new { SlowConsumer::Wait } else { self.bounds.slow };
            match slow {
                SlowConsumer::Close if full => return Pushed::TooSlow,
                SlowConsumer::DropOldest => {
                    while full && let Some(oldest) = queue.items.pop_front() {
                        queue.bytes -= oldest.value.raw().len() + OVERHEAD;
                        queue.missed = queue.missed.saturating_add(oldest.missed).saturating_add(1);
                        dropped.push(oldest);
                        full = self.bounds.reached(queue.items.len(), queue.bytes);
                    }
                }
                SlowConsumer::Wait | SlowConsumer::Close => {}
            }
            // The other side counts too, and may say any number.
            let missed = missed.saturating_add(std::mem::take(&mut queue.gap));
            queue.bytes += size;
            queue.items.push_back(Item { value, missed });
            let full = self.bounds.reached(queue.items.len(), queue.bytes);
            if slow == SlowConsumer::Wait && full && !queue.blocks {
                queue.blocks = true;
                Pushed::Blocks
            } else {
                Pushed::Taken
            }
        };
        self.consumer.wake();
        pushed
    }

    /// The subscriber has got it. True when reading no longer has to wait for this queue.
    pub(super) fn hand_over(&self) -> bool {
        let mut queue = self.lock();
        queue.new = false;
        let unblocks = queue.blocks && self.bounds.slow != SlowConsumer::Wait;
        queue.blocks &= !unblocks;
        unblocks
    }

    /// Notes that items are missing here.
    pub(super) fn miss(&self, items: u64) {
        let mut queue = self.lock();
        queue.gap = queue.gap.saturating_add(items);
    }

    /// Nothing more comes; the first reason counts. True when reading no longer has to wait for this queue.
    pub(super) fn finish(&self, end: FeedEnd) -> bool {
        let (farewell, unblocks) = {
            let mut queue = self.lock();
            if queue.end.is_none() {
                queue.end = Some(end);
            }
            (queue.farewell.take(), std::mem::take(&mut queue.blocks))
        };
        self.consumer.wake();
        drop(farewell);
        unblocks
    }

    /// What tells the other side that nothing more is wanted, the first time.
    pub(crate) fn take_farewell(&self) -> Option<Farewell> {
        self.lock().farewell.take()
    }

    /// The next thing for the subscriber. True when reading no longer has to wait for this queue.
    pub(super) fn poll_take(&self, cx: &mut Context<'_>) -> Poll<(Taken, bool)> {
        let poll = || {
            let mut queue = self.lock();
            let missed = std::mem::take(&mut queue.missed);
            if missed > 0 {
                return Some((Taken::Missed(missed), false));
            }
            if let Some(first) = queue.items.front_mut() {
                let missed = std::mem::take(&mut first.missed);
                if missed > 0 {
                    return Some((Taken::Missed(missed), false));
                }
            }
            if let Some(item) = queue.items.pop_front() {
                queue.bytes -= item.value.raw().len() + OVERHEAD;
                let relieved = queue.blocks && self.bounds.relieved(queue.items.len(), queue.bytes);
                queue.blocks &= !relieved;
                return Some((Taken::Item(item.value), relieved));
            }
            let gap = std::mem::take(&mut queue.gap);
            if gap > 0 {
                return Some((Taken::Missed(gap), false));
            }
            let end = queue.end.as_mut()?;
            Some((Taken::End(std::mem::replace(end, FeedEnd::Known)), false))
        };
        if let Some(taken) = poll() {
            return Poll::Ready(taken);
        }
        self.consumer.register(cx.waker());
        // It may have come in between.
        poll().map_or(Poll::Pending, Poll::Ready)
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("method", &self.method).field("id", &self.id).finish_non_exhaustive()
    }
}
