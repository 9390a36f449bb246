//! Calls the other side back from a handler, while its own call is under way.

use std::ops::Deref;
use std::sync::Arc;

use bytes::Bytes;
use tinyrpc_core::Context;
use tinyrpc_core::call::{BoxFuture, Call};
use tinyrpc_core::dispatch::{FromCall, MissingState, States};

use super::Client;
use super::backend::Slot;
use crate::peer::Peer;
use crate::transport::{ClientTransport, Outgoing, TransportError, TransportErrorKind};

impl Client {
    /// A client that calls whoever made the call of this context, over the same link; `None` when it did not come over one,
    /// as over HTTP. A handler can take a [`Caller`] instead.
    ///
    /// It is [`within`](Self::within) the context. The handler's own call may be pending, to any depth. Instead of waiting for
    /// its turn when as many calls of handlers are under way as [`with_own_calls`](crate::peer::PeerSettings::with_own_calls)
    /// allows, a call ends with code -32001, since it might wait for itself. The client does not keep the link open.
    ///
    /// A handler that runs alone, such as that of a notification, must not wait for a call whose handler calls back here:
    /// that one has to wait for it, until its time is up. [`Order`](crate::peer::Order) says which run alone.
    ///
    /// ```
    /// use tinyrpc::{Client, Context, RpcError};
    ///
    /// async fn greet(cx: Context, (): ()) -> Result<String, RpcError> {
    ///     let caller = Client::from_context(&cx).ok_or(RpcError::application("call me over a link"))?;
    ///     let name: String = caller.call("name", ()).await.map_err(RpcError::internal)?;
    ///     Ok(format!("hello {name}"))
    /// }
    /// # tinyrpc::Dispatcher::new().register("greet", greet).unwrap();
    /// ```
    #[must_use]
    pub fn from_context(context: &Context) -> Option<Self> {
        let client = Self::of_peer(context.extension::<Peer>()?.clone(), Slot::default());
        Some(client.within(context))
    }
}

/// The client that a handler calls its caller back with: something that a handler takes before its argument.
///
/// It is what [`Client::from_context`] gives. When the call did not come over a link, each call over it fails with an error
/// that says so.
///
/// ```
/// use tinyrpc::{Client, Dispatcher, JsonRpc, RpcError, Service, client::Caller, peer::PeerSettings, transport::memory};
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// async fn greet(caller: Caller, (): ()) -> Result<String, RpcError> {
///     let name: String = caller.call("name", ()).await.map_err(RpcError::internal)?;
///     Ok(format!("hello {name}"))
/// }
/// let mut desk = Dispatcher::new();
/// desk.register("greet", greet)?;
/// let mut guest = Dispatcher::new();
/// guest.register("name", || "Ada")?;
///
/// let (here, there) = memory::pair(65_536);
/// let desk = Client::over_serving(there, Service::new(JsonRpc::new(), desk), PeerSettings::new());
/// let guest = Client::over_serving(here, Service::new(JsonRpc::new(), guest), PeerSettings::new());
/// assert_eq!(guest.call::<String>("greet", ()).await?, "hello Ada");
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Caller(Client);

impl Caller {
    /// The client itself.
    #[must_use]
    pub fn into_client(self) -> Client {
        self.0
    }
}

impl Deref for Caller {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}

impl FromCall for Caller {
    type Source = ();

    fn prepare(_: &States) -> Result<(), MissingState> {
        Ok(())
    }

    fn from_call((): &(), call: &Call<'_>) -> Self {
        let client = match call.origin.extension::<Peer>() {
            Some(peer) => Client::of_peer(peer.clone(), Slot::default()),
            None => {
                let nobody = Nobody(call.origin.transport());
                Client::sharing(Arc::new(nobody), Arc::clone(call.reply.protocol()))
            }
        };
        Self(client.with_deadline(call.deadline).with_trace_context(call.trace.cloned()))
    }
}

/// Stands for a caller that cannot be called, on the transport of this name.
#[derive(Debug)]
struct Nobody(&'static str);

impl ClientTransport for Nobody {
    fn exchange(&self, _: Outgoing<'_>) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        let what = format!("the caller cannot be called back: over {} it takes nothing but its reply", self.0);
        Box::pin(std::future::ready(Err(TransportError::new(TransportErrorKind::Setup, what))))
    }
}
