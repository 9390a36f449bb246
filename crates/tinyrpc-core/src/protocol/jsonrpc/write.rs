//! Writes JSON-RPC messages by hand around values that codecs encode.

use super::Version;
use crate::codec::{Codec, EncodeError, Json};
use crate::error::RpcError;
use crate::id::Id;
use crate::protocol::WriteParams;

const VERSION: &[u8] = b"{\"jsonrpc\":\"2.0\",";

pub(super) fn request(
    version: Version,
    id: Option<&Id<'_>>,
    method: &str,
    params: &mut WriteParams<'_>,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    match version {
        Version::One => out.push(b'{'),
        Version::Two => out.extend_from_slice(VERSION),
    }
    out.extend_from_slice(b"\"method\":");
    write_str(method, out);
    let before = out.len();
    out.extend_from_slice(b",\"params\":");
    let start = out.len();
    params(out)?;
    match (out.get(start..).unwrap_or_default(), version) {
        // "params MAY be omitted" (§4); 1.0 wants the empty array. An empty array or object that was given stays: some
        // methods, such as `initialized` of language servers, want one.
        (b"null" | b"", Version::Two) => out.truncate(before),
        (b"null" | b"{}" | b"", Version::One) => {
            out.truncate(start);
            out.extend_from_slice(b"[]");
        }
        ([b'[', ..], _) | ([b'{', ..], Version::Two) => {}
        (_, Version::Two) => {
            return Err(EncodeError::new(
                "arguments must be a tuple, an array, a struct or a map; for one, write `(value,)`",
            ));
        }
        (_, Version::One) => {
            return Err(EncodeError::new("JSON-RPC 1.0 takes positional arguments only: pass a tuple or an array"));
        }
    }
    match (id, version) {
        (Some(id), _) => {
            out.extend_from_slice(b",\"id\":");
            write_id(id, out);
        }
        (None, Version::One) => out.extend_from_slice(b",\"id\":null"),
        (None, Version::Two) => {}
    }
    out.push(b'}');
    Ok(())
}

pub(super) fn open_result(version: Version, id: &Id<'_>, out: &mut Vec<u8>) {
    match version {
        Version::One => out.extend_from_slice(b"{\"result\":"),
        Version::Two => {
            out.extend_from_slice(b"{\"jsonrpc\":\"2.0\",\"id\":");
            write_id(id, out);
            out.extend_from_slice(b",\"result\":");
        }
    }
}

pub(super) fn close_result(version: Version, id: &Id<'_>, out: &mut Vec<u8>) {
    if version == Version::One {
        out.extend_from_slice(b",\"error\":null,\"id\":");
        write_id(id, out);
    }
    out.push(b'}');
}

pub(super) fn error(version: Version, id: &Id<'_>, error: &RpcError, out: &mut Vec<u8>) {
    match version {
        Version::One => out.extend_from_slice(b"{\"result\":null,\"error\":"),
        Version::Two => {
            out.extend_from_slice(b"{\"jsonrpc\":\"2.0\",\"id\":");
            write_id(id, out);
            out.extend_from_slice(b",\"error\":");
        }
    }
    out.extend_from_slice(b"{\"code\":");
    out.extend_from_slice(itoa::Buffer::new().format(error.code()).as_bytes());
    out.extend_from_slice(b",\"message\":");
    write_str(error.message(), out);
    if error.has_data() {
        let before = out.len();
        out.extend_from_slice(b",\"data\":");
        if error.encode_data(&Json, out).is_err() {
            out.truncate(before);
        }
    }
    out.push(b'}');
    if version == Version::One {
        out.extend_from_slice(b",\"id\":");
        write_id(id, out);
    }
    out.push(b'}');
}

#[inline]
fn write_id(id: &Id<'_>, out: &mut Vec<u8>) {
    match id {
        Id::Null => out.extend_from_slice(b"null"),
        Id::Number(number) => out.extend_from_slice(itoa::Buffer::new().format(*number).as_bytes()),
        Id::Text(text) => write_str(text, out),
        Id::Raw(raw) => out.extend_from_slice(raw),
    }
}

#[inline]
fn write_str(text: &str, out: &mut Vec<u8>) {
    let plain = text.len() <= 64 && text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
    if plain {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        let codec: &dyn Codec = &Json;
        // A string can always be written as JSON.
        let _ = codec.to_raw(text, out);
    }
}
