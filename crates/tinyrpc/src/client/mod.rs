//! The client: calls, notifications, batches, proxies.

mod all;
mod backend;
mod batch;
mod bounds;
mod caller;
mod connect;
mod deadline;
mod error;
mod ids;
mod metadata;
mod progress;
mod proxy;
mod receive;
pub mod reconnect;
mod scratch;
mod subscription;
mod typed;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tinyrpc_core::protocol::WriteParams;
use tinyrpc_core::{Id, Limits, Origin, Payload, Protocol, TraceContext};

pub use all::{CallTo, call_all};
pub use batch::{Batch, Entry, Replies};
pub use caller::Caller;
pub use connect::Connector;
pub use error::{CallError, CallErrorKind};
pub use ids::{IdGenerator, Random, Sequential};
pub use proxy::{OneWayProxy, Proxy};
pub use subscription::{Payloads, Subscribe, Subscription, SubscriptionError, SubscriptionErrorKind};
pub use typed::TypedCallError;

use crate::peer::{Peer, PeerSettings};
use crate::trace::{Direction, Trace};
use crate::transport::{ClientTransport, Expect, Link, Outgoing, TransportError};
use backend::{Backend, Carrier, Slot, drive};
use deadline::Deadline;
use metadata::Written;

/// Calls methods on the other side. Cheap to clone; clones share the connection.
///
/// Arguments are anything serde can encode as an array (a tuple: positional) or an object (a struct or map: named); `()`
/// stands for none. Every call ends: with a result, or with a [`CallError`] after [`with_timeout`](Self::with_timeout) at
/// the latest. Dropping a call's future gives it up. Over a link the other side is told, as
/// [`PeerSettings::with_cancel`](crate::peer::PeerSettings::with_cancel) says; elsewhere it may still run it.
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
    /// Whether all calls may run twice.
    idempotent: bool,
    deadline: Option<Instant>,
    trace_context: Option<TraceContext>,
    asks_for_data: bool,
}

#[derive(Clone)]
struct Inner {
    backend: Backend,
    protocol: Arc<dyn Protocol>,
    ids: Arc<dyn IdGenerator>,
    limits: Limits,
    trace: Option<Arc<Trace>>,
    origin: Arc<Origin>,
    /// Whether what travels with a call is written into its message.
    carries_metadata: bool,
}

impl Client {
    /// A client that speaks `protocol` over `transport`.
    pub fn new(transport: impl ClientTransport, protocol: impl Protocol) -> Self {
        Self::sharing(Arc::new(transport), Arc::new(protocol))
    }

    /// The same with parts that others have as well.
    pub(crate) fn sharing(transport: Arc<dyn ClientTransport>, protocol: Arc<dyn Protocol>) -> Self {
        Self::from_parts(Backend::One(Carrier::Exchange(transport)), protocol)
    }

