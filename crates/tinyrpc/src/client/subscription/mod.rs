//! Subscriptions: a call that opens a stream of items from the other side.

mod error;
mod payloads;
mod renewal;
mod subscribe;

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{FusedStream, Stream};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tinyrpc_core::{Id, Payload};

pub use error::{SubscriptionError, SubscriptionErrorKind};
pub use payloads::Payloads;
pub use subscribe::Subscribe;

use payloads::Held;
use renewal::Renewal;

use super::backend::{Backend, Carrier};
use super::deadline::Deadline;
use super::{CallError, Client};
use crate::peer::feeds::{Feed, Shape};
use crate::transport::{TransportError, TransportErrorKind};

/// How long a reply may be late that opens a subscription which nobody waits for any more, so that it is closed again.
const LATE: Duration = Duration::from_secs(30);

/// An open subscription: a stream of items of type `T`. Dropping it unsubscribes, in the background.
///
/// The stream ends with `None` when the other side was done, and with an error that
/// [is the end](SubscriptionError::is_end) otherwise. It keeps the link open as a client does. Items wait in a bounded
/// queue until they are taken; see [`Subscribe`].
///
/// With a client that [connects again](super::reconnect) it goes on over the next connection, with another id: when it has
/// been opened there, the stream says that there was a [gap](SubscriptionErrorKind::Gap).
///
/// The wire form is the usual one (Ethereum's): the result of the call is the subscription's id, notifications hold
/// `{"subscription": id, "result": item}`, and a method that gets the id unsubscribes. As the last one,
/// `{"subscription": id, "error": why}` ends the subscription, with null if it was done. MessagePack-RPC and JSON-RPC 1.0
/// have the same map as their one argument.
pub struct Subscription<T> {
    payloads: Payloads,
    item: PhantomData<fn() -> T>,
}

impl Client {
    /// Opens a subscription by calling a method, and gives the stream of its items. Needs a link: WebSocket, TCP, a unix
    /// socket, standard input and output, or in memory.
    ///
    /// Dropping the future gives the subscription up: if the other side opens it all the same, it is closed again.
    ///
    /// ```
    /// # use tinyrpc::{Client, CallError};
    /// # async fn watch(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut ticks = client.subscribe::<u64>("subscribe_ticks", (100,)).await?;
    /// while let Some(tick) = ticks.next().await {
    ///     println!("{}", tick?);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`CallError`] says whose fault it was; one of kind
    /// [`InvalidReply`](super::CallErrorKind::InvalidReply) that the result is no id.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn subscribe<T: DeserializeOwned>(
        &self,
        to: impl Into<Subscribe>,
        params: impl Serialize,
    ) -> Result<Subscription<T>, CallError> {
        let (to, codec) = (to.into(), self.inner.protocol.codec());
        let payloads = match &self.inner.backend {
            Backend::One(_) => {
                let (id, message) = self.request(&to.method, &mut |out| codec.to_raw(&params, out))?;
                self.open(to, id, message).await?
            }
            Backend::Any(..) => {
                let params = Payload::encode(&params, codec).map_err(CallError::arguments)?;
                self.subscribe_payload(to, Some(&params)).await?
            }
        };
        Ok(Subscription { payloads, item: PhantomData })
    }

    /// Opens a subscription with arguments that are encoded already, and gives its items undecoded.
    ///
    /// # Errors
    /// As [`subscribe`](Self::subscribe).
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn subscribe_payload(
        &self,
        to: impl Into<Subscribe>,
        params: Option<&Payload>,
    ) -> Result<Payloads, CallError> {
        let to = to.into();
        match &self.inner.backend {
            Backend::One(_) => self.open_with(to, params).await,
            Backend::Any(..) => {
                let mut payloads = renewal::open(self, to.clone(), params).await?;
                payloads.renew_with(Renewal::new(self.clone().with_deadline(None), to, params.cloned()));
                Ok(payloads)
            }
        }
    }

    async fn open_with(&self, to: Subscribe, params: Option<&Payload>) -> Result<Payloads, CallError> {
        let codec = self.inner.protocol.codec();
        let (id, message) = self.request(&to.method, &mut |out| match params {
            Some(params) => params.encode_as(codec, out),
            None => Ok(()),
        })?;
        self.open(to, id, message).await
    }

    async fn open(&self, to: Subscribe, id: Id<'static>, message: Bytes) -> Result<Payloads, CallError> {
        let Backend::One(Carrier::Link(peer, _)) = &self.inner.backend else {
            let what =
                "a subscription needs a link, such as WebSocket or TCP: over this transport nothing can be sent later";
            return Err(CallError::transport(TransportError::new(TransportErrorKind::Setup, what)));
        };
        if !peer.hears() {
            let what = "a ZeroMQ server cannot subscribe at its peers: let them call or notify it instead";
            return Err(CallError::transport(TransportError::new(TransportErrorKind::Setup, what)));
        }
        let deadline = Deadline::after(self.patience());
        // What is opened lives longer than somebody waits for that, so the call says no time.
        let message = self.carrying(deadline, message, false);
        let unsubscribe: Arc<str> = to.unsubscribe.into();
        // That there is no time left to open it any more does not keep it from being closed.
        let (client, own) = (self.clone().with_deadline(None), self.clone().with_deadline(None));
        let (runtime, method) = (tokio::runtime::Handle::current(), Arc::clone(&unsubscribe));
        let farewell = Box::new(move |id| {
            runtime.spawn(async move {
                if let Err(error) = payloads::goodbye(client, method, id).await {
                    tracing::debug!(%error, "unsubscribing failed");
                }
            });
        });
        let feed = Arc::new(Feed::new(to.notification, Shape::Subscription, to.bounds, farewell));
        let patience = deadline.timeout().saturating_add(LATE);
        let held = Held { client: own, peer: peer.clone(), feed, unsubscribe };
        // A task of its own, so that a reply that comes when nobody waits any more finds somebody who unsubscribes.
        let opening = async { tokio::spawn(opened(held, id, message, patience)).await };
        match deadline.hold(opening).await? {
            Ok(opened) => opened.inspect(Payloads::hand_over),
            Err(_) => Err(CallError::transport(TransportError::new(TransportErrorKind::Closed, "the runtime ends"))),
        }
    }
}

