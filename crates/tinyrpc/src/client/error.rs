//! Why a call did not give a result, and whose fault that was.

use std::fmt;
use std::time::Duration;

use tinyrpc_core::{DecodeError, EncodeError, Id, RpcError, TypedError, code};

use crate::transport::TransportError;

/// A call failed.
pub struct CallError(Box<Reason>);

enum Reason {
    Remote(RpcError),
    Transport(TransportError),
    Timeout(Duration),
    InvalidReply(String),
    UnexpectedId { expected: Id<'static>, got: Id<'static>, error: Option<RpcError> },
    Arguments(EncodeError),
    WrongType(DecodeError),
}

/// Whose fault a [`CallError`] was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallErrorKind {
    /// The method ran and failed, or the other side broke while it ran.
    Remote,
    /// The other side has no such method.
    MethodNotFound,
    /// The other side refused the arguments.
    InvalidParams,
    /// The other side could not make sense of the message.
    InvalidRequest,
    /// The message did not get there, or the reply did not get here.
    Transport,
    /// The time was up. The method may have run.
    Timeout,
    /// What came back is no reply.
    InvalidReply,
    /// What came back answers another call.
    UnexpectedId,
    /// The arguments cannot be sent in this protocol.
    Arguments,
    /// The result is not of the type that was asked for.
    WrongType,
}

impl CallError {
    pub(crate) fn remote(error: RpcError) -> Self {
        Self(Box::new(Reason::Remote(error)))
    }

    pub(crate) fn transport(error: TransportError) -> Self {
        Self(Box::new(Reason::Transport(error)))
    }

    pub(crate) fn timeout(after: Duration) -> Self {
        Self(Box::new(Reason::Timeout(after)))
    }

    pub(crate) fn invalid_reply(what: impl Into<String>) -> Self {
        Self(Box::new(Reason::InvalidReply(what.into())))
    }

    pub(crate) fn unexpected_id(expected: &Id<'_>, got: &Id<'_>, error: Option<RpcError>) -> Self {
        let (expected, got) = (expected.clone().into_owned(), got.clone().into_owned());
        Self(Box::new(Reason::UnexpectedId { expected, got, error }))
    }

    pub(crate) fn arguments(error: EncodeError) -> Self {
        Self(Box::new(Reason::Arguments(error)))
    }

    pub(crate) fn wrong_type(error: DecodeError) -> Self {
        Self(Box::new(Reason::WrongType(error)))
    }

    /// Whether the other side says that the time was up.
    pub(super) fn is_late(&self) -> bool {
        matches!(&*self.0, Reason::Remote(error) if error.code() == code::TIMEOUT)
    }

    /// Whose fault it was.
    #[must_use]
    pub fn kind(&self) -> CallErrorKind {
        match &*self.0 {
            Reason::Remote(error) => match error.code() {
                code::METHOD_NOT_FOUND => CallErrorKind::MethodNotFound,
                code::INVALID_PARAMS => CallErrorKind::InvalidParams,
                code::PARSE_ERROR | code::INVALID_REQUEST => CallErrorKind::InvalidRequest,
                _ => CallErrorKind::Remote,
            },
            Reason::Transport(_) => CallErrorKind::Transport,
            Reason::Timeout(_) => CallErrorKind::Timeout,
            Reason::InvalidReply(_) => CallErrorKind::InvalidReply,
            Reason::UnexpectedId { .. } => CallErrorKind::UnexpectedId,
            Reason::Arguments(_) => CallErrorKind::Arguments,
            Reason::WrongType(_) => CallErrorKind::WrongType,
        }
    }

    /// The error that the other side returned, whatever its code.
    #[must_use]
    pub fn rpc_error(&self) -> Option<&RpcError> {
        match &*self.0 {
            Reason::Remote(error) => Some(error),
            Reason::UnexpectedId { error, .. } => error.as_ref(),
            _ => None,
        }
    }

    /// The error that the other side returned to this very call.
    pub(super) fn remote_error(&self) -> Option<&RpcError> {
        match &*self.0 {
            Reason::Remote(error) => Some(error),
            _ => None,
        }
    }

    /// The application's own error, if the other side returned one of type `E`.
    #[must_use]
    pub fn typed<E: TypedError>(&self) -> Option<E> {
        E::from_rpc_error(self.rpc_error()?)
    }

    /// What went wrong between the two sides.
    #[must_use]
    pub fn transport_error(&self) -> Option<&TransportError> {
        match &*self.0 {
            Reason::Transport(error) => Some(error),
            _ => None,
        }
    }

    /// Whether the other side answered with an error, of whatever code.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        matches!(&*self.0, Reason::Remote(_))
    }

    /// Whether the time was up.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.kind() == CallErrorKind::Timeout
    }

    /// Whether the other side has no such method.
    #[must_use]
    pub fn is_method_not_found(&self) -> bool {
        self.kind() == CallErrorKind::MethodNotFound
    }

    /// Whether the message surely did not reach the other side, so that calling again is harmless.
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        match &*self.0 {
            Reason::Transport(error) => error.is_unsent(),
            Reason::Arguments(_) => true,
            _ => false,
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Reason::Remote(error) => write!(f, "the other side returned an error: {error}"),
            Reason::Transport(error) => error.fmt(f),
            Reason::Timeout(after) => write!(f, "no reply within {after:?}"),
            Reason::InvalidReply(what) => write!(f, "invalid reply: {what}"),
            Reason::UnexpectedId { expected, got, error } => {
                write!(f, "the reply has id {got}, but the call had id {expected}")?;
                match error {
                    Some(error) => write!(f, "; it says: {error}"),
                    None => Ok(()),
                }
            }
            Reason::Arguments(error) => write!(f, "the arguments cannot be sent: {error}"),
            Reason::WrongType(error) => write!(f, "the result is not of the expected type: {error}"),
        }
    }
}

impl fmt::Debug for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cause: &dyn fmt::Debug = match &*self.0 {
            Reason::Remote(error) => error,
            Reason::Transport(error) => error,
            _ => &format_args!("{self}"),
        };
        f.debug_struct("CallError").field("kind", &self.kind()).field("cause", cause).finish()
    }
}

impl std::error::Error for CallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            // `Display` has said what these two say themselves; what is below them is news.
            Reason::Remote(error) => error.source(),
            Reason::Transport(error) => error.source(),
            _ => None,
        }
    }
}

/// For handlers that call on: the other side's error is passed on as it is; anything else is "Internal error" with the
/// cause in the log.
impl From<CallError> for RpcError {
    fn from(error: CallError) -> Self {
        match *error.0 {
            Reason::Remote(error) => error,
            _ => RpcError::internal(error),
        }
    }
}
