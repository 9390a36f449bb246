//! Finds the endpoint for a call, and waits for one if there is none.

use std::sync::atomic::Ordering;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::endpoint::Lease;
use super::endpoints::Endpoints;
use super::settings::Balance;
use super::state::{Failure, Phase, Phases};
use crate::client::backend::Carrier;
use crate::client::deadline::Deadline;
use crate::transport::{TransportError, TransportErrorKind};

/// What a look at the endpoints gives.
enum Choice {
    Use {
        index: usize,
        carrier: Carrier,
        generation: u64,
        /// How many attempts in a row have failed there.
        failed: u32,
    },
    /// Nobody has connected to these yet.
    Start(Vec<usize>),
    /// None can be used now. `fresh` if one is being connected to for the first time.
    Wait { fresh: bool, until: Option<Instant> },
    /// None will ever be.
    Never,
}

/// Why no endpoint was found.
pub(super) struct Refusal {
    pub(super) failure: Option<Failure>,
    over: bool,
    deadline: Option<Deadline>,
}

impl Endpoints {
    /// Waits for an endpoint that can be used. Without a deadline, until the first attempts have failed.
    pub(super) async fn pick(&self, deadline: Option<Deadline>, waits: bool) -> Result<Lease<'_>, Refusal> {
        let mut board = self.board.watch();
        loop {
            let (choice, failure) = self.choose(&mut board);
            let (fresh, until) = match choice {
                Choice::Use { index, carrier, generation, failed } => {
                    return Ok(Lease::new(&self.list[index], &self.board, index, carrier, generation, failed));
                }
                Choice::Start(standing_by) => {
                    for index in standing_by {
                        self.start(index);
                    }
                    continue;
                }
                Choice::Wait { fresh, until } => (fresh, until),
                Choice::Never => return Err(Refusal { failure, over: true, deadline }),
            };
            if !waits && !fresh {
                return Err(Refusal { failure, over: false, deadline });
            }
            let end = deadline.map(|deadline| deadline.instant());
            let first = until.into_iter().chain(end).min();
            let changed = async {
                // The sender is here, in `self`.
                let _ = board.changed().await;
            };
            match first {
                None => changed.await,
                Some(first) => {
                    let _ = timeout_at(first, changed).await;
                }
            }
            if end.is_some_and(|end| end <= Instant::now()) {
                return Err(Refusal { failure, over: false, deadline });
            }
        }
    }

    fn choose(&self, board: &mut watch::Receiver<Phases>) -> (Choice, Option<Failure>) {
        let phases = board.borrow_and_update();
        let now = Instant::now();
        let failure = || phases.all.iter().find_map(Phase::failure).cloned();
        if self.balance == Balance::LeastLoaded {
            let standing_by: Vec<_> = standing_by(&phases).collect();
            if !standing_by.is_empty() {
                return (Choice::Start(standing_by), None);
            }
        }
        let turn = match self.balance {
            Balance::Failover => 0,
            Balance::LeastLoaded => self.turn.fetch_add(1, Ordering::Relaxed),
        };
        let mut best: Option<((bool, usize), usize, Carrier)> = None;
        for step in 0..self.list.len() {
            let index = (turn % self.list.len() + step) % self.list.len();
            let endpoint = &self.list[index];
            let Some(carrier) = endpoint.carrier(&phases.all[index], now) else { continue };
            let load = if self.balance == Balance::Failover { 0 } else { endpoint.load() };
            let cost = (self.list.len() > 1 && endpoint.is_aside(now), load);
            if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
                best = Some((cost, index, carrier));
            }
        }
        // Which ones are worth waiting for: those that come before the best, and all if it does not do well.
        let before = match &best {
            Some(((false, _), ..)) if self.balance == Balance::LeastLoaded => 0,
            Some(((false, _), index, _)) => *index,
            _ => self.list.len(),
        };
        let hopes = &phases.all[..before];
        let fresh = hopes.iter().any(|phase| matches!(phase, Phase::Connecting { attempt: 1, last: None }));
        if !fresh && let Some(next) = hopes.iter().position(|phase| matches!(phase, Phase::Standby)) {
            return (Choice::Start(vec![next]), None);
        }
        if let Some((_, index, carrier)) = best.filter(|_| !fresh) {
            let generation = match phases.all[index] {
                Phase::Up { generation, .. } => generation,
                _ => 0,
            };
            let failed = phases.all[index].failed();
            return (Choice::Use { index, carrier, generation, failed }, None);
        }
        if phases.all.iter().all(|phase| matches!(phase, Phase::Over(_))) {
            return (Choice::Never, failure());
        }
        let ready = self.list.iter().zip(&phases.all).filter_map(|(endpoint, phase)| endpoint.ready_at(phase));
        // One that is ready now has been passed over.
        let until = ready.filter(|at| *at > now).min();
        (Choice::Wait { fresh, until }, failure())
    }

    /// Why the client could not be made.
    pub(super) fn first_error(&self, refusal: &Refusal) -> TransportError {
        match &refusal.failure {
            Some(failure) => TransportError::new(failure.kind, self.describe(Some(failure))),
            None => self.error(refusal),
        }
    }

    /// What a call fails with.
    pub(super) fn error(&self, refusal: &Refusal) -> TransportError {
        let kind = match &refusal.failure {
            Some(Failure { kind, .. }) if matches!(kind, TransportErrorKind::Setup | TransportErrorKind::Closed) => {
                *kind
            }
            _ => TransportErrorKind::Unreachable,
        };
        let mut what = self.describe(refusal.failure.as_ref());
        match (refusal.over, refusal.deadline) {
            (true, _) if kind == TransportErrorKind::Unreachable => what.push_str("; gave up"),
            (false, Some(deadline)) if self.settings.waits => {
                what.push_str(&format!("; waited {:?}", deadline.timeout()));
            }
            _ => {}
        }
        TransportError::new(kind, what)
    }

    fn describe(&self, failure: Option<&Failure>) -> String {
        let whom = self.urls.join(", ");
        match failure {
            Some(Failure { kind: TransportErrorKind::Closed, why }) => why.to_string(),
            Some(Failure { why, .. }) => format!("not connected to {whom}: {why}"),
            None => format!("not connected to {whom}"),
        }
    }
}