async fn opened(held: Held, id: Id<'static>, message: Bytes, patience: Duration) -> Result<Payloads, CallError> {
    held.peer.await_feed(id.clone(), &held.feed);
    let result = match tokio::time::timeout(patience, held.peer.call(id, message)).await {
        Ok(Ok(Ok(result))) => result,
        Ok(Ok(Err(error))) => return Err(CallError::remote(error)),
        Ok(Err(error)) => return Err(CallError::transport(error)),
        Err(_) => return Err(CallError::timeout(patience)),
    };
    held.opened().ok_or_else(|| {
        let result = String::from_utf8_lossy(&result.raw()[..result.raw().len().min(80)]).into_owned();
        CallError::invalid_reply(format!("a subscription's id is a number or a string, but the result is {result}"))
    })
}

impl<T: DeserializeOwned> Subscription<T> {
    /// The next item; `None` when the other side was done. Cancel safe: what is not returned is not lost.
    ///
    /// # Errors
    /// A [`SubscriptionError`] says that items are missing, that this one is not a `T`, or why nothing more comes.
    pub async fn next(&mut self) -> Option<Result<T, SubscriptionError>> {
        self.payloads.next().await.map(decode)
    }
}

impl<T> Subscription<T> {
    /// The subscription's id, as the other side gave it: a number or a string.
    #[must_use]
    pub fn id(&self) -> &Payload {
        self.payloads.id()
    }

    /// Ends the subscription and returns when the other side has confirmed that. Items that have not been taken are lost.
    ///
    /// Dropping the subscription does the same without waiting, also if this future is dropped.
    ///
    /// # Errors
    /// When the call of the unsubscribing method fails.
    pub async fn unsubscribe(self) -> Result<(), CallError> {
        self.payloads.unsubscribe().await
    }

    /// The same subscription with its items undecoded.
    #[must_use]
    pub fn into_payloads(self) -> Payloads {
        self.payloads
    }
}

fn decode<T: DeserializeOwned>(item: Result<Payload, SubscriptionError>) -> Result<T, SubscriptionError> {
    item?.decode().map_err(SubscriptionError::wrong_type)
}

impl<T: DeserializeOwned> Stream for Subscription<T> {
    type Item = Result<T, SubscriptionError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().payloads.poll_item(cx).map(|item| item.map(decode))
    }
}

impl<T: DeserializeOwned> FusedStream for Subscription<T> {
    fn is_terminated(&self) -> bool {
        self.payloads.is_terminated()
    }
}

impl<T> fmt::Debug for Subscription<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("payloads", &self.payloads).finish()
    }
}
