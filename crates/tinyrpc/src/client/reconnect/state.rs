//! How the connections stand, for those who work with them and for those who watch.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::peer::Peer;
use crate::transport::{TransportError, TransportErrorKind};

/// How a connection stands. Patterns end with `..`, since more may be said one day.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// Nobody has needed it yet: it stands by for others that fail.
    Standby,
    /// An attempt to connect is under way.
    #[non_exhaustive]
    Connecting {
        /// Which one in a row it is, from 1.
        attempt: u32,
    },
    /// It can be used. An exchange, which connects call by call, always is until a call fails.
    #[non_exhaustive]
    Connected {
        /// Differs from one connection of a client to the next, and grows.
        generation: u64,
    },
    /// The connection broke or could not be made; the next attempt will follow.
    #[non_exhaustive]
    Disconnected {
        /// What happened.
        why: Arc<str>,
        /// How many attempts in a row have failed; one to a connection that broke before it was of any use counts too.
        attempt: u32,
    },
    /// No further attempt will be made: the client was closed, has given up, or its address cannot be used.
    #[non_exhaustive]
    Closed {
        /// What happened.
        why: Arc<str>,
    },
}

impl State {
    /// Whether calls can be made.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        matches!(self, State::Connected { .. })
    }
}

/// The same with what is needed to work with it.
#[derive(Clone, Debug)]
pub(super) enum Phase {
    Standby,
    Connecting { attempt: u32, last: Option<Failure> },
    Up { peer: Option<Peer>, generation: u64 },
    Down { last: Failure, attempt: u32, until: Instant },
    Over(Failure),
}

#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) kind: TransportErrorKind,
    pub(super) why: Arc<str>,
}

impl Failure {
    pub(super) fn new(kind: TransportErrorKind, why: impl Into<Arc<str>>) -> Self {
        Self { kind, why: why.into() }
    }
}

impl From<&TransportError> for Failure {
    fn from(error: &TransportError) -> Self {
        Self::new(error.kind(), error.to_string())
    }
}

impl Phase {
    fn state(&self) -> State {
        match self {
            Phase::Standby => State::Standby,
            Phase::Connecting { attempt, .. } => State::Connecting { attempt: *attempt },
            Phase::Up { generation, .. } => State::Connected { generation: *generation },
            Phase::Down { last, attempt, .. } => State::Disconnected { why: Arc::clone(&last.why), attempt: *attempt },
            Phase::Over(last) => State::Closed { why: Arc::clone(&last.why) },
        }
    }

    /// What went wrong last, while there is no connection.
    pub(super) fn failure(&self) -> Option<&Failure> {
        match self {
            Phase::Standby | Phase::Up { .. } => None,
            Phase::Connecting { last, .. } => last.as_ref(),
            Phase::Down { last, .. } | Phase::Over(last) => Some(last),
        }
    }

    /// How many attempts in a row have failed, while the next one is awaited.
    pub(super) fn failed(&self) -> u32 {
        match self {
            Phase::Down { attempt, .. } => *attempt,
            _ => 0,
        }
    }
}

/// The phases of all endpoints, in their order. Once over, one stays over.
#[derive(Debug)]
pub(super) struct Board(watch::Sender<Phases>);

#[derive(Debug)]
pub(super) struct Phases {
    pub(super) all: Vec<Phase>,
    generation: u64,
}

impl Board {
    pub(super) fn new(count: usize) -> Self {
        Self(watch::Sender::new(Phases { all: vec![Phase::Standby; count], generation: 0 }))
    }

    /// False when it is over.
    pub(super) fn set(&self, index: usize, phase: Phase) -> bool {
        self.revise(index, |_| Some(phase))
    }

    /// What the next phase is depends on this one, which nobody changes meanwhile. False when there is none, or it is over.
    pub(super) fn revise(&self, index: usize, next: impl FnOnce(&Phase) -> Option<Phase>) -> bool {
        self.change(index, |_, now| next(now))
    }