fn standing_by(phases: &Phases) -> impl Iterator<Item = usize> {
    let standing = phases.all.iter().enumerate().filter(|(_, phase)| matches!(phase, Phase::Standby));
    standing.map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use bytes::Bytes;
    use tinyrpc_core::call::BoxFuture;

    use super::super::endpoint::Target;
    use super::super::settings::Reconnect;
    use super::*;
    use crate::client::CallError;
    use crate::transport::{ClientTransport, Outgoing};

    #[derive(Debug)]
    struct Silent;

    impl ClientTransport for Silent {
        fn exchange(&self, _: Outgoing<'_>) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_looks_again_because_of_one_that_is_passed_over() {
        let targets = ["a", "b", "c"].map(|url| (url.to_owned(), Target::Exchange(Arc::new(Silent))));
        let endpoints = Endpoints::new(targets.into(), Balance::Failover, Reconnect::new());
        {
            let lease = endpoints.pick(None, true).await.map_err(|_| "picks the first").unwrap();
            (0..3).for_each(|_| lease.failed(&CallError::timeout(Duration::ZERO)));
        }
        // The first one failed and could be tried again, but is passed over; for the second one it pays to wait.
        let why = Failure::new(TransportErrorKind::Unreachable, "gone");
        endpoints.board.set(0, Phase::Down { last: why, attempt: 1, until: Instant::now() });
        endpoints.board.set(1, Phase::Connecting { attempt: 1, last: None });
        match endpoints.choose(&mut endpoints.board.watch()).0 {
            Choice::Wait { fresh: true, until } => assert_eq!(until, None, "that has passed already"),
            _ => panic!("it pays to wait"),
        }
    }
}
