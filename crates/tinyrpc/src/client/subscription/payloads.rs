//! An open subscription with its items undecoded.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::stream::{FusedStream, Stream};
use tinyrpc_core::Payload;

use super::SubscriptionError;
use super::renewal::Renewal;
use crate::client::{CallError, Client};
use crate::peer::Peer;
use crate::peer::feeds::{Feed, FeedEnd, Taken};
use crate::transport::TransportErrorKind;

/// An open subscription whose items are not decoded; see [`Subscription`](super::Subscription).
pub struct Payloads {
    held: Held,
    id: Payload,
    over: bool,
    /// Opens it again when the link is lost.
    renewal: Option<Renewal>,
}

/// A subscription that is open or about to be. Dropping it unsubscribes.
pub(super) struct Held {
    pub(super) client: Client,
    pub(super) peer: Peer,
    pub(super) feed: Arc<Feed>,
    pub(super) unsubscribe: Arc<str>,
}

impl Held {
    /// The open subscription; `None` when the other side has given no id.
    pub(super) fn opened(self) -> Option<Payloads> {
        let id = self.feed.id()?.clone();
        Some(Payloads { held: self, id, over: false, renewal: None })
    }
}

impl Payloads {
    /// The subscription's id, as the other side gave it: a number or a string.
    #[must_use]
    pub fn id(&self) -> &Payload {
        &self.id
    }

    /// The next item; `None` when the other side was done. Cancel safe: what is not returned is not lost.
    ///
    /// # Errors
    /// A [`SubscriptionError`] says that items are missing, or why nothing more comes.
    pub async fn next(&mut self) -> Option<Result<Payload, SubscriptionError>> {
        poll_fn(|cx| self.poll_item(cx)).await
    }

    /// Ends the subscription and returns when the other side has confirmed that. Items that have not been taken are lost.
    ///
    /// Dropping the subscription does the same without waiting, also if this future is dropped.
    ///
    /// # Errors
    /// When the call of the unsubscribing method fails.
    pub async fn unsubscribe(self) -> Result<(), CallError> {
        // Without one it has ended already.
        if self.held.feed.take_farewell().is_none() {
            return Ok(());
        }
        let call = goodbye(self.held.client.clone(), Arc::clone(&self.held.unsubscribe), self.id.clone());
        drop(self);
        // A task of its own, so that it is not given up half-way.
        match tokio::spawn(call).await {
            Ok(done) => done,
            // The runtime ends, and the link with it.
            Err(_) => Ok(()),
        }
    }

    pub(super) fn renew_with(&mut self, renewal: Renewal) {
        self.renewal = Some(renewal);
    }

    /// From now on the items are taken, or not.
    pub(super) fn hand_over(&self) {
        self.held.peer.hand_over_feed(&self.held.feed);
    }

    pub(super) fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Payload, SubscriptionError>>> {
        if self.over {
            return Poll::Ready(None);
        }
        if self.renewal.as_ref().is_some_and(Renewal::is_under_way) {
            return self.poll_renewal(cx);
        }
        let Poll::Ready(taken) = self.held.peer.poll_feed(&self.held.feed, cx) else { return Poll::Pending };
        let error = match taken {
            Taken::Item(item) => return Poll::Ready(Some(Ok(item))),
            Taken::Missed(items) => return Poll::Ready(Some(Err(SubscriptionError::lagged(items)))),
            Taken::End(FeedEnd::Told(Some(error))) => SubscriptionError::failed(error),
            Taken::End(FeedEnd::TooSlow) => SubscriptionError::too_slow(),
            Taken::End(FeedEnd::Link(error)) => match &mut self.renewal {
                Some(renewal) if error.kind() != TransportErrorKind::Closed => {
                    renewal.begin(error);
                    return self.poll_renewal(cx);
                }
                _ => SubscriptionError::lost(error),
            },
            Taken::End(FeedEnd::Told(None) | FeedEnd::Known) => {
                self.over = true;
                return Poll::Ready(None);
            }
        };
        self.over = true;
        Poll::Ready(Some(Err(error)))
    }

    fn poll_renewal(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Payload, SubscriptionError>>> {
        let Some(renewal) = &mut self.renewal else { return Poll::Pending };
        let Poll::Ready(renewed) = renewal.poll(cx) else { return Poll::Pending };
        match renewed {
            Ok(payloads) => {
                let renewal = self.renewal.take();
                *self = Self { renewal, ..payloads };
                Poll::Ready(Some(Err(SubscriptionError::gap())))
            }
            Err(error) => {
                self.over = true;
                Poll::Ready(Some(Err(error)))
            }
        }
    }
}

/// Calls the method that unsubscribes.
pub(super) async fn goodbye(client: Client, method: Arc<str>, id: Payload) -> Result<(), CallError> {
    let mut raw = Vec::new();
    id.codec().array(&[id.raw()], &mut raw).map_err(CallError::arguments)?;
    client.call_payload(&method, Some(&Payload::new(raw.into(), id.codec()))).await.map(drop)
}

impl Stream for Payloads {
    type Item = Result<Payload, SubscriptionError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_item(cx)
    }
}

impl FusedStream for Payloads {
    fn is_terminated(&self) -> bool {
        self.over
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let farewell = self.feed.take_farewell();
        self.peer.close_feed(&self.feed);
        if let (Some(farewell), Some(id)) = (farewell, self.feed.id()) {
            farewell(id.clone());
        }
    }
}

impl fmt::Debug for Payloads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payloads").field("id", &self.id).field("over", &self.over).finish_non_exhaustive()
    }
}
