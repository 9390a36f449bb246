//! Codecs turn Rust values into the values inside messages, and back, without a value tree between.

#[cfg(feature = "jsonrpc")]
pub(crate) mod ascii;
#[cfg(feature = "jsonrpc")]
mod json;
#[cfg(feature = "msgpack")]
mod msgpack;
mod payload;
mod transcode;

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

#[cfg(feature = "jsonrpc")]
pub use ascii::AsciiJson;
#[cfg(feature = "jsonrpc")]
pub use json::Json;
#[cfg(feature = "msgpack")]
pub use msgpack::MessagePack;
pub use payload::Payload;

/// How deep values may nest that are decoded through [`Codec::decode`]: each level takes up to 4 KB of stack there when
/// nothing is optimised, and a thread has 2 MB.
#[cfg(any(feature = "jsonrpc", feature = "msgpack"))]
const DEEPEST_ERASED: usize = 256;

/// What [`Codec::decode`] hands a deserializer to.
pub type Visit<'v> = dyn FnMut(&mut dyn erased_serde::Deserializer<'_>) -> Result<(), erased_serde::Error> + 'v;

/// An encoding of values.
///
/// JSON and MessagePack are built in and decoded without indirection; a codec written elsewhere goes through
/// `erased-serde`. A codec has no state, so it is used as `&'static dyn Codec`.
pub trait Codec: fmt::Debug + Send + Sync + 'static {
    /// The encoding's short name, such as `json`.
    fn name(&self) -> &'static str;

    /// Gives `visit` a deserializer over `raw`, which holds exactly one value.
    ///
    /// # Errors
    /// When `raw` is not one well-formed value, or `visit` failed. Also when it nests deeper than can be decoded by
    /// recursion: the built-in codecs go 256 levels deep here.
    fn decode(&self, raw: &[u8], visit: &mut Visit<'_>) -> Result<(), DecodeError>;

    /// Appends the encoding of `value` to `out`.
    ///
    /// # Errors
    /// When the value cannot be expressed; `out` may then hold a part of it.
    fn encode(&self, value: &dyn erased_serde::Serialize, out: &mut Vec<u8>) -> Result<(), EncodeError>;

    /// The parts of an array or map, undecoded. `raw` holds exactly one value.
    ///
    /// # Errors
    /// When `raw` is malformed. The default says that the codec cannot do it, which turns off what builds on it: taking
    /// raw arguments apart, and checking the names of named arguments.
    fn items<'r>(&self, raw: &'r [u8]) -> Result<Items<'r>, DecodeError> {
        let _ = raw;
        Err(DecodeError::new(format!("{} values cannot be taken apart undecoded", self.name())))
    }

    /// Whether `raw` is a map. The default takes the value apart to find out.
    fn is_map(&self, raw: &[u8]) -> bool {
        matches!(self.items(raw), Ok(Items::Map(_)))
    }

    /// Appends an array made of values that are encoded already.
    ///
    /// # Errors
    /// The default says that the codec cannot do it.
    fn array(&self, items: &[&[u8]], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let _ = (items, out);
        Err(EncodeError::new(format!("{} arrays cannot be put together undecoded", self.name())))
    }

    /// Appends a map with these keys, made of values that are encoded already.
    ///
    /// # Errors
    /// The default says that the codec cannot do it.
    fn map(&self, entries: &[(&str, &[u8])], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let _ = (entries, out);
        Err(EncodeError::new(format!("{} maps cannot be put together undecoded", self.name())))
    }

    #[doc(hidden)]
    fn builtin(&self) -> Builtin {
        Builtin(Kind::Foreign)
    }
}

/// The parts of a value, undecoded, as [`Codec::items`] gives them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Items<'r> {
    /// An array's elements.
    Array(Vec<&'r [u8]>),
    /// A map's entries, in order of appearance; a key that is no string is left out.
    Map(Vec<(Cow<'r, str>, &'r [u8])>),
    /// Neither an array nor a map.
    Scalar,
}

#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Builtin(Kind);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    #[cfg(feature = "jsonrpc")]
    Json,
    #[cfg(feature = "jsonrpc")]
    AsciiJson,
    #[cfg(feature = "msgpack")]
    MessagePack,
    Foreign,
}

