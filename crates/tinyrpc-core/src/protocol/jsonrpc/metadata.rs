//! The members of a call that the specification does not name: how long its caller still waits, and its trace.

use crate::call::{TraceContext, WireMetadata};
use crate::codec::{Codec, Json};
use crate::json::{ScanError, Scanner};

/// As the header of the same name, a whole number of at most ten digits: `"rpc-timeout-ms":1500`.
const TIMEOUT: &str = "rpc-timeout-ms";

/// W3C Trace Context §3.2 and §3.3, as Microsoft's `StreamJsonRpc` has them in its requests.
const TRACE_PARENT: &str = "traceparent";
const TRACE_STATE: &str = "tracestate";

/// Whether a member of this name is ours.
#[cold]
pub(super) fn is(name: &str) -> bool {
    matches!(name, TIMEOUT | TRACE_PARENT | TRACE_STATE)
}

/// Adds the members to the call that ends here.
pub(super) fn write(metadata: &WireMetadata, out: &mut Vec<u8>) {
    if out.pop_if(|byte| *byte == b'}').is_none() {
        debug_assert!(false, "no call ends here");
        return;
    }
    if let Some(left) = metadata.timeout_ms() {
        name(TIMEOUT, out);
        out.extend_from_slice(itoa::Buffer::new().format(left).as_bytes());
    }
    if let Some(trace) = metadata.trace() {
        let state = trace.tracestate().map(|state| (TRACE_STATE, state));
        for (key, value) in [(TRACE_PARENT, trace.traceparent())].into_iter().chain(state) {
            name(key, out);
            let codec: &dyn Codec = &Json;
            // A string can always be written as JSON.
            let _ = codec.to_raw(value, out);
        }
    }
    out.push(b'}');
}

fn name(name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

/// Reads the members in the rest of an object. What is not valid counts as not there.
pub(super) fn read(rest: &[u8]) -> WireMetadata {
    let text = std::str::from_utf8(rest).unwrap_or_default();
    let mut members = Members::default();
    // Of a message that was read it has been checked; others may be given anything.
    if members.read(text).is_err() {
        return WireMetadata::new();
    }
    let parent = members.parent.and_then(string);
    let state = members.state.and_then(string);
    let trace = parent.and_then(|parent| TraceContext::parse(&parent, state.as_deref()));
    WireMetadata::new().with_timeout_text(members.timeout.unwrap_or_default()).with_trace(trace)
}

/// The members, each undecoded. Of those that stand twice the last one counts.
#[derive(Default)]
struct Members<'m> {
    timeout: Option<&'m str>,
    parent: Option<&'m str>,
    state: Option<&'m str>,
}

impl<'m> Members<'m> {
    fn read(&mut self, rest: &'m str) -> Result<(), ScanError> {
        let mut scanner = Scanner::new(rest, usize::MAX);
        let mut first = scanner.peek() != Some(b',');
        while let Some(key) = scanner.next_key(&mut first)? {
            let value = scanner.value()?;
            match key.unescape().as_deref() {
                Ok(TIMEOUT) => self.timeout = Some(value),
                Ok(TRACE_PARENT) => self.parent = Some(value),
                Ok(TRACE_STATE) => self.state = Some(value),
                _ => {}
            }
        }
        Ok(())
    }
}

fn string(raw: &str) -> Option<String> {
    let codec: &'static dyn Codec = &Json;
    codec.from_raw::<String>(raw.as_bytes()).ok()
}
