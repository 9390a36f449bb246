//! One endpoint: how it is reached, and how it has fared.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tinyrpc_core::call::BoxFuture;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::backoff::{Backoff, Waits};
use super::state::{Board, Failure, Phase};
use crate::client::backend::{Carrier, Driven, End, Slot};
use crate::client::{CallError, CallErrorKind};
use crate::peer::Peer;
use crate::transport::{ClientTransport, Link, TransportError, TransportErrorKind};

/// How many calls in a row must run out of time before an endpoint is passed over: one may just have taken long.
const TIMEOUTS: u32 = 3;

/// Makes a link.
pub(in crate::client) type Dial = dyn Fn() -> BoxFuture<'static, Result<Link, TransportError>> + Send + Sync;

/// How an endpoint is reached.
pub(in crate::client) enum Target {
    Exchange(Arc<dyn ClientTransport>),
    Link(Arc<Dialer>),
}

/// Makes one link after the other, with a peer for each.
pub(in crate::client) struct Dialer {
    pub(in crate::client) dial: Box<Dial>,
    pub(in crate::client) end: End,
    pub(in crate::client) slot: Slot,
}

impl Dialer {
    pub(super) async fn open(&self) -> Result<(Peer, Driven), TransportError> {
        let link = (self.dial)().await?;
        Ok(self.end.meet(self.slot.watch(link)))
    }
}

pub(super) struct Endpoint {
    pub(super) target: Target,
    /// How many calls are under way.
    load: AtomicUsize,
    /// Whether anything has been answered since the last look.
    pub(super) answered: Arc<AtomicBool>,
    health: Mutex<Health>,
    /// What keeps a link up, once it has been needed.
    pub(super) keeper: Mutex<Option<AbortHandle>>,
}

/// What calls have told.
struct Health {
    waits: Waits,
    /// Calls in a row that ran out of time or were refused.
    doubts: u32,
    /// Until when others are preferred.
    aside: Option<Instant>,
}

impl Endpoint {
    pub(super) fn new(target: Target, backoff: &Backoff, index: usize) -> Self {
        let health = Health { waits: backoff.waits_of(index), doubts: 0, aside: None };
        Self {
            target,
            load: AtomicUsize::new(0),
            answered: Arc::default(),
            health: Mutex::new(health),
            keeper: Mutex::default(),
        }
    }

    pub(super) fn load(&self) -> usize {
        self.load.load(Ordering::Relaxed)
    }

    /// Whether calls had better go elsewhere.
    pub(super) fn is_aside(&self, now: Instant) -> bool {
        self.lock().aside.is_some_and(|until| now < until)
    }

    /// What carries calls, if the endpoint can be used now.
    pub(super) fn carrier(&self, phase: &Phase, now: Instant) -> Option<Carrier> {
        match (&self.target, phase) {
            // A link that has just broken is up until its keeper has heard of it.
            (Target::Link(dialer), Phase::Up { peer: Some(peer), .. }) if !peer.is_closed() => {
                Some(Carrier::Link(peer.clone(), dialer.slot.clone()))
            }
            (Target::Exchange(transport), Phase::Up { .. }) => Some(Carrier::Exchange(Arc::clone(transport))),
            (Target::Exchange(transport), Phase::Down { until, .. }) if *until <= now => {
                Some(Carrier::Exchange(Arc::clone(transport)))
            }
            _ => None,
        }
    }

    /// When to look again at an endpoint that cannot be used; `None` when its state will change first.
    pub(super) fn ready_at(&self, phase: &Phase) -> Option<Instant> {
        match (&self.target, phase) {
            (Target::Exchange(_), Phase::Down { until, .. }) => Some(*until),
            _ => None,
        }
    }

    /// Nothing that holds the lock can panic half-way, or looks at the board: those who look at that take this lock then.
    fn lock(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call's use of an endpoint.
pub(super) struct Lease<'e> {
    endpoint: &'e Endpoint,
    board: &'e Board,
    index: usize,
    /// How many failures in a row were known when it began: of calls that fail together, one counts.
    known: u32,
    pub(super) carrier: Carrier,
    pub(super) generation: u64,
}

impl<'e> Lease<'e> {
    pub(super) fn new(
        endpoint: &'e Endpoint,
        board: &'e Board,
        index: usize,
        carrier: Carrier,
        generation: u64,
        known: u32,
    ) -> Self {
        endpoint.load.fetch_add(1, Ordering::Relaxed);
        Self { endpoint, board, index, known, carrier, generation }
    }

    /// The other side has answered, whatever it said.
    pub(super) fn succeeded(&self) {
        self.endpoint.answered.store(true, Ordering::Relaxed);
        {
            let mut health = self.endpoint.lock();
            (health.doubts, health.aside) = (0, None);
            health.waits.reset();
        }
        if matches!(self.carrier, Carrier::Exchange(_)) {
            self.board.recovered(self.index);
        }
    }

