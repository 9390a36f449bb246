//! Finds out which arguments a Rust type wants, by asking its `Deserialize` implementation.

use std::fmt;

use serde::de::{self, DeserializeOwned, Visitor};

/// The arguments that a handler takes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// None at all.
    None,
    /// This many, by position only: a tuple.
    Positional(usize),
    /// These, by name or in this order: a struct. Aliases count as names.
    Named(&'static [&'static str]),
    /// Any: a list, a map, or undecoded.
    Any,
}

impl Shape {
    /// The shape of `T`.
    #[must_use]
    pub fn of<T: DeserializeOwned>() -> Self {
        match T::deserialize(Probe) {
            Err(Found(shape)) => shape,
            Ok(_) => Shape::Any,
        }
    }
}

/// A deserializer that gives nothing and remembers what it was asked for.
struct Probe;

#[derive(Debug)]
struct Found(Shape);

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Found {}

impl de::Error for Found {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Found(Shape::Any)
    }
}

impl<'de> de::Deserializer<'de> for Probe {
    type Error = Found;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Found> {
        Err(Found(Shape::Any))
    }

    fn deserialize_unit<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Found> {
        Err(Found(Shape::None))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, _: V) -> Result<V::Value, Found> {
        Err(Found(Shape::Positional(len)))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(self, _: &'static str, len: usize, _: V) -> Result<V::Value, Found> {
        Err(Found(Shape::Positional(len)))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Found> {
        Err(Found(Shape::Named(fields)))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit_struct
        newtype_struct seq map enum identifier ignored_any
    }
}
