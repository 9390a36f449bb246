//! Says what an error of hyper means for an exchange.

use std::error::Error;
use std::fmt;
use std::io;

use crate::transport::{TransportError, TransportErrorKind};

/// Why a request got no reply on a connection.
pub(super) enum Failure {
    /// Nothing of the request was written, so it may go out on another connection.
    Unsent(hyper::Error),
    /// It may have reached the server.
    Failed(TransportError),
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        Self::Failed(error)
    }
}

impl Failure {
    /// What to report when there is no other connection to try.
    pub(super) fn into_error(self, peer: impl fmt::Display) -> TransportError {
        match self {
            Self::Failed(error) => error,
            Self::Unsent(error) => TransportError::new(
                TransportErrorKind::Unreachable,
                format!("{peer} closed the connection before the request was sent"),
            )
            .with_source(error),
        }
    }
}

/// What an error means that came after the request went out, or in its midst.
pub(super) fn after_sending(error: hyper::Error, peer: impl fmt::Display) -> TransportError {
    #[cfg(feature = "tls")]
    if let Some(refused) = crate::transport::tls::alert(&peer.to_string(), &error) {
        return refused.with_source(error);
    }
    let (kind, what) = if error.is_parse() || is_nonsense(&error) {
        (TransportErrorKind::Invalid, format!("{peer} did not answer in HTTP as it was asked"))
    } else {
        (TransportErrorKind::Lost, format!("the connection to {peer} broke before the reply was complete"))
    };
    TransportError::new(kind, what).with_source(error)
}

/// Whether an HTTP/2 server says that it did nothing with the request (RFC 9113, section 8.7).
pub(super) fn is_refused_stream(error: &hyper::Error) -> bool {
    cause::<h2::Error>(error).is_some_and(|error| {
        error.is_remote() && error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM)
    })
}

/// Whether the cause is what was read, and not that reading failed: a chunk size that is none, for example.
fn is_nonsense(error: &hyper::Error) -> bool {
    match (cause::<h2::Error>(error), cause::<io::Error>(error)) {
        // Our side found fault with what came.
        (Some(error), _) => error.is_library(),
        (_, Some(error)) => matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput),
        _ => false,
    }
}

fn cause<E: Error + 'static>(error: &hyper::Error) -> Option<&E> {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(found) = inner.downcast_ref() {
            return Some(found);
        }
        cause = inner.source();
    }
    None
}
