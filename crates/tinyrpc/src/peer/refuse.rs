//! Writes the error replies for messages that are not run.

use tinyrpc_core::{Id, Incoming, Message, Protocol, RpcError};

/// Appends the replies owed for `incoming` when every call in it ends with `error`; false when none is owed.
pub(super) fn calls(
    protocol: &dyn Protocol,
    incoming: Incoming<'_>,
    error: impl Fn() -> RpcError,
    out: &mut Vec<u8>,
) -> bool {
    each(protocol, incoming, out, |message| match message {
        Message::Request(request) => request.id.map(|id| (id, error())),
        Message::Rejected(rejection) if rejection.owed => Some((rejection.id, rejection.error)),
        _ => None,
    })
}

/// Appends errors in the place of the replies in `incoming`; false when there is none.
pub(super) fn replies(
    protocol: &dyn Protocol,
    incoming: Incoming<'_>,
    error: impl Fn() -> RpcError,
    out: &mut Vec<u8>,
) -> bool {
    each(protocol, incoming, out, |message| match message {
        Message::Answer(answer) => Some((answer.id.unwrap_or(Id::Null), error())),
        _ => None,
    })
}

fn each<'m>(
    protocol: &dyn Protocol,
    incoming: Incoming<'m>,
    out: &mut Vec<u8>,
    reply: impl Fn(Message<'m>) -> Option<(Id<'m>, RpcError)>,
) -> bool {
    match incoming {
        Incoming::One(message) => match reply(message) {
            Some((id, error)) => {
                protocol.write_error(&id, &error, out);
                true
            }
            None => false,
        },
        Incoming::Batch(messages) => {
            let Some(syntax) = protocol.capabilities().batch else { return false };
            let mut any = false;
            for (id, error) in messages.into_iter().filter_map(reply) {
                out.extend_from_slice(if any { syntax.separator } else { syntax.open });
                protocol.write_error(&id, &error, out);
                any = true;
            }
            if any {
                out.extend_from_slice(syntax.close);
            }
            any
        }
        _ => false,
    }
}
