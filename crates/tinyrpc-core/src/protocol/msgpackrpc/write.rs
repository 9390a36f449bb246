//! Writes MessagePack-RPC messages by hand around values that codecs encode.

use rmp::encode;

use crate::codec::{EncodeError, MessagePack};
use crate::error::RpcError;
use crate::id::Id;
use crate::protocol::WriteParams;

const NIL: u8 = 0xc0;

pub(super) fn request(
    id: Option<&Id<'_>>,
    method: &str,
    params: &mut WriteParams<'_>,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    match id {
        Some(id) => {
            out.extend_from_slice(&[0x94, 0]);
            write_id(id, out);
        }
        None => out.extend_from_slice(&[0x93, 2]),
    }
    write_str(method, out);
    let start = out.len();
    params(out)?;
    match out.get(start) {
        Some(0x90..=0x9f | 0xdc | 0xdd) => Ok(()),
        None => {
            out.push(0x90);
            Ok(())
        }
        Some(&NIL | 0x80) => {
            out.truncate(start);
            out.push(0x90);
            Ok(())
        }
        Some(_) => Err(EncodeError::new("MessagePack-RPC takes positional arguments only: pass a tuple or an array")),
    }
}

pub(super) fn open_result(id: &Id<'_>, out: &mut Vec<u8>) {
    // The ids that nearly all calls have, in one go.
    match id {
        Id::Number(number @ 0..=0x7f) => return out.extend_from_slice(&[0x94, 1, *number as u8, NIL]),
        Id::Number(number @ 0x1_0000..=0xffff_ffff) => {
            let [a, b, c, d] = (*number as u32).to_be_bytes();
            return out.extend_from_slice(&[0x94, 1, 0xce, a, b, c, d, NIL]);
        }
        _ => {}
    }
    out.extend_from_slice(&[0x94, 1]);
    write_id(id, out);
    out.push(NIL);
}

pub(super) fn error(id: &Id<'_>, error: &RpcError, with_data: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x94, 1]);
    write_id(id, out);
    let start = out.len();
    let with_data = with_data && error.has_data();
    write_error(error, with_data, out);
    if with_data && error.encode_data(&MessagePack, out).is_err() {
        out.truncate(start);
        write_error(error, false, out);
    }
    out.push(NIL);
}

fn write_error(error: &RpcError, with_data: bool, out: &mut Vec<u8>) {
    out.push(if with_data { 0x93 } else { 0x92 });
    // Writing to a vector cannot fail.
    let _ = encode::write_sint(out, error.code());
    write_str(error.message(), out);
}

#[inline]
fn write_id(id: &Id<'_>, out: &mut Vec<u8>) {
    match id {
        Id::Null => out.push(NIL),
        Id::Number(number @ 0..=0x7f) => out.push(*number as u8),
        Id::Number(number) => {
            let _ = encode::write_uint(out, *number);
        }
        Id::Text(text) => write_str(text, out),
        Id::Raw(raw) => out.extend_from_slice(raw),
    }
}

#[inline]
fn write_str(text: &str, out: &mut Vec<u8>) {
    let _ = encode::write_str(out, text);
}
