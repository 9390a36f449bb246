//! The id that ties a reply to its call.

use std::borrow::Cow;
use std::fmt;

use crate::codec::{Codec, EncodeError};

/// The id of a call, as it stands in a message.
///
/// Ids are echoed without loss: what is neither a plain unsigned integer nor a string keeps its bytes in [`Id::Raw`].
/// Two ids are equal when they are the same value in the same form; `1` and `1.0` differ, and so do `1` and `"1"`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Id<'m> {
    /// No id could be determined, or the other side sent null.
    Null,
    /// An unsigned integer: what the id generators of clients make.
    Number(u64),
    /// A string, unescaped.
    Text(Cow<'m, str>),
    /// Any other value in the protocol's own encoding, written back byte for byte.
    Raw(Cow<'m, [u8]>),
}

impl Id<'_> {
    /// Copies what is borrowed from the message, so that the id can outlive it.
    #[must_use]
    pub fn into_owned(self) -> Id<'static> {
        match self {
            Id::Null => Id::Null,
            Id::Number(number) => Id::Number(number),
            Id::Text(text) => Id::Text(Cow::Owned(text.into_owned())),
            Id::Raw(raw) => Id::Raw(Cow::Owned(raw.into_owned())),
        }
    }

    /// A copy that borrows from this one.
    #[must_use]
    pub fn reborrow(&self) -> Id<'_> {
        match self {
            Id::Null => Id::Null,
            Id::Number(number) => Id::Number(*number),
            Id::Text(text) => Id::Text(Cow::Borrowed(text)),
            Id::Raw(raw) => Id::Raw(Cow::Borrowed(raw)),
        }
    }

    /// Appends the id as a value, for messages that name a call among their arguments.
    ///
    /// # Errors
    /// When the codec fails.
    pub fn encode(&self, codec: &'static dyn Codec, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Id::Null => codec.to_raw(&(), out),
            Id::Number(number) => codec.to_raw(number, out),
            Id::Text(text) => codec.to_raw(&**text, out),
            // In the protocol's own encoding, which is its codec's.
            Id::Raw(raw) => {
                out.extend_from_slice(raw);
                Ok(())
            }
        }
    }

    /// The id that a value is, in the form in which a protocol would have read it.
    #[must_use]
    pub fn decode(codec: &'static dyn Codec, raw: &[u8]) -> Id<'static> {
        if let Ok(number) = codec.from_raw(raw) {
            Id::Number(number)
        } else if let Ok(text) = codec.from_raw(raw) {
            Id::Text(Cow::Owned(text))
        } else if codec.from_raw::<()>(raw).is_ok() {
            Id::Null
        } else {
            Id::Raw(Cow::Owned(raw.to_vec()))
        }
    }

    /// Whether this is the null id.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Id::Null)
    }
}

impl From<u64> for Id<'_> {
    fn from(number: u64) -> Self {
        Id::Number(number)
    }
}

impl From<String> for Id<'_> {
    fn from(text: String) -> Self {
        Id::Text(Cow::Owned(text))
    }
}

impl<'m> From<&'m str> for Id<'m> {
    fn from(text: &'m str) -> Self {
        Id::Text(Cow::Borrowed(text))
    }
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Id::Null => f.write_str("null"),
            Id::Number(number) => number.fmt(f),
            Id::Text(text) => write!(f, "{text:?}"),
            Id::Raw(raw) => match std::str::from_utf8(raw) {
                Ok(text) => f.write_str(text),
                Err(_) => write!(f, "{raw:02x?}"),
            },
        }
    }
}
