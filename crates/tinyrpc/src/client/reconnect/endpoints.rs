//! Finds an endpoint for each call, and another one if that does no harm.

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

use super::endpoint::{Endpoint, Lease, Target};
use super::keeper::Keeper;
use super::settings::{Balance, Reconnect};
use super::state::{Board, Failure, Phase, Phases, States};
use crate::client::CallError;
use crate::client::backend::Carrier;
use crate::client::deadline::Deadline;
use crate::transport::{TransportError, TransportErrorKind};

/// Between attempts that fail without waiting for anything.
const PAUSE: Duration = Duration::from_millis(50);

pub(in crate::client) struct Endpoints {
    list: Vec<Endpoint>,
    urls: Arc<[String]>,
    board: Arc<Board>,
    balance: Balance,
    settings: Arc<Reconnect>,
    /// Whose turn it is among equals.
    turn: AtomicUsize,
}

/// What a look at the endpoints gives.
enum Choice {
    Use {
        index: usize,
        carrier: Carrier,
        generation: u64,
    },
    /// Nobody has connected to these yet.
    Start(Vec<usize>),
    /// None can be used now. `fresh` if one is being connected to for the first time.
    Wait {
        fresh: bool,
        until: Option<Instant>,
    },
    /// None will ever be.
    Never,
}

impl Endpoints {
    pub(in crate::client) fn new(targets: Vec<(String, Target)>, balance: Balance, settings: Reconnect) -> Self {
        let board = Board::new(targets.len());
        let (urls, targets): (Vec<_>, Vec<_>) = targets.into_iter().unzip();
        for (index, target) in targets.iter().enumerate() {
            if matches!(target, Target::Exchange(_)) {
                board.up(index, None);
            }
        }
        let list = targets.into_iter().enumerate();
        Self {
            list: list.map(|(index, target)| Endpoint::new(target, &settings.backoff, index)).collect(),
            urls: urls.into(),
            board: Arc::new(board),
            balance,
            settings: Arc::new(settings),
            turn: AtomicUsize::new(0),
        }
    }

    /// Connects for the first time, unless that can wait.
    pub(in crate::client) async fn connect(&self) -> Result<(), TransportError> {
        if self.settings.lazy {
            for index in self.standing_by() {
                self.start(index);
            }
            return Ok(());
        }
        match self.pick(None, false).await {
            Ok(_) => Ok(()),
            Err(Refusal { failure: Some(failure), .. }) => {
                Err(TransportError::new(failure.kind, self.describe(Some(&failure))))
            }
            Err(refusal) => Err(self.error(&refusal)),
        }
    }

