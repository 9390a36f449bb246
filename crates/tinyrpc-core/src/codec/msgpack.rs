//! The MessagePack codec, on `rmp-serde`.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Builtin, Codec, DEEPEST_ERASED, DecodeError, EncodeError, Items, Kind, Visit};
use crate::msgpack::{ReadError, Reader};

/// MessagePack. Structs are written as maps with their field names, and read from maps or arrays.
///
/// Byte strings need a type that asks for bytes (such as those of `serde_bytes`); such a type also takes a `str` that
/// is not UTF-8.
#[derive(Clone, Copy, Debug, Default)]
pub struct MessagePack;

/// How deep values may nest that are only walked through, which takes no stack.
const DEEPEST: usize = 1_024;

/// How deep values may nest that are decoded, which takes up to 3 KB of stack a level when nothing is optimised.
const DEEPEST_DECODED: usize = 512;

impl Codec for MessagePack {
    fn name(&self) -> &'static str {
        "msgpack"
    }

    fn decode(&self, raw: &[u8], visit: &mut Visit<'_>) -> Result<(), DecodeError> {
        let mut deserializer = rmp_serde::Deserializer::from_read_ref(raw);
        deserializer.set_max_depth(DEEPEST_ERASED);
        visit(&mut <dyn erased_serde::Deserializer<'_>>::erase(&mut deserializer))
            .map_err(|error| DecodeError::new(error.to_string()))
    }

    fn encode(&self, value: &dyn erased_serde::Serialize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        to_raw(value, out)
    }

    fn items<'r>(&self, raw: &'r [u8]) -> Result<Items<'r>, DecodeError> {
        let read_error = |error: ReadError| DecodeError::new(error.to_string());
        let mut reader = Reader::new(raw, DEEPEST);
        match raw.first() {
            Some(0x90..=0x9f | 0xdc | 0xdd) => {
                let mut items = Vec::new();
                for _ in 0..reader.array_len().map_err(read_error)? {
                    items.push(reader.value().map_err(read_error)?);
                }
                Ok(Items::Array(items))
            }
            Some(_) if self.is_map(raw) => {
                let mut items = Vec::new();
                for _ in 0..reader.map_len().map_err(read_error)? {
                    let key = reader.value().map_err(read_error)?;
                    let value = reader.value().map_err(read_error)?;
                    if let Ok(key) = rmp_serde::from_slice::<&str>(key) {
                        items.push((Cow::Borrowed(key), value));
                    }
                }
                Ok(Items::Map(items))
            }
            _ => Ok(Items::Scalar),
        }
    }

    fn is_map(&self, raw: &[u8]) -> bool {
        matches!(raw.first(), Some(0x80..=0x8f | 0xde | 0xdf))
    }

    fn array(&self, items: &[&[u8]], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let count = u32::try_from(items.len()).map_err(|error| EncodeError::new(error.to_string()))?;
        rmp::encode::write_array_len(out, count).map_err(|error| EncodeError::new(error.to_string()))?;
        for item in items {
            out.extend_from_slice(item);
        }
        Ok(())
    }

    fn map(&self, entries: &[(&str, &[u8])], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let count = u32::try_from(entries.len()).map_err(|error| EncodeError::new(error.to_string()))?;
        rmp::encode::write_map_len(out, count).map_err(|error| EncodeError::new(error.to_string()))?;
        for (key, value) in entries {
            to_raw(key, out)?;
            out.extend_from_slice(value);
        }
        Ok(())
    }

    fn builtin(&self) -> Builtin {
        Builtin(Kind::MessagePack)
    }
}

#[inline]
pub(super) fn from_raw<T: DeserializeOwned>(raw: &[u8]) -> Result<T, DecodeError> {
    let mut deserializer = rmp_serde::Deserializer::from_read_ref(raw);
    deserializer.set_max_depth(DEEPEST_DECODED);
    T::deserialize(&mut deserializer).map_err(|error| DecodeError::new(error.to_string()))
}

#[inline]
pub(super) fn to_raw<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    rmp_serde::encode::write_named(out, value).map_err(|error| EncodeError::new(error.to_string()))
}
