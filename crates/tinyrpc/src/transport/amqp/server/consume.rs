//! Takes messages from the queue over one connection, until it breaks or the server is to stop.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Consumer};
use tinyrpc_core::Origin;

use super::super::error::describe;
use super::super::url::Target;
use super::Link;
use super::delivery;
use crate::service::Service;
use crate::transport::Shutdown;

/// How long saying goodbye to the broker may take.
const GOODBYE: Duration = Duration::from_secs(2);

/// Why no more messages are taken.
pub(super) enum Ended {
    /// The server is to stop.
    Asked,
    /// The connection broke.
    Lost(String),
}

pub(super) async fn run(link: Link, target: &Target, prefetch: u16, service: &Service, shutdown: &Shutdown) -> Ended {
    let Link { connection, channel } = link;
    let mut messages = match start(&channel, &target.queue.name, prefetch).await {
        Ok(messages) => messages,
        Err(error) => return Ended::Lost(describe(&error)),
    };
    let origin = Arc::new(Origin::new("amqp").with_address(target.endpoint()));
    // All calls run in this task. Dropping them, when the connection breaks, cancels them.
    let mut running = FuturesUnordered::new();
    {
        let mut draining = pin!(shutdown.draining());
        loop {
            tokio::select! {
                biased;
                () = &mut draining => break,
                Some(()) = running.next() => {}
                message = messages.next() => match message {
                    Some(Ok(message)) => running.push(delivery::answer(service, &channel, &origin, message)),
                    Some(Err(error)) => return Ended::Lost(describe(&error)),
                    None => return Ended::Lost("the broker ended the delivery of messages".to_owned()),
                },
            }
        }
    }
    give_back(&channel, messages).await;
    {
        let mut closed = pin!(shutdown.closed());
        while !running.is_empty() {
            tokio::select! {
                biased;
                () = &mut closed => break,
                _ = running.next() => {}
            }
        }
    }
    // What has not been acknowledged by now, the broker gives to another worker.
    match tokio::time::timeout(GOODBYE, connection.close(200, "".into())).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "the connection broke while it was closed"),
        Err(_) => tracing::debug!("the broker does not answer the closing of the connection"),
    }
    Ended::Asked
}

async fn start(channel: &Channel, queue: &str, prefetch: u16) -> lapin::Result<Consumer> {
    channel.basic_qos(prefetch, BasicQosOptions::default()).await?;
    channel.basic_consume(queue.into(), "".into(), BasicConsumeOptions::default(), FieldTable::default()).await
}

/// Takes no more messages, and gives back those that have come but are not begun.
async fn give_back(channel: &Channel, mut messages: Consumer) {
    let cancel = channel.basic_cancel(messages.tag(), BasicCancelOptions::default());
    if let Ok(Err(error)) = tokio::time::timeout(GOODBYE, cancel).await {
        tracing::debug!(%error, "the connection broke while the server stopped");
    }
    while let Some(Some(Ok(message))) = messages.next().now_or_never() {
        if let Err(error) = message.reject(BasicRejectOptions { requeue: true }).await {
            tracing::debug!(%error, "could not give a message back; the broker will take it");
        }
    }
}
