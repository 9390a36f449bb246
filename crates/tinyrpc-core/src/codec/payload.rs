//! A value that nobody has parsed yet.

use std::fmt;

use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::transcode::Transcoder;
use super::{Codec, DecodeError, EncodeError, Items};

/// An encoded value and the codec that reads it. Cheap to clone.
#[derive(Clone)]
pub struct Payload {
    raw: Bytes,
    codec: &'static dyn Codec,
}

impl Payload {
    /// Wraps `raw`, which must be exactly one value in the encoding of `codec`.
    #[must_use]
    pub fn new(raw: Bytes, codec: &'static dyn Codec) -> Self {
        Self { raw, codec }
    }

    /// Encodes `value` with `codec`.
    ///
    /// # Errors
    /// When the value cannot be expressed.
    pub fn encode<T: serde::Serialize + ?Sized>(value: &T, codec: &'static dyn Codec) -> Result<Self, EncodeError> {
        let mut raw = Vec::new();
        codec.to_raw(value, &mut raw)?;
        Ok(Self { raw: raw.into(), codec })
    }

    /// The encoded bytes.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// The codec of the bytes.
    #[must_use]
    pub fn codec(&self) -> &'static dyn Codec {
        self.codec
    }

    /// Decodes the value.
    ///
    /// # Errors
    /// When it is not a `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        self.codec.from_raw(&self.raw)
    }

    /// The parts of an array or map, each still undecoded.
    ///
    /// # Errors
    /// When the bytes are malformed, or the codec cannot take values apart.
    pub fn items(&self) -> Result<Items<'_>, DecodeError> {
        self.codec.items(&self.raw)
    }

    /// Appends the value to `out` in the encoding of `codec`: a copy when that is its own, else a conversion.
    ///
    /// # Errors
    /// When the value cannot be expressed in that encoding; `out` then holds what it held before.
    pub fn encode_as(&self, codec: &'static dyn Codec, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if codec.copy(self.codec, &self.raw, out) {
            return Ok(());
        }
        let start = out.len();
        let mut encoded = Ok(());
        let decoded = self.codec.decode(&self.raw, &mut |deserializer| {
            encoded = codec.to_raw(&Transcoder::new(deserializer), out);
            Ok(())
        });
        // What went wrong first; a value that was given up half-read has something wrong at its end as well.
        if let Err(error) = encoded.and(decoded.map_err(|error| EncodeError::new(error.to_string()))) {
            out.truncate(start);
            return Err(error);
        }
        Ok(())
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} {:?})", self.codec.name(), self.raw)
    }
}
