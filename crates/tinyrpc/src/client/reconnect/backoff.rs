//! How long to wait before connecting again.

use std::time::Duration;

/// The waits between attempts to connect: each is longer than the one before, up to a bound, and a random part keeps the
/// clients of a restarted server from coming all at once.
///
/// ```
/// use std::time::Duration;
/// use tinyrpc::client::reconnect::Backoff;
///
/// let mut waits = Backoff::new().with_jitter(0.0).with_attempts(3).waits();
/// let waits: Vec<u128> = std::iter::from_fn(|| waits.next()).map(|wait| wait.as_millis()).collect();
/// assert_eq!(waits, [100, 200]); // between three attempts
/// ```
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    factor: f64,
    jitter: f64,
    attempts: Option<u32>,
    seed: Option<u64>,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(100),
            longest: Duration::from_secs(10),
            factor: 2.0,
            jitter: 0.5,
            attempts: None,
            seed: None,
        }
    }
}

impl Backoff {
    /// From 0.1 s doubling up to 10 s, of which up to a half is taken away at random; for ever.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The wait after the first attempt that failed, without its random part; default 0.1 s.
    #[must_use]
    pub fn with_first(mut self, wait: Duration) -> Self {
        self.first = wait;
        self
    }

    /// The longest wait; default 10 s.
    #[must_use]
    pub fn with_longest(mut self, wait: Duration) -> Self {
        self.longest = wait;
        self
    }

    /// How many times as long as the one before a wait is; default 2, at least 1.
    #[must_use]
    pub fn with_factor(mut self, factor: f64) -> Self {
        self.factor = factor.max(1.0);
        self
    }

    /// Which part of a wait is random, from 0 (none) to 1 (all of it); default 0.5. It is taken away, so that a wait is
    /// never longer than the longest.
    #[must_use]
    pub fn with_jitter(mut self, part: f64) -> Self {
        self.jitter = if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.0 };
        self
    }

    /// Gives up after this many attempts in a row that failed, at least 1; default: never.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts.max(1));
        self
    }

    /// Makes the random parts the same ones every time, for tests; default: they differ.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The waits, one after the other.
    #[must_use]
    pub fn waits(&self) -> Waits {
        self.waits_of(0)
    }

    /// The waits of one of several endpoints, whose random parts differ.
    pub(super) fn waits_of(&self, endpoint: usize) -> Waits {
        let random = match self.seed {
            Some(seed) => fastrand::Rng::with_seed(seed.wrapping_add(endpoint as u64)),
            None => fastrand::Rng::new(),
        };
        Waits { backoff: self.clone(), random, failed: 0 }
    }

    pub(super) fn longest(&self) -> Duration {
        self.longest
    }
}

/// The waits that a [`Backoff`] describes.
#[derive(Clone, Debug)]
pub struct Waits {
    backoff: Backoff,
    random: fastrand::Rng,
    failed: u32,
}

impl Waits {
    /// How long to wait now that another attempt has failed; `None` when it is time to give up.
    #[allow(clippy::should_implement_trait)] // it can begin anew, so it is no iterator that has come to its end
    pub fn next(&mut self) -> Option<Duration> {
        let steps = self.failed;
        self.failed = steps.saturating_add(1);
        let enough = self.backoff.attempts.is_some_and(|attempts| self.failed >= attempts);
        (!enough).then(|| self.wait(steps))
    }

    /// Begins anew, and gives the wait after the end of something that went well.
    pub(super) fn first(&mut self) -> Duration {
        self.reset();
        self.wait(0)
    }

    /// The wait after as many failures more than one.
    pub(super) fn wait(&mut self, steps: u32) -> Duration {
        let Backoff { first, longest, factor, jitter, .. } = self.backoff;
        let steps = i32::try_from(steps).unwrap_or(i32::MAX);
        let seconds = (first.as_secs_f64() * factor.powi(steps)).min(longest.as_secs_f64());
        let kept = 1.0 - jitter * self.random.f64();
        Duration::try_from_secs_f64(seconds * kept).unwrap_or(longest).min(longest)
    }

    /// Begins anew: an attempt has succeeded.
    pub fn reset(&mut self) {
        self.failed = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(backoff: &Backoff, count: usize) -> Vec<u128> {
        let mut waits = backoff.waits();
        (0..count).map(|_| waits.next().unwrap().as_millis()).collect()
    }

    #[test]
    fn waits_grow_to_the_longest_and_stay_there() {
        let backoff = Backoff::new().with_longest(Duration::from_secs(1)).with_jitter(0.0);
        assert_eq!(millis(&backoff, 6), [100, 200, 400, 800, 1_000, 1_000]);
        assert_eq!(millis(&backoff.clone().with_factor(0.1), 3), [100, 100, 100]);
        assert_eq!(millis(&backoff.with_first(Duration::from_secs(5)), 2), [1_000, 1_000]);
    }

    #[test]
    fn the_random_part_takes_away_only_and_can_be_repeated() {
        let backoff = Backoff::new().with_seed(7);
        let waits = millis(&backoff, 60);
        assert_eq!(waits, millis(&backoff, 60));
        assert_ne!(waits, millis(&backoff.clone().with_seed(8), 60));
        for (wait, most) in waits.iter().zip([100, 200, 400, 800]) {
            assert!((most / 2..=most).contains(wait), "{wait} of {most}");
        }
        assert!(waits[10..].iter().all(|wait| (5_000..=10_000).contains(wait)));
        assert!(waits[10..].iter().any(|wait| *wait != waits[10]));
        let all = millis(&backoff.with_jitter(1.0), 60);
        assert!(all[10..].iter().any(|wait| *wait < 5_000));
    }

    #[test]
    fn extremes_neither_panic_nor_exceed_the_longest() {
        let backoff = Backoff::new().with_first(Duration::MAX).with_longest(Duration::MAX).with_factor(f64::INFINITY);
        for backoff in [backoff, Backoff::new().with_factor(f64::NAN), Backoff::new().with_jitter(f64::NAN)] {
            let mut waits = backoff.waits();
            assert!((0..3_000).all(|_| waits.next().is_some_and(|wait| wait <= backoff.longest)));
        }
    }

    #[test]
    fn attempts_are_counted_in_a_row() {
        let mut waits = Backoff::new().with_attempts(2).waits();
        assert!(waits.next().is_some());
        waits.reset();
        assert!(waits.next().is_some());
        assert!(waits.next().is_none());
        waits.first();
        assert!(waits.next().is_some());
        assert!(Backoff::new().with_attempts(0).waits().next().is_none());
    }
}
