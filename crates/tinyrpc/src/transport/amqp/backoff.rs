//! How long to wait before connecting again.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// Grows from 0.1 s to 5 s, with a random part, so that the clients of a restarted broker do not all come at once.
#[derive(Debug)]
pub(super) struct Backoff(Duration);

impl Backoff {
    pub(super) fn new() -> Self {
        Self(FIRST)
    }

    /// The next wait: between half and all of what it may be.
    pub(super) fn next(&mut self) -> Duration {
        let most = self.0;
        self.0 = (most * 2).min(LONGEST);
        most.mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_five_seconds() {
        let mut backoff = Backoff::new();
        assert!((50..=100).contains(&backoff.next().as_millis()));
        let last = (0..20).map(|_| backoff.next()).last();
        assert!(last.is_some_and(|wait| (2_500..=5_000).contains(&wait.as_millis())));
    }
}
