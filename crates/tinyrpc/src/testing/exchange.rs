//! An exchange with a service in memory that can break like a connection.

use bytes::Bytes;
use tinyrpc_core::Origin;
use tinyrpc_core::call::BoxFuture;

use super::action::Scissors;
use crate::service::Service;
use crate::transport::memory::Memory;
use crate::transport::{ClientTransport, Outgoing, TransportError, TransportErrorKind};

#[derive(Debug)]
pub(super) struct Fragile(pub(super) Service);

impl ClientTransport for Fragile {
    fn exchange(&self, message: Outgoing<'_>) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        let scissors = Scissors::default();
        let origin = Origin::new("memory").with_extension(scissors.clone());
        let memory = Memory::new(self.0.clone()).with_origin(origin);
        let Outgoing { message, expect, content_type, limit, deadline, trace } = message;
        let (content_type, trace) = (content_type.to_owned(), trace.cloned());
        Box::pin(async move {
            let (content_type, trace) = (content_type.as_str(), trace.as_ref());
            let outgoing = Outgoing { message, expect, content_type, limit, deadline, trace };
            tokio::select! {
                biased;
                () = scissors.0.notified() => {
                    Err(TransportError::new(TransportErrorKind::Lost, "connection lost: the mock server dropped it"))
                }
                reply = memory.exchange(outgoing) => reply,
            }
        })
    }
}
