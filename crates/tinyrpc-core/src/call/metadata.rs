//! What travels beside a call: how long its caller waits, and which trace it belongs to.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// What a transport carries beside a message, for every call in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    deadline: Option<Instant>,
    trace: Option<TraceContext>,
}

impl Metadata {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// When the caller stops waiting; default `None`: not known.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Option<Instant>) -> Self {
        self.deadline = deadline;
        self
    }

    /// The trace that the call belongs to; default none.
    #[must_use]
    pub fn with_trace(mut self, trace: Option<TraceContext>) -> Self {
        self.trace = trace;
        self
    }

    /// When the caller stops waiting.
    #[inline]
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The trace that the call belongs to.
    #[inline]
    #[must_use]
    pub fn trace(&self) -> Option<&TraceContext> {
        self.trace.as_ref()
    }
}

/// A place in a distributed trace, as `traceparent` and `tracestate` say it (W3C Trace Context, level 1). Cheap to clone.
///
/// It is passed on as it came. A program that opens spans of its own passes on one whose parent is its span.
#[derive(Clone, PartialEq, Eq)]
pub struct TraceContext {
    parent: Arc<str>,
    state: Option<Arc<str>>,
}

/// The longest `tracestate` that is passed on, in bytes: 32 entries, of which the specification asks to pass on 512 bytes
/// at least.
const LONGEST_STATE: usize = 4_096;

impl TraceContext {
    /// Reads the two values. `None` when `traceparent` is not valid (§3.2); a `tracestate` that cannot be passed on is left
    /// out.
    #[must_use]
    pub fn parse(traceparent: &str, tracestate: Option<&str>) -> Option<Self> {
        let parent = traceparent.trim();
        if !is_parent(parent) {
            return None;
        }
        let state = tracestate.map(str::trim).filter(|state| {
            let visible = |byte: u8| (0x20..0x7f).contains(&byte) || byte == b'\t';
            !state.is_empty() && state.len() <= LONGEST_STATE && state.bytes().all(visible)
        });
        Some(Self { parent: parent.into(), state: state.map(Into::into) })
    }

    /// The value of `traceparent`, such as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`.
    #[must_use]
    pub fn traceparent(&self) -> &str {
        &self.parent
    }

    /// The value of `tracestate`, if there is any.
    #[must_use]
    pub fn tracestate(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// The trace's id, 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        self.parent.get(3..35).unwrap_or_default()
    }

    /// The id of the span that made the call, 16 hexadecimal digits.
    #[must_use]
    pub fn parent_id(&self) -> &str {
        self.parent.get(36..52).unwrap_or_default()
    }
}

/// `version-trace_id-parent_id-flags`, in lower case. A later version may have more after that.
fn is_parent(text: &str) -> bool {
    let bytes = text.as_bytes();
    let hex = |range: std::ops::Range<usize>| {
        bytes.get(range).is_some_and(|part| part.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
    };
    let zero =
        |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|part| part.iter().all(|byte| *byte == b'0'));
    let dashes = [2, 35, 52].iter().all(|at| bytes.get(*at) == Some(&b'-'));
    let version = bytes.get(..2);
    let ends = match version {
        Some(b"00") => bytes.len() == 55,
        Some(b"ff") | None => false,
        Some(_) => {
            bytes.len() <= 512
                && bytes.iter().all(u8::is_ascii_graphic)
                && (bytes.len() == 55 || bytes.get(55) == Some(&b'-'))
        }
    };
    let fields = hex(0..2) && hex(3..35) && hex(36..52) && hex(53..55);
    dashes && ends && fields && !zero(3..35) && !zero(36..52)
}

impl fmt::Debug for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceContext({})", self.parent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_valid_parent_is_taken_apart() {
        let trace = TraceContext::parse(GOOD, Some(" a=1,b=2 ")).unwrap();
        assert_eq!((trace.traceparent(), trace.tracestate()), (GOOD, Some("a=1,b=2")));
        assert_eq!(trace.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(trace.parent_id(), "00f067aa0ba902b7");
        let later = format!("{}-more", GOOD.replacen("00", "cc", 1));
        assert!(TraceContext::parse(&later, None).is_some());
    }

    #[test]
    fn what_is_not_valid_is_no_trace() {
        let zero_trace = "00-00000000000000000000000000000000-00f067aa0ba902b7-01";
        let zero_span = "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01";
        let upper = GOOD.to_ascii_uppercase();
        let longer = format!("{GOOD}-more");
        let forbidden = GOOD.replacen("00", "ff", 1);
        let control = format!("{}-\u{1b}x", GOOD.replacen("00", "cc", 1));
        for bad in ["", "00", &GOOD[..54], zero_trace, zero_span, &upper, &longer, &forbidden, &control, "ü"] {
            assert_eq!(TraceContext::parse(bad, None), None, "{bad}");
        }
        let (long, bad) = ("x".repeat(5_000), "a=\u{7}");
        for state in ["", &*long, bad] {
            assert_eq!(TraceContext::parse(GOOD, Some(state)).unwrap().tracestate(), None);
        }
    }
}
