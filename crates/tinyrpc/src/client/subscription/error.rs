//! What a subscription says besides its items: that some are missing, and why it has ended.

use std::fmt;

use tinyrpc_core::{DecodeError, RpcError};

use crate::transport::TransportError;

/// Something that is no item of a subscription. Unless [`is_end`](Self::is_end), more items follow.
pub struct SubscriptionError(Box<Reason>);

enum Reason {
    Lagged(u64),
    Gap,
    WrongType(DecodeError),
    Failed(RpcError),
    TooSlow,
    Lost(TransportError),
}

/// What a [`SubscriptionError`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubscriptionErrorKind {
    /// Items are missing here, because they were not taken fast enough; more follow.
    Lagged,
    /// The connection was lost, and the subscription has been opened again on another one. Items are missing here, nobody
    /// knows how many; more follow.
    Gap,
    /// One item is not of the type that was asked for; more follow.
    WrongType,
    /// The other side has ended the subscription with an error.
    Failed,
    /// The queue was full, and the subscription has been given up as its settings say.
    TooSlow,
    /// The link has ended.
    Lost,
}

impl SubscriptionError {
    pub(super) fn lagged(items: u64) -> Self {
        Self(Box::new(Reason::Lagged(items)))
    }

    pub(super) fn gap() -> Self {
        Self(Box::new(Reason::Gap))
    }

    pub(super) fn wrong_type(error: DecodeError) -> Self {
        Self(Box::new(Reason::WrongType(error)))
    }

    pub(super) fn failed(error: RpcError) -> Self {
        Self(Box::new(Reason::Failed(error)))
    }

    pub(super) fn too_slow() -> Self {
        Self(Box::new(Reason::TooSlow))
    }

    pub(super) fn lost(error: TransportError) -> Self {
        Self(Box::new(Reason::Lost(error)))
    }

    /// What it says.
    #[must_use]
    pub fn kind(&self) -> SubscriptionErrorKind {
        match &*self.0 {
            Reason::Lagged(_) => SubscriptionErrorKind::Lagged,
            Reason::Gap => SubscriptionErrorKind::Gap,
            Reason::WrongType(_) => SubscriptionErrorKind::WrongType,
            Reason::Failed(_) => SubscriptionErrorKind::Failed,
            Reason::TooSlow => SubscriptionErrorKind::TooSlow,
            Reason::Lost(_) => SubscriptionErrorKind::Lost,
        }
    }

    /// Whether nothing follows.
    #[must_use]
    pub fn is_end(&self) -> bool {
        !matches!(&*self.0, Reason::Lagged(_) | Reason::Gap | Reason::WrongType(_))
    }

    /// How many items are missing, if that is what it says.
    #[must_use]
    pub fn missed(&self) -> Option<u64> {
        match &*self.0 {
            Reason::Lagged(items) => Some(*items),
            _ => None,
        }
    }

    /// The error that the other side has ended the subscription with. Its code is 0 if the other side gave none.
    #[must_use]
    pub fn rpc_error(&self) -> Option<&RpcError> {
        match &*self.0 {
            Reason::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// What became of the link.
    #[must_use]
    pub fn transport_error(&self) -> Option<&TransportError> {
        match &*self.0 {
            Reason::Lost(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for SubscriptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Reason::Lagged(1) => f.write_str("1 item is missing: items were not taken fast enough"),
            Reason::Lagged(items) => write!(f, "{items} items are missing: they were not taken fast enough"),
            Reason::Gap => f.write_str("items may be missing: the connection was lost, and another one made"),
            Reason::WrongType(error) => write!(f, "the item is not of the expected type: {error}"),
            Reason::Failed(error) => write!(f, "the other side has ended the subscription: {error}"),
            Reason::TooSlow => f.write_str("the subscription was given up: items were not taken fast enough"),
            Reason::Lost(error) => error.fmt(f),
        }
    }
}

impl fmt::Debug for SubscriptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cause: &dyn fmt::Debug = match &*self.0 {
            Reason::Failed(error) => error,
            Reason::Lost(error) => error,
            _ => &format_args!("{self}"),
        };
        f.debug_struct("SubscriptionError").field("kind", &self.kind()).field("cause", cause).finish()
    }
}

impl std::error::Error for SubscriptionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            // `Display` has said what these two say themselves; what is below them is news.
            Reason::Failed(error) => error.source(),
            Reason::Lost(error) => error.source(),
            _ => None,
        }
    }
}
