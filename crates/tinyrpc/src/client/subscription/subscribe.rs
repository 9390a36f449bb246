//! What can be set about a subscription when it is opened.

use crate::peer::{Bounds, SlowConsumer};
use crate::subscription::names;

/// The method that opens a subscription, and how its items are kept until they are taken.
///
/// A method's name alone is one: `client.subscribe::<u64>("subscribe_ticks", ())`.
///
/// ```
/// use tinyrpc::client::Subscribe;
/// use tinyrpc::peer::SlowConsumer;
///
/// let heads = Subscribe::new("eth_subscribe").with_slow_consumer(SlowConsumer::Close).with_queue(64);
/// ```
#[derive(Clone, Debug)]
pub struct Subscribe {
    pub(super) method: String,
    pub(super) unsubscribe: String,
    pub(super) notification: Option<Box<str>>,
    pub(super) bounds: Bounds,
}

impl Subscribe {
    /// Subscribes by calling `method`. The method that unsubscribes is called accordingly: `eth_unsubscribe` goes with
    /// `eth_subscribe`, `unsubscribe_ticks` with `subscribe_ticks`, and anything else has `unsubscribe_` in front.
    #[must_use]
    pub fn new(method: impl Into<String>) -> Self {
        let method = method.into();
        let unsubscribe = names::unsubscribe(&method);
        let bounds = Bounds { items: 1_024, bytes: 4 << 20, slow: SlowConsumer::DropOldest };
        Self { method, unsubscribe, notification: None, bounds }
    }

    /// The method that ends the subscription; it is called with the subscription's id as its one argument.
    #[must_use]
    pub fn with_unsubscribe(mut self, method: impl Into<String>) -> Self {
        self.unsubscribe = method.into();
        self
    }

    /// The method of the notifications that carry the items; default: any, as long as the arguments hold the
    /// subscription's id. It is needed where ids are not unique among methods, and where the arguments are the bare
    /// `[id, item]`.
    #[must_use]
    pub fn with_notification(mut self, method: impl Into<Box<str>>) -> Self {
        self.notification = Some(method.into());
        self
    }

    /// What happens when the queue is full; default [`SlowConsumer::DropOldest`].
    #[must_use]
    pub fn with_slow_consumer(mut self, policy: SlowConsumer) -> Self {
        self.bounds.slow = policy;
        self
    }

    /// How many items may wait to be taken; default 1,024, at least 1.
    #[must_use]
    pub fn with_queue(mut self, items: usize) -> Self {
        self.bounds.items = items.max(1);
        self
    }

    /// How many bytes these items may have together, encoded and with about 60 for each one's place; default 4 MiB. One
    /// item may exceed it. Each subscription that is open may cost as much.
    #[must_use]
    pub fn with_queue_bytes(mut self, bytes: usize) -> Self {
        self.bounds.bytes = bytes.max(1);
        self
    }
}

impl From<&str> for Subscribe {
    fn from(method: &str) -> Self {
        Self::new(method)
    }
}

impl From<String> for Subscribe {
    fn from(method: String) -> Self {
        Self::new(method)
    }
}
