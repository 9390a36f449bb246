//! Holds replies to the length that the caller allowed.

use bytes::Bytes;

use super::{TransportError, TransportErrorKind};

/// The reply, unless it is longer than the caller wants to read.
pub(crate) fn within(limit: usize, reply: Bytes) -> Result<Bytes, TransportError> {
    if reply.len() <= limit {
        return Ok(reply);
    }
    let what = format!("the reply has {} bytes, more than the limit of {limit}", reply.len());
    Err(TransportError::new(TransportErrorKind::TooLarge, what))
}
