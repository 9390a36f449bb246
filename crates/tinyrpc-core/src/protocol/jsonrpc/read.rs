//! Reads the members of JSON-RPC messages in one pass, leaving arguments and results undecoded.

use std::num::NonZeroU32;

use super::classify::classify;
use super::{JsonRpc, Version, metadata};
use crate::error::RpcError;
use crate::id::Id;
use crate::json::{RawStr, ScanError, Scanner};
use crate::limits::Limits;
use crate::message::{Incoming, Message, Rejection};

/// The members of one message object, each undecoded.
#[derive(Default)]
pub(super) struct Members<'m> {
    pub(super) version: Option<&'m str>,
    pub(super) id: Option<&'m str>,
    pub(super) method: Option<Result<RawStr<'m>, ()>>,
    pub(super) params: Option<&'m str>,
    pub(super) result: Option<&'m str>,
    pub(super) error: Option<&'m str>,
    pub(super) foreign: bool,
    /// Where in the message the first member begins that is metadata. Nobody looks for it beyond 4 GiB.
    pub(super) metadata: Option<NonZeroU32>,
}

pub(super) fn read<'m>(protocol: &JsonRpc, message: &'m [u8], limits: &Limits) -> Incoming<'m> {
    if message.len() > limits.message() {
        let why = format!("the message has {} bytes, more than the limit of {}", message.len(), limits.message());
        return Rejection::owed(Id::Null, RpcError::invalid_request(why)).into();
    }
    let text = match std::str::from_utf8(message) {
        Ok(text) => text,
        Err(error) => return Rejection::owed(Id::Null, RpcError::parse_error(error)).into(),
    };
    let mut scanner = Scanner::new(text, limits.nesting());
    let incoming = match scanner.peek() {
        Some(b'{') => members(&mut scanner).map(|members| Incoming::One(classify(protocol, &members, &scanner))),
        Some(b'[') => batch(protocol, &mut scanner, limits),
        _ => scanner.value().map(|_| not_an_object(text).into()),
    };
    match incoming.and_then(|incoming| scanner.end().map(|()| incoming)) {
        Ok(incoming) => incoming,
        Err(error) => Rejection::owed(Id::Null, RpcError::parse_error(error)).into(),
    }
}

/// The most entries for which room is made before they have been seen: some 26 kB.
const ALIKE: usize = 256;

fn batch<'m>(protocol: &JsonRpc, scanner: &mut Scanner<'m>, limits: &Limits) -> Result<Incoming<'m>, ScanError> {
    let mut messages = Vec::new();
    let mut total = 0_usize;
    let mut first = true;
    scanner.begin_array()?;
    let begin = scanner.offset();
    while scanner.next_element(&mut first)? {
        total += 1;
        if total > limits.batch() || protocol.version == Version::One {
            scanner.value()?;
        } else if scanner.peek() == Some(b'{') {
            let members = members(scanner)?;
            messages.push(classify(protocol, &members, scanner));
        } else {
            messages.push(Message::Rejected(not_an_object(scanner.value()?)));
        }
        if total == 1 && !messages.is_empty() {
            // Most batches are of calls that look alike: so many would fit into the rest.
            let (length, rest) = (scanner.offset() - begin, scanner.rest());
            messages.reserve((rest / (length + 1)).min(limits.batch()).min(ALIKE));
        }
    }
    let why = if protocol.version == Version::One {
        "JSON-RPC 1.0 has no batches".to_owned()
    } else if total == 0 {
        "the batch is empty".to_owned()
    } else if total > limits.batch() {
        format!("the batch has {total} entries, more than the limit of {}", limits.batch())
    } else {
        return Ok(Incoming::Batch(messages));
    };
    Ok(Rejection::owed(Id::Null, RpcError::invalid_request(why)).into())
}

fn not_an_object(value: &str) -> Rejection<'static> {
    let start: String = value.chars().take(20).collect();
    Rejection::owed(Id::Null, RpcError::invalid_request(format_args!("expected an object, got `{start}`")))
}

/// Reads one object; the scanner stands at its `{`.
fn members<'m>(scanner: &mut Scanner<'m>) -> Result<Members<'m>, ScanError> {
    let mut members = Members::default();
    let mut first = true;
    scanner.begin_object()?;
    // Nearly all peers write these members, in this order.
    if scanner.next_is(&mut first, "\"jsonrpc\":\"2.0\"") {
        members.version = Some("\"2.0\"");
    }
    if scanner.next_is(&mut first, "\"method\":") {
        member(&mut members, "method", scanner)?;
    }
    if scanner.next_is(&mut first, "\"params\":") {
        members.params = Some(scanner.value()?);
    }
    if scanner.next_is(&mut first, "\"id\":") {
        members.id = Some(scanner.value()?);
    }
    loop {
        let before = scanner.offset();
        let Some(key) = scanner.next_key(&mut first)? else { break };
        let known = match key.plain() {
            Some(name) => member(&mut members, name, scanner)?,
            None => match key.unescape() {
                Ok(name) => member(&mut members, &name, scanner)?,
                Err(_) => member(&mut members, "", scanner)?,
            },
        };
        if known == Known::AsMetadata {
            members.metadata = members.metadata.or_else(|| u32::try_from(before).ok().and_then(NonZeroU32::new));
        }
    }
    Ok(members)
}

/// What a member's name tells.
#[derive(PartialEq)]
enum Known {
    AsMetadata,
    Otherwise,
}

#[inline]
fn member<'m>(members: &mut Members<'m>, name: &str, scanner: &mut Scanner<'m>) -> Result<Known, ScanError> {
    match name {
        "jsonrpc" => members.version = Some(scanner.value()?),
        "id" => members.id = Some(scanner.value()?),
        "params" => members.params = Some(scanner.value()?),
        "result" => members.result = Some(scanner.value()?),
        "error" => members.error = Some(scanner.value()?),
        "method" => {
            members.method = Some(if scanner.peek() == Some(b'"') {
                Ok(scanner.string()?)
            } else {
                scanner.value()?;
                Err(())
            });
        }
        _ => {
            scanner.value()?;
            if metadata::is(name) {
                return Ok(Known::AsMetadata);
            }
            members.foreign = true;
        }
    }
    Ok(Known::Otherwise)
}
