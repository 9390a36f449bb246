//! JSON-RPC 2.0, and 1.0 for the systems that still speak it.

mod classify;
mod error;
mod metadata;
mod read;
mod write;

use std::sync::Arc;

use crate::call::WireMetadata;
use crate::codec::{AsciiJson, Codec, EncodeError, Json, ascii};
use crate::error::RpcError;
use crate::id::Id;
use crate::limits::Limits;
use crate::message::Incoming;
use crate::protocol::{BatchSyntax, Capabilities, Protocol, WriteParams};

/// JSON-RPC 2.0 (the default), or 1.0.
///
/// Numbers in ids are echoed without loss. Members that the specification does not name are ignored unless
/// [`strict`](Self::with_strict), but for [metadata](Self::with_metadata). Of members that stand twice the last one counts.
/// A lone surrogate such as `"\ud800"` passes through undecoded values, and is refused where a Rust string is wanted. `NaN`
/// and `Infinity` are no JSON.
#[derive(Clone, Debug)]
pub struct JsonRpc {
    version: Version,
    strict: bool,
    null_id_notifies: bool,
    ascii_only: bool,
    metadata: Metadata,
}

/// What is done about the members of calls that are metadata.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Metadata {
    /// They count where they come, and are not written.
    Read,
    Both,
    Ignored,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Version {
    One,
    Two,
}

impl Default for JsonRpc {
    fn default() -> Self {
        Self::new()
    }
}

impl JsonRpc {
    /// JSON-RPC 2.0.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            version: Version::Two,
            strict: false,
            null_id_notifies: false,
            ascii_only: false,
            metadata: Metadata::Read,
        }
    }

    /// JSON-RPC 1.0: no `jsonrpc` member, `result` and `error` always both present, notifications with a null id,
    /// positional arguments only, no batches. `OVSDB` (RFC 7047), Bitcoin-style nodes and Go's `net/rpc/jsonrpc` want it.
    #[must_use]
    pub const fn v1() -> Self {
        Self {
            version: Version::One,
            strict: false,
            null_id_notifies: true,
            ascii_only: false,
            metadata: Metadata::Read,
        }
    }

    /// Whether calls with members that the specification does not name are refused with "Invalid Request", as Python's
    /// tinyrpc does; default false.
    #[must_use]
    pub const fn with_strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Whether a call with `"id": null` is a notification, as Python's tinyrpc takes it; default false for 2.0, where a
    /// null id is answered, and true for 1.0.
    #[must_use]
    pub const fn with_null_id_as_notification(mut self, yes: bool) -> Self {
        self.null_id_notifies = yes;
        self
    }

    /// Whether messages are written in ASCII only, with every other character, and `%`, as `\uXXXX`; default false. What
    /// is read does not change. A Python tinyrpc behind CGI needs it: it counts characters for bytes, and percent-decodes.
    #[must_use]
    pub const fn with_ascii_only(mut self, yes: bool) -> Self {
        self.ascii_only = yes;
        self
    }

    /// Whether calls carry what travels with them in members of their own, for media that have no place beside a message:
    /// how long the caller still waits, in milliseconds, and its W3C trace.
    ///
    /// ```json
    /// {"jsonrpc": "2.0", "method": "add", "params": [1, 2], "id": 7, "rpc-timeout-ms": 1500,
    ///  "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "tracestate": "a=1"}
    /// ```
    ///
    /// These are the names of the headers that say the same over HTTP; the last two members are also those of Microsoft's
    /// `StreamJsonRpc`. Each is left out where there is nothing to say, as the time is in notifications. In a batch each call
    /// has its own.
    ///
    /// By default they are not written, since some servers refuse calls with members that they do not know, Python's
    /// tinyrpc among them; but where they come they count, as the headers do: a caller can only shorten its own calls.
    /// A [strict](Self::with_strict) reader refuses them then. With `true` they are written as well, and strict readers take them;
    /// with `false` they are members like any other that the specification does not name. A member whose value is not valid
    /// counts as not there.
    #[must_use]
    pub const fn with_metadata(mut self, yes: bool) -> Self {
        self.metadata = if yes { Metadata::Both } else { Metadata::Ignored };
        self
    }

    /// Escapes what has been written since `start`, if that is wanted.
    #[inline]
    fn written(&self, out: &mut Vec<u8>, start: usize) {
        if self.ascii_only {
            ascii::escape(out, start);
        }
    }
}

impl Protocol for JsonRpc {
    fn name(&self) -> &'static str {
        match self.version {
            Version::One => "jsonrpc1",
            Version::Two => "jsonrpc",
        }
    }

    fn content_type(&self) -> &'static str {
        "application/json"
    }

    fn accepts(&self, content_type: &str) -> bool {
        matches!(content_type, "application/json" | "application/json-rpc" | "application/jsonrequest")
    }

    fn capabilities(&self) -> Capabilities {
        let both = Capabilities::new().with_error_data().with_metadata(self.metadata == Metadata::Both);
        match self.version {
            Version::One => both,
            Version::Two => {
                both.with_named_params().with_batch(BatchSyntax { open: b"[", separator: b",", close: b"]" })
            }
        }
    }

    fn codec(&self) -> &'static dyn Codec {
        if self.ascii_only { &AsciiJson } else { &Json }
    }

    fn read<'m>(&self, message: &'m [u8], limits: &Limits) -> Incoming<'m> {
        read::read(self, message, limits)
    }

    fn write_request(
        &self,
        id: Option<&Id<'_>>,
        method: &str,
        params: &mut WriteParams<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let start = out.len();
        let done = write::request(self.version, id, method, params, out);
        if done.is_err() {
            out.truncate(start);
        }
        self.written(out, start);
        done
    }

    fn open_result(&self, id: &Id<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        write::open_result(self.version, id, out);
        self.written(out, start);
    }

    fn close_result(&self, id: &Id<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        write::close_result(self.version, id, out);
        self.written(out, start);
    }

    fn write_error(&self, id: &Id<'_>, error: &RpcError, out: &mut Vec<u8>) {
        let start = out.len();
        write::error(self.version, id, error, out);
        self.written(out, start);
    }

    fn write_metadata(&self, metadata: &WireMetadata, message: &mut Vec<u8>) {
        let start = message.len().saturating_sub(1);
        metadata::write(metadata, message);
        self.written(message, start);
    }

    fn read_metadata(&self, raw: &[u8]) -> WireMetadata {
        metadata::read(raw)
    }

    fn carrying_metadata(&self, yes: bool) -> Option<Arc<dyn Protocol>> {
        Some(Arc::new(self.clone().with_metadata(yes)))
    }
}
