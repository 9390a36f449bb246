//! What a protocol reads out of one message: calls and replies, alone or in a batch.

use std::borrow::Cow;

use crate::codec::{Codec, Items, Payload};
use crate::error::RpcError;
use crate::id::Id;

/// All that one message holds.
#[derive(Debug)]
#[non_exhaustive]
pub enum Incoming<'m> {
    /// A single message.
    One(Message<'m>),
    /// A batch, in order; never empty.
    Batch(Vec<Message<'m>>),
}

/// One call, notification or reply, or what was wrong with it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Message<'m> {
    /// A call, or without an id a notification.
    Request(Request<'m>),
    /// An answer to a call of ours.
    Answer(Answer<'m>),
    /// Neither.
    Rejected(Rejection<'m>),
}

/// A call, or without an id a notification.
#[derive(Debug)]
pub struct Request<'m> {
    /// The id to answer to; `None` for a notification.
    pub id: Option<Id<'m>>,
    /// The method's name, unescaped.
    pub method: Cow<'m, str>,
    /// The arguments, undecoded.
    pub params: Params<'m>,
}

/// The reply to a call.
#[derive(Debug)]
pub struct Answer<'m> {
    /// The id of the call that it answers; `None` when the message had none.
    pub id: Option<Id<'m>>,
    /// The result, undecoded, or the error.
    pub outcome: Result<&'m [u8], RpcError>,
}

/// A message that is no valid call and no valid reply.
#[derive(Debug)]
pub struct Rejection<'m> {
    /// The id it had, as far as that could be told; else [`Id::Null`].
    pub id: Id<'m>,
    /// What is wrong with it.
    pub error: RpcError,
    /// Whether the protocol owes the sender a reply that says so.
    pub owed: bool,
    /// Whether the message is well-formed and of the protocol's shape but neither a call nor a reply, such as
    /// `{"event": …}`. On a link such messages are skipped, never answered.
    pub unknown: bool,
}

impl<'m> Rejection<'m> {
    /// A rejection that the protocol owes a reply.
    #[must_use]
    pub fn owed(id: Id<'m>, error: RpcError) -> Self {
        Self { id, error, owed: true, unknown: false }
    }
}

impl<'m> From<Rejection<'m>> for Incoming<'m> {
    fn from(rejection: Rejection<'m>) -> Self {
        Incoming::One(Message::Rejected(rejection))
    }
}

/// The arguments of a call, undecoded.
#[derive(Clone, Copy, Debug)]
pub struct Params<'m> {
    raw: &'m [u8],
    codec: &'static dyn Codec,
    metadata: &'m [u8],
}

impl<'m> Params<'m> {
    /// Arguments in the encoding of `codec`: one array or map, or nothing at all when the call has none.
    #[must_use]
    pub fn new(raw: &'m [u8], codec: &'static dyn Codec) -> Self {
        Self { raw, codec, metadata: &[] }
    }

    /// With what stands in the message about the call besides, such as its deadline, in the protocol's own form:
    /// [`Protocol::read_metadata`](crate::Protocol::read_metadata) understands it. Default: nothing.
    #[inline]
    #[must_use]
    pub fn with_metadata(mut self, raw: &'m [u8]) -> Self {
        self.metadata = raw;
        self
    }

    /// What stands in the message about the call besides, in the protocol's own form; empty: nothing.
    #[inline]
    #[must_use]
    pub fn metadata(&self) -> &'m [u8] {
        self.metadata
    }

    /// The encoded array or map; empty when the call has no arguments.
    #[must_use]
    pub fn raw(&self) -> &'m [u8] {
        self.raw
    }

    /// The codec of the arguments.
    #[must_use]
    pub fn codec(&self) -> &'static dyn Codec {
        self.codec
    }

    /// The arguments one by one, each undecoded.
    ///
    /// # Errors
    /// "Invalid params" when the codec cannot take its values apart.
    pub fn items(&self) -> Result<Items<'m>, RpcError> {
        if self.raw.is_empty() {
            return Ok(Items::Array(Vec::new()));
        }
        self.codec.items(self.raw).map_err(RpcError::invalid_params)
    }

    /// The argument at `index` when they are positional, or called `name` when they are named; undecoded.
    ///
    /// # Errors
    /// "Invalid params" when it is missing.
    pub fn argument(&self, index: usize, name: &str) -> Result<Payload, RpcError> {
        let raw = match self.items()? {
            Items::Array(items) => items.get(index).copied(),
            Items::Map(items) => items.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value),
            Items::Scalar => None,
        };
        let raw = raw.ok_or_else(|| RpcError::invalid_params(format_args!("missing argument `{name}`")))?;
        Ok(Payload::new(bytes::Bytes::copy_from_slice(raw), self.codec))
    }
}
