//! The client: calls, notifications, batches, proxies.

mod all;
mod batch;
mod connect;
mod error;
mod ids;
mod proxy;
mod receive;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tinyrpc_core::protocol::WriteParams;
use tinyrpc_core::{Id, Limits, Origin, Payload, Protocol};

pub use all::{CallTo, call_all};
pub use batch::{Batch, Entry, Replies};
pub use error::{CallError, CallErrorKind};
pub use ids::{IdGenerator, Random, Sequential};
pub use proxy::{OneWayProxy, Proxy};

use crate::service::{Direction, Trace};
use crate::transport::{ClientTransport, Expect, Outgoing};

/// Calls methods on the other side. Cheap to clone; clones share the connection.
///
/// Arguments are anything serde can encode as an array (a tuple: positional) or an object (a struct or map: named); `()`
/// stands for none. Every call ends: with a result, or with a [`CallError`] after [`with_timeout`](Self::with_timeout) at
/// the latest. Dropping a call's future gives it up; the other side may still run it.
///
/// ```
/// # use tinyrpc::{Client, Dispatcher, JsonRpc, Service, transport::memory::Memory};
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// # let mut dispatcher = Dispatcher::new();
/// # dispatcher.register("add", |(a, b): (i64, i64)| a + b)?;
/// # let transport = Memory::new(Service::new(JsonRpc::new(), dispatcher));
/// let client = Client::new(transport, JsonRpc::new());
/// let sum: i64 = client.call("add", (1, 2)).await?;
/// assert_eq!(sum, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    timeout: Duration,
}

#[derive(Clone)]
struct Inner {
    transport: Arc<dyn ClientTransport>,
    protocol: Arc<dyn Protocol>,
    ids: Arc<dyn IdGenerator>,
    limits: Limits,
    trace: Option<Arc<Trace>>,
    origin: Arc<Origin>,
}

impl Client {
    /// A client that speaks `protocol` over `transport`.
    pub fn new(transport: impl ClientTransport, protocol: impl Protocol) -> Self {
        Self::from_parts(Arc::new(transport), Arc::new(protocol))
    }

    pub(crate) fn from_parts(transport: Arc<dyn ClientTransport>, protocol: Arc<dyn Protocol>) -> Self {
        let inner = Inner {
            transport,
            protocol,
            ids: Arc::new(Sequential::new()),
            limits: Limits::default(),
            trace: None,
            origin: Arc::new(Origin::new("client")),
        };
        Self { inner: Arc::new(inner), timeout: Duration::from_secs(30) }
    }

    /// How long a call may take, from here to its reply; default 30 s. For a single call:
    /// `client.clone().with_timeout(…).call(…)`.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Where the ids of calls come from; default [`Sequential`].
    #[must_use]
    pub fn with_ids(mut self, ids: impl IdGenerator) -> Self {
        self.change().ids = Arc::new(ids);
        self
    }

