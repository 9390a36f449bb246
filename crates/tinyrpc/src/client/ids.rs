//! Where the ids of calls come from.

use std::sync::atomic::{AtomicU64, Ordering};

use tinyrpc_core::Id;

use crate::peer::Peer;

/// Makes the ids of calls. Ids that are in use at the same time on one connection must differ.
///
/// A closure that returns ids is one.
pub trait IdGenerator: Send + Sync + 'static {
    /// An id for the next call.
    fn next_id(&self) -> Id<'static>;
}

impl<F: Fn() -> Id<'static> + Send + Sync + 'static> IdGenerator for F {
    fn next_id(&self) -> Id<'static> {
        self()
    }
}

/// The ids of a link.
impl IdGenerator for Peer {
    fn next_id(&self) -> Id<'static> {
        Peer::next_id(self)
    }
}

/// Some servers keep ids in 32 bits with a sign.
const LARGEST: u64 = i32::MAX as u64;

/// Counts 1, 2, 3, … up to 2^31 - 1, then from 1 again. The default.
#[derive(Debug, Default)]
pub struct Sequential {
    used: AtomicU64,
}

impl Sequential {
    /// Starts at 1.
    #[must_use]
    pub const fn new() -> Self {
        Self::starting_at(1)
    }

    /// Starts at `first`.
    #[must_use]
    pub const fn starting_at(first: u64) -> Self {
        Self { used: AtomicU64::new(first.saturating_sub(1)) }
    }
}

impl IdGenerator for Sequential {
    #[inline]
    fn next_id(&self) -> Id<'static> {
        Id::Number(self.used.fetch_add(1, Ordering::Relaxed) % LARGEST + 1)
    }
}

/// Random strings of 16 letters and digits: ids that tell nothing and do not repeat. Not for secrets.
#[derive(Debug, Default)]
pub struct Random(());

impl Random {
    /// Seeded by the system.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }
}

impl IdGenerator for Random {
    fn next_id(&self) -> Id<'static> {
        Id::from((0..16).map(|_| fastrand::alphanumeric()).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequential_ids_stay_within_31_bits() {
        let ids = Sequential::starting_at(LARGEST);
        assert_eq!(ids.next_id(), Id::Number(LARGEST));
        assert_eq!(ids.next_id(), Id::Number(1));
        assert_eq!(Sequential::new().next_id(), Id::Number(1));
    }

    #[test]
    fn random_ids_differ() {
        assert_ne!(Random::new().next_id(), Random::new().next_id());
    }
}
