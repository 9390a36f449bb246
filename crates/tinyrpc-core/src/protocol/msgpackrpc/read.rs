//! Reads MessagePack-RPC messages in one pass, leaving arguments and results undecoded.

use std::borrow::Cow;

use bytes::Bytes;

use crate::codec::{Codec, MessagePack, Payload};
use crate::error::RpcError;
use crate::id::Id;
use crate::limits::Limits;
use crate::message::{Answer, Incoming, Message, Params, Rejection, Request};
use crate::msgpack::{ReadError, Reader, whole_and_plain};

pub(super) fn read<'m>(message: &'m [u8], limits: &Limits) -> Incoming<'m> {
    if message.len() > limits.message() {
        let why = format!("the message has {} bytes, more than the limit of {}", message.len(), limits.message());
        return Rejection::owed(Id::Null, invalid_request(why)).into();
    }
    if let Some(request) = plain_request(message, limits) {
        return Incoming::One(request);
    }
    // The message is an array itself, and is stepped into.
    let mut reader = Reader::new(message, limits.nesting().saturating_sub(1));
    match one(&mut reader, message) {
        Ok(read) if reader.position() == message.len() => Incoming::One(read),
        Ok(_) => Rejection::owed(Id::Null, RpcError::parse_error("bytes follow the message")).into(),
        Err(error) => Rejection::owed(Id::Null, RpcError::parse_error(error)).into(),
    }
}

/// A call or notification in the shortest form, with arguments that are plain: nearly all are such.
#[inline]
fn plain_request<'m>(message: &'m [u8], limits: &Limits) -> Option<Message<'m>> {
    let (id, rest) = match message {
        [0x94, 0, id @ 0..=0x7f, rest @ ..] => (Some(u32::from(*id)), rest),
        [0x94, 0, 0xce, a, b, c, d, rest @ ..] => (Some(u32::from_be_bytes([*a, *b, *c, *d])), rest),
        [0x94, 0, 0xcd, a, b, rest @ ..] => (Some(u32::from(u16::from_be_bytes([*a, *b]))), rest),
        [0x94, 0, 0xcc, id, rest @ ..] => (Some(u32::from(*id)), rest),
        [0x93, 2, rest @ ..] => (None, rest),
        _ => return None,
    };
    let [head @ 0xa0..=0xbf, rest @ ..] = rest else { return None };
    let (method, params) = rest.split_at_checked(usize::from(head & 0x1f))?;
    // Plain values are not counted by level. These cannot nest too deep: a level takes a byte at least, and the message's
    // own array is one.
    let is_plain = params.len() < limits.nesting() && whole_and_plain(params) == Some(params.len());
    if !is_plain || !matches!(params.first(), Some(0x90..=0x9f)) {
        return None;
    }
    let method = std::str::from_utf8(method).ok()?;
    Some(call(id.map(|id| Id::Number(u64::from(id))), method, params))
}

fn one<'m>(reader: &mut Reader<'m>, message: &'m [u8]) -> Result<Message<'m>, ReadError> {
    match message {
        [0x94, 0, ..] => {
            reader.array_len()?;
            reader.value()?;
            let id = id(reader.value()?);
            let method = reader.value()?;
            let params = reader.value()?;
            Ok(request(Some(id), method, params))
        }
        [0x93, 2, ..] => {
            reader.array_len()?;
            reader.value()?;
            let method = reader.value()?;
            let params = reader.value()?;
            Ok(request(None, method, params))
        }
        [0x94, 1, ..] => {
            reader.array_len()?;
            reader.value()?;
            let id = id(reader.value()?);
            let error = reader.value()?;
            let result = reader.value()?;
            Ok(answer(id, error, result))
        }
        [0x90..=0x9f | 0xdc | 0xdd, ..] => Ok(other(&elements(reader)?)),
        _ => {
            reader.value()?;
            Ok(invalid("expected an array"))
        }
    }
}

/// How many elements of an array are looked at. One more than any message has, so that longer ones can be told.
const LOOKED_AT: usize = 5;

/// Steps over an array; its first elements, whose number no peer can drive up.
fn elements<'m>(reader: &mut Reader<'m>) -> Result<Vec<&'m [u8]>, ReadError> {
    let mut items = Vec::new();
    for _ in 0..reader.array_len()? {
        let item = reader.value()?;
        if items.len() < LOOKED_AT {
            items.push(item);
        }
    }
    Ok(items)
}

/// A message that does not stand in its shortest form, or is none.
#[cold]
fn other<'m>(items: &[&'m [u8]]) -> Message<'m> {
    let kind = items.first().and_then(|kind| integer(kind));
    match (kind, items) {
        (Some(0), [_, id_raw, method, params]) => request(Some(id(id_raw)), method, params),
        (Some(1), [_, id_raw, error, result]) => answer(id(id_raw), error, result),
        (Some(2), [_, method, params]) => request(None, method, params),
        (Some(0), [_, id_raw, ..]) => {
            Message::Rejected(Rejection::owed(id(id_raw), invalid_request("a call has four elements")))
        }
        (Some(0 | 1), _) => invalid("a call and a reply have four elements"),
        (Some(2), _) => invalid("a notification has three elements"),
        _ => invalid("the first element must be 0, 1 or 2"),
    }
}

