//! What can be set about connecting again.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::Backoff;

/// How a client connects again, and what becomes of calls meanwhile.
#[derive(Clone, Debug)]
pub struct Reconnect {
    pub(super) backoff: Backoff,
    pub(super) waits: bool,
    pub(super) lazy: bool,
    pub(super) patience: Duration,
    pub(super) repeatable: Arc<HashSet<String>>,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self {
            backoff: Backoff::new(),
            waits: true,
            lazy: false,
            patience: Duration::from_secs(10),
            repeatable: Arc::default(),
        }
    }
}

impl Reconnect {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The waits between attempts; default [`Backoff::new`].
    #[must_use]
    pub fn with_backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Whether calls that are made while there is no connection wait for one, within their timeout; default true.
    /// Otherwise they fail at once.
    #[must_use]
    pub fn with_waiting(mut self, yes: bool) -> Self {
        self.waits = yes;
        self
    }

    /// Whether the client is there at once and connects on its own; default false: it is there when a connection is, and
    /// is not if the first attempt fails.
    #[must_use]
    pub fn with_lazy_start(mut self, yes: bool) -> Self {
        self.lazy = yes;
        self
    }

    /// How long one attempt to connect may take; default 10 s.
    #[must_use]
    pub fn with_patience(mut self, time: Duration) -> Self {
        self.patience = time;
        self
    }

    /// Methods that do no harm if they run twice. Their calls are made again when a connection is lost, as those of
    /// [`Client::idempotent`](crate::Client::idempotent) are; default: none.
    #[must_use]
    pub fn with_idempotent(mut self, methods: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.repeatable = Arc::new(methods.into_iter().map(Into::into).collect());
        self
    }
}

impl From<Backoff> for Reconnect {
    fn from(backoff: Backoff) -> Self {
        Self::new().with_backoff(backoff)
    }
}

/// Which of several endpoints a call goes to. One that cannot be reached, or that failed lately, is passed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Balance {
    /// The first one in their order; the others are connected to when it fails. When it is back, it is used again.
    #[default]
    Failover,
    /// The one with the fewest calls under way from this client; among equals they take turns.
    LeastLoaded,
}
