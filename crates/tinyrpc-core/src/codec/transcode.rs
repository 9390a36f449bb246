//! Carries a value from one encoding into another as it is read, with no tree between.

use std::cell::Cell;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};

/// A value that is read from the deserializer while it is written. Can be written once.
pub(super) struct Transcoder<D>(Cell<Option<D>>);

impl<D> Transcoder<D> {
    pub(super) fn new(deserializer: D) -> Self {
        Self(Cell::new(Some(deserializer)))
    }
}

impl<'de, D: Deserializer<'de>> Serialize for Transcoder<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let deserializer = self.0.take().ok_or_else(|| S::Error::custom("the value has been written already"))?;
        let failed = Failed(Cell::new(None));
        let written = deserializer.deserialize_any(Writer { serializer, failed: &failed });
        written.map_err(|error| failed.0.take().unwrap_or_else(|| S::Error::custom(error)))
    }
}

/// Where an error of the serializer waits while the deserializer's error type passes it by. Turning it into text instead
/// would lose its kind, and the errors inside `erased-serde` panic when they are asked for their text.
struct Failed<E>(Cell<Option<E>>);

impl<E> Failed<E> {
    fn keep<R, DE: de::Error>(&self, written: Result<R, E>) -> Result<R, DE> {
        written.map_err(|error| {
            self.0.set(Some(error));
            DE::custom("the value could not be written")
        })
    }
}

/// Writes what it is shown.
struct Writer<'f, S: Serializer> {
    serializer: S,
    failed: &'f Failed<S::Error>,
}

macro_rules! scalars {
    ($($visit:ident $write:ident $type:ty;)*) => {$(
        fn $visit<E: de::Error>(self, value: $type) -> Result<S::Ok, E> {
            self.failed.keep(self.serializer.$write(value))
        }
    )*};
}

impl<'de, S: Serializer> Visitor<'de> for Writer<'_, S> {
    type Value = S::Ok;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    scalars! {
        visit_bool serialize_bool bool;
        visit_i64 serialize_i64 i64;
        visit_i128 serialize_i128 i128;
        visit_u64 serialize_u64 u64;
        visit_u128 serialize_u128 u128;
        visit_f32 serialize_f32 f32;
        visit_f64 serialize_f64 f64;
        visit_char serialize_char char;
        visit_str serialize_str &str;
        visit_bytes serialize_bytes &[u8];
    }

    fn visit_unit<E: de::Error>(self) -> Result<S::Ok, E> {
        self.failed.keep(self.serializer.serialize_unit())
    }

    fn visit_none<E: de::Error>(self) -> Result<S::Ok, E> {
        self.failed.keep(self.serializer.serialize_none())
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<S::Ok, D::Error> {
        self.failed.keep(self.serializer.serialize_some(&Transcoder::new(inner)))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<S::Ok, D::Error> {
        self.failed.keep(self.serializer.serialize_newtype_struct("", &Transcoder::new(inner)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<S::Ok, A::Error> {
        let failed = self.failed;
        let mut list = failed.keep(self.serializer.serialize_seq(items.size_hint()))?;
        while items.next_element_seed(Inside { failed, write: &mut list, how: Element })?.is_some() {}
        failed.keep(list.end())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<S::Ok, A::Error> {
        let failed = self.failed;
        let mut map = failed.keep(self.serializer.serialize_map(members.size_hint()))?;
        while members.next_key_seed(Inside { failed, write: &mut map, how: Key })?.is_some() {
            members.next_value_seed(Inside { failed, write: &mut map, how: Value })?;
        }
        failed.keep(map.end())
    }
}

/// A value inside a list or map that is being written.
struct Inside<'f, W, E, How> {
    failed: &'f Failed<E>,
    write: &'f mut W,
    how: How,
}

struct Element;
struct Key;
struct Value;

macro_rules! inside {
    ($($how:ident $trait:ident $write:ident;)*) => {$(
        impl<'de, W: $trait> DeserializeSeed<'de> for Inside<'_, W, W::Error, $how> {
            type Value = ();

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
                let Self { failed, write, how: $how } = self;
                failed.keep(write.$write(&Transcoder::new(deserializer)))
            }
        }
    )*};
}

inside! {
    Element SerializeSeq serialize_element;
    Key SerializeMap serialize_key;
    Value SerializeMap serialize_value;
}