    /// Takes a call's error into account.
    pub(super) fn failed(&self, error: &CallError) {
        match (error.kind(), error.transport_error()) {
            (CallErrorKind::Timeout, _) => self.put_aside(TIMEOUTS),
            (_, Some(error)) => match error.kind() {
                TransportErrorKind::Unreachable | TransportErrorKind::Lost => self.broke(error),
                // It is there, and may take other messages; but another one may take this one.
                TransportErrorKind::Refused | TransportErrorKind::Invalid => self.put_aside(1),
                _ => {}
            },
            (CallErrorKind::Arguments, None) => {}
            (_, None) => self.succeeded(),
        }
    }

    /// Whether another attempt could fail at once, again and again, because nothing waits for anything.
    pub(super) fn is_hasty(&self) -> bool {
        matches!(&self.carrier, Carrier::Link(peer, _) if !peer.is_closed())
    }

    /// Prefers others for a while, after so many failures in a row.
    fn put_aside(&self, after: u32) {
        let mut health = self.endpoint.lock();
        health.doubts = health.doubts.saturating_add(1);
        if let Some(more) = health.doubts.checked_sub(after) {
            let wait = health.waits.wait(more);
            health.aside = Instant::now().checked_add(wait);
        }
    }

    /// A link's keeper knows by itself that it broke.
    fn broke(&self, error: &TransportError) {
        if !matches!(self.carrier, Carrier::Exchange(_)) {
            return;
        }
        let last = Failure::from(error);
        let broke = self.board.revise(self.index, |phase| {
            let failed = phase.failed();
            if failed != self.known {
                return None;
            }
            let attempt = failed.saturating_add(1);
            let Some(wait) = self.endpoint.lock().waits.next() else { return Some(Phase::Over(last)) };
            // A connection that lay idle may just have been closed; a new one can be had at once.
            let idle = error.kind() == TransportErrorKind::Lost && attempt == 1;
            let wait = if idle { Duration::ZERO } else { wait };
            let now = Instant::now();
            Some(Phase::Down { last, attempt, until: now.checked_add(wait).unwrap_or(now) })
        });
        if broke {
            tracing::info!(%error, "an endpoint failed");
        }
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.endpoint.load.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("load", &self.load).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures_util::FutureExt as _;
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use super::super::endpoints::Endpoints;
    use super::super::settings::{Balance, Reconnect};
    use super::super::state::State;
    use super::*;
    use crate::transport::Outgoing;

    #[derive(Debug)]
    struct Silent;

    impl ClientTransport for Silent {
        fn exchange(&self, _: Outgoing<'_>) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
            Box::pin(std::future::pending())
        }
    }

    fn lease(endpoints: &Endpoints) -> Lease<'_> {
        let picked = endpoints.pick(None, true).now_or_never().expect("nothing is to be waited for");
        picked.map_err(|_| "the exchange can be used").unwrap()
    }

    fn lost() -> CallError {
        CallError::transport(TransportError::new(TransportErrorKind::Lost, "gone"))
    }

    /// Has a call succeed whenever a failure is logged, which is in the middle of dealing with it.
    struct InTheMiddle(Arc<Endpoints>);

    impl Subscriber for InTheMiddle {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.target() == "tinyrpc::client::reconnect::endpoint"
        }

        fn event(&self, _: &Event<'_>) {
            lease(&self.0).succeeded();
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_amid_a_failure_is_not_forgotten() {
        let target = ("a".to_owned(), Target::Exchange(Arc::new(Silent)));
        let endpoints = Arc::new(Endpoints::new(vec![target], Balance::Failover, Reconnect::new()));
        let failing = lease(&endpoints);
        tracing::subscriber::with_default(InTheMiddle(Arc::clone(&endpoints)), || failing.failed(&lost()));
        // Whichever of the two is counted as the later one, the next success counts.
        lease(&endpoints).succeeded();
        assert!(matches!(endpoints.states().now(), State::Connected { .. }), "{:?}", endpoints.states());
    }

    #[tokio::test(start_paused = true)]
    async fn of_calls_that_fail_together_one_counts_and_a_success_ends_it() {
        let target = ("a".to_owned(), Target::Exchange(Arc::new(Silent)));
        let endpoints = Endpoints::new(vec![target], Balance::Failover, Reconnect::new());
        let attempt = || match endpoints.states().now() {
            State::Disconnected { attempt, .. } => attempt,
            State::Connected { .. } => 0,
            other => panic!("{other:?}"),
        };
        let [first, second, good] = [(); 3].map(|()| lease(&endpoints));
        first.failed(&lost());
        second.failed(&lost());
        assert_eq!(attempt(), 1);
        // The first loss may be tried again at once, by any number of calls.
        let [third, fourth] = [(); 2].map(|()| lease(&endpoints));
        third.failed(&lost());
        fourth.failed(&lost());
        assert_eq!(attempt(), 2);
        good.succeeded();
        assert_eq!(attempt(), 0);
        lease(&endpoints).failed(&lost());
        assert_eq!(attempt(), 1);
    }
}
