//! The JSON codec, on `serde_json`.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Builtin, Codec, DEEPEST_ERASED, DecodeError, EncodeError, Items, Kind, Visit};
use crate::json::Scanner;

/// JSON, RFC 8259. Numbers that are not finite are written as null, since JSON has none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json;

/// How deep values may nest here; bounds the recursion of decoding, also for values that no protocol has checked.
const DEEPEST: usize = 1_024;

impl Codec for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn decode(&self, raw: &[u8], visit: &mut Visit<'_>) -> Result<(), DecodeError> {
        let text = std::str::from_utf8(raw).map_err(|error| DecodeError::new(error.to_string()))?;
        shallow(text, DEEPEST_ERASED)?;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        deserializer.disable_recursion_limit();
        visit(&mut <dyn erased_serde::Deserializer<'_>>::erase(&mut deserializer))
            .map_err(|error| DecodeError::new(error.to_string()))?;
        deserializer.end().map_err(|error| json_error(&error))
    }

    fn encode(&self, value: &dyn erased_serde::Serialize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        to_raw(value, out)
    }

    fn items<'r>(&self, raw: &'r [u8]) -> Result<Items<'r>, DecodeError> {
        let text = std::str::from_utf8(raw).map_err(|error| DecodeError::new(error.to_string()))?;
        let scan_error = |error: crate::json::ScanError| DecodeError::new(error.to_string());
        let mut scanner = Scanner::new(text, DEEPEST);
        let mut first = true;
        match scanner.peek() {
            Some(b'[') => {
                let mut items = Vec::new();
                scanner.begin_array().map_err(scan_error)?;
                while scanner.next_element(&mut first).map_err(scan_error)? {
                    items.push(scanner.value().map_err(scan_error)?.as_bytes());
                }
                Ok(Items::Array(items))
            }
            Some(b'{') => {
                let mut items = Vec::new();
                scanner.begin_object().map_err(scan_error)?;
                while let Some(key) = scanner.next_key(&mut first).map_err(scan_error)? {
                    let key = key.unescape().map_err(scan_error)?;
                    items.push((key, scanner.value().map_err(scan_error)?.as_bytes()));
                }
                Ok(Items::Map(items))
            }
            _ => Ok(Items::Scalar),
        }
    }

    fn is_map(&self, raw: &[u8]) -> bool {
        raw.first() == Some(&b'{')
    }

    fn array(&self, items: &[&[u8]], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.push(b'[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(item);
        }
        out.push(b']');
        Ok(())
    }

    fn map(&self, entries: &[(&str, &[u8])], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.push(b'{');
        for (index, (key, value)) in entries.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            to_raw(key, out)?;
            out.push(b':');
            out.extend_from_slice(value);
        }
        out.push(b'}');
        Ok(())
    }

    fn builtin(&self) -> Builtin {
        Builtin(Kind::Json)
    }
}

#[inline]
pub(super) fn from_raw<T: DeserializeOwned>(raw: &[u8]) -> Result<T, DecodeError> {
    let error = match serde_json::from_slice(raw) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    from_deep(raw, &error)
}

/// Decodes again what nests deeper than `serde_json` allows, if a limit of ours allowed it.
#[cold]
fn from_deep<T: DeserializeOwned>(raw: &[u8], error: &serde_json::Error) -> Result<T, DecodeError> {
    if error.to_string().starts_with("recursion limit exceeded")
        && let Ok(text) = std::str::from_utf8(raw)
    {
        shallow(text, DEEPEST)?;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        deserializer.disable_recursion_limit();
        let value = T::deserialize(&mut deserializer).map_err(|error| json_error(&error))?;
        deserializer.end().map_err(|error| json_error(&error))?;
        return Ok(value);
    }
    Err(json_error(error))
}

/// Refuses what nests too deep to be decoded by recursion.
fn shallow(text: &str, levels: usize) -> Result<(), DecodeError> {
    Scanner::new(text, levels).value().map(drop).map_err(|error| DecodeError::new(error.to_string()))
}

#[inline]
pub(super) fn to_raw<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    serde_json::to_writer(out, value).map_err(|error| EncodeError::new(error.to_string()))
}

fn json_error(error: &serde_json::Error) -> DecodeError {
    DecodeError::new(super::without_position(&error.to_string()))
}