impl dyn Codec {
    /// Decodes one value of type `T`.
    ///
    /// # Errors
    /// When `raw` is not well-formed or not a `T`.
    #[inline]
    pub fn from_raw<T: DeserializeOwned>(&self, raw: &[u8]) -> Result<T, DecodeError> {
        match self.builtin().0 {
            #[cfg(feature = "jsonrpc")]
            Kind::Json | Kind::AsciiJson => json::from_raw(raw),
            #[cfg(feature = "msgpack")]
            Kind::MessagePack => msgpack::from_raw(raw),
            Kind::Foreign => {
                let mut value = None;
                self.decode(raw, &mut |deserializer| {
                    value = Some(erased_serde::deserialize(deserializer)?);
                    Ok(())
                })?;
                value.ok_or_else(|| DecodeError::new("the codec gave no value"))
            }
        }
    }

    /// Appends the encoding of `value` to `out`.
    ///
    /// # Errors
    /// When the value cannot be expressed; `out` then holds what it held before.
    #[inline]
    pub fn to_raw<T: Serialize + ?Sized>(&self, value: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        let done = match self.builtin().0 {
            #[cfg(feature = "jsonrpc")]
            Kind::Json => json::to_raw(value, out),
            #[cfg(feature = "jsonrpc")]
            Kind::AsciiJson => ascii::to_raw(value, out),
            #[cfg(feature = "msgpack")]
            Kind::MessagePack => msgpack::to_raw(value, out),
            Kind::Foreign => self.encode(&value, out),
        };
        if done.is_err() {
            out.truncate(start);
        }
        done
    }

    /// Whether `other` is the same encoding.
    #[must_use]
    pub fn is_same(&self, other: &dyn Codec) -> bool {
        let (own, others) = (self.builtin().0, other.builtin().0);
        own == others && (own != Kind::Foreign || self.name() == other.name())
    }

    /// Appends a value that `from` encoded, if that can be done without decoding it.
    fn copy(&self, from: &dyn Codec, raw: &[u8], out: &mut Vec<u8>) -> bool {
        match (from.builtin().0, self.builtin().0) {
            #[cfg(feature = "jsonrpc")]
            (Kind::Json | Kind::AsciiJson, Kind::AsciiJson) => {
                let start = out.len();
                out.extend_from_slice(raw);
                ascii::escape(out, start);
            }
            #[cfg(feature = "jsonrpc")]
            (Kind::AsciiJson, Kind::Json) => out.extend_from_slice(raw),
            _ if self.is_same(from) => out.extend_from_slice(raw),
            _ => return false,
        }
        true
    }
}

/// Where in a value decoding failed, for messages that name the argument. Decodes again, so for failures only.
pub(crate) fn explain<T: DeserializeOwned>(codec: &'static dyn Codec, raw: &[u8]) -> Option<(String, String)> {
    let mut found = None;
    let _ = codec.decode(raw, &mut |deserializer| {
        if let Err(error) = serde_path_to_error::deserialize::<_, T>(deserializer) {
            let why = error.inner().to_string();
            found = Some((error.path().to_string(), without_position(&why).to_owned()));
        }
        Ok(())
    });
    found
}

/// An error's text without the line and column that serde_json appends, which mean nothing inside a message.
fn without_position(text: &str) -> &str {
    &text[..text.rfind(" at line ").unwrap_or(text.len())]
}

/// Turns a value into another type through the first codec that is built in.
pub(crate) fn convert<T: DeserializeOwned>(value: &dyn erased_serde::Serialize) -> Result<T, DecodeError> {
    #[cfg(feature = "jsonrpc")]
    let codec: Option<&dyn Codec> = Some(&Json);
    #[cfg(all(feature = "msgpack", not(feature = "jsonrpc")))]
    let codec: Option<&dyn Codec> = Some(&MessagePack);
    #[cfg(not(any(feature = "jsonrpc", feature = "msgpack")))]
    let codec: Option<&dyn Codec> = None;
    let codec = codec.ok_or_else(|| DecodeError::new("no codec is built in: turn on `jsonrpc` or `msgpack`"))?;
    let mut raw = Vec::new();
    codec.to_raw(value, &mut raw).map_err(|error| DecodeError::new(error.to_string()))?;
    codec.from_raw(&raw)
}

macro_rules! codec_error {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(Box<str>);

        impl $name {
            /// An error that says what is wrong.
            pub fn new(what: impl Into<String>) -> Self {
                Self(what.into().into_boxed_str())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::error::Error for $name {}
    };
}

codec_error!(
    /// A value could not be decoded.
    DecodeError
);
codec_error!(
    /// A value could not be encoded.
    EncodeError
);
