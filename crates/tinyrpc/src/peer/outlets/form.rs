//! Writes the notifications of a subscription.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use tinyrpc_core::{Codec, EncodeError, Payload, Protocol, RpcError};

/// How one subscription's notifications look.
#[derive(Clone)]
pub(crate) struct Form {
    pub(crate) protocol: Arc<dyn Protocol>,
    pub(crate) method: Arc<str>,
    pub(crate) id: u64,
    /// Whether the id is written as text.
    pub(crate) hex: bool,
    /// Whether the subscriber is told that the subscription has ended.
    pub(crate) tells_end: bool,
}

/// The id of a subscription as the subscriber gets it.
pub(crate) struct Subscription {
    id: u64,
    hex: bool,
}

impl Subscription {
    /// The number behind an id that came back.
    pub(crate) fn number(id: &Payload) -> Option<u64> {
        match id.decode::<u64>() {
            Ok(number) => Some(number),
            Err(_) => u64::from_str_radix(id.decode::<String>().ok()?.strip_prefix("0x")?, 16).ok(),
        }
    }
}

impl Serialize for Subscription {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.hex {
            true => serializer.collect_str(&format_args!("{:#x}", self.id)),
            false => serializer.serialize_u64(self.id),
        }
    }
}

#[derive(Serialize)]
struct Item<'i, T: ?Sized> {
    subscription: Subscription,
    result: &'i T,
    #[serde(skip_serializing_if = "is_zero")]
    dropped: u64,
}

#[derive(Serialize)]
struct End<'e> {
    subscription: Subscription,
    error: Option<Error<'e>>,
    #[serde(skip_serializing_if = "is_zero")]
    dropped: u64,
}

#[derive(Serialize)]
struct Error<'e> {
    code: i64,
    message: &'e str,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for a reference
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Form {
    /// The id as the subscriber gets it.
    pub(crate) fn subscription(&self) -> Subscription {
        Subscription { id: self.id, hex: self.hex }
    }

    /// An item, and how many were dropped before it since that was told last.
    pub(crate) fn item<T: Serialize + ?Sized>(&self, item: &T, dropped: u64) -> Result<Bytes, EncodeError> {
        self.write(&Item { subscription: self.subscription(), result: item, dropped })
    }

    /// The end, if it is to be told.
    pub(super) fn end(&self, error: Option<&RpcError>, dropped: u64) -> Option<Bytes> {
        let error = error.map(|error| Error { code: error.code(), message: error.message() });
        let end = End { subscription: self.subscription(), error, dropped };
        self.tells_end.then(|| self.write(&end).ok()).flatten()
    }

    fn write(&self, params: &impl Serialize) -> Result<Bytes, EncodeError> {
        let mut out = Vec::with_capacity(128);
        let codec: &dyn Codec = self.protocol.codec();
        self.protocol.write_request(
            None,
            &self.method,
            &mut |out| match self.protocol.capabilities().named_params {
                true => codec.to_raw(params, out),
                false => codec.to_raw(&(params,), out),
            },
            &mut out,
        )?;
        Ok(out.into())
    }
}
