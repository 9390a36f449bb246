//! Protocols say what a message means. They do no I/O and make no ids.

#[cfg(feature = "jsonrpc")]
pub mod jsonrpc;
#[cfg(feature = "msgpack")]
pub mod msgpackrpc;

use std::fmt;
use std::sync::Arc;

use crate::call::WireMetadata;
use crate::codec::{Codec, EncodeError};
use crate::error::RpcError;
use crate::id::Id;
use crate::limits::Limits;
use crate::message::Incoming;

/// A wire protocol: reads whole messages, and writes them.
///
/// Implementations hold settings at most, so one value serves any number of connections at once. Writing appends to
/// `out` and never touches what is there. A reply's result is written in three steps (open, the value, close), so that a
/// handler's result goes straight into the reply without an intermediate copy.
pub trait Protocol: fmt::Debug + Send + Sync + 'static {
    /// The protocol's short name, as in `?protocol=`; such as `jsonrpc`.
    fn name(&self) -> &'static str;

    /// The media type of its messages, such as `application/json`.
    fn content_type(&self) -> &'static str;

    /// Whether messages under this media type (lower case, without parameters) are this protocol's.
    fn accepts(&self, content_type: &str) -> bool {
        content_type == self.content_type()
    }

    /// What the protocol can express.
    fn capabilities(&self) -> Capabilities;

    /// The codec of arguments and results.
    fn codec(&self) -> &'static dyn Codec;

    /// Reads one message, in one pass, without decoding arguments or results.
    ///
    /// Never fails: what is wrong with a message comes back as a [`Rejection`](crate::message::Rejection) that carries
    /// the reply owed. Never recurses, and allocates nothing that `limits` has not allowed.
    fn read<'m>(&self, message: &'m [u8], limits: &Limits) -> Incoming<'m>;

    /// Appends a call, or without an `id` a notification. `params` appends the encoded arguments to the buffer it is
    /// given: an array or map, or a unit for none.
    ///
    /// # Errors
    /// When `params` fails, or wrote what the protocol cannot carry. `out` then holds what it held before.
    fn write_request(
        &self,
        id: Option<&Id<'_>>,
        method: &str,
        params: &mut WriteParams<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError>;

    /// Appends all of a successful reply that comes before its result.
    fn open_result(&self, id: &Id<'_>, out: &mut Vec<u8>);

    /// Appends all of a successful reply that comes after its result.
    fn close_result(&self, id: &Id<'_>, out: &mut Vec<u8>);

    /// Appends an error reply. Error data that cannot be encoded is left out.
    fn write_error(&self, id: &Id<'_>, error: &RpcError, out: &mut Vec<u8>);

    /// The id of a call whose sender asks for the data of its error, where the other side has to know that: made from the
    /// id that it would have otherwise. The default is that id, for protocols whose errors have their data anyway.
    fn ask_for_data(&self, id: Id<'static>) -> Id<'static> {
        id
    }

    /// Adds what travels with a call or notification to its message, as `write_request` has written it at the end of
    /// `message`. Called only where [`Capabilities::metadata`] is set. The default adds nothing.
    fn write_metadata(&self, _metadata: &WireMetadata, _message: &mut Vec<u8>) {}

    /// What travelled with a call, from what `read` kept of it in [`Params::with_metadata`](crate::message::Params::with_metadata);
    /// never called where that is empty. What is not valid counts as not there: it costs no call. The default reads nothing.
    fn read_metadata(&self, _raw: &[u8]) -> WireMetadata {
        WireMetadata::new()
    }

    /// The same protocol with metadata in its messages, both ways, or without; `None`, the default, if it has no place for
    /// it. What `?metadata=` in a URL stands for.
    fn carrying_metadata(&self, _yes: bool) -> Option<Arc<dyn Protocol>> {
        None
    }
}

/// Appends the encoded arguments of a call to the buffer it is given.
pub type WriteParams<'p> = dyn FnMut(&mut Vec<u8>) -> Result<(), EncodeError> + 'p;

/// What a protocol can express beyond calls with positional arguments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// Arguments can be passed by name.
    pub named_params: bool,
    /// Errors carry data.
    pub error_data: bool,
    /// What travels with a call, such as its deadline, is written into its message.
    pub metadata: bool,
    /// Several calls can travel as one message, written like this.
    pub batch: Option<BatchSyntax>,
}

impl Capabilities {
    /// Positional arguments and nothing else.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Arguments can be passed by name.
    #[must_use]
    pub fn with_named_params(mut self) -> Self {
        self.named_params = true;
        self
    }

    /// Errors carry data.
    #[must_use]
    pub fn with_error_data(mut self) -> Self {
        self.error_data = true;
        self
    }

    /// What travels with a call is written into its message, if `yes`.
    #[must_use]
    pub fn with_metadata(mut self, yes: bool) -> Self {
        self.metadata = yes;
        self
    }

    /// Several messages can travel as one.
    #[must_use]
    pub fn with_batch(mut self, syntax: BatchSyntax) -> Self {
        self.batch = Some(syntax);
        self
    }
}

/// The bytes around and between the messages of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchSyntax {
    /// Before the first.
    pub open: &'static [u8],
    /// Between two.
    pub separator: &'static [u8],
    /// After the last.
    pub close: &'static [u8],
}
