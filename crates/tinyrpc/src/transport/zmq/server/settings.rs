//! What can be set about a ZeroMQ server.

use std::time::Duration;

use tinyrpc_core::Limits;

use crate::peer::{Cancel, Cancelling, PeerSettings};

/// For what is watched elsewhere.
const NEVER: Duration = Duration::from_secs(u32::MAX as u64);

/// How much a ZeroMQ server takes on, and how long it waits for whom.
#[derive(Clone, Debug)]
pub struct ZmqSettings {
    pub(super) max_message: usize,
    pub(super) calls_in_flight: usize,
    pub(super) total_in_flight: usize,
    pub(super) subscriptions: usize,
    pub(super) backlog: usize,
    pub(super) stall: Duration,
    pub(super) linger: Duration,
    pub(super) cancel: Cancelling,
}

impl Default for ZmqSettings {
    fn default() -> Self {
        Self {
            max_message: 4 << 20,
            calls_in_flight: 1_024,
            total_in_flight: 16_384,
            subscriptions: 1_024,
            backlog: 16 << 20,
            stall: Duration::from_secs(30),
            linger: Duration::from_secs(1),
            cancel: Cancelling::default(),
        }
    }
}

impl ZmqSettings {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The longest message that is read, in bytes; default 4 MiB, and with [`Server::bind`](crate::Server::bind) the
    /// service's limit. What announces to be longer costs its sender the connection, before it is buffered.
    #[must_use]
    pub fn with_max_message(mut self, bytes: usize) -> Self {
        self.max_message = bytes;
        self
    }

    /// How many messages of one peer may be running; default 1,024, at least 1. Further calls are answered with code
    /// -32001 and do not run. Handlers that are synchronous do not count, as they never run side by side.
    #[must_use]
    pub fn with_calls_in_flight(mut self, messages: usize) -> Self {
        self.calls_in_flight = messages.max(1);
        self
    }

    /// How many messages of all peers may be running; default 16,384, at least 1. Then no more are read until one is
    /// done. Each costs its handler's future and its envelope.
    #[must_use]
    pub fn with_total_in_flight(mut self, messages: usize) -> Self {
        self.total_in_flight = messages.max(1);
        self
    }

    /// How many subscriptions of one peer may be open; default 1,024. Further ones are refused with code -32001. Each costs
    /// its stream, a task, and a queue of a size that its [`Offer`](crate::subscription::Offer) sets.
    #[must_use]
    pub fn with_subscriptions(mut self, subscriptions: usize) -> Self {
        self.subscriptions = subscriptions;
        self
    }

    /// How many bytes of replies may wait for a peer that does not read; default 16 MiB. Then its connection is closed.
    /// Besides, ZeroMQ's own queue holds up to 128 messages for each peer, and the system's buffers some. What handlers send
    /// to the peer, and the items of its subscriptions, wait when that is 256 KiB.
    #[must_use]
    pub fn with_backlog(mut self, bytes: usize) -> Self {
        self.backlog = bytes;
        self
    }

    /// How long a peer may read nothing while anything waits for it; default 30 s. Then its connection is closed, and with it
    /// its subscriptions end.
    #[must_use]
    pub fn with_stall(mut self, time: Duration) -> Self {
        self.stall = time;
        self
    }

    /// How calls that are given up are cancelled, in both directions, as for
    /// [links](crate::peer::PeerSettings::with_cancel); `None`: not at all. Default: the same as there.
    #[must_use]
    pub fn with_cancel(mut self, cancel: Option<Cancel>) -> Self {
        self.cancel = cancel.into();
        self
    }

    /// How long the last replies may take to leave when the server has ended; default 1 s.
    #[must_use]
    pub fn with_linger(mut self, time: Duration) -> Self {
        self.linger = time;
        self
    }

    /// How the link to one peer is driven. Whether the peer reads is watched where everything leaves for it.
    pub(super) fn of_link(&self, limits: &Limits) -> PeerSettings {
        PeerSettings::new()
            .with_limits(limits.clone())
            .with_subscriptions(self.subscriptions)
            .with_stall(NEVER)
            .cancelling(self.cancel.clone())
    }
}
