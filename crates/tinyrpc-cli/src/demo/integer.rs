//! An integer of the full signed and unsigned 64-bit ranges, whose arithmetic says so when it leaves them.

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tinyrpc::RpcError;

/// From -2^63 to 2^64-1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Integer(i128);

impl Integer {
    pub(super) fn plus(self, other: Self) -> Result<Self, RpcError> {
        Self::checked(self.0.checked_add(other.0))
    }

    pub(super) fn minus(self, other: Self) -> Result<Self, RpcError> {
        Self::checked(self.0.checked_sub(other.0))
    }

    pub(super) fn sum(numbers: &[Self]) -> Result<Self, RpcError> {
        Self::checked(numbers.iter().try_fold(0_i128, |sum, number| sum.checked_add(number.0)))
    }

    fn checked(value: Option<i128>) -> Result<Self, RpcError> {
        match value {
            Some(value) if (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&value) => Ok(Self(value)),
            _ => Err(RpcError::application("the result does not fit in 64 bits")),
        }
    }
}

impl Serialize for Integer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (i64::try_from(self.0), u64::try_from(self.0)) {
            (Ok(value), _) => serializer.serialize_i64(value),
            (_, Ok(value)) => serializer.serialize_u64(value),
            _ => Err(serde::ser::Error::custom("the integer does not fit in 64 bits")),
        }
    }
}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seen;

        impl Visitor<'_> for Seen {
            type Value = Integer;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a 64-bit integer")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Integer, E> {
                Ok(Integer(value.into()))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Integer, E> {
                Ok(Integer(value.into()))
            }
        }

        deserializer.deserialize_any(Seen)
    }
}
