//! What travels with a call in the form in which it travels: the time that is left instead of an instant.

use std::time::{Duration, Instant};

use super::metadata::{Metadata, TraceContext};

/// [`Metadata`] on the wire: how long the caller still waits, in milliseconds, and the trace. Transports put it into headers,
/// and protocols that can into messages ([`Protocol::write_metadata`](crate::Protocol::write_metadata)).
///
/// A span and not a point in time, because the clocks of two machines differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WireMetadata {
    timeout: Option<u64>,
    trace: Option<TraceContext>,
}

impl WireMetadata {
    /// The longest time that is said or understood, in milliseconds: what fits ten digits, 115 days.
    pub const LONGEST: u64 = 9_999_999_999;

    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What is to be sent at `now`. The time is rounded up: the other side must not give up before the caller does. One that
    /// is too long to be said is left out.
    #[must_use]
    pub fn of(metadata: &Metadata, now: Instant) -> Self {
        let left = metadata.deadline().map(|deadline| deadline.saturating_duration_since(now));
        let left = left.and_then(|left| u64::try_from(left.as_nanos().div_ceil(1_000_000)).ok());
        Self::new().with_timeout_ms(left).with_trace(metadata.trace().cloned())
    }

    /// What was received at `now`. A time beyond the clock's range is none.
    #[must_use]
    pub fn at(self, now: Instant) -> Metadata {
        let deadline = self.timeout.and_then(|left| now.checked_add(Duration::from_millis(left)));
        Metadata::new().with_deadline(deadline).with_trace(self.trace)
    }

    /// How long the caller still waits, in milliseconds; more than [`LONGEST`](Self::LONGEST) counts as not known.
    #[must_use]
    pub fn with_timeout_ms(mut self, milliseconds: Option<u64>) -> Self {
        self.timeout = milliseconds.filter(|milliseconds| *milliseconds <= Self::LONGEST);
        self
    }

    /// The same from a text. What is no whole number of one to ten digits counts as not known.
    #[must_use]
    pub fn with_timeout_text(self, text: &str) -> Self {
        let digits = text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit());
        self.with_timeout_ms(if digits { text.parse().ok() } else { None })
    }

    /// The trace that the call belongs to.
    #[must_use]
    pub fn with_trace(mut self, trace: Option<TraceContext>) -> Self {
        self.trace = trace;
        self
    }

    /// How long the caller still waits, in milliseconds.
    #[must_use]
    pub fn timeout_ms(&self) -> Option<u64> {
        self.timeout
    }

    /// The trace that the call belongs to.
    #[must_use]
    pub fn trace(&self) -> Option<&TraceContext> {
        self.trace.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_side_is_told_no_less_time_than_there_is() {
        let now = Instant::now();
        for nanoseconds in [0, 1, 999_999, 1_000_000, 1_000_001, 60_000_000_019] {
            let left = Duration::from_nanos(nanoseconds);
            let metadata = Metadata::new().with_deadline(Some(now + left));
            let told = Duration::from_millis(WireMetadata::of(&metadata, now).timeout_ms().unwrap());
            assert!(told >= left && told < left + Duration::from_millis(1), "{told:?} of {left:?}");
        }
        let passed = Metadata::new().with_deadline(Some(now));
        assert_eq!(WireMetadata::of(&passed, now + Duration::from_secs(1)).timeout_ms(), Some(0));
        assert_eq!(WireMetadata::of(&Metadata::new(), now), WireMetadata::new());
    }

    #[test]
    fn what_is_too_long_is_not_said() {
        let now = Instant::now();
        for (milliseconds, said) in [(WireMetadata::LONGEST, true), (WireMetadata::LONGEST + 1, false)] {
            let deadline = now.checked_add(Duration::from_millis(milliseconds));
            let told = WireMetadata::of(&Metadata::new().with_deadline(deadline), now);
            assert_eq!(told.timeout_ms().is_some(), said);
            assert_eq!(told.clone().at(now).deadline(), if said { deadline } else { None });
        }
        assert_eq!(WireMetadata::new().with_timeout_ms(Some(u64::MAX)), WireMetadata::new());
    }

    #[test]
    fn a_time_is_digits() {
        for (text, time) in [("0", Some(0)), ("1500", Some(1_500)), ("9999999999", Some(WireMetadata::LONGEST))] {
            assert_eq!(WireMetadata::new().with_timeout_text(text).timeout_ms(), time);
        }
        for text in ["", "-1", "+1", "1.5", "1e3", " 1", "1s", "10000000000", "99999999999999999999999", "٣"] {
            assert_eq!(WireMetadata::new().with_timeout_text(text), WireMetadata::new(), "{text}");
        }
    }
}