    /// Bounds replies: their length, the entries of a batch's reply, and their nesting.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.change().limits = limits;
        self
    }

    /// Shows every raw message to `trace`, in both directions.
    #[must_use]
    pub fn with_trace(mut self, trace: impl Fn(Direction, &Origin, &[u8]) + Send + Sync + 'static) -> Self {
        self.change().trace = Some(Arc::new(trace));
        self
    }

    /// The protocol that the client speaks.
    #[must_use]
    pub fn protocol(&self) -> &Arc<dyn Protocol> {
        &self.inner.protocol
    }

    /// Calls a method and waits for its result.
    ///
    /// # Errors
    /// [`CallError`] says whose fault it was.
    pub async fn call<R: DeserializeOwned>(&self, method: &str, params: impl Serialize) -> Result<R, CallError> {
        let codec = self.inner.protocol.codec();
        let (id, message) = self.request(method, &mut |out| codec.to_raw(&params, out))?;
        let reply = self.exchange(message, Expect::Reply).await?;
        let raw = receive::result(&*self.inner.protocol, &self.inner.limits, &id, reply.as_ref())?;
        codec.from_raw(raw).map_err(CallError::wrong_type)
    }

    /// Calls a method with arguments that are encoded already, and gives the result undecoded.
    ///
    /// # Errors
    /// [`CallError`] says whose fault it was.
    pub async fn call_payload(&self, method: &str, params: Option<&Payload>) -> Result<Payload, CallError> {
        let codec = self.inner.protocol.codec();
        let (id, message) = self.request(method, &mut |out| match params {
            Some(params) => params.encode_as(codec, out),
            None => Ok(()),
        })?;
        let reply = self.exchange(message, Expect::Reply).await?;
        let raw = receive::result(&*self.inner.protocol, &self.inner.limits, &id, reply.as_ref())?;
        let raw = reply.as_ref().map_or_else(|| Bytes::copy_from_slice(raw), |reply| share(reply, raw));
        Ok(Payload::new(raw, codec))
    }

    /// Sends a notification: the method runs, and nothing comes back. Returns when the other side has the message.
    ///
    /// # Errors
    /// When the notification could not be sent; never because of what the method did.
    pub async fn notify(&self, method: &str, params: impl Serialize) -> Result<(), CallError> {
        let codec = self.inner.protocol.codec();
        self.notification(method, &mut |out| codec.to_raw(&params, out)).await
    }

    /// Sends a notification with arguments that are encoded already.
    ///
    /// # Errors
    /// When the notification could not be sent.
    pub async fn notify_payload(&self, method: &str, params: Option<&Payload>) -> Result<(), CallError> {
        let codec = self.inner.protocol.codec();
        let write = &mut |out: &mut Vec<u8>| params.map_or(Ok(()), |params| params.encode_as(codec, out));
        self.notification(method, write).await
    }

    async fn notification(&self, method: &str, params: &mut WriteParams<'_>) -> Result<(), CallError> {
        let mut out = Vec::with_capacity(128);
        self.inner.protocol.write_request(None, method, params, &mut out).map_err(CallError::arguments)?;
        self.exchange(out.into(), Expect::Nothing).await.map(drop)
    }

    /// Starts a batch: several calls and notifications in one message.
    pub fn batch(&self) -> Batch<'_> {
        Batch::new(self)
    }

    /// Calls several methods concurrently, each in a message of its own; results come in the order of the calls.
    pub async fn call_all<R: DeserializeOwned, P: Serialize>(
        &self,
        calls: impl IntoIterator<Item = (impl AsRef<str>, P)>,
    ) -> Vec<Result<R, CallError>> {
        let calls = calls.into_iter().map(|(method, params)| async move { self.call(method.as_ref(), params).await });
        futures_util::future::join_all(calls).await
    }

    /// A view of the methods whose names start with `prefix`, such as `site.`; the empty prefix gives all of them.
    #[must_use]
    pub fn proxy(&self, prefix: impl Into<String>) -> Proxy {
        Proxy::new(self.clone(), prefix.into())
    }

    fn request(&self, method: &str, params: &mut WriteParams<'_>) -> Result<(Id<'static>, Bytes), CallError> {
        let id = self.inner.ids.next_id();
        let mut out = Vec::with_capacity(128);
        self.inner.protocol.write_request(Some(&id), method, params, &mut out).map_err(CallError::arguments)?;
        Ok((id, out.into()))
    }

    /// Sends a message and gives what came back, within the client's timeout.
    async fn exchange(&self, message: Bytes, expect: Expect) -> Result<Option<Bytes>, CallError> {
        let inner = &*self.inner;
        self.trace(Direction::Sent, &message);
        let mut outgoing = Outgoing::new(message, inner.protocol.content_type());
        outgoing.expect = expect;
        outgoing.limit = inner.limits.message();
        let reply = match tokio::time::timeout(self.timeout, inner.transport.exchange(outgoing)).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => match error.body() {
                // An error reply may come under an HTTP error status; only what is no reply is a transport's error.
                Some(body) if receive::is_reply(&*inner.protocol, &inner.limits, body) => Some(body.clone()),
                _ => return Err(CallError::transport(error)),
            },
            Err(_) => return Err(CallError::timeout(self.timeout)),
        };
        if let Some(reply) = &reply {
            self.trace(Direction::Received, reply);
        }
        Ok(reply)
    }

    fn trace(&self, direction: Direction, message: &[u8]) {
        if let Some(trace) = &self.inner.trace {
            trace(direction, &self.inner.origin, message);
        }
    }

    fn change(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.inner)
    }
}

/// The part of a reply that `raw` is, without copying it.
fn share(reply: &Bytes, raw: &[u8]) -> Bytes {
    let within = reply.as_ptr_range().contains(&raw.as_ptr());
    if within { reply.slice_ref(raw) } else { Bytes::copy_from_slice(raw) }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("transport", &self.inner.transport)
            .field("protocol", &self.inner.protocol)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