    /// Makes `attempt` over an endpoint. If it fails, and surely was not sent or may be `repeatable`, it is made again,
    /// over whichever endpoint is best then, until the deadline.
    pub(in crate::client) async fn run<T, F>(
        &self,
        deadline: Deadline,
        repeatable: bool,
        attempt: impl Fn(Carrier) -> F,
    ) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        // Of an attempt that may have run; no later one can make it undone.
        let mut lost = None;
        loop {
            let lease = match self.pick(Some(deadline), self.settings.waits).await {
                Ok(lease) => lease,
                Err(refusal) => return Err(lost.unwrap_or_else(|| CallError::transport(self.error(&refusal)))),
            };
            let error = match attempt(lease.carrier.clone()).await {
                Ok(result) => {
                    lease.succeeded();
                    return Ok(result);
                }
                Err(error) => error,
            };
            lease.failed(&error);
            if !may_be_repeated(&error, repeatable) {
                return Err(if error.is_unsent() { lost.unwrap_or(error) } else { error });
            }
            if !error.is_unsent() {
                lost = Some(error);
            }
            if lease.is_hasty() {
                sleep(PAUSE).await;
            }
        }
    }

    /// The connection of the next call, to be used for more than that, and its generation.
    pub(in crate::client) async fn pin(&self, deadline: Deadline) -> Result<(Carrier, u64), CallError> {
        match self.pick(Some(deadline), self.settings.waits).await {
            Ok(lease) => Ok((lease.carrier.clone(), lease.generation)),
            Err(refusal) => Err(CallError::transport(self.error(&refusal))),
        }
    }

    pub(in crate::client) fn states(&self) -> States {
        States::new(&self.board, Arc::clone(&self.urls))
    }

    pub(in crate::client) fn is_repeatable(&self, method: &str) -> bool {
        self.settings.repeatable.contains(method)
    }

    /// Closes all links, and returns when they are gone.
    pub(in crate::client) async fn close(&self) {
        let peers = self.board.close(&Failure::new(TransportErrorKind::Closed, "the client was closed"));
        self.stop();
        for peer in &peers {
            peer.close();
        }
        for peer in peers {
            peer.closed().await;
        }
    }

    /// Waits for an endpoint that can be used. Without a deadline, until the first attempts have failed.
    async fn pick(&self, deadline: Option<Deadline>, waits: bool) -> Result<Lease<'_>, Refusal> {
        let mut board = self.board.watch();
        loop {
            let (choice, failure) = self.choose(&mut board);
            let (fresh, until) = match choice {
                Choice::Use { index, carrier, generation } => {
                    return Ok(Lease::new(&self.list[index], &self.board, index, carrier, generation));
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
            return (Choice::Use { index, carrier, generation }, None);
        }
        if phases.all.iter().all(|phase| matches!(phase, Phase::Over(_))) {
            return (Choice::Never, failure());
        }
        let until = self.list.iter().zip(&phases.all).filter_map(|(endpoint, phase)| endpoint.ready_at(phase)).min();
        (Choice::Wait { fresh, until }, failure())
    }

    fn standing_by(&self) -> Vec<usize> {
        standing_by(&self.board.watch().borrow()).collect()
    }

    /// Starts to keep a link up.
    fn start(&self, index: usize) {
        let endpoint = &self.list[index];
        let Target::Link(dialer) = &endpoint.target else { return };
        let mut keeper = endpoint.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        if keeper.is_some() || !self.board.set(index, Phase::Connecting { attempt: 1, last: None }) {
            return;
        }
        let task = Keeper {
            index,
            url: self.urls[index].clone(),
            dialer: Arc::clone(dialer),
            board: Arc::clone(&self.board),
            settings: Arc::clone(&self.settings),
            answered: Arc::clone(&endpoint.answered),
            waits: self.settings.backoff.waits_of(index),
        };
        *keeper = Some(tokio::spawn(task.run()).abort_handle());
    }

    fn stop(&self) {
        for endpoint in &self.list {
            if let Some(keeper) = endpoint.keeper.lock().unwrap_or_else(PoisonError::into_inner).take() {
                keeper.abort();
            }
        }
    }

    fn error(&self, refusal: &Refusal) -> TransportError {
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

/// Why no endpoint was found.
struct Refusal {
    failure: Option<Failure>,
    over: bool,
    deadline: Option<Deadline>,
}

fn standing_by(phases: &Phases) -> impl Iterator<Item = usize> {
    let standing = phases.all.iter().enumerate().filter(|(_, phase)| matches!(phase, Phase::Standby));
    standing.map(|(index, _)| index)
}

/// Whether a call that failed so may be made once more.
pub(in crate::client) fn may_be_repeated(error: &CallError, repeatable: bool) -> bool {
    error.transport_error().is_some_and(|error| match error.kind() {
        TransportErrorKind::Unreachable => true,
        TransportErrorKind::Lost => repeatable,
        _ => false,
    })
}

/// The links close when what was handed to them has been sent.
impl Drop for Endpoints {
    fn drop(&mut self) {
        self.stop();
        drop(self.board.close(&Failure::new(TransportErrorKind::Closed, "the client was dropped")));
    }
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoints").field("states", &self.states()).field("balance", &self.balance).finish()
    }
}
