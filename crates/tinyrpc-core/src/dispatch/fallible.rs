//! Sends results whose error serde can encode but that does not convert into an `RpcError`, such as `Result<_, String>`.
//!
//! To serde such a result is a value like any other, an enum called `Result`; sent as it is, the other side would get
//! `{"Ok": …}`. Rust cannot leave one type out of a blanket implementation, so it is told apart here.

use std::any::type_name;
use std::fmt;

use serde::Serialize;
use serde::ser::{self, Impossible};

use crate::call::Reply;
use crate::codec::Payload;
use crate::error::RpcError;

/// Whether `T` is a `Result`. A wrong answer would only change what such a result looks like on the wire.
#[inline]
pub(super) fn is_result<T: ?Sized>() -> bool {
    type_name::<T>().starts_with("core::result::Result<")
}

/// Sends the value in `Ok`; what is in `Err` becomes the message if it is a string, else the data, of code -32000.
pub(super) fn send<T: Serialize>(result: &T, reply: Reply<'_>) -> Result<(), RpcError> {
    result.serialize(Split(reply)).unwrap_or_else(|error| Err(RpcError::internal(error)))
}

struct Split<'r>(Reply<'r>);

#[derive(Debug)]
struct NoResult(String);

impl fmt::Display for NoResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoResult {}

impl ser::Error for NoResult {
    fn custom<T: fmt::Display>(what: T) -> Self {
        Self(what.to_string())
    }
}

fn other<T>() -> Result<T, NoResult> {
    Err(NoResult("a `Result` is encoded in a way that nobody knows".to_owned()))
}

macro_rules! refuse {
    ($($method:ident($($type:ty),*);)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<Self::Ok, NoResult> {
            other()
        }
    )*};
}

impl ser::Serializer for Split<'_> {
    type Ok = Result<(), RpcError>;
    type Error = NoResult;
    type SerializeSeq = Impossible<Self::Ok, NoResult>;
    type SerializeTuple = Impossible<Self::Ok, NoResult>;
    type SerializeTupleStruct = Impossible<Self::Ok, NoResult>;
    type SerializeTupleVariant = Impossible<Self::Ok, NoResult>;
    type SerializeMap = Impossible<Self::Ok, NoResult>;
    type SerializeStruct = Impossible<Self::Ok, NoResult>;
    type SerializeStructVariant = Impossible<Self::Ok, NoResult>;

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Self::Ok, NoResult> {
        if variant == "Ok" {
            return Ok(self.0.send(value));
        }
        let codec = self.0.protocol().codec();
        let error = match Payload::encode(value, codec) {
            Ok(payload) => match payload.decode::<String>() {
                Ok(message) => RpcError::application(message),
                Err(_) => RpcError::application("The method failed").with_payload(payload),
            },
            Err(error) => RpcError::internal(error),
        };
        Ok(Err(error))
    }

    refuse! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<Self::Ok, NoResult> {
        other()
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, _: &T) -> Result<Self::Ok, NoResult> {
        other()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, NoResult> {
        other()
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, NoResult> {
        other()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, NoResult> {
        other()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, NoResult> {
        other()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, NoResult> {
        other()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, NoResult> {
        other()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, NoResult> {
        other()
    }
}
