//! The values of headers that say what web pages may do, or are to be looked at before a page may do something.

/// The methods that are answered, as in the header `Allow`.
pub(crate) const METHODS: &str = "POST, OPTIONS";

/// The value of `Access-Control-Allow-Methods`.
pub(crate) const ALLOWED_METHODS: &str = "POST";

/// The value of `Access-Control-Allow-Headers`: what pages send, and what is read besides.
pub(crate) const ALLOWED_HEADERS: &str =
    "Content-Type, X-Requested-With, Accept, Origin, Rpc-Timeout-Ms, traceparent, tracestate";

/// The value of `Access-Control-Max-Age`: how long the answer to a preflight holds.
pub(crate) const PREFLIGHT_SECONDS: &str = "3600";

/// Whether a `Content-Type` names a media type, and not parameters alone.
pub(crate) fn names_type(content_type: &[u8]) -> bool {
    content_type.split(|byte| *byte == b';').next().is_some_and(|name| !name.trim_ascii().is_empty())
}
