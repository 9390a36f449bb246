//! Tells what a message object is: a call, a notification, a reply, or none of them.

use std::borrow::Cow;

use super::read::Members;
use super::{JsonRpc, Metadata, Version, error};
use crate::codec::Json;
use crate::error::RpcError;
use crate::id::Id;
use crate::json::Scanner;
use crate::message::{Answer, Message, Params, Rejection, Request};

/// A message with a method is a call, whatever its id: both sides of a link count from the same numbers.
///
/// The scanner stands behind the object that had these members.
pub(super) fn classify<'m>(protocol: &JsonRpc, members: &Members<'m>, scanner: &Scanner<'m>) -> Message<'m> {
    let made = match members.method {
        Some(_) => request(protocol, members, scanner).map(Message::Request),
        None if members.result.is_some() || members.error.is_some() => Ok(answer(protocol, members)),
        None => Err(unknown(protocol, members)),
    };
    made.unwrap_or_else(Message::Rejected)
}

fn request<'m>(protocol: &JsonRpc, members: &Members<'m>, scanner: &Scanner<'m>) -> Result<Request<'m>, Rejection<'m>> {
    let id = members.id.map(id);
    let answerable = match &id {
        Some(id) => answerable(protocol, id).then(|| id.clone()),
        None => Some(Id::Null),
    };
    let invalid = |why: &str| Rejection::owed(answerable.clone().unwrap_or(Id::Null), RpcError::invalid_request(why));
    if answerable.is_none() {
        return Err(invalid("`id` must be a string, a number or null"));
    }
    if protocol.version == Version::Two && !members.version.is_some_and(is_two) {
        return Err(invalid("`jsonrpc` must be \"2.0\""));
    }
    if protocol.strict && is_foreign(protocol, members) {
        return Err(invalid("the call has members that JSON-RPC does not name"));
    }
    let method = match &members.method {
        Some(Ok(name)) => match name.plain() {
            Some(name) => Cow::Borrowed(name),
            None => name.unescape().map_err(|error| invalid(&format!("`method`: {error}")))?,
        },
        _ => return Err(invalid("`method` must be a string")),
    };
    let params = match members.params {
        None | Some("null") => "",
        Some(params) if params.starts_with('[') => params,
        Some(params) if params.starts_with('{') && protocol.version == Version::Two => params,
        Some(_) => {
            let wanted = if protocol.version == Version::Two { "an array or an object" } else { "an array" };
            let error = RpcError::invalid_params(format_args!("`params` must be {wanted}"));
            return Err(Rejection::owed(answerable.unwrap_or(Id::Null), error));
        }
    };
    let id = match id {
        Some(Id::Null) if protocol.null_id_notifies => None,
        id => id,
    };
    let mut params = Params::new(params.as_bytes(), &Json);
    if let Some(begin) = members.metadata
        && protocol.metadata != Metadata::Ignored
    {
        // With the rest of the object, where there may be more.
        params = params.with_metadata(scanner.since(begin.get() as usize).as_bytes());
    }
    Ok(Request { id, method, params })
}

/// Whether a call has members that nobody has asked for.
fn is_foreign(protocol: &JsonRpc, members: &Members<'_>) -> bool {
    let metadata = members.metadata.is_some() && protocol.metadata != Metadata::Both;
    members.foreign || metadata || members.result.is_some() || members.error.is_some()
}

/// Whether it can be the id of a call: 2.0 wants a string, a number or null (§4), 1.0 takes any value.
fn answerable(protocol: &JsonRpc, id: &Id<'_>) -> bool {
    match id {
        Id::Raw(raw) => protocol.version == Version::One || !matches!(raw.first(), Some(b'[' | b'{' | b't' | b'f')),
        _ => true,
    }
}

fn answer<'m>(protocol: &JsonRpc, members: &Members<'m>) -> Message<'m> {
    let outcome = match (members.result, members.error) {
        (_, Some(raw)) if raw != "null" => Err(error::read(raw)),
        (Some(result), _) => Ok(result.as_bytes()),
        _ => Ok(&b"null"[..]),
    };
    // What can be no call's id tells as much as null.
    let id = members.id.map(id).map(|id| if answerable(protocol, &id) { id } else { Id::Null });
    Message::Answer(Answer { id, outcome })
}

fn unknown<'m>(protocol: &JsonRpc, members: &Members<'m>) -> Rejection<'m> {
    let id = members.id.map(id).filter(|id| answerable(protocol, id)).unwrap_or(Id::Null);
    let foreign = members.foreign || members.metadata.is_some();
    let unknown = members.id.is_none() && (protocol.version == Version::One || members.version.is_none() || foreign);
    Rejection {
        unknown,
        ..Rejection::owed(id, RpcError::invalid_request("there is neither `method` nor `result` nor `error`"))
    }
}

fn is_two(version: &str) -> bool {
    version == "\"2.0\""
        || (version.contains('\\')
            && Scanner::new(version, 1).string().is_ok_and(|text| text.unescape().is_ok_and(|text| text == "2.0")))
}

/// Reads an id that has been validated as JSON.
fn id(raw: &str) -> Id<'_> {
    let bytes = raw.as_bytes();
    match bytes.first() {
        Some(b'n') => Id::Null,
        Some(b'"') => match Scanner::new(raw, 1).string().and_then(|text| text.unescape()) {
            Ok(text) => Id::Text(text),
            Err(_) => Id::Raw(Cow::Borrowed(bytes)),
        },
        Some(b'0'..=b'9') => match number(bytes) {
            Some(number) => Id::Number(number),
            None => Id::Raw(Cow::Borrowed(bytes)),
        },
        _ => Id::Raw(Cow::Borrowed(bytes)),
    }
}

#[inline]
fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}
