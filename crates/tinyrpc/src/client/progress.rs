//! Calls that report how far they have come.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tinyrpc_core::{Id, Payload};

use super::backend::{Backend, Carrier};
use super::deadline::Deadline;
use super::{CallError, Client};
use crate::peer::feeds::{Feed, Shape, Taken};
use crate::peer::{Bounds, Peer, SlowConsumer};
use crate::progress::{ProgressForm, ProgressToken};

/// Reports that have come and not been looked at. What is left out is old news.
const QUEUE: Bounds = Bounds { items: 256, bytes: 1 << 20, slow: SlowConsumer::DropOldest };

impl Client {
    /// Calls a method and hears how far it has come: `params` makes the arguments around a token, which the other side
    /// sends along with each report, and `report` is called with each, in order, before the result is returned.
    ///
    /// The example is at [`progress`](crate::progress). Where there is no link no reports come. When reports come faster
    /// than they are looked at, more than 256 or 1 MiB, the oldest are left out; so is one that is not a `P`. The call is made
    /// over one connection, also by a client that [connects again](super::reconnect).
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn call_with_progress<R: DeserializeOwned, P: DeserializeOwned, A: Serialize>(
        &self,
        form: ProgressForm,
        method: &str,
        params: impl FnOnce(ProgressToken) -> A,
        mut report: impl FnMut(P),
    ) -> Result<R, CallError> {
        // Reports come over the connection of the call. The wait for it is a part of the call's time.
        let until = Deadline::after(self.patience()).system_time();
        let (client, _) = self.pinned().await?;
        let client = client.with_deadline(self.deadline.into_iter().chain(until).min());
        let token: String = (0..16).map(|_| fastrand::alphanumeric()).collect();
        let params = params(ProgressToken::Text(token.clone()));
        let codec = self.inner.protocol.codec();
        let (id, message) = self.request(method, &mut |out| codec.to_raw(&params, out))?;
        let reports = match &client.inner.backend {
            Backend::One(Carrier::Link(peer, _)) => Some(Reports::open(peer, form, token)),
            _ => None,
        };
        let mut report = |payload: Payload| match payload.decode() {
            Ok(value) => report(value),
            Err(error) => tracing::debug!(%error, "a report of progress is of another type"),
        };
        let mut call = pin!(client.round_trip(method, id, message));
        let result = loop {
            let next = poll_fn(|cx| {
                // The call first: reports may never pause, and its time is up all the same.
                if let Poll::Ready(result) = call.as_mut().poll(cx) {
                    return Poll::Ready(Ok(result));
                }
                match &reports {
                    Some(reports) => reports.poll(cx).map(Err),
                    None => Poll::Pending,
                }
            });
            match next.await {
                Ok(result) => break result,
                Err(payload) => report(payload),
            }
            // Without giving way the call's timer would stand still.
            tokio::task::coop::consume_budget().await;
        };
        // What came before the reply is there now; more than fits the queue came later.
        if let Some(reports) = &reports {
            for _ in 0..QUEUE.items {
                let Poll::Ready(payload) = poll_fn(|cx| Poll::Ready(reports.poll(cx))).await else { break };
                report(payload);
            }
        }
        result?.decode().map_err(CallError::wrong_type)
    }
}

/// Reports of one call. Dropping it forgets the token.
struct Reports {
    peer: Peer,
    feed: Arc<Feed>,
}

impl Reports {
    fn open(peer: &Peer, form: ProgressForm, token: String) -> Self {
        // There is nothing to unsubscribe from: reports end with the call.
        let feed = Feed::new(Some(form.method().into()), Shape::Progress(form), QUEUE, Box::new(|_| {}));
        let reports = Self { peer: peer.clone(), feed: Arc::new(feed) };
        peer.open_feed(Id::from(token), &reports.feed);
        reports
    }

    /// The next report. Never ready again when the link has ended, which the call says.
    fn poll(&self, cx: &mut std::task::Context<'_>) -> Poll<Payload> {
        loop {
            match self.peer.poll_feed(&self.feed, cx) {
                Poll::Ready(Taken::Item(report)) => return Poll::Ready(report),
                Poll::Ready(Taken::Missed(_)) => {}
                Poll::Ready(Taken::End(_)) | Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl Drop for Reports {
    fn drop(&mut self) {
        self.peer.close_feed(&self.feed);
    }
}
