//! A consumer on lapin without a library between: it answers each message, publishes the reply, and acknowledges.

use super::PREFETCH;
use crate::Failure;
use crate::memory::handwritten::answer;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
    QueueDeclareOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer};

/// One message after the other, as lapin's examples have it.
pub(super) async fn one_by_one(url: &str, queue: &str, listening: impl FnOnce(&str)) -> Result<(), Failure> {
    let (_connection, channel, mut messages) = consume(url, queue, false).await?;
    listening(queue);
    while let Some(message) = messages.next().await {
        reply(&channel, message?).await?;
    }
    Ok(())
}

/// All messages that have come at a time. With `confirms`, the broker confirms each reply before its message is
/// acknowledged.
pub(super) async fn concurrent(
    url: &str,
    queue: &str,
    confirms: bool,
    listening: impl FnOnce(&str),
) -> Result<(), Failure> {
    let (_connection, channel, mut messages) = consume(url, queue, confirms).await?;
    listening(queue);
    let mut running = FuturesUnordered::new();
    loop {
        tokio::select! {
            biased;
            Some(done) = running.next() => done?,
            message = messages.next() => match message {
                Some(message) => running.push(reply(&channel, message?)),
                None => return Ok(()),
            },
        }
    }
}

async fn consume(url: &str, queue: &str, confirms: bool) -> lapin::Result<(Connection, Channel, Consumer)> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    if confirms {
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
    }
    channel.queue_declare(queue.into(), QueueDeclareOptions::default(), FieldTable::default()).await?;
    channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
    let consumed = BasicConsumeOptions::default();
    let messages = channel.basic_consume(queue.into(), "".into(), consumed, FieldTable::default()).await?;
    Ok((connection, channel, messages))
}

async fn reply(channel: &Channel, message: Delivery) -> lapin::Result<()> {
    let mut out = Vec::with_capacity(128);
    answer(&message.data, &mut out);
    if let Some(to) = message.properties.reply_to().clone().filter(|_| !out.is_empty()) {
        let mut properties = BasicProperties::default();
        if let Some(id) = message.properties.correlation_id().clone() {
            properties = properties.with_correlation_id(id);
        }
        // Waiting for the confirmation returns at once on a channel without any.
        channel.basic_publish("".into(), to, BasicPublishOptions::default(), &out, properties).await?.await?;
    }
    message.acker.ack(BasicAckOptions::default()).await.map(drop)
}
