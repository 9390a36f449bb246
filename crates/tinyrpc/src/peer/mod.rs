//! The peer engine: one end of a link, able to call and to be called.
//!
//! Everything on a link is done by one future, the driver: it reads messages, runs the handlers of calls that came in,
//! hands replies to the calls that wait for them, and writes. No task is started and no channel passed for a call that
//! comes in; what is ready together is written together.

mod cancel;
mod driver;
pub(crate) mod feeds;
mod idle;
mod inbound;
mod outbound;
pub(crate) mod outlets;
mod overdue;
mod reception;
mod refuse;
mod serve;
mod settings;
mod settle;
mod shared;
mod slow;
mod waiting;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use tinyrpc_core::{Id, Origin, Payload, Protocol, RpcError, code};
use tokio::sync::{SemaphorePermit, oneshot};
use tokio::time::{Instant, timeout_at};

pub use cancel::Cancel;
pub(crate) use cancel::Cancelling;
pub(crate) use serve::Served;
pub use settings::{Order, PeerSettings};
pub(crate) use slow::Bounds;
pub use slow::SlowConsumer;

use crate::service::Service;
use crate::transport::{Link, TransportError, TransportErrorKind};
use shared::{Ids, Leave, Outgoing, Registered, Shared};
use waiting::{Reply, Waiting};

/// A handle for calling the other side of a link. Cheap to clone.
///
/// It carries messages that are encoded already; a client makes them. A handler finds the handle of the link that its
/// call came on among the extensions of its origin: `context.extension::<Peer>()`. Calls over that one do not wait when too
/// many are under way: they might wait for their own handler. They end with code -32001.
///
/// When every handle is dropped but those of handlers, a link without a service is closed once everything has been sent.
///
/// ```
/// # use std::sync::Arc;
/// # use tinyrpc::{Dispatcher, JsonRpc, Origin, Service};
/// use tinyrpc::{peer::{Peer, PeerSettings}, transport::memory};
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let mut dispatcher = Dispatcher::new();
/// dispatcher.register("add", |(a, b): (i64, i64)| a + b)?;
/// let service = Service::new(JsonRpc::new(), dispatcher);
///
/// let (here, there) = memory::pair(65_536);
/// tokio::spawn(async move { service.link(Origin::new("memory"), there).await });
/// let (peer, driver) =
///     Peer::new(here, Arc::new(JsonRpc::new()), None, Origin::new("memory"), PeerSettings::new());
/// tokio::spawn(driver);
///
/// let call = r#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1}"#;
/// let sum = peer.call(1.into(), call.into()).await??;
/// assert_eq!(sum.decode::<i64>()?, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct Peer {
    shared: Arc<Shared>,
    /// Handlers have none: they do not keep the link open.
    owner: Option<Arc<Owner>>,
}

/// Exists as long as any handle does that whoever made the peer has got.
struct Owner {
    shared: Arc<Shared>,
    /// How the link is left then.
    leave: Leave,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.shared.leave(self.leave);
    }
}

impl Peer {
    /// One end of `link`, and its driver, which must be polled for anything to happen: spawn it. It ends when the link
    /// does, however that comes about; dropping it breaks the link.
    ///
    /// Messages that come in are answered by `service`; without one, calls are answered with "Method not found".
    /// `protocol` is the one that is spoken, whatever protocols the service knows. `origin` is what handlers see.
    ///
    /// When the link ends, calls that wait end with an error of kind
    /// [`Lost`](crate::transport::TransportErrorKind::Lost), or
    /// [`Unreachable`](crate::transport::TransportErrorKind::Unreachable) if they were not sent; handlers of calls are
    /// dropped, and notifications run on.
    ///
    /// # Errors
    /// The driver's, when the link broke. That it was closed by either side is no error.
    pub fn new(
        link: Link,
        protocol: Arc<dyn Protocol>,
        service: Option<Service>,
        origin: Origin,
        settings: PeerSettings,
    ) -> (Self, impl Future<Output = Result<(), TransportError>> + Send + 'static) {
        Self::build(link, protocol, service, origin, settings, Leave::Unused)
    }

    /// As [`new`](Self::new); the link is left like this when the last handle is dropped.
    fn build(
        link: Link,
        protocol: Arc<dyn Protocol>,
        service: Option<Service>,
        origin: Origin,
        settings: PeerSettings,
        leave: Leave,
    ) -> (Self, impl Future<Output = Result<(), TransportError>> + Send + 'static) {
        let shared = Arc::new(Shared::new(settings, Arc::clone(&protocol)));
        let owner = Some(Arc::new(Owner { shared: Arc::clone(&shared), leave }));
        let peer = Self { shared: Arc::clone(&shared), owner };
        // Without a service there are no handlers that could look for it.
        let origin = match service.is_some() {
            true => origin.with_extension(Self { shared: Arc::clone(&shared), owner: None }),
            false => origin,
        };
        (peer, driver::Driver::new(link, protocol, service, Arc::new(origin), shared))
    }

