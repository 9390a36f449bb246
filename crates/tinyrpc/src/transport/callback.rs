//! Transports for programs that move messages themselves: only functions, no medium.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use tinyrpc_core::Origin;
use tinyrpc_core::call::BoxFuture;

use super::{ClientTransport, Expect, Outgoing, TransportError, within};
use crate::service::{Answered, Service};

type Write = dyn Fn(&Origin, Bytes) + Send + Sync;

/// The serving end for a program that gets its messages elsewhere: messages go in, and replies go to a function.
///
/// ```
/// use tinyrpc::{Dispatcher, JsonRpc, Origin, Service, transport::callback::CallbackServer};
///
/// let mut dispatcher = Dispatcher::new();
/// dispatcher.register("add", |(a, b): (i64, i64)| a + b)?;
/// let (replies, written) = std::sync::mpsc::channel();
/// let server = CallbackServer::new(Service::new(JsonRpc::new(), dispatcher), move |_from, reply| {
///     let _ = replies.send(reply);
/// });
///
/// server.receive_now(Origin::new("pigeon"), r#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1}"#);
/// assert_eq!(written.recv()?, r#"{"jsonrpc":"2.0","id":1,"result":3}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct CallbackServer {
    service: Service,
    write: Arc<Write>,
}

impl CallbackServer {
    /// A server that answers with `service` in its first protocol. `write` gets every reply, along with the origin that
    /// was given with the call; it must not block.
    #[must_use]
    pub fn new(service: Service, write: impl Fn(&Origin, Bytes) + Send + Sync + 'static) -> Self {
        Self { service, write: Arc::new(write) }
    }

    /// Answers one message. Its reply, if one is owed, has been written when this returns.
    ///
    /// Dropping the future cancels the calls of the message; its notifications run on.
    pub async fn receive(&self, from: impl Into<Arc<Origin>>, message: impl Into<Bytes>) {
        let from = from.into();
        if let Some(reply) = self.service.exchange(Arc::clone(&from), message).await {
            (self.write)(&from, reply);
        }
    }

    /// Answers one message without waiting. When its handlers are synchronous the reply has been written when this
    /// returns; otherwise they go on in a task, which writes the reply.
    ///
    /// # Panics
    /// When a handler is not synchronous and there is no tokio runtime.
    pub fn receive_now(&self, from: impl Into<Arc<Origin>>, message: impl Into<Bytes>) {
        let (from, message) = (from.into(), message.into());
        let mut out = Vec::new();
        match self.service.answer(&self.service.protocols()[0], &from, &message, &mut out) {
            Answered::Nothing => {}
            Answered::Written => (self.write)(&from, out.into()),
            Answered::Later(pending) => {
                let write = Arc::clone(&self.write);
                tokio::spawn(async move {
                    let reply = pending.await;
                    if !reply.is_empty() {
                        write(&from, reply.into());
                    }
                });
            }
        }
    }
}

impl fmt::Debug for CallbackServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackServer").field("service", &self.service).finish_non_exhaustive()
    }
}

type Exchanged = Result<Option<Bytes>, TransportError>;

/// The client end for a program that moves messages itself: a function that takes a message and gives what comes back.
///
/// ```
/// use tinyrpc::transport::{TransportError, callback::CallbackClient};
///
/// let transport = CallbackClient::new(|message| async move {
///     println!("this would travel: {message:?}");
///     Ok::<_, TransportError>(None)
/// });
/// ```
#[derive(Clone)]
pub struct CallbackClient {
    exchange: Arc<dyn Fn(Outgoing<'_>) -> BoxFuture<'static, Exchanged> + Send + Sync>,
}

impl CallbackClient {
    /// A transport that gives its messages to `exchange`, which returns the reply, or `None` when there is none. Calls
    /// may run at the same time. The future is dropped when the caller's time is up.
    ///
    /// `exchange` is not told whether a reply is to come; where it has to know, as when nothing ever comes back for a
    /// notification, use [`new_with`](Self::new_with).
    pub fn new<F, R>(exchange: F) -> Self
    where
        F: Fn(Bytes) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Option<Bytes>, TransportError>> + Send + 'static,
    {
        Self::new_with(move |outgoing| exchange(outgoing.message))
    }

    /// The same for a function that gets all that is known of a message: whether a reply is to come, its media type, how
    /// long the reply may be and when the caller gives up.
    ///
    /// ```
    /// use tinyrpc::transport::{Expect, TransportError, callback::CallbackClient};
    ///
    /// let transport = CallbackClient::new_with(|outgoing| {
    ///     let wants_reply = outgoing.expect == Expect::Reply;
    ///     async move { Ok::<_, TransportError>(wants_reply.then(|| "a reply".into())) }
    /// });
    /// ```
    pub fn new_with<F, R>(exchange: F) -> Self
    where
        F: Fn(Outgoing<'_>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Option<Bytes>, TransportError>> + Send + 'static,
    {
        Self { exchange: Arc::new(move |outgoing| Box::pin(exchange(outgoing))) }
    }
}

impl ClientTransport for CallbackClient {
    fn exchange(&self, message: Outgoing<'_>) -> BoxFuture<'_, Exchanged> {
        let Outgoing { expect, limit, .. } = message;
        let exchange = (self.exchange)(message);
        Box::pin(async move {
            match exchange.await? {
                Some(reply) if expect == Expect::Reply && !reply.is_empty() => within(limit, reply).map(Some),
                _ => Ok(None),
            }
        })
    }
}

impl fmt::Debug for CallbackClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallbackClient")
    }
}
