//! What comes of an exchange with each kind of odd server.

use tinyrpc::client::CallErrorKind::{self, InvalidReply, InvalidRequest, Remote, Timeout, UnexpectedId};
use tinyrpc::transport::TransportErrorKind::{self, Invalid, Lost, Refused, TooLarge};

use Ends::{Badly, Cut, Error, Well};

/// What comes of an exchange.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ends {
    /// With the result, or as sent.
    Well,
    /// With an error of the other side's, of this code.
    Error(CallErrorKind, i64),
    /// With an error of this kind, in these words.
    Badly(CallErrorKind, &'static str),
    /// With a transport's error of this kind, in these words.
    Cut(TransportErrorKind, &'static str),
}

/// Each server's answer to a call.
pub(super) const CALLS: &[(&str, Ends)] = &[
    ("plain", Well),
    // Odd in the headers.
    ("reply-under-404", Well),
    ("reply-under-500", Well),
    ("error-under-400", Error(Remote, -32000)),
    ("error-under-404", Error(Remote, -32000)),
    ("error-under-500", Error(Remote, -32000)),
    ("error-as-text", Error(Remote, -32000)),
    ("no-content-type", Well),
    ("json-rpc-content-type", Well),
    ("text-500", Cut(Refused, "answered HTTP 500 Internal Server Error: it broke")),
    ("page-502", Cut(Refused, "answered HTTP 502 Bad Gateway: <html><h1>502 Bad Gateway</h1></html>")),
    ("unauthorised", Cut(Refused, "answered HTTP 401 Unauthorized (it wants Basic realm=\"odd\")")),
    ("redirected", Cut(Refused, "answered HTTP 307 Temporary Redirect to /plain; redirects are not followed")),
    // Odd in the message.
    ("pretty-printed", Well),
    ("extra-members", Well),
    ("version-1", Well),
    ("null-id-error", Error(Remote, -32000)),
    ("wrong-id", Badly(UnexpectedId, "the reply has id 987654321, but the call had id 1")),
    ("id-as-text", Badly(UnexpectedId, "the reply has id \"1\", but the call had id 1")),
    ("neither-result-nor-error", Badly(InvalidReply, "there is neither `method` nor `result` nor `error`")),
    ("not-json", Badly(InvalidReply, "<pre>Warning: something on line 3</pre>")),
    ("half-json", Badly(InvalidReply, "{\\\"jsonrpc\\\": \\\"2.0\\\"")),
    ("deeply-nested", Badly(InvalidReply, "nested too deeply")),
    ("empty-body", Badly(InvalidReply, "the other side sent an empty reply to a call")),
    ("notified-200-null", Badly(InvalidReply, "expected an object, got `null`")),
    ("notified-200-id-0", Badly(UnexpectedId, "the reply has id 0, but the call had id 1")),
    ("notified-200-no-id", Badly(InvalidReply, "the reply has no id")),
    ("notified-204", Badly(InvalidReply, "the other side sent an empty reply to a call")),
    ("batch-empty", Badly(InvalidReply, "the batch is empty")),
    ("batch-reversed", Badly(InvalidReply, "the other side answered a single call with a batch")),
    // Odd in how the bytes come.
    ("two-writes", Well),
    ("chunked", Well),
    ("until-close", Well),
    ("continue-100", Well),
    ("close-after-reply", Well),
    ("reply-twice", Well),
    ("drip", Badly(Timeout, "no reply within 2s")),
    ("half-then-silence", Badly(Timeout, "no reply within 2s")),
    ("silence", Badly(Timeout, "no reply within 2s")),
    ("half-then-close", Cut(Lost, "broke before the reply was complete")),
    ("half-chunked-then-close", Cut(Lost, "broke before the reply was complete")),
    ("close", Cut(Lost, "broke before the reply was complete")),
    ("reset", Cut(Lost, "broke before the reply was complete")),
    ("endless", Cut(TooLarge, "is longer than 4194304 bytes")),
    ("endless-chunks", Cut(TooLarge, "is longer than 4194304 bytes")),
    ("terabyte", Cut(TooLarge, "is longer than 4194304 bytes")),
    ("endless-headers", Cut(Invalid, "did not answer in HTTP")),
    ("garbage", Cut(Invalid, "did not answer in HTTP")),
];

/// Each server's answer to a notification. It has been sent whatever a server says, unless it did not take it.
pub(super) const NOTIFICATIONS: &[(&str, Ends)] = &[
    ("plain", Well),
    ("notified-204", Well),
    ("notified-200-empty", Well),
    ("notified-200-null", Well),
    ("notified-200-id-0", Well),
    ("notified-200-no-id", Well),
    ("notified-202", Well),
    ("notified-400", Well),
    ("notified-500", Well),
    ("not-json", Well),
    ("until-close", Well),
    ("half-then-close", Well),
    ("endless", Well),
    ("text-500", Cut(Refused, "answered HTTP 500 Internal Server Error: it broke")),
    ("page-502", Cut(Refused, "answered HTTP 502 Bad Gateway")),
    ("unauthorised", Cut(Refused, "answered HTTP 401 Unauthorized")),
    ("redirected", Cut(Refused, "answered HTTP 307 Temporary Redirect")),
    ("silence", Badly(Timeout, "no reply within 2s")),
    ("close", Cut(Lost, "broke before the reply was complete")),
    ("reset", Cut(Lost, "broke before the reply was complete")),
    ("garbage", Cut(Invalid, "did not answer in HTTP")),
];

/// Each server's answer to a batch of two calls: what comes of the first and of the second.
pub(super) const BATCHES: &[(&str, Ends, Ends)] = &[
    ("plain", Well, Well),
    ("batch-reversed", Well, Well),
    ("batch-one-twice", Well, Well),
    ("batch-with-a-stranger", Well, Well),
    ("batch-missing-one", Badly(InvalidReply, "the reply to the batch lacks this call"), Well),
];

/// Servers whose answer to a batch is an error for the whole of it.
pub(super) const LOST_BATCHES: &[(&str, Ends)] = &[
    ("batch-as-one-object", Error(InvalidRequest, -32600)),
    ("batch-empty", Badly(InvalidReply, "the batch is empty")),
    ("empty-body", Badly(InvalidReply, "the other side sent an empty reply to a batch with calls")),
    ("null-id-error", Error(Remote, -32000)),
    ("not-json", Badly(InvalidReply, "<pre>Warning")),
    ("half-then-close", Cut(Lost, "broke before the reply was complete")),
    ("silence", Badly(Timeout, "no reply within 2s")),
    ("text-500", Cut(Refused, "it broke")),
];
