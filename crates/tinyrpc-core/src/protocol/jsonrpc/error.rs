//! Reads error objects, also those of peers that do not follow the specification.

use bytes::Bytes;

use crate::codec::{Codec, Json, Payload};
use crate::error::RpcError;
use crate::json::{ScanError, Scanner};

/// The members of an error object (JSON-RPC 2.0 §5.1), undecoded.
#[derive(Default)]
struct Members<'m> {
    code: Option<&'m str>,
    message: Option<&'m str>,
    data: Option<&'m str>,
}

/// An object with an integer code and a string message is read as it should be; anything else is kept whole.
pub(super) fn read(raw: &str) -> RpcError {
    let whole = || Payload::new(Bytes::copy_from_slice(raw.as_bytes()), &Json);
    let codec: &'static dyn Codec = &Json;
    let Ok(members) = members(raw) else {
        let message = codec.from_raw::<String>(raw.as_bytes()).unwrap_or_else(|_| raw.to_owned());
        return RpcError::new(0, message).with_raw(whole());
    };
    let code = members.code.and_then(|code| codec.from_raw::<i64>(code.as_bytes()).ok());
    let message = members.message.and_then(|message| codec.from_raw::<String>(message.as_bytes()).ok());
    let usual = code.is_some() && message.is_some();
    let mut error = RpcError::new(code.unwrap_or(0), message.unwrap_or_else(|| raw.to_owned()));
    if let Some(data) = members.data {
        error = error.with_payload(Payload::new(Bytes::copy_from_slice(data.as_bytes()), &Json));
    }
    if usual { error } else { error.with_raw(whole()) }
}

/// Fails if it is no object. Keeps nothing of members that it does not know, however many there are.
fn members(raw: &str) -> Result<Members<'_>, ScanError> {
    let mut members = Members::default();
    // Its nesting has been checked.
    let mut scanner = Scanner::new(raw, usize::MAX);
    let mut first = true;
    scanner.begin_object()?;
    while let Some(key) = scanner.next_key(&mut first)? {
        let value = scanner.value()?;
        match key.unescape().as_deref() {
            Ok("code") => members.code = Some(value),
            Ok("message") => members.message = Some(value),
            Ok("data") => members.data = Some(value),
            _ => {}
        }
    }
    Ok(members)
}
