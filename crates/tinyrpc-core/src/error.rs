//! The error that travels: a code, a message, and data.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec::{Codec, DecodeError, EncodeError, Payload};

/// The error codes of JSON-RPC 2.0 §5.1, used in every protocol as Python's tinyrpc does.
pub mod code {
    /// The message could not be parsed.
    pub const PARSE_ERROR: i64 = -32700;
    /// The message is no request.
    pub const INVALID_REQUEST: i64 = -32600;
    /// There is no such method.
    pub const METHOD_NOT_FOUND: i64 = -32601;
    /// The arguments do not fit the method.
    pub const INVALID_PARAMS: i64 = -32602;
    /// The handler or the server broke.
    pub const INTERNAL_ERROR: i64 = -32603;
    /// The method ran and failed, and gave no code of its own.
    pub const APPLICATION_ERROR: i64 = -32000;
    /// The server is at its limit of calls and did not run this one.
    pub const TOO_BUSY: i64 = -32001;
    /// The call ran out of time on the server.
    pub const TIMEOUT: i64 = -32002;
    /// The caller has cancelled the call; the Language Server Protocol's `RequestCancelled`.
    pub const CANCELLED: i64 = -32800;

    /// Whether JSON-RPC 2.0 §5.1 gives the code a meaning, or the server does: then it does not come from the method.
    #[must_use]
    pub fn is_protocols_own(code: i64) -> bool {
        matches!(
            code,
            PARSE_ERROR
                | INVALID_REQUEST
                | METHOD_NOT_FOUND
                | INVALID_PARAMS
                | INTERNAL_ERROR
                | TOO_BUSY
                | TIMEOUT
                | CANCELLED
        )
    }
}

/// What one side tells the other about a failed call.
///
/// Handlers return it (or anything that converts into it), clients find it in
/// `CallError`. A *source* may be attached for the local log; it never travels.
#[derive(Clone)]
pub struct RpcError(Box<Inner>);

#[derive(Clone)]
struct Inner {
    code: i64,
    message: Cow<'static, str>,
    data: Option<Data>,
    raw: Option<Payload>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

#[derive(Clone)]
enum Data {
    Value(Arc<dyn erased_serde::Serialize + Send + Sync>),
    Payload(Payload),
}

impl RpcError {
    /// An error with a code and a message. Codes from -32768 to -32000 are reserved (JSON-RPC 2.0 §5.1).
    pub fn new(code: i64, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { code, message: message.into(), data: None, raw: None, source: None }))
    }

    /// A failure of the method itself, with code [`code::APPLICATION_ERROR`].
    pub fn application(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(code::APPLICATION_ERROR, message)
    }

    /// The message could not be parsed; `why` goes to the local log only.
    pub fn parse_error(why: impl fmt::Display) -> Self {
        Self::new(code::PARSE_ERROR, "Parse error").with_source(why.to_string())
    }

    /// The message is no valid request; `why` goes to the local log only.
    pub fn invalid_request(why: impl fmt::Display) -> Self {
        Self::new(code::INVALID_REQUEST, "Invalid Request").with_source(why.to_string())
    }

    /// There is no method of that name.
    #[must_use]
    pub fn method_not_found() -> Self {
        Self::new(code::METHOD_NOT_FOUND, "Method not found")
    }

    /// The arguments do not fit; `which` says which one and why, and travels in the message.
    pub fn invalid_params(which: impl fmt::Display) -> Self {
        Self::new(code::INVALID_PARAMS, format!("Invalid params: {which}"))
    }

    /// Something broke on this side; `why` goes to the local log, never to the other side.
    pub fn internal(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(code::INTERNAL_ERROR, "Internal error").with_source(why)
    }

    /// Attaches data. It is encoded with the codec of the protocol that carries the error.
    #[must_use]
    pub fn with_data(mut self, data: impl Serialize + Send + Sync + 'static) -> Self {
        self.0.data = Some(Data::Value(Arc::new(data)));
        self
    }

    /// Attaches data that is encoded already, as a protocol reads it.
    #[must_use]
    pub fn with_payload(mut self, data: Payload) -> Self {
        self.0.data = Some(Data::Payload(data));
        self
    }

    /// Keeps a foreign error object whole, for [`raw`](Self::raw).
    #[must_use]
    pub fn with_raw(mut self, raw: Payload) -> Self {
        self.0.raw = Some(raw);
        self
    }

    /// Attaches the cause for the local log. It is never sent.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// The code; 0 when the other side's error object had none (see [`raw`](Self::raw)).
    #[must_use]
    pub fn code(&self) -> i64 {
        self.0.code
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether there is data.
    #[must_use]
    pub fn has_data(&self) -> bool {
        self.0.data.is_some()
    }

    /// The data as a value of type `T`; `None` when there is no data.
    ///
    /// # Errors
    /// When the data is not a `T`.
    pub fn data<T: DeserializeOwned>(&self) -> Option<Result<T, DecodeError>> {
        self.0.data.as_ref().map(|data| match data {
            Data::Payload(payload) => payload.decode(),
            Data::Value(value) => crate::codec::convert(&**value),
        })
    }

    /// The other side's error object in its own encoding, when it was not the usual code and message.
    #[must_use]
    pub fn raw(&self) -> Option<&Payload> {
        self.0.raw.as_ref()
    }

    /// Appends the data in the encoding of `codec`; nothing when there is none. Protocols use this to write errors.
    ///
    /// # Errors
    /// When the data cannot be expressed in that encoding; `out` then holds what it held before.
    pub fn encode_data(&self, codec: &'static dyn Codec, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match &self.0.data {
            None => Ok(()),
            Some(Data::Value(value)) => codec.to_raw(&**value, out),
            Some(Data::Payload(payload)) => payload.encode_as(codec, out),
        }
    }
}

impl fmt::Debug for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { code, message, data, raw, source } = &*self.0;
        let mut out = f.debug_struct("RpcError");
        out.field("code", code).field("message", message);
        match data {
            Some(Data::Payload(payload)) => out.field("data", payload),
            Some(Data::Value(_)) => out.field("data", &"…"),
            None => &mut out,
        };
        if let Some(raw) = raw {
            out.field("raw", raw);
        }
        if let Some(source) = source {
            out.field("source", source);
        }
        out.finish()
    }
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            // The other side's error has no code.
            Inner { message, code: 0, raw: Some(_), .. } => f.write_str(message),
            Inner { message, code, .. } => write!(f, "{message} (code {code})"),
        }
    }
}

impl std::error::Error for RpcError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