    /// A client that speaks `protocol` over a link. Calls run concurrently and are matched with their replies by id; calls
    /// of the other side are answered with "Method not found". The link is closed when the last clone is dropped.
    ///
    /// Must be called within a tokio runtime, where it starts the task that drives the link.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn over(link: Link, protocol: impl Protocol) -> Self {
        Self::over_with(link, Arc::new(protocol), Limits::default(), PeerSettings::new())
    }

    /// As [`over`](Self::over), with settings of the link's own. `limits` bound what comes in; `with_limits` cannot change
    /// them later.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn over_with(link: Link, protocol: Arc<dyn Protocol>, limits: Limits, settings: PeerSettings) -> Self {
        let settings = settings.with_limits(limits.clone());
        Self::driven(link, limits, |link| Peer::new(link, protocol, None, Origin::new("client"), settings))
    }

    /// A client of the peer that `make` makes, with its driver in a task.
    pub(crate) fn driven<D>(link: Link, limits: Limits, make: impl FnOnce(Link) -> (Peer, D)) -> Self
    where
        D: Future<Output = Result<(), TransportError>> + Send + 'static,
    {
        let slot = Slot::default();
        let (peer, driver) = make(slot.watch(link));
        drive(driver);
        Self::of_peer(peer, slot).with_limits(limits)
    }

    /// A client whose calls go over a link that is driven already, and share its ids with all others that do.
    fn of_peer(peer: Peer, slot: Slot) -> Self {
        let protocol = Arc::clone(peer.protocol());
        let ids = Arc::new(peer.clone());
        let mut client = Self::from_parts(Backend::One(Carrier::Link(peer, slot)), protocol);
        client.change().ids = ids;
        client
    }

    fn from_parts(backend: Backend, protocol: Arc<dyn Protocol>) -> Self {
        let carries_metadata = protocol.capabilities().metadata;
        let inner = Inner {
            backend,
            protocol,
            ids: Arc::new(Sequential::new()),
            limits: Limits::default(),
            trace: None,
            origin: Arc::new(Origin::new("client")),
            carries_metadata,
        };
        let (inner, timeout) = (Arc::new(inner), Duration::from_secs(30));
        Self { inner, timeout, idempotent: false, deadline: None, trace_context: None, asks_for_data: false }
    }

    /// How long a call may take, from here to its reply; default 30 s. For a single call:
    /// `client.clone().with_timeout(…).call(…)`.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Asks for the data of errors where the protocol leaves it out otherwise, as MessagePack-RPC does
    /// ([`MessagePackRpc::with_error_data`](tinyrpc_core::MessagePackRpc::with_error_data) tells how); default false.
    /// Servers that do not know of it answer as always. Clients of typed services ask.
    #[must_use]
    pub fn with_error_data(mut self, yes: bool) -> Self {
        self.asks_for_data = yes;
        self
    }

    /// Where the ids of calls come from; default [`Sequential`], which on a link all its clients share, those that handlers
    /// call back with included. Ids of other kinds must differ from theirs.
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

    /// Shows every raw message to `trace`, in both directions. On a link, where clones share the connection, the hook that
    /// is given first sees the messages of all.
    #[must_use]
    pub fn with_trace(mut self, trace: impl Fn(Direction, &Origin, &[u8]) + Send + Sync + 'static) -> Self {
        let trace: Arc<Trace> = Arc::new(trace);
        match &self.inner.backend {
            Backend::One(Carrier::Exchange(_)) => self.change().trace = Some(trace),
            Backend::One(Carrier::Link(_, slot)) => slot.set(trace),
            Backend::Any(_, slot) => {
                slot.set(Arc::clone(&trace));
                self.change().trace = Some(trace);
            }
        }
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
        self.round_trip(method, id, message).await?.decode().map_err(CallError::wrong_type)
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
        self.round_trip(method, id, message).await
    }

    /// Sends a notification: the method runs, and nothing comes back. Returns when the other side has the message.
    ///
    /// # Errors
    /// When the notification could not be sent; never because of what the method did.
    pub async fn notify(&self, method: &str, params: impl Serialize) -> Result<(), CallError> {
        let codec = self.inner.protocol.codec();
        let message = self.notification(method, &mut |out| codec.to_raw(&params, out))?;
        self.send_only(self.may_run_twice(method), message, None).await
    }

    /// Sends a notification with arguments that are encoded already.
    ///
    /// # Errors
    /// When the notification could not be sent.
    pub async fn notify_payload(&self, method: &str, params: Option<&Payload>) -> Result<(), CallError> {
        let codec = self.inner.protocol.codec();
        let message = self.notification(method, &mut |out| match params {
            Some(params) => params.encode_as(codec, out),
            None => Ok(()),
        })?;
        self.send_only(self.may_run_twice(method), message, None).await
    }

    fn notification(&self, method: &str, params: &mut WriteParams<'_>) -> Result<Bytes, CallError> {
        scratch::write(|out| self.inner.protocol.write_request(None, method, params, out)).map_err(CallError::arguments)
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

    /// Closes the link of this client and of its clones, and returns when it is gone; what was sent before goes out first.
    /// It takes some seconds at most. Without a link there is nothing to close.
    ///
    /// Dropping the last clone closes it as well, but a program that ends then may be faster.
    pub async fn close(self) {
        match &self.inner.backend {
            Backend::One(Carrier::Exchange(_)) => {}
            Backend::One(Carrier::Link(peer, _)) => {
                peer.close();
                peer.closed().await;
            }
            Backend::Any(endpoints, _) => endpoints.close().await,
        }
    }

    /// A view of the methods whose names start with `prefix`, such as `site.`; the empty prefix gives all of them.
    #[must_use]
    pub fn proxy(&self, prefix: impl Into<String>) -> Proxy {
        Proxy::new(self.clone(), prefix.into())
    }

    fn request(&self, method: &str, params: &mut WriteParams<'_>) -> Result<(Id<'static>, Bytes), CallError> {
        let mut id = self.inner.ids.next_id();
        if self.asks_for_data {
            id = self.inner.protocol.ask_for_data(id);
        }
        let message = scratch::write(|out| self.inner.protocol.write_request(Some(&id), method, params, out));
        Ok((id, message.map_err(CallError::arguments)?))
    }

    /// Sends a call and gives its result.
    async fn round_trip(&self, method: &str, id: Id<'static>, message: Bytes) -> Result<Payload, CallError> {
        let deadline = Deadline::after(self.patience());
        match &self.inner.backend {
            Backend::One(carrier) => self.round_trip_over(carrier, deadline, id, message).await,
            Backend::Any(endpoints, _) => {
                let attempt = |carrier| {
                    let (id, message) = (id.clone(), message.clone());
                    async move { self.round_trip_over(&carrier, deadline, id, message).await }
                };
                endpoints.run(deadline, self.may_run_twice(method), attempt).await
            }
        }
    }

    async fn round_trip_over(
        &self,
        carrier: &Carrier,
        deadline: Deadline,
        id: Id<'static>,
        message: Bytes,
    ) -> Result<Payload, CallError> {
        let inner = &*self.inner;
        let message = self.carrying(deadline, message, true);
        let result = match carrier {
            Carrier::Exchange(transport) => {
                let reply = self.exchange(&**transport, deadline, message, Expect::Reply).await?;
                receive::result(&*inner.protocol, &inner.limits, &id, reply.as_ref())
            }
            Carrier::Link(peer, _) => {
                // A zero timeout is for what is not even to be begun.
                let reply = match deadline.timeout().is_zero() {
                    true => None,
                    false => peer.call_until(id, message, deadline.instant()).await,
                };
                let reply = reply.ok_or_else(|| CallError::timeout(deadline.timeout()))?;
                reply.map_err(CallError::transport)?.map_err(CallError::remote)
            }
        };
        match &result {
            // The other side may know when we give up, and be the first to say that it is so.
            Err(error) if error.is_late() && deadline.has_passed() => Err(CallError::timeout(deadline.timeout())),
            _ => result,
        }
    }

    /// Sends what wants no reply: one notification, or a `batch` of them.
    async fn send_only(&self, twice: bool, message: Bytes, batch: Option<&[Written]>) -> Result<(), CallError> {
        let deadline = Deadline::after(self.patience());
        match &self.inner.backend {
            Backend::One(carrier) => self.send_only_over(carrier, deadline, message, batch).await,
            Backend::Any(endpoints, _) => {
                let attempt = |carrier| {
                    let message = message.clone();
                    async move { self.send_only_over(&carrier, deadline, message, batch).await }
                };
                endpoints.run(deadline, twice, attempt).await
            }
        }
    }

    async fn send_only_over(
        &self,
        carrier: &Carrier,
        deadline: Deadline,
        message: Bytes,
        batch: Option<&[Written]>,
    ) -> Result<(), CallError> {
        let message = match batch {
            None => self.carrying(deadline, message, false),
            Some(batch) => self.carrying_each(deadline, message, batch),
        };
        match carrier {
            Carrier::Exchange(transport) => {
                if let Some(reply) = self.exchange(&**transport, deadline, message, Expect::Nothing).await? {
                    receive::log_error(&*self.inner.protocol, &self.inner.limits, &reply);
                }
                Ok(())
            }
            Carrier::Link(peer, _) => deadline.hold(peer.notify(message)).await?.map_err(CallError::transport),
        }
    }

    /// Sends a message and gives what came back.
    async fn exchange(
        &self,
        transport: &dyn ClientTransport,
        deadline: Deadline,
        message: Bytes,
        expect: Expect,
    ) -> Result<Option<Bytes>, CallError> {
        let inner = &*self.inner;
        self.trace(Direction::Sent, &message);
        let mut outgoing = Outgoing::new(message, inner.protocol.content_type());
        outgoing.expect = expect;
        outgoing.limit = inner.limits.message();
        outgoing.deadline = deadline.system_time();
        outgoing.trace = self.trace_context.as_ref();
        let reply = match deadline.hold(transport.exchange(outgoing)).await? {
            Ok(reply) => reply,
            Err(error) => match error.body() {
                // An error reply may come under an HTTP error status; only what is no reply is a transport's error.
                Some(body) if receive::is_reply(&*inner.protocol, &inner.limits, body) => Some(body.clone()),
                _ => return Err(CallError::transport(error)),
            },
        };
        if let Some(reply) = &reply {
            self.trace(Direction::Received, reply);
        }
        Ok(reply)
    }

    fn may_run_twice(&self, method: &str) -> bool {
        self.idempotent || matches!(&self.inner.backend, Backend::Any(endpoints, _) if endpoints.is_repeatable(method))
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

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("backend", &self.inner.backend)
            .field("protocol", &self.inner.protocol)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
