//! Takes a subscription up again when the client has another connection.

use std::future::Future;
use std::task::{Context, Poll};
use std::time::Duration;

use tinyrpc_core::Payload;
use tinyrpc_core::call::BoxFuture;

use super::{Payloads, Subscribe, SubscriptionError};
use crate::client::deadline::Deadline;
use crate::client::reconnect::State;
use crate::client::{CallError, Client};
use crate::transport::{TransportError, TransportErrorKind};

/// Before an attempt that follows one which failed at once.
const PAUSE: Duration = Duration::from_millis(50);

/// What it takes to subscribe again.
pub(super) struct Renewal {
    client: Client,
    to: Subscribe,
    params: Option<Payload>,
    under_way: Option<BoxFuture<'static, Result<Payloads, SubscriptionError>>>,
}

impl Renewal {
    pub(super) fn new(client: Client, to: Subscribe, params: Option<Payload>) -> Self {
        Self { client, to, params, under_way: None }
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Begins to subscribe again, because of this error.
    pub(super) fn begin(&mut self, lost: TransportError) {
        let (client, to, params) = (self.client.clone(), self.to.clone(), self.params.clone());
        self.under_way = Some(Box::pin(renew(client, to, params, lost)));
    }

    /// The subscription as it goes on.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Payloads, SubscriptionError>> {
        let Some(under_way) = &mut self.under_way else { return Poll::Pending };
        let polled = Future::poll(under_way.as_mut(), cx);
        if polled.is_ready() {
            self.under_way = None;
        }
        polled
    }
}

/// Subscribes on the next connection that holds long enough for that. Ends without success when the other side refuses, or
/// there will be no connection any more.
async fn renew(
    client: Client,
    to: Subscribe,
    params: Option<Payload>,
    lost: TransportError,
) -> Result<Payloads, SubscriptionError> {
    loop {
        let Some(mut states) = client.states() else { return Err(SubscriptionError::lost(lost)) };
        let settled = states.wait_for(|state| matches!(state, State::Connected { .. } | State::Closed { .. }));
        let Some(State::Connected { .. }) = settled.await else { return Err(SubscriptionError::lost(lost)) };
        let error = match open(&client, to.clone(), params.as_ref()).await {
            Ok(payloads) => return Ok(payloads),
            Err(error) => error,
        };
        if let Some(error) = error.rpc_error() {
            return Err(SubscriptionError::failed(error.clone()));
        }
        let may_pass = match error.transport_error() {
            Some(error) => matches!(error.kind(), TransportErrorKind::Unreachable | TransportErrorKind::Lost),
            None => error.is_timeout(),
        };
        if !may_pass {
            return Err(SubscriptionError::lost(TransportError::new(TransportErrorKind::Invalid, error.to_string())));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Subscribes on the connection that there is, within the client's time, the wait for a connection included.
pub(super) async fn open(client: &Client, to: Subscribe, params: Option<&Payload>) -> Result<Payloads, CallError> {
    let subscribing = async {
        let (pinned, _) = client.pinned().await?;
        pinned.open_with(to, params).await
    };
    Deadline::after(client.patience()).hold(subscribing).await?
}
