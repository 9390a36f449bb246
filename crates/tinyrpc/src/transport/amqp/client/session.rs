//! One connection of the client, from its opening until it breaks.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use lapin::message::{BasicReturnMessage, Delivery};
use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions, QueueDeclareOptions,
};
use lapin::types::{FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation, Connection, Consumer, ExchangeKind, PublisherConfirm};
use tinyrpc_core::Metadata;
use tokio::sync::{Notify, mpsc};

use super::super::error::{describe, lost, not_connected, unreachable};
use super::super::metadata;
use super::Settings;
use super::notices::Notices;
use super::waiting::Waiting;
use crate::transport::{TransportError, TransportErrorKind};

/// The address that stands for "to whoever asked", without a queue.
const DIRECT: &str = "amq.rabbitmq.reply-to";

/// The longest expiration, in milliseconds (25 days); callers with more patience get none.
const LONGEST_EXPIRATION: u128 = i32::MAX as u128;

pub(super) struct Session {
    channel: Channel,
    notices: Notices,
    reply_to: ShortString,
    waiting: Arc<Waiting>,
    late: mpsc::UnboundedSender<PublisherConfirm>,
    /// Told when something other than the channel of the replies broke.
    broken: Notify,
    settings: Arc<Settings>,
    /// Dropping it closes the connection.
    _connection: Connection,
}

/// What comes from the broker.
pub(super) struct Incoming {
    replies: Consumer,
    late: mpsc::UnboundedReceiver<PublisherConfirm>,
}

impl Session {
    pub(super) async fn open(settings: &Arc<Settings>) -> Result<(Self, Incoming), TransportError> {
        let connection = settings.broker.connect("client").await?;
        let opening = async {
            let (channel, notices) = (connection.create_channel().await?, connection.create_channel().await?);
            for channel in [&channel, &notices] {
                channel.confirm_select(ConfirmSelectOptions::default()).await?;
            }
            if !settings.exchange.is_empty() {
                // Only asks whether it exists: publishing to one that does not would cost the channel.
                let options = ExchangeDeclareOptions { passive: true, ..ExchangeDeclareOptions::default() };
                let name = settings.exchange.as_str().into();
                channel.exchange_declare(name, ExchangeKind::Direct, options, FieldTable::default()).await?;
            }
            let reply_to = match settings.reply_queue {
                true => {
                    let options = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
                    channel.queue_declare("".into(), options, FieldTable::default()).await?.name().clone()
                }
                false => DIRECT.into(),
            };
            // A reply that is lost with the connection is lost in any case, so nothing is acknowledged.
            let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
            let replies = channel.basic_consume(reply_to.clone(), "".into(), options, FieldTable::default()).await?;
            Ok((channel, notices, reply_to, replies))
        };
        let opened: lapin::Result<_> = opening.await;
        let (channel, notices, reply_to, replies) = opened.map_err(|error| not_connected(&settings.broker, &error))?;
        let (sender, late) = mpsc::unbounded_channel();
        let session = Self {
            channel,
            notices: Notices::new(notices),
            reply_to,
            waiting: Arc::new(Waiting::new()),
            late: sender,
            broken: Notify::new(),
            settings: Arc::clone(settings),
            _connection: connection,
        };
        Ok((session, Incoming { replies, late }))
    }

    /// Publishes a call and waits for its reply. Dropping the future gives the call up.
    pub(super) async fn call(
        &self,
        id: u64,
        message: &[u8],
        content_type: Option<ShortString>,
        metadata: &Metadata,
    ) -> Result<Bytes, TransportError> {
        let Some(mut place) = self.waiting.enter(id) else {
            return Err(unreachable(format!("the connection to the broker at {} broke", self.settings)));
        };
        let mut properties = properties(id, content_type).with_reply_to(self.reply_to.clone());
        // Connecting may have taken a part of the caller's time.
        properties = metadata::write(metadata, properties);
        let left = metadata
            .deadline()
            .map(|deadline| deadline.saturating_duration_since(Instant::now()).as_micros().div_ceil(1_000));
        if let Some(milliseconds) = left.filter(|left| *left <= LONGEST_EXPIRATION) {
            // Zero would mean: only if a worker is free this very moment.
            properties = properties.with_expiration(milliseconds.max(1).to_string().into());
        }
        let confirm =
            publish(&self.channel, &self.settings, message, properties).await.map_err(|error| lost(&error))?;
        let mut confirm = Confirming { confirm: Some(confirm), late: &self.late };
        loop {
            tokio::select! {
                biased;
                outcome = place.outcome() => return outcome,
                confirmed = confirm.done() => match confirmed {
                    Ok(Confirmation::Nack(None)) => return Err(refused()),
                    Ok(confirmation) => self.returned(confirmation.take_message()),
                    Err(error) => return Err(lost(&error)),
                },
            }
        }
    }

