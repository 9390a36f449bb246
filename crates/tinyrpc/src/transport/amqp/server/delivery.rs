//! One message from its delivery to its acknowledgement.

use std::future::Future;
use std::sync::Arc;

use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicPublishOptions};
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel};
use tinyrpc_core::{Id, Origin, Protocol, RpcError, code};

use super::super::metadata;
use crate::service::{Answered, Service};

/// Runs what a message asks for. Handlers that are synchronous have run when this returns; the future does the rest.
///
/// Dropping the future cancels the message's calls and leaves it unacknowledged.
pub(super) fn answer(
    service: &Service,
    channel: &Channel,
    origin: &Arc<Origin>,
    message: Delivery,
) -> impl Future<Output = ()> + Send + use<> {
    let protocol = protocol_of(service, &message);
    let mut out = Vec::new();
    let answered = match service.limits().message() {
        limit if message.data.len() > limit => too_large(protocol, limit, &mut out),
        _ => service.answer(protocol, &of(&message, origin), &message.data, &mut out),
    };
    let content_type = ShortString::try_new(protocol.content_type()).ok();
    let channel = channel.clone();
    let Delivery { properties, acker, .. } = message;
    async move {
        let reply = match answered {
            Answered::Later(pending) => pending.await,
            _ => out,
        };
        let sent = async {
            if !reply.is_empty() {
                publish(&channel, &properties, content_type, &reply).await?;
            }
            // After the reply: a worker that dies in between leaves the message to another one.
            acker.ack(BasicAckOptions::default()).await
        };
        if let Err(error) = sent.await {
            tracing::debug!(%error, "could not send a reply; the broker will deliver its message again");
        }
    }
}

/// Where a message comes from, with what travels beside it.
fn of(message: &Delivery, origin: &Arc<Origin>) -> Arc<Origin> {
    let Some(metadata) = metadata::read(&message.properties) else { return Arc::clone(origin) };
    let own = Origin::new(origin.transport()).with_metadata(metadata);
    Arc::new(match origin.address() {
        Some(address) => own.with_address(address),
        None => own,
    })
}

/// The protocol that the message names, if the service speaks it, else the service's first.
fn protocol_of<'s>(service: &'s Service, message: &Delivery) -> &'s Arc<dyn Protocol> {
    let content_type = message.properties.content_type().as_ref().map(ShortString::as_str);
    service.protocol_for(content_type).unwrap_or(&service.protocols()[0])
}

/// Publishes a reply, and returns when it has been written to the connection.
async fn publish(
    channel: &Channel,
    request: &BasicProperties,
    content_type: Option<ShortString>,
    reply: &[u8],
) -> lapin::Result<()> {
    let Some(to) = request.reply_to().clone() else {
        tracing::debug!("a message owes a reply but does not say where to send it");
        return Ok(());
    };
    let mut properties = BasicProperties::default();
    if let Some(id) = request.correlation_id().clone() {
        properties = properties.with_correlation_id(id);
    }
    if let Some(content_type) = content_type {
        properties = properties.with_content_type(content_type);
    }
    // A caller that is gone gets no reply; the broker drops it then, and nobody need know.
    channel.basic_publish("".into(), to, BasicPublishOptions::default(), reply, properties).await?;
    Ok(())
}

#[cold]
fn too_large(protocol: &Arc<dyn Protocol>, limit: usize, out: &mut Vec<u8>) -> Answered {
    let what = format!("Invalid Request: a message may have {limit} bytes at most");
    protocol.write_error(&Id::Null, &RpcError::new(code::INVALID_REQUEST, what), out);
    Answered::Written
}
