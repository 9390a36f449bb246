//! What errors of streams mean for a link.

use std::io;

use tinyrpc_core::framing::{FrameError, FrameErrorKind};

use crate::transport::{TransportError, TransportErrorKind};

/// The stream broke.
pub(super) fn lost(error: &io::Error) -> TransportError {
    // The peer engine passes the words on to every call that waits, so they say it all.
    TransportError::new(TransportErrorKind::Lost, error.to_string())
}

/// A message could not be read. Only some kinds let the link go on, so what is fatal must not be of these.
pub(super) fn unreadable(error: &FrameError) -> TransportError {
    let kind = match error.kind() {
        _ if error.is_fatal() => TransportErrorKind::Lost,
        FrameErrorKind::TooLarge => TransportErrorKind::TooLarge,
        _ => TransportErrorKind::Invalid,
    };
    TransportError::new(kind, error.to_string())
}