    /// Publishes a message that wants no reply, and waits until the broker has taken it.
    pub(super) async fn notify(
        &self,
        id: u64,
        message: &[u8],
        content_type: Option<ShortString>,
        metadata: &Metadata,
    ) -> Result<(), TransportError> {
        let properties = metadata::write(metadata, properties(id, content_type));
        let confirmed = self.notices.publish(&self.settings, message, properties).await;
        match confirmed {
            Ok(Confirmation::Nack(None)) => Err(refused()),
            Ok(confirmation) => match confirmation.take_message() {
                Some(_) => Err(self.settings.nobody_there()),
                None => Ok(()),
            },
            Err(error) => {
                self.broken.notify_one();
                Err(lost(&error))
            }
        }
    }

    /// Ends the calls that wait for a reply.
    pub(super) fn end(&self, why: &str) {
        self.waiting.end(why);
    }

    /// A message came back. It need not be that of the confirmation it came with: one that confirms several messages at
    /// once hands them out in any order.
    fn returned(&self, message: Option<BasicReturnMessage>) {
        if let Some(id) = message.as_deref().and_then(correlation_id) {
            self.waiting.settle(id, Err(self.settings.nobody_there()));
        }
    }

    fn replied(&self, reply: Delivery) {
        let settled = correlation_id(&reply).map(|id| self.waiting.settle(id, Ok(reply.data.into())));
        if settled != Some(true) {
            let id = reply.properties.correlation_id();
            tracing::debug!(?id, "got a reply that nobody waits for");
        }
    }
}

impl Incoming {
    /// Hands out what comes until the connection breaks; then says why.
    pub(super) async fn run(mut self, session: &Session) -> String {
        let mut confirms = FuturesUnordered::new();
        loop {
            tokio::select! {
                reply = self.replies.next() => match reply {
                    Some(Ok(reply)) => session.replied(reply),
                    Some(Err(error)) => return describe(&error),
                    None => return "the broker ended the delivery of replies".to_owned(),
                },
                Some(confirm) = self.late.recv() => confirms.push(confirm),
                Some(confirmed) = confirms.next() => {
                    session.returned(confirmed.ok().and_then(Confirmation::take_message));
                }
                () = session.broken.notified() => return "a channel broke".to_owned(),
            }
        }
    }
}

/// A confirmation that outlives the call that waits for it: a returned message may come with it that belongs to another
/// call, and what nobody waits for would pile up in the channel.
struct Confirming<'s> {
    confirm: Option<PublisherConfirm>,
    late: &'s mpsc::UnboundedSender<PublisherConfirm>,
}

impl Confirming<'_> {
    /// Returns once; then never again.
    async fn done(&mut self) -> lapin::Result<Confirmation> {
        match &mut self.confirm {
            Some(confirm) => {
                let confirmed = confirm.await;
                self.confirm = None;
                confirmed
            }
            None => std::future::pending().await,
        }
    }
}

impl Drop for Confirming<'_> {
    fn drop(&mut self) {
        if let Some(confirm) = self.confirm.take() {
            // Fails if the connection is broken, which confirms nothing any more.
            let _ = self.late.send(confirm);
        }
    }
}

/// Publishes so that the message comes back if no queue takes it.
pub(super) async fn publish(
    channel: &Channel,
    settings: &Settings,
    message: &[u8],
    properties: BasicProperties,
) -> lapin::Result<PublisherConfirm> {
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let (exchange, key) = (settings.exchange.as_str().into(), settings.routing_key.as_str().into());
    channel.basic_publish(exchange, key, options, message, properties).await
}

fn properties(id: u64, content_type: Option<ShortString>) -> BasicProperties {
    let properties = BasicProperties::default().with_correlation_id(id.to_string().into());
    match content_type {
        Some(content_type) => properties.with_content_type(content_type),
        None => properties,
    }
}

fn correlation_id(delivery: &Delivery) -> Option<u64> {
    delivery.properties.correlation_id().as_ref()?.as_str().parse().ok()
}

fn refused() -> TransportError {
    TransportError::new(TransportErrorKind::Refused, "the broker did not take the message")
}
