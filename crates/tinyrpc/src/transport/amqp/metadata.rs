//! What travels in the headers of a message beside it: how long its caller still waits, and its trace.

use std::time::Instant;

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use tinyrpc_core::{Metadata, TraceContext, WireMetadata};

/// How long the caller still waits when the message is published, in milliseconds. Not the message's expiration: with that
/// a caller may just as well say by when its call is to be begun.
///
/// The time in the queue does not count, because the clocks of two machines differ: a worker may go on too long, but it
/// never ends a call for whose reply somebody waits.
const TIMEOUT: &str = "rpc-timeout-ms";

/// W3C Trace Context.
const TRACE_PARENT: &str = "traceparent";
const TRACE_STATE: &str = "tracestate";

/// Adds the headers.
pub(super) fn write(metadata: &Metadata, properties: BasicProperties) -> BasicProperties {
    let mut headers = FieldTable::default();
    let metadata = WireMetadata::of(metadata, Instant::now());
    if let Some(left) = metadata.timeout_ms().and_then(|left| i64::try_from(left).ok()) {
        headers.insert(TIMEOUT.into(), AMQPValue::LongLongInt(left));
    }
    if let Some(trace) = metadata.trace() {
        headers.insert(TRACE_PARENT.into(), AMQPValue::LongString(trace.traceparent().into()));
        if let Some(state) = trace.tracestate() {
            headers.insert(TRACE_STATE.into(), AMQPValue::LongString(state.into()));
        }
    }
    if headers.inner().is_empty() { properties } else { properties.with_headers(headers) }
}

/// Reads the headers; `None` when there is nothing in them for us. What is not valid counts as not there.
pub(super) fn read(properties: &BasicProperties) -> Option<Metadata> {
    let headers = properties.headers().as_ref()?.inner();
    let text = |name: &str| match headers.get(name)? {
        AMQPValue::LongString(text) => std::str::from_utf8(text.as_bytes()).ok(),
        AMQPValue::ShortString(text) => Some(text.as_str()),
        _ => None,
    };
    let left = match headers.get(TIMEOUT) {
        Some(AMQPValue::LongLongInt(left)) => u64::try_from(*left).ok(),
        Some(AMQPValue::LongInt(left)) => u64::try_from(*left).ok(),
        Some(AMQPValue::LongUInt(left)) => Some(u64::from(*left)),
        _ => None,
    };
    let trace = text(TRACE_PARENT).and_then(|parent| TraceContext::parse(parent, text(TRACE_STATE)));
    let metadata = WireMetadata::new().with_timeout_ms(left).with_trace(trace).at(Instant::now());
    (metadata != Metadata::default()).then_some(metadata)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(read(&write(&Metadata::new(), BasicProperties::default())), None);
        let trace = TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", Some("a=1"));
        let before = Instant::now();
        let metadata = Metadata::new().with_deadline(Some(before + Duration::from_secs(60))).with_trace(trace.clone());
        let got = read(&write(&metadata, BasicProperties::default())).unwrap();
        assert_eq!(got.trace(), trace.as_ref());
        let left = got.deadline().unwrap() - before;
        assert!(left >= Duration::from_secs(60) && left < Duration::from_secs(90), "{left:?}");
    }

    #[test]
    fn a_worker_is_told_no_less_time_than_there_is() {
        for microseconds in 0..50 {
            let deadline = Instant::now() + Duration::from_micros(60_000_000 + 19 * microseconds);
            let properties = write(&Metadata::new().with_deadline(Some(deadline)), BasicProperties::default());
            let left = deadline - Instant::now();
            let Some(AMQPValue::LongLongInt(told)) = properties.headers().as_ref().unwrap().inner().get(TIMEOUT) else {
                panic!("{properties:?}");
            };
            assert!(Duration::from_millis(u64::try_from(*told).unwrap()) >= left, "{told} ms of {left:?}");
        }
    }

    #[test]
    fn what_is_not_valid_is_not_there() {
        for (name, value) in [
            (TIMEOUT, AMQPValue::LongLongInt(-1)),
            (TIMEOUT, AMQPValue::LongString("5".into())),
            (TIMEOUT, AMQPValue::LongLongInt(i64::MAX)),
            (TRACE_PARENT, AMQPValue::LongString("00-x".into())),
            (TRACE_PARENT, AMQPValue::Void),
        ] {
            let mut headers = FieldTable::default();
            headers.insert(name.into(), value);
            assert_eq!(read(&BasicProperties::default().with_headers(headers)), None);
        }
    }
}
