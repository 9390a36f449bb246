//! Reads error objects, also those of peers that do not follow the specification.

use bytes::Bytes;

use crate::codec::{Codec, Items, Json, Payload};
use crate::error::RpcError;

/// An object with an integer code and a string message is read as it should be; anything else is kept whole.
pub(super) fn read(raw: &str) -> RpcError {
    let whole = || Payload::new(Bytes::copy_from_slice(raw.as_bytes()), &Json);
    let codec: &'static dyn Codec = &Json;
    let members = match codec.items(raw.as_bytes()) {
        Ok(Items::Map(members)) => members,
        _ => {
            let message = codec.from_raw::<String>(raw.as_bytes()).unwrap_or_else(|_| raw.to_owned());
            return RpcError::new(0, message).with_raw(whole());
        }
    };
    let member = |name: &str| members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value);
    let code = member("code").and_then(|code| codec.from_raw::<i64>(code).ok());
    let message = member("message").and_then(|message| codec.from_raw::<String>(message).ok());
    let usual = code.is_some() && message.is_some();
    let mut error = RpcError::new(code.unwrap_or(0), message.unwrap_or_else(|| raw.to_owned()));
    if let Some(data) = member("data") {
        error = error.with_payload(Payload::new(Bytes::copy_from_slice(data), &Json));
    }
    if usual { error } else { error.with_raw(whole()) }
}
