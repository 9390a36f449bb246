//! What travels in headers beside a call: how long its caller still waits, and its trace.

#[cfg(feature = "http-server")]
use std::time::Duration;
use std::time::Instant;

#[cfg(feature = "http-client")]
use http::HeaderValue;
use http::{HeaderMap, HeaderName};
use tinyrpc_core::Metadata;
#[cfg(feature = "http-server")]
use tinyrpc_core::TraceContext;

/// How long the caller still waits, in milliseconds: a whole number of at most ten digits, as in the `Connect-Timeout-Ms` of
/// the Connect protocol. A span and not a point in time, because the clocks of two machines differ.
const TIMEOUT: HeaderName = HeaderName::from_static("rpc-timeout-ms");

/// W3C Trace Context §3.2 and §3.3.
const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACE_STATE: HeaderName = HeaderName::from_static("tracestate");

/// The longest time that is said: what fits ten digits, 115 days.
const LONGEST: u128 = 9_999_999_999;

/// Adds the headers, where there are none of these names.
#[cfg(feature = "http-client")]
pub(super) fn write(metadata: &Metadata, headers: &mut HeaderMap) {
    if let Some(deadline) = metadata.deadline() {
        let left = deadline.saturating_duration_since(Instant::now()).as_millis();
        if left <= LONGEST
            && let Ok(left) = u64::try_from(left)
        {
            headers.entry(TIMEOUT).or_insert_with(|| HeaderValue::from(left));
        }
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
    let deadline = text(TIMEOUT).and_then(|left| {
        let digits = !left.is_empty() && left.len() <= 10 && left.bytes().all(|byte| byte.is_ascii_digit());
        let left = left.parse().ok().filter(|left| digits && u128::from(*left) <= LONGEST)?;
        Instant::now().checked_add(Duration::from_millis(left))
    });
    let trace = text(TRACE_PARENT).and_then(|parent| {
        // Several lines are one list (§3.3.1).
        let states: Vec<_> = headers.get_all(TRACE_STATE).iter().filter_map(|state| state.to_str().ok()).collect();
        TraceContext::parse(parent, Some(&states.join(",")))
    });
    Metadata::new().with_deadline(deadline).with_trace(trace)
}
