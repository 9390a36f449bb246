//! Finds the answer to a call in what came back.

use bytes::Bytes;
use tinyrpc_core::message::{Answer, Incoming, Message, Rejection};
use tinyrpc_core::{Id, Limits, Payload, Protocol};

use super::error::CallError;

/// The undecoded result of the call with this id.
pub(super) fn result(
    protocol: &dyn Protocol,
    limits: &Limits,
    id: &Id<'_>,
    reply: Option<&Bytes>,
) -> Result<Payload, CallError> {
    let Some(reply) = reply.filter(|reply| !reply.is_empty()) else {
        return Err(CallError::invalid_reply("the other side sent an empty reply to a call"));
    };
    match protocol.read(reply, limits) {
        Incoming::One(Message::Answer(answer)) => {
            own(id, answer).map(|raw| Payload::new(share(reply, raw), protocol.codec()))
        }
        Incoming::One(Message::Rejected(rejection)) => Err(not_a_reply(&rejection, reply)),
        Incoming::One(Message::Request(request)) => {
            Err(CallError::invalid_reply(format!("the other side answered with a call of `{}`", request.method)))
        }
        _ => Err(CallError::invalid_reply("the other side answered a single call with a batch")),
    }
}

/// The outcome of `answer` if it answers the call with this id.
fn own<'m>(id: &Id<'_>, answer: Answer<'m>) -> Result<&'m [u8], CallError> {
    match (answer.id, answer.outcome) {
        (Some(got), outcome) if got == *id => outcome.map_err(CallError::remote),
        // The other side could not tell which call it is about: it could not read it.
        (None | Some(Id::Null), Err(error)) => Err(CallError::remote(error)),
        (None | Some(Id::Null), Ok(_)) => Err(CallError::invalid_reply("the reply has no id")),
        (Some(got), outcome) => Err(CallError::unexpected_id(id, &got, outcome.err())),
    }
}

/// The part of a reply that `raw` is, without copying it.
pub(super) fn share(reply: &Bytes, raw: &[u8]) -> Bytes {
    let within = reply.as_ptr_range().contains(&raw.as_ptr());
    if within { reply.slice_ref(raw) } else { Bytes::copy_from_slice(raw) }
}

/// Some servers answer a notification. It has been sent all the same, so an error is for the log only.
pub(super) fn log_error(protocol: &dyn Protocol, limits: &Limits, reply: &[u8]) {
    if reply.is_empty() {
        return;
    }
    if let Incoming::One(Message::Answer(Answer { outcome: Err(error), .. })) = protocol.read(reply, limits) {
        tracing::info!(%error, "a notification was answered with an error");
    }
}

/// Whether `body` is a reply, whatever it says.
pub(super) fn is_reply(protocol: &dyn Protocol, limits: &Limits, body: &[u8]) -> bool {
    match protocol.read(body, limits) {
        Incoming::One(message) => matches!(message, Message::Answer(_)),
        Incoming::Batch(messages) => messages.iter().all(|message| matches!(message, Message::Answer(_))),
        _ => false,
    }
}

pub(super) fn not_a_reply(rejection: &Rejection<'_>, reply: &[u8]) -> CallError {
    let why = std::error::Error::source(&rejection.error)
        .map_or_else(|| rejection.error.message().to_owned(), ToString::to_string);
    let start = String::from_utf8_lossy(&reply[..reply.len().min(80)]);
    CallError::invalid_reply(format!("{why}; it starts with {start:?}"))
}
