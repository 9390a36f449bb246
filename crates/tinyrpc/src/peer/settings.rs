//! What can be set about one end of a link.

use std::time::Duration;

use tinyrpc_core::Limits;

use super::cancel::{Cancel, Cancelling};

/// The settings of a [`Peer`](super::Peer): how much may be under way at once, and in which order.
///
/// Every bound has a default. Two peers with the same settings never block each other: what one end may have under way
/// the other end takes without ceasing to read.
#[derive(Clone, Debug)]
pub struct PeerSettings {
    pub(super) calls_in_flight: usize,
    pub(super) queue: usize,
    pub(super) queue_bytes: usize,
    pub(super) own_calls: usize,
    pub(super) subscriptions: usize,
    pub(super) write_buffer: usize,
    pub(super) backlog: usize,
    pub(super) stall: Duration,
    pub(super) idle: Option<Duration>,
    pub(super) one_in_flight: bool,
    pub(super) order: Order,
    pub(super) answers_after_end: bool,
    pub(super) limits: Option<Limits>,
    pub(super) cancel: Cancelling,
}

/// The order in which the other side's calls and notifications are started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Order {
    /// Notifications run one after the other, and what came after a notification starts when its handler has finished.
    /// Calls run concurrently.
    #[default]
    AfterNotifications,
    /// Everything runs one after the other.
    OneByOne,
    /// Everything is started in the order of arrival, and nothing waits for anything.
    Concurrent,
}

impl Default for PeerSettings {
    fn default() -> Self {
        Self {
            calls_in_flight: 1_024,
            queue: 1_024,
            queue_bytes: 16 << 20,
            own_calls: 1_024,
            subscriptions: 1_024,
            write_buffer: 256 << 10,
            backlog: 64 << 20,
            stall: Duration::from_secs(30),
            idle: None,
            one_in_flight: false,
            order: Order::default(),
            answers_after_end: false,
            limits: None,
            cancel: Cancelling::default(),
        }
    }
}

impl PeerSettings {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many of the other side's calls may be running, waiting for their turn, or answered but not yet sent; default
    /// 1,024, at least 1. Further ones are answered with code -32001 and do not run. A batch that is started may exceed
    /// the limit. Each costs its message, its future and its reply.
    #[must_use]
    pub fn with_calls_in_flight(mut self, calls: usize) -> Self {
        self.calls_in_flight = calls.max(1);
        self
    }

    /// How many of the other side's messages may wait for their turn; default 1,024. Then reading stops until there is
    /// room, and replies and cancellations wait as well: only while a notification is running, and notifications fill the
    /// queue. Calls do not, where fewer of them are taken than the queue holds.
    #[must_use]
    pub fn with_queue(mut self, messages: usize) -> Self {
        self.queue = messages;
        self
    }

    /// How many bytes those messages may have together, with what is noted about them, such as the ids of their calls; default
    /// 16 MiB. One message may exceed it.
    #[must_use]
    pub fn with_queue_bytes(mut self, bytes: usize) -> Self {
        self.queue_bytes = bytes;
        self
    }

    /// How many calls of ours may be under way; default 1,024, at least 1. Further ones wait. As many notifications may
    /// wait to be handed to the link.
    #[must_use]
    pub fn with_own_calls(mut self, calls: usize) -> Self {
        self.own_calls = calls.clamp(1, u32::MAX as usize >> 3);
        self
    }

    /// How many subscriptions of the other side may be open; default 1,024. Further ones are refused with code -32001. Each
    /// costs its stream, a task, and a queue of a size that its [`Offer`](crate::subscription::Offer) sets. So a link may cost
    /// as many times the [bytes of a queue](crate::subscription::Offer::with_queue_bytes): with both defaults 256 MiB, if the
    /// other side opens all that it may and reads nothing.
    #[must_use]
    pub fn with_subscriptions(mut self, subscriptions: usize) -> Self {
        self.subscriptions = subscriptions;
        self
    }

    /// How many bytes may be waiting to be sent before our own messages wait, and calls of the other side that have not
    /// been started; default 256 KiB. One message, and replies of calls that run already, may exceed it.
    #[must_use]
    pub fn with_write_buffer(mut self, bytes: usize) -> Self {
        self.write_buffer = bytes.max(1);
        self
    }

    /// How many bytes may be waiting to be sent before everything else stops, until the other side reads; default 64 MiB.
    /// One reply may exceed it.
    #[must_use]
    pub fn with_backlog(mut self, bytes: usize) -> Self {
        self.backlog = bytes.max(1);
        self
    }

    /// How long the other side may read nothing, while the write buffer is full, before the link is given up as lost;
    /// default 30 s.
    #[must_use]
    pub fn with_stall(mut self, time: Duration) -> Self {
        self.stall = time;
        self
    }

    /// How long a link may stay without a message of the other side and without a call or notification under way, on either
    /// side, before it is closed, up to a quarter of the time later; default `None`: for ever.
    #[must_use]
    pub fn with_idle_timeout(mut self, time: Option<Duration>) -> Self {
        self.idle = time;
        self
    }

    /// Whether our calls go out one after the other, each when the one before has its reply, for servers that answer only
    /// one of several; default false.
    #[must_use]
    pub fn with_one_in_flight(mut self, yes: bool) -> Self {
        self.one_in_flight = yes;
        self
    }

    /// The order in which the other side's calls and notifications are started; default
    /// [`Order::AfterNotifications`].
    #[must_use]
    pub fn with_order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Whether calls are still run and answered when the other side has ended its direction, for media that can be
    /// closed by halves, such as standard input and output; default false: they are cancelled.
    #[must_use]
    pub fn with_answers_after_end(mut self, yes: bool) -> Self {
        self.answers_after_end = yes;
        self
    }

    /// Bounds what a message may ask for; default: the service's limits, or without a service [`Limits::default`].
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// How calls that are given up are cancelled, in both directions; `None`: not at all. Default: [`Cancel::lsp`] in JSON-RPC
    /// 2.0 and MessagePack-RPC, and not at all in other protocols.
    ///
    /// When the future of a call is dropped, or its time is up, the other side is told, unless the call has not been sent or
    /// its reply has come. When the other side says so, the call's handler is dropped; in a batch, that of this one call.
    /// Such a message never reaches a handler, whatever methods there are.
    ///
    /// By default a WebSocket server is told only when it is known to bear that: when it has said so in the handshake, as those
    /// of this library do, or has sent a call or a notification itself. There are servers that answer nothing any more
    /// after a notification, such as Python tinyrpc's. A form that is set here is always used.
    #[must_use]
    pub fn with_cancel(mut self, cancel: Option<Cancel>) -> Self {
        self.cancel = cancel.into();
        self
    }

    /// The method of the notification that cancels a call of the other side, if any does.
    #[cfg(feature = "ws")]
    pub(crate) fn cancel_method(&self) -> Option<std::borrow::Cow<'static, str>> {
        self.cancel.method()
    }

    pub(crate) fn cancelling(mut self, cancel: Cancelling) -> Self {
        self.cancel = cancel;
        self
    }

    /// The limits that hold where a service has these.
    #[cfg(feature = "tcp")]
    pub(crate) fn limits_or<'a>(&'a self, limits: &'a Limits) -> &'a Limits {
        self.limits.as_ref().unwrap_or(limits)
    }
}
