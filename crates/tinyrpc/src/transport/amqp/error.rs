//! What the broker's refusals and broken connections mean for a call.

use lapin::ErrorKind;

use crate::transport::{TransportError, TransportErrorKind};

/// Access refused, in AMQP's own numbers.
const ACCESS_REFUSED: u16 = 403;

pub(super) fn setup(what: impl Into<String>) -> TransportError {
    TransportError::new(TransportErrorKind::Setup, what)
}

pub(super) fn unreachable(what: impl Into<String>) -> TransportError {
    TransportError::new(TransportErrorKind::Unreachable, what)
}

pub(super) fn lost(error: &lapin::Error) -> TransportError {
    lost_because(&describe(error))
}

pub(super) fn lost_because(why: &str) -> TransportError {
    TransportError::new(TransportErrorKind::Lost, format!("the connection to the broker broke: {why}"))
}

/// Connecting, or preparing the connection, failed; no message was sent.
pub(super) fn not_connected(to: &impl std::fmt::Display, error: &lapin::Error) -> TransportError {
    let kind = match error.kind() {
        ErrorKind::ProtocolError(error) if error.get_id() == ACCESS_REFUSED => TransportErrorKind::Refused,
        _ => TransportErrorKind::Unreachable,
    };
    TransportError::new(kind, format!("cannot use the broker at {to}: {}", describe(error)))
}

/// The message of an error, without the layers around it.
pub(super) fn describe(error: &lapin::Error) -> String {
    match error.kind() {
        ErrorKind::IOError(error) => error.to_string(),
        ErrorKind::ProtocolError(error) => error.get_message().to_string(),
        _ => error.to_string(),
    }
}
