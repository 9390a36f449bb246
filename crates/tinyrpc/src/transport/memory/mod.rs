//! Transports that never leave the process: an exchange with a service, and a link between two peers.
//!
//! Documentation and tests use them. They behave like transports on a network in all but speed: messages are bytes, and
//! a side that does not read stops the other one from sending.

pub mod named;
mod pair;

use std::sync::Arc;

use bytes::Bytes;
use tinyrpc_core::Origin;
use tinyrpc_core::call::BoxFuture;

pub use pair::pair;

use super::{ClientTransport, Expect, Outgoing, TransportError, TransportErrorKind, within};
use crate::service::{Answered, Service};

/// The client end of an exchange with a service in the same process.
///
/// Handlers run in the caller's task, so dropping the exchange cancels its calls; blocking ones and notifications run on.
///
/// ```
/// use tinyrpc::transport::{ClientTransport, Outgoing, memory::Memory};
/// # use tinyrpc::{Dispatcher, JsonRpc, Service};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let mut dispatcher = Dispatcher::new();
/// dispatcher.register("add", |(a, b): (i64, i64)| a + b)?;
/// let transport = Memory::new(Service::new(JsonRpc::new(), dispatcher));
///
/// let call = r#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1}"#;
/// let reply = transport.exchange(Outgoing::new(call.into(), "application/json")).await?;
/// assert_eq!(reply.unwrap(), r#"{"jsonrpc":"2.0","id":1,"result":3}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Memory {
    service: Service,
    origin: Arc<Origin>,
}

impl Memory {
    /// A transport that gives its messages to `service`. Handlers see the transport `memory` and no address.
    #[must_use]
    pub fn new(service: Service) -> Self {
        Self { service, origin: Arc::new(Origin::new("memory")) }
    }

    /// What handlers see as the origin of calls.
    #[must_use]
    pub fn with_origin(mut self, origin: Origin) -> Self {
        self.origin = Arc::new(origin);
        self
    }
}

impl ClientTransport for Memory {
    fn exchange(&self, message: Outgoing<'_>) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        let Outgoing { message, expect, content_type, limit, .. } = message;
        let Some(protocol) = self.service.protocol_for(Some(content_type)) else {
            let what = format!("the service speaks no protocol of type {content_type}");
            return Box::pin(async { Err(TransportError::new(TransportErrorKind::Refused, what)) });
        };
        Box::pin(async move {
            let mut out = Vec::new();
            let reply = match self.service.answer(protocol, &self.origin, &message, &mut out) {
                Answered::Nothing => return Ok(None),
                Answered::Written => out,
                // What runs on are notifications, which do not need anybody to wait for them.
                Answered::Later(_) if expect == Expect::Nothing => return Ok(None),
                Answered::Later(pending) => pending.await,
            };
            if expect == Expect::Nothing || reply.is_empty() {
                return Ok(None);
            }
            within(limit, reply.into()).map(Some)
        })
    }
}
