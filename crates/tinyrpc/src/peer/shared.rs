//! What the handles of a peer and its driver share.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use tinyrpc_core::{Id, Protocol};
use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::time::Instant;

use super::cancel::Cancel;
use super::feeds::Feeds;
use super::outlets::Outlets;
use super::settings::PeerSettings;
use super::waiting::{Found, Waiting};
use crate::transport::{TransportError, TransportErrorKind};

/// How many bytes of messages are taken from the outbox together, about: what is taken goes to the sink, however much
/// that holds already.
const BURST: usize = 16 << 10;

pub(super) struct Shared {
    state: Mutex<State>,
    /// Wakes the driver.
    pub(super) driver: AtomicWaker,
    /// A permit for each call that is under way.
    pub(super) calls: Semaphore,
    /// How many calls of handlers are under way. They do not wait for a permit: those who hold the permits may be waiting
    /// for them.
    pub(super) nested: AtomicUsize,
    /// A permit for each notification that waits to be handed over.
    pub(super) notifications: Semaphore,
    /// Without permits; closed when the driver is gone.
    pub(super) driven: Semaphore,
    /// What the other side streams to us.
    pub(super) feeds: Feeds,
    /// What we stream to the other side.
    pub(super) outlets: Arc<Outlets>,
    pub(super) settings: PeerSettings,
    pub(super) protocol: Arc<dyn Protocol>,
    /// How calls that are given up are cancelled, if they are.
    pub(super) cancel: Option<Arc<Cancel>>,
    /// Whether notifications of the other side come here, items of subscriptions among them.
    pub(super) hears: bool,
    /// How many ids have been given out.
    pub(super) ids: AtomicU64,
    /// Whether there has been a call whose time can be up. The driver then starts the task that keeps watch.
    pub(super) timed: AtomicBool,
    /// Tells that task to look sooner, or that the link has ended.
    pub(super) sooner: Arc<Notify>,
}

/// Tells that the driver is gone when it is dropped.
pub(super) struct Driven(pub(super) Arc<Shared>);

impl Drop for Driven {
    fn drop(&mut self) {
        self.0.driven.close();
    }
}

#[derive(Default)]
pub(super) struct State {
    pub(super) waiting: Waiting,
    pub(super) outbox: VecDeque<Outgoing>,
    /// A handle asked to close the link, or no handle is left.
    pub(super) leave: Option<Leave>,
    /// When it is looked next whether the time of any call is up.
    pub(super) alarm: Option<Instant>,
    /// Why nothing can be sent any more.
    ended: Option<End>,
}

/// A message on its way to the driver.
pub(super) enum Outgoing {
    Calls {
        ids: Ids,
        number: u64,
        message: Bytes,
    },
    /// That nobody waits for this call any more. Such ones are first in the queue.
    Cancel(Id<'static>),
    Notification {
        message: Bytes,
        handed: oneshot::Sender<Result<(), TransportError>>,
    },
}

impl Outgoing {
    fn len(&self) -> usize {
        match self {
            Self::Calls { message, .. } | Self::Notification { message, .. } => message.len(),
            Self::Cancel(_) => 0,
        }
    }
}

/// The ids of the calls of one message.
#[derive(Clone)]
pub(super) enum Ids {
    One(Id<'static>),
    Many(Arc<[Id<'static>]>),
}

impl Ids {
    pub(super) fn as_slice(&self) -> &[Id<'static>] {
        match self {
            Self::One(id) => std::slice::from_ref(id),
            Self::Many(ids) => ids,
        }
    }
}

/// How a link is to be left, the most urgent last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Leave {
    /// When nobody waits for anything, and only if there is no service.
    Unused,
    /// When what runs has been answered.
    Drained,
    /// Now.
    Now,
}

/// How a link came to its end.
#[derive(Clone, Debug)]
pub(super) enum End {
    Closed,
    Lost(String),
}

impl End {
    /// What a call gets that waits for its reply.
    fn of_sent(&self) -> TransportError {
        match self {
            End::Closed => TransportError::new(TransportErrorKind::Closed, "the link was closed on this side"),
            End::Lost(why) => TransportError::new(TransportErrorKind::Lost, format!("connection lost: {why}")),
        }
    }

    /// What a call gets that has not been sent.
    fn of_unsent(&self) -> TransportError {
        match self {
            End::Closed => self.of_sent(),
            End::Lost(why) => {
                TransportError::new(TransportErrorKind::Unreachable, format!("not sent, connection lost before: {why}"))
            }
        }
    }
}

impl Shared {
    pub(super) fn new(settings: PeerSettings, protocol: Arc<dyn Protocol>) -> Self {
        Self {
            cancel: settings.cancel.of(&*protocol),
            protocol,
            hears: true,
            ids: AtomicU64::new(0),
            timed: AtomicBool::new(false),
            sooner: Arc::default(),
            nested: AtomicUsize::new(0),
            state: Mutex::default(),
            driver: AtomicWaker::new(),
            calls: Semaphore::new(settings.own_calls),
            notifications: Semaphore::new(settings.own_calls),
            driven: Semaphore::new(0),
            feeds: Feeds::default(),
            outlets: Arc::default(),
            settings,
        }
    }

    /// Nothing that holds the lock calls foreign code, so a poisoned state is whole.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn leave(&self, how: Leave) {
        {
            let mut state = self.lock();
            state.leave = state.leave.max(Some(how));
        }
        self.driver.wake();
    }

    /// Ends all that waits, and gives the notifications that were queued. Only the first end counts.
    pub(super) fn end(&self, end: End) -> Vec<Outgoing> {
        let (waiting, queued, end) = {
            let mut state = self.lock();
            let end = state.ended.get_or_insert(end).clone();
            (state.waiting.take_all(), std::mem::take(&mut state.outbox), end)
        };
        self.calls.close();
        self.notifications.close();
        self.sooner.notify_one();
        self.outlets.end_all();
        self.feeds.end_all(|| end.of_sent());
        for call in waiting {
            let error = if call.is_sent() { end.of_sent() } else { end.of_unsent() };
            call.end(Err(error));
        }
        queued.into_iter().filter(|outgoing| matches!(outgoing, Outgoing::Notification { .. })).collect()
    }

    /// Ends the calls that have been sent if the error is that they are lost, otherwise what has not been sent. The link
    /// goes on.
    pub(super) fn interrupt(&self, error: &TransportError) {
        let again = || TransportError::new(error.kind(), error.to_string());
        self.feeds.end_all(again);
        let (calls, queued) = {
            let mut state = self.lock();
            if error.kind() == TransportErrorKind::Lost {
                state.outbox.retain(|outgoing| !matches!(outgoing, Outgoing::Cancel(_)));
                (state.waiting.take_sent(), VecDeque::new())
            } else {
                let queued = std::mem::take(&mut state.outbox);
                let mut calls = Vec::new();
                for outgoing in &queued {
                    if let Outgoing::Calls { number, .. } = outgoing {
                        calls.extend(state.waiting.take_message(*number));
                    }
                }
                (calls, queued)
            }
        };
        for call in calls {
            call.end(Err(again()));
        }
        for outgoing in queued {
            if let Outgoing::Notification { handed, .. } = outgoing {
                // An error means that nobody waits any more.
                let _ = handed.send(Err(again()));
            }
        }
    }

    pub(super) fn is_ended(&self) -> bool {
        self.lock().check().is_err()
    }

    /// Why nothing can be sent, for those who find the semaphores closed.
    pub(super) fn why_ended(&self) -> TransportError {
        self.lock().check().err().unwrap_or_else(|| End::Closed.of_sent())
    }
}

impl State {
    /// Whether all calls have been ended.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// # Errors
    /// When nothing can be sent any more.
    pub(super) fn check(&self) -> Result<(), TransportError> {
        match &self.ended {
            Some(end) => Err(end.of_unsent()),
            None if self.leave == Some(Leave::Now) => Err(End::Closed.of_unsent()),
            None => Ok(()),
        }
    }