    /// A handle for handlers alone, on a link over which only they call and stream. The link lives until its source ends.
    /// Who answers the calls elsewhere tells about [replies](Self::replied) that open subscriptions.
    #[cfg(feature = "zmq")]
    pub(crate) fn back(
        link: Link,
        protocol: Arc<dyn Protocol>,
        settings: PeerSettings,
    ) -> (Self, impl Future<Output = Result<(), TransportError>> + Send + 'static) {
        // What the other side notifies goes to the service of its server.
        let mut shared = Shared::new(settings, Arc::clone(&protocol));
        shared.hears = false;
        let shared = Arc::new(shared);
        shared.outlets.serve();
        let peer = Self { shared: Arc::clone(&shared), owner: None };
        (peer, driver::Driver::new(link, protocol, None, Arc::new(Origin::new("zmq")), shared))
    }

    /// Whether subscriptions can be had from the other side.
    pub(crate) fn hears(&self) -> bool {
        self.shared().hears
    }

    /// The protocol that is spoken on the link.
    #[must_use]
    pub fn protocol(&self) -> &Arc<dyn Protocol> {
        &self.shared().protocol
    }

    /// An id that no other call on the link has, as long as all take theirs here: 1, 2, 3, … up to 2^31 - 1, then from 1
    /// again.
    #[must_use]
    pub fn next_id(&self) -> Id<'static> {
        /// Some servers keep ids in 32 bits with a sign.
        const LARGEST: u64 = i32::MAX as u64;
        Id::Number(self.shared().ids.fetch_add(1, Ordering::Relaxed) % LARGEST + 1)
    }

    /// Sends a call and waits for its reply, found by `id`, which must be the one in `message`, not null, and unused by
    /// any other call under way. As many calls as the settings allow run at once.
    ///
    /// Dropping the future forgets the call: its id is free, and a reply that still comes is ignored. The other side is told,
    /// as [`PeerSettings::with_cancel`] says.
    ///
    /// # Errors
    /// The outer error when the call could not be sent or its reply did not come; the inner one is the other side's.
    pub async fn call(&self, id: Id<'static>, message: Bytes) -> Result<Result<Payload, RpcError>, TransportError> {
        let Some(_permit) = self.permits(1).await? else { return Ok(Err(too_many())) };
        let reply = self.call_now(id, message, None).await;
        // It has no time that could be up.
        reply.unwrap_or_else(|| Err(TransportError::new(TransportErrorKind::Lost, "the call was given up")))
    }

    /// The same within a time; `None` when that is up.
    pub(crate) async fn call_until(&self, id: Id<'static>, message: Bytes, until: Instant) -> Option<Reply> {
        let _permit = match self.permit_at_once() {
            Some(permit) => permit,
            None => match timeout_at(until, self.permits(1)).await.ok()? {
                Ok(Some(permit)) => permit,
                Ok(None) => return Some(Ok(Err(too_many()))),
                Err(error) => return Some(Err(error)),
            },
        };
        self.call_now(id, message, Some(until)).await
    }

    /// Sends a call and waits for its reply; `None` when its time was up.
    async fn call_now(&self, id: Id<'static>, message: Bytes, until: Option<Instant>) -> Option<Reply> {
        let register = |waiting: &mut Waiting, number| waiting.register(&id, number, false, until);
        let (mut call, reply) = match self.register(Ids::One(id.clone()), message, until, register) {
            Ok(registered) => registered,
            Err(error) => return Some(Err(error)),
        };
        let reply = reply.await;
        call.done = true;
        reply.ok()
    }

    /// Sends a notification; returns when it has been handed to the link, which may have to wait until the other side
    /// reads.
    ///
    /// Dropping the future gives up a notification that has not been handed over.
    ///
    /// # Errors
    /// When the link is closed or cannot carry this message.
    pub async fn notify(&self, message: Bytes) -> Result<(), TransportError> {
        let shared = self.shared();
        let _permit = shared.notifications.acquire().await.map_err(|_| shared.why_ended())?;
        let (handed, done) = oneshot::channel();
        {
            let mut state = shared.lock();
            state.check()?;
            state.outbox.push_back(Outgoing::Notification { message, handed });
        }
        shared.driver.wake();
        done.await.map_err(|_| shared.why_ended())?
    }

    /// Sends a batch and waits for the replies to all of its calls, given in the order of `ids`. Without ids, for a batch
    /// of notifications, it returns as [`notify`](Self::notify) does.
    ///
    /// Dropping the future forgets the calls.
    ///
    /// # Errors
    /// The outer error when the batch was not sent, the next one when a reply did not come, and the inner one is the
    /// other side's.
    #[allow(clippy::type_complexity)]
    pub async fn batch(
        &self,
        ids: Vec<Id<'static>>,
        message: Bytes,
    ) -> Result<Vec<Result<Result<Payload, RpcError>, TransportError>>, TransportError> {
        if ids.is_empty() {
            return self.notify(message).await.map(|()| Vec::new());
        }
        let shared = self.shared();
        let Some(_permits) = self.permits(ids.len()).await? else {
            return Ok(ids.iter().map(|_| Ok(Err(too_many()))).collect());
        };
        let ids: Arc<[_]> = ids.into();
        let register = |waiting: &mut Waiting, number| waiting.register_all(&ids, number);
        let (mut batch, waiting) = self.register(Ids::Many(Arc::clone(&ids)), message, None, register)?;
        let mut replies = Vec::with_capacity(waiting.len());
        for reply in waiting {
            replies.push(reply.await.unwrap_or_else(|_| Err(shared.why_ended())));
        }
        batch.done = true;
        Ok(replies)
    }

    /// Whether nothing can be sent any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared().is_ended()
    }

    /// Returns when the link has ended and its driver is done. Cancel safe.
    pub async fn closed(&self) {
        // Nobody gives it permits, so it ends by being closed only.
        let _ = self.shared().driven.acquire().await;
    }

    /// Closes the link. What was handed to it is still sent, for at most 5 seconds; our calls that wait end with an error
    /// of kind [`Closed`](crate::transport::TransportErrorKind::Closed), and calls of the other side are cancelled.
    pub fn close(&self) {
        self.shared().leave(Leave::Now);
    }

    /// Takes no more calls from the other side, which are answered with code -32001 and do not run; closes the link when
    /// those that are running have been answered.
    pub fn drain(&self) {
        self.shared().leave(Leave::Drained);
    }

    fn shared(&self) -> &Shared {
        &self.shared
    }

    /// A permit for a call that need not wait for it; handlers have none.
    fn permit_at_once(&self) -> Option<Permits<'_>> {
        self.owner.as_ref()?;
        self.shared().calls.try_acquire().ok().map(Permits::Waited)
    }

    /// Permits for so many calls; `None` when a handler would have to wait for them, maybe for itself.
    async fn permits(&self, calls: usize) -> Result<Option<Permits<'_>>, TransportError> {
        let shared = self.shared();
        let calls = calls.min(shared.settings.own_calls);
        if self.owner.is_some() {
            let permits = shared.calls.acquire_many(u32::try_from(calls).unwrap_or(u32::MAX)).await;
            return permits.map(|permits| Some(Permits::Waited(permits))).map_err(|_| shared.why_ended());
        }
        if shared.settings.one_in_flight && shared.lock().is_waiting() {
            return Ok(None);
        }
        let permits = Permits::Nested(shared, calls);
        let before = shared.nested.fetch_add(calls, Ordering::Relaxed);
        Ok((before + calls <= shared.settings.own_calls).then_some(permits))
    }

    /// Registers the calls of a message as `register` does, and queues it.
    fn register<R>(
        &self,
        ids: Ids,
        message: Bytes,
        until: Option<Instant>,
        register: impl FnOnce(&mut Waiting, u64) -> Result<R, TransportError>,
    ) -> Result<(Registered<'_>, R), TransportError> {
        let shared = self.shared();
        let (number, replies, sooner) = {
            let mut state = shared.lock();
            state.check()?;
            let number = state.waiting.number();
            let replies = register(&mut state.waiting, number)?;
            state.outbox.push_back(Outgoing::Calls { ids: ids.clone(), number, message });
            let sooner = until.filter(|until| state.alarm.is_none_or(|alarm| *until < alarm));
            state.alarm = sooner.or(state.alarm);
            (number, replies, sooner.is_some())
        };
        if sooner {
            shared.timed.store(true, Ordering::Release);
            shared.sooner.notify_one();
        }
        shared.driver.wake();
        Ok((Registered { shared, ids, number, done: false }, replies))
    }
}

/// Held by the calls of one message as long as they are under way.
enum Permits<'p> {
    Waited(#[expect(dead_code, reason = "it is given back when it is dropped")] SemaphorePermit<'p>),
    Nested(&'p Shared, usize),
}

impl Drop for Permits<'_> {
    fn drop(&mut self) {
        if let Self::Nested(shared, calls) = self {
            shared.nested.fetch_sub(*calls, Ordering::Relaxed);
        }
    }
}

/// What a call gets that is not sent, because so many are under way.
fn too_many() -> RpcError {
    RpcError::new(code::TOO_BUSY, "too many calls in flight")
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").field("closed", &self.is_closed()).finish_non_exhaustive()
    }
}
