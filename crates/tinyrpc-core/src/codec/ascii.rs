//! JSON in ASCII letters only, for readers that take bytes for characters or for a part of a URL.

use serde::Serialize;

use super::{Builtin, Codec, DecodeError, EncodeError, Items, Json, Kind, Visit, json};

/// [`Json`] that writes every character beyond ASCII, and `%`, as `\uXXXX`. It reads all that [`Json`] reads.
///
/// Python's tinyrpc wants it behind CGI: it counts characters where the length is in bytes, and percent-decodes messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct AsciiJson;

impl Codec for AsciiJson {
    fn name(&self) -> &'static str {
        "json-ascii"
    }

    fn decode(&self, raw: &[u8], visit: &mut Visit<'_>) -> Result<(), DecodeError> {
        Json.decode(raw, visit)
    }

    fn encode(&self, value: &dyn erased_serde::Serialize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        to_raw(value, out)
    }

    fn items<'r>(&self, raw: &'r [u8]) -> Result<Items<'r>, DecodeError> {
        Json.items(raw)
    }

    fn is_map(&self, raw: &[u8]) -> bool {
        Json.is_map(raw)
    }

    fn array(&self, items: &[&[u8]], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        Json.array(items, out)?;
        escape(out, start);
        Ok(())
    }

    fn map(&self, entries: &[(&str, &[u8])], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        Json.map(entries, out)?;
        escape(out, start);
        Ok(())
    }

    fn builtin(&self) -> Builtin {
        Builtin(Kind::AsciiJson)
    }
}

pub(super) fn to_raw<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let start = out.len();
    json::to_raw(value, out)?;
    escape(out, start);
    Ok(())
}

/// Escapes what is not plain ASCII in the JSON that begins at `start`. Only strings can hold such characters, so a `\u`
/// is understood wherever one stands. Bytes that are no UTF-8 become the replacement character.
pub(crate) fn escape(out: &mut Vec<u8>, start: usize) {
    let special = |byte: &u8| !byte.is_ascii() || *byte == b'%';
    let Some(first) = out.get(start..).and_then(|json| json.iter().position(special)) else { return };
    let rest = out.split_off(start + first);
    for chunk in rest.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '%' => push(out, u16::from(b'%')),
                '\0'..='\x7f' => out.push(character as u8),
                _ => character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| push(out, *unit)),
            }
        }
        if !chunk.invalid().is_empty() {
            push(out, 0xfffd);
        }
    }
}

fn push(out: &mut Vec<u8>, unit: u16) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend_from_slice(b"\\u");
    for shift in [12, 8, 4, 0] {
        out.push(DIGITS[usize::from(unit >> shift & 15)]);
    }
}