    pub(super) fn up(&self, index: usize, peer: Option<Peer>) -> bool {
        self.change(index, |generation, _| {
            *generation += 1;
            Some(Phase::Up { peer, generation: *generation })
        })
    }

    /// An exchange has been of use, so it is up again if it was down.
    pub(super) fn recovered(&self, index: usize) {
        // Looking costs less than changing, and is enough nearly always.
        if self.0.borrow().all.get(index).is_none_or(|phase| phase.failed() == 0) {
            return;
        }
        self.change(index, |generation, now| {
            (now.failed() > 0).then(|| {
                *generation += 1;
                Phase::Up { peer: None, generation: *generation }
            })
        });
    }

    /// Nothing will happen any more at any endpoint; gives the links there were.
    pub(super) fn close(&self, why: &Failure) -> Vec<Peer> {
        let mut peers = Vec::new();
        self.0.send_modify(|phases| {
            for phase in phases.all.iter_mut().filter(|phase| !matches!(phase, Phase::Over(_))) {
                if let Phase::Up { peer: Some(peer), .. } = std::mem::replace(phase, Phase::Over(why.clone())) {
                    peers.push(peer);
                }
            }
        });
        peers
    }

    pub(super) fn watch(&self) -> watch::Receiver<Phases> {
        self.0.subscribe()
    }

    fn change(&self, index: usize, change: impl FnOnce(&mut u64, &Phase) -> Option<Phase>) -> bool {
        // What was there before is dropped outside the lock: a peer wakes its driver.
        let mut before = None;
        self.0.send_if_modified(|phases| {
            let Phases { all, generation } = phases;
            let Some(now) = all.get_mut(index).filter(|phase| !matches!(phase, Phase::Over(_))) else { return false };
            before = change(generation, now).map(|next| std::mem::replace(now, next));
            before.is_some()
        })
    }
}

/// Watches how the connections of a client stand.
///
/// It does not keep the client: when the last clone of that is dropped, all states become [`State::Closed`].
#[derive(Clone)]
pub struct States {
    phases: watch::Receiver<Phases>,
    urls: Arc<[String]>,
}

impl States {
    pub(super) fn new(board: &Board, urls: Arc<[String]>) -> Self {
        Self { phases: board.watch(), urls }
    }

    /// How the client stands as a whole: as well as the best of its endpoints.
    #[must_use]
    pub fn now(&self) -> State {
        best(&self.phases.borrow())
    }

    /// How each endpoint stands, with its URL, in their order.
    #[must_use]
    pub fn endpoints(&self) -> Vec<(String, State)> {
        self.urls.iter().cloned().zip(self.phases.borrow().all.iter().map(Phase::state)).collect()
    }

    /// Waits until the state of any endpoint has changed since the last time this was called, and gives the one of the
    /// client as a whole; states that lasted for a moment only may be left out. `None` when the client is gone.
    /// Cancel safe.
    pub async fn changed(&mut self) -> Option<State> {
        self.phases.changed().await.ok()?;
        Some(best(&self.phases.borrow_and_update()))
    }

    /// Waits until the client as a whole is in a state that `wanted` says yes to. `None` when the client is gone, and
    /// its last state was another one. Cancel safe.
    pub async fn wait_for(&mut self, mut wanted: impl FnMut(&State) -> bool) -> Option<State> {
        loop {
            // Not under the lock: `wanted` may look at states itself.
            let state = best(&self.phases.borrow_and_update());
            if wanted(&state) {
                return Some(state);
            }
            self.phases.changed().await.ok()?;
        }
    }
}

fn best(phases: &Phases) -> State {
    let rank = |state: &State| match state {
        State::Connected { generation } => (4, *generation),
        State::Connecting { .. } => (3, 0),
        State::Disconnected { .. } => (2, 0),
        State::Standby => (1, 0),
        State::Closed { .. } => (0, 0),
    };
    let states = phases.all.iter().map(Phase::state);
    states.max_by_key(rank).unwrap_or(State::Standby)
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.endpoints()).finish()
    }
}
