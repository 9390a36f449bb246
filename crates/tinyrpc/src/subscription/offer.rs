//! What can be set about a stream that is served.

use std::sync::Arc;

use super::names;
use crate::peer::{Bounds, SlowConsumer};

/// The names of a stream's methods, and how its items are kept until the link has carried them.
///
/// The name of the method that opens it is one: `dispatcher.register_subscription("subscribe_ticks", …)`.
#[derive(Clone, Debug)]
pub struct Offer {
    pub(super) method: Arc<str>,
    pub(super) unsubscribe: Option<Arc<str>>,
    pub(super) notification: Arc<str>,
    pub(super) bounds: Bounds,
    pub(super) hex_ids: bool,
    pub(super) tells_end: bool,
}

impl Offer {
    /// A stream that is opened by calling `method`. The other names follow from it: `unsubscribe_ticks` and `ticks` from
    /// `subscribe_ticks`, `eth_unsubscribe` and `eth_subscription` from `eth_subscribe`; for anything else,
    /// `unsubscribe_` in front, and notifications of the same name.
    #[must_use]
    pub fn new(method: impl Into<Arc<str>>) -> Self {
        let method = method.into();
        let (unsubscribe, notification) = (names::unsubscribe(&method), names::notification(&method));
        Self {
            method,
            unsubscribe: Some(unsubscribe.into()),
            notification: notification.into(),
            bounds: Bounds { items: 128, bytes: 256 << 10, slow: SlowConsumer::Wait },
            hex_ids: false,
            tells_end: true,
        }
    }

    /// The method that unsubscribes. It takes the id, by position or as `subscription`, and gives whether there was such
    /// a subscription on the link.
    #[must_use]
    pub fn with_unsubscribe(mut self, method: impl Into<Arc<str>>) -> Self {
        self.unsubscribe = Some(method.into());
        self
    }

    /// Registers no method that unsubscribes, where another stream's method of that name is there already: one serves
    /// all subscriptions of a link.
    #[must_use]
    pub fn without_unsubscribe(mut self) -> Self {
        self.unsubscribe = None;
        self
    }

    /// The method of the notifications that carry the items.
    #[must_use]
    pub fn with_notification(mut self, method: impl Into<Arc<str>>) -> Self {
        self.notification = method.into();
        self
    }

    /// What happens when the link does not carry the items as fast as they come; default [`SlowConsumer::Wait`].
    #[must_use]
    pub fn with_slow_consumer(mut self, policy: SlowConsumer) -> Self {
        self.bounds.slow = policy;
        self
    }

    /// How many items of one subscription may wait for the link; default 128, at least 1.
    #[must_use]
    pub fn with_queue(mut self, items: usize) -> Self {
        self.bounds.items = items.max(1);
        self
    }

    /// How many bytes these items may have together, encoded and with about 40 for each one's place; default 256 KiB.
    /// One item may exceed it. Each subscription of each link may cost as much, and one link may have as many as
    /// [`PeerSettings::with_subscriptions`](crate::peer::PeerSettings::with_subscriptions) allows.
    #[must_use]
    pub fn with_queue_bytes(mut self, bytes: usize) -> Self {
        self.bounds.bytes = bytes.max(1);
        self
    }

    /// Whether ids are strings such as `"0x1f"`, as chain nodes have them; default false: they are numbers.
    #[must_use]
    pub fn with_hex_ids(mut self, yes: bool) -> Self {
        self.hex_ids = yes;
        self
    }

    /// Whether the other side is told that the stream has ended; default true. Some clients take every notification for an
    /// item and cannot bear one without.
    #[must_use]
    pub fn with_end(mut self, yes: bool) -> Self {
        self.tells_end = yes;
        self
    }
}

impl From<&str> for Offer {
    fn from(method: &str) -> Self {
        Self::new(method)
    }
}

impl From<String> for Offer {
    fn from(method: String) -> Self {
        Self::new(method)
    }
}
