//! What travels in headers beside a call: how long its caller still waits, and its trace.

use std::time::Instant;

#[cfg(feature = "http-client")]
use http::HeaderValue;
use http::{HeaderMap, HeaderName};
#[cfg(feature = "http-server")]
use tinyrpc_core::TraceContext;
use tinyrpc_core::{Metadata, WireMetadata};

/// How long the caller still waits, in milliseconds: a whole number of at most ten digits, as in the `Connect-Timeout-Ms` of
/// the Connect protocol.
const TIMEOUT: HeaderName = HeaderName::from_static("rpc-timeout-ms");

/// W3C Trace Context §3.2 and §3.3.
const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACE_STATE: HeaderName = HeaderName::from_static("tracestate");

/// Adds the headers, where there are none of these names.
#[cfg(feature = "http-client")]
pub(super) fn write(metadata: &Metadata, headers: &mut HeaderMap) {
    let metadata = WireMetadata::of(metadata, Instant::now());
    if let Some(left) = metadata.timeout_ms() {
        headers.entry(TIMEOUT).or_insert_with(|| HeaderValue::from(left));
    }
    if let Some(trace) = metadata.trace()
        && !headers.contains_key(TRACE_PARENT)
        && let Ok(parent) = HeaderValue::from_str(trace.traceparent())
    {
        headers.insert(TRACE_PARENT, parent);
        if let Some(Ok(state)) = trace.tracestate().map(HeaderValue::from_str) {
            headers.insert(TRACE_STATE, state);
        }
    }
}

/// Reads the headers. What is not valid counts as not there.
#[cfg(feature = "http-server")]
pub(super) fn read(headers: &HeaderMap) -> Metadata {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let trace = text(TRACE_PARENT).and_then(|parent| {
        // Several lines are one list (§3.3.1).
        let states: Vec<_> = headers.get_all(TRACE_STATE).iter().filter_map(|state| state.to_str().ok()).collect();
        TraceContext::parse(parent, Some(&states.join(",")))
    });
    let metadata = WireMetadata::new().with_timeout_text(text(TIMEOUT).unwrap_or_default());
    metadata.with_trace(trace).at(Instant::now())
}
