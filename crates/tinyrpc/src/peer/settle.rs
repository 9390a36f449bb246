//! Hands replies to the calls that wait for them.

use bytes::Bytes;
use tinyrpc_core::message::Answer;
use tinyrpc_core::{Codec, Id, Payload, RpcError};

use super::shared::Shared;
use super::waiting::{Call, Found};
use crate::transport::{Received, TransportError, TransportErrorKind};

/// Ends the calls that `answers`, read from `message`, are for; they came `together` when the message is a batch.
pub(super) fn settle<'m>(
    shared: &Shared,
    message: &Received<'_>,
    codec: &'static dyn Codec,
    answers: impl IntoIterator<Item = Answer<'m>>,
    together: bool,
) {
    let mut batches = Vec::new();
    let mut nameless = Vec::new();
    for answer in answers {
        let id = match answer.id {
            Some(id) if !id.is_null() => id.into_owned(),
            _ => {
                nameless.push(answer.outcome);
                continue;
            }
        };
        if let Ok(result) = &answer.outcome {
            shared.feeds.answered(&id, result, codec);
        }
        // The lock must not be held while anybody is told.
        let found = shared.lock().take(id);
        match found {
            Found::Call(call) => {
                if call.batched && !batches.contains(&call.message) {
                    batches.push(call.message);
                }
                call.end(Ok(answer.outcome.map(|raw| Payload::new(part(message, raw), codec))));
            }
            Found::GivenUp => tracing::debug!("a reply came for a call that had been given up"),
            Found::Unknown(id) => tracing::warn!(id = %short(id.to_string()), "a reply came for an unknown id"),
        }
    }
    for outcome in nameless {
        nobody(shared, outcome, &batches);
    }
    if together {
        for call in batches.into_iter().flat_map(|batch| take_message(shared, batch)) {
            let what = "the reply to the batch holds none for this call";
            call.end(Err(TransportError::new(TransportErrorKind::Invalid, what)));
        }
    }
}

/// A reply without an id says that the other side could not read a message. If only one can be meant, its calls end.
fn nobody(shared: &Shared, outcome: Result<&[u8], RpcError>, batches: &[u64]) {
    let Err(error) = outcome else {
        tracing::warn!("a result came without an id");
        return;
    };
    let message = match batches {
        [batch] => Some(*batch),
        _ => shared.lock().waiting.only_message(),
    };
    let calls = message.map(|message| take_message(shared, message)).unwrap_or_default();
    if calls.is_empty() {
        let (code, message) = (error.code(), short(error.message().to_owned()));
        tracing::warn!(code, message, "an error came that names no call");
    }
    for call in calls {
        call.end(Ok(Err(error.clone())));
    }
}

/// Ends the call that an unreadable reply was for, found by the id, or without one if only one message can be meant.
pub(super) fn fail(shared: &Shared, id: Id<'_>, error: impl Fn() -> TransportError) {
    let calls = if id.is_null() {
        let message = shared.lock().waiting.only_message();
        message.map(|message| take_message(shared, message)).unwrap_or_default()
    } else {
        match shared.lock().take(id.into_owned()) {
            Found::Call(call) => vec![call],
            _ => Vec::new(),
        }
    };
    for call in calls {
        call.end(Err(error()));
    }
}

fn take_message(shared: &Shared, message: u64) -> Vec<Call> {
    shared.lock().waiting.take_message(message)
}

/// A value as a part of the message that it stands in; a copy when the message was lent, or the protocol took
/// it from elsewhere.
fn part(message: &Received<'_>, raw: &[u8]) -> Bytes {
    let Received::Given(message) = message else { return Bytes::copy_from_slice(raw) };
    let start = (raw.as_ptr() as usize).wrapping_sub(message.as_ptr() as usize);
    match start.checked_add(raw.len()) {
        Some(end) if end <= message.len() => message.slice(start..end),
        _ => Bytes::copy_from_slice(raw),
    }
}

/// What the other side said, cut for the log.
pub(super) fn short(text: String) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_shares_its_message_or_is_copied() {
        let message = Bytes::from_static(b"[12,3]");
        let given = Received::Given(message.clone());
        let shared = part(&given, &message[1..3]);
        assert_eq!((&shared[..], shared.as_ptr()), (&b"12"[..], message[1..].as_ptr()));
        assert_eq!(part(&given, b"null"), "null");
        assert_eq!(part(&Received::Given(Bytes::new()), b""), "");
        let copied = part(&Received::Lent(&message), &message[1..3]);
        assert_eq!(copied, "12");
        assert_ne!(copied.as_ptr(), message[1..].as_ptr());
    }
}
