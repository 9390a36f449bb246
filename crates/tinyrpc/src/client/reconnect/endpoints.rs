//! Finds an endpoint for each call, and another one if that does no harm.

use std::fmt;
use std::future::Future;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tinyrpc_core::Payload;
use tokio::time::sleep;

use super::endpoint::{Endpoint, Target};
use super::keeper::Keeper;
use super::settings::{Balance, Reconnect};
use super::state::{Board, Failure, Phase, States};
use crate::client::CallError;
use crate::client::backend::Carrier;
use crate::client::deadline::Deadline;
use crate::transport::{TransportError, TransportErrorKind};

/// Between attempts that fail without waiting for anything.
const PAUSE: Duration = Duration::from_millis(50);

pub(in crate::client) struct Endpoints {
    pub(super) list: Vec<Endpoint>,
    pub(super) urls: Arc<[String]>,
    pub(super) board: Arc<Board>,
    pub(super) balance: Balance,
    pub(super) settings: Arc<Reconnect>,
    /// Whose turn it is among equals.
    pub(super) turn: AtomicUsize,
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
            let needed = if self.balance == Balance::Failover { 1 } else { self.list.len() };
            (0..needed).for_each(|index| self.start(index));
            return Ok(());
        }
        self.pick(None, false).await.map(drop).map_err(|refusal| self.first_error(&refusal))
    }

    /// Makes `attempt` over an endpoint. If it fails, and surely was not sent or may be `repeatable`, it is made again,
    /// over whichever endpoint is best then, until the deadline. The same goes for what it gave if that fails in part.
    pub(in crate::client) async fn run<T: Outcome, F>(
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
            let (outcome, error) = match attempt(lease.carrier.clone()).await {
                Ok(outcome) => {
                    let failure = outcome.failure(repeatable);
                    if outcome.is_answered() {
                        lease.succeeded();
                    } else if let Some(error) = &failure {
                        lease.failed(error);
                    }
                    let Some(error) = failure else { return Ok(outcome) };
                    (Some(outcome), error)
                }
                Err(error) => {
                    lease.failed(&error);
                    (None, error)
                }
            };
            if !may_be_repeated(&error, repeatable) {
                return match outcome {
                    Some(outcome) => Ok(outcome),
                    None => Err(if error.is_unsent() { lost.unwrap_or(error) } else { error }),
                };
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

    /// Starts to keep a link up; what is kept up or needs no link stays as it is.
    pub(super) fn start(&self, index: usize) {
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
}

/// What an attempt gave, unless it failed as a whole.
pub(in crate::client) trait Outcome {
    /// Whether the other side has answered anything.
    fn is_answered(&self) -> bool {
        true
    }

    /// What became of a part that failed; of a failure that may be repeated, if there is any.
    fn failure(&self, _repeatable: bool) -> Option<CallError> {
        None
    }
}

impl Outcome for Payload {}
impl Outcome for () {}

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
