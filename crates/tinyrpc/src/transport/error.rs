//! What can go wrong between the two sides.

use std::fmt;

use bytes::Bytes;

/// A message could not be delivered, or its reply did not come.
///
/// As large as a pointer: it is a part of what is returned for every message.
pub struct TransportError(Box<Inner>);

struct Inner {
    kind: TransportErrorKind,
    what: Box<str>,
    body: Option<Bytes>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The kinds of [`TransportError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// There was no connection: nobody listens, or the name is unknown. The message was not sent.
    Unreachable,
    /// The connection broke. The other side may have run the call.
    Lost,
    /// A message is larger than the limit.
    TooLarge,
    /// The other side does not speak this transport.
    Invalid,
    /// The other side answered that it will not take the message, such as HTTP status 401.
    Refused,
    /// This end has been shut down.
    Closed,
    /// The address or a setting cannot be used.
    Setup,
}

impl TransportError {
    /// An error of this kind; `what` says what happened.
    pub fn new(kind: TransportErrorKind, what: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, what: what.into().into_boxed_str(), body: None, source: None }))
    }

    /// Attaches the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Attaches what the other side sent along, such as the body of an HTTP 500. A client reads it as a reply if it is
    /// one, and reports this error only if it is not.
    #[must_use]
    pub fn with_body(mut self, body: Bytes) -> Self {
        self.0.body = Some(body);
        self
    }

    /// What the other side sent along.
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        self.0.body.as_ref()
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> TransportErrorKind {
        self.0.kind
    }

    /// Whether the message surely did not reach the other side, so that sending it again is harmless.
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        matches!(self.0.kind, TransportErrorKind::Unreachable | TransportErrorKind::Setup)
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("TransportError");
        out.field("kind", &self.0.kind).field("what", &self.0.what);
        if let Some(source) = &self.0.source {
            out.field("source", source);
        }
        out.finish()
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.what)
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