    /// Whether calls or notifications of ours are under way.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty() || !self.outbox.is_empty()
    }

    /// Finds the call that a reply is for. A call that has been answered need not be cancelled any more.
    pub(super) fn take(&mut self, id: Id<'static>) -> Found {
        if !matches!(self.outbox.front(), Some(Outgoing::Cancel(_))) {
            return self.waiting.take(id);
        }
        let cancels = self.outbox.iter().map_while(|outgoing| match outgoing {
            Outgoing::Cancel(call) => Some(*call == id),
            _ => None,
        });
        if let Some(index) = cancels.enumerate().find_map(|(index, own)| own.then_some(index)) {
            self.outbox.remove(index);
        }
        self.waiting.take(id)
    }

    /// The next messages that may go out now, `most` at most, and together little longer than a burst.
    pub(super) fn some_outgoing(&mut self, most: usize, one_in_flight: bool) -> Vec<Outgoing> {
        let mut some = Vec::with_capacity(most.min(self.outbox.len()));
        let mut bytes = 0;
        while some.len() < most
            && bytes < BURST
            && let Some(outgoing) = self.next_outgoing(one_in_flight)
        {
            bytes += outgoing.len();
            some.push(outgoing);
        }
        some
    }

    fn next_outgoing(&mut self, one_in_flight: bool) -> Option<Outgoing> {
        loop {
            let is_call = matches!(self.outbox.front()?, Outgoing::Calls { .. });
            if is_call && one_in_flight && self.waiting.any_sent() {
                return None;
            }
            let outgoing = self.outbox.pop_front()?;
            let wanted = match &outgoing {
                Outgoing::Calls { ids, number, .. } => self.waiting.send(ids.as_slice(), *number),
                Outgoing::Notification { handed, .. } => !handed.is_closed(),
                Outgoing::Cancel(_) => true,
            };
            if wanted {
                return Some(outgoing);
            }
        }
    }
}

/// The calls of one message. Dropping it forgets those that have not ended.
pub(super) struct Registered<'p> {
    pub(super) shared: &'p Shared,
    pub(super) ids: Ids,
    pub(super) number: u64,
    /// Whether all have ended.
    pub(super) done: bool,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        let shared = self.shared;
        let mut wake = shared.settings.one_in_flight;
        if !self.done {
            let mut state = shared.lock();
            let sent = state.waiting.give_up(self.ids.as_slice(), self.number);
            if shared.cancel.is_some() && state.ended.is_none() {
                for id in sent {
                    state.outbox.push_front(Outgoing::Cancel(id));
                    wake = true;
                }
            }
        }
        if wake {
            shared.driver.wake();
        }
    }
}
