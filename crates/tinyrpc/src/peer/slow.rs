//! What becomes of a subscription whose items come faster than they are taken.

/// What happens when the queue of a subscription is full. Both ends have one: the subscriber keeps what its program has
/// not taken yet, the serving side what the link has not carried yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SlowConsumer {
    /// Nothing is lost, and the source waits.
    ///
    /// On the serving side the stream is not polled until there is room. **On the subscriber's side the link is not read
    /// until half of the queue has been taken, which holds up everything on it**: other subscriptions, and replies. A
    /// program that waits for a call on the same link before it takes the next item waits until the call times out. The
    /// other side may also give up a link that is not read (tinyrpc's after 30 s).
    Wait,
    /// The oldest items are dropped, and counted.
    DropOldest,
    /// The subscription ends; what stands in the queue can still be taken.
    Close,
}

/// How much a queue holds, and what happens when it is full.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) items: usize,
    pub(crate) bytes: usize,
    pub(crate) slow: SlowConsumer,
}

impl Bounds {
    /// Whether a queue that holds this much takes nothing more.
    pub(super) fn reached(&self, items: usize, bytes: usize) -> bool {
        items >= self.items || bytes >= self.bytes
    }

    /// Whether one that was full has room again: not at once, so that two sides do not wake each other for every item.
    pub(super) fn relieved(&self, items: usize, bytes: usize) -> bool {
        items <= self.items / 2 && bytes <= self.bytes / 2
    }
}
