//! What travelled with a call in its message.

use std::time::Instant;

use tinyrpc_core::{Metadata, Protocol};

/// Reads it. The time that is left counts from when the message arrived; `None` is now.
#[cold]
pub(super) fn own(protocol: &dyn Protocol, raw: &[u8], arrived: Option<Instant>) -> Metadata {
    let arrived = arrived.unwrap_or_else(|| tokio::time::Instant::now().into_std());
    protocol.read_metadata(raw).at(arrived)
}