/// The type member, which must be an integer: false and 0.0 are not 0.
fn integer(raw: &[u8]) -> Option<u64> {
    match id(raw) {
        Id::Number(number) => Some(number),
        _ => None,
    }
}

fn invalid(why: &str) -> Message<'static> {
    Message::Rejected(Rejection::owed(Id::Null, invalid_request(why)))
}

/// Python's tinyrpc writes it with a small r in this protocol.
fn invalid_request(why: impl Into<String>) -> RpcError {
    RpcError::new(crate::error::code::INVALID_REQUEST, "Invalid request").with_source(why.into())
}

#[inline]
fn request<'m>(id: Option<Id<'m>>, method: &'m [u8], params: &'m [u8]) -> Message<'m> {
    let reject = |error: RpcError| {
        // A notification is never answered, not even a broken one.
        let owed = id.is_some();
        Message::Rejected(Rejection { owed, ..Rejection::owed(id.clone().unwrap_or(Id::Null), error) })
    };
    let Some(method) = text(method) else {
        return reject(invalid_request("the method must be a string in UTF-8"));
    };
    if !matches!(params.first(), Some(0x90..=0x9f | 0xdc | 0xdd)) {
        return reject(RpcError::new(crate::error::code::INVALID_PARAMS, "Invalid params: they must be an array"));
    }
    call(id, method, params)
}

#[inline(always)]
fn call<'m>(id: Option<Id<'m>>, method: &'m str, params: &'m [u8]) -> Message<'m> {
    let params = if params == [0x90] { &[][..] } else { params };
    Message::Request(Request { id, method: Cow::Borrowed(method), params: Params::new(params, &MessagePack) })
}

fn answer<'m>(id: Id<'m>, error: &'m [u8], result: &'m [u8]) -> Message<'m> {
    let outcome = if error == [0xc0] { Ok(result) } else { Err(foreign_error(error)) };
    Message::Answer(Answer { id: Some(id), outcome })
}

/// `[code, message]` and `[code, message, data]` are read as such; anything else is kept whole.
fn foreign_error(raw: &[u8]) -> RpcError {
    let codec: &'static dyn Codec = &MessagePack;
    let payload = |raw: &[u8]| Payload::new(Bytes::copy_from_slice(raw), codec);
    // Its structure has been checked.
    let items = elements(&mut Reader::new(raw, usize::MAX)).unwrap_or_default();
    let code = items.first().and_then(|code| codec.from_raw::<i64>(code).ok());
    let message = items.get(1).copied().and_then(text);
    match (code, message, items.as_slice()) {
        (Some(code), Some(message), [_, _]) => RpcError::new(code, message.to_owned()),
        (Some(code), Some(message), [_, _, data]) => {
            RpcError::new(code, message.to_owned()).with_payload(payload(data))
        }
        // `[type, text]`, as an editor writes it: the text is the message, the code is not an error code of ours.
        (_, Some(message), _) => RpcError::new(0, message.to_owned()).with_raw(payload(raw)),
        _ => {
            let message =
                text(raw).map_or_else(|| "the other side's error is no code and message".to_owned(), str::to_owned);
            RpcError::new(0, message).with_raw(payload(raw))
        }
    }
}

/// The string that `raw` is, if it is one in UTF-8.
#[inline]
fn text(raw: &[u8]) -> Option<&str> {
    let header = match *raw.first()? {
        0xa0..=0xbf => 1,
        0xd9 => 2,
        0xda => 3,
        0xdb => 5,
        _ => return None,
    };
    std::str::from_utf8(raw.get(header..)?).ok()
}

#[inline]
fn id(raw: &[u8]) -> Id<'_> {
    match raw {
        [0xc0] => Id::Null,
        [number @ 0..=0x7f] => Id::Number(u64::from(*number)),
        [0xcc, number] => Id::Number(u64::from(*number)),
        // Some write all integers with a sign.
        [0xd0..=0xd3, 0..=0x7f, ..] => Id::Number(big_endian(raw.get(1..).unwrap_or_default())),
        [0xcd, rest @ ..] if rest.len() == 2 => Id::Number(big_endian(rest)),
        [0xce, rest @ ..] if rest.len() == 4 => Id::Number(big_endian(rest)),
        [0xcf, rest @ ..] if rest.len() == 8 => Id::Number(big_endian(rest)),
        _ => match text(raw) {
            Some(text) => Id::Text(Cow::Borrowed(text)),
            None => Id::Raw(Cow::Borrowed(raw)),
        },
    }
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
