//! Our calls that wait for a reply, by id.

use std::collections::VecDeque;
use std::collections::hash_map::{Entry, HashMap};

use foldhash::fast::RandomState;
use tinyrpc_core::{Id, Payload, RpcError};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::transport::{TransportError, TransportErrorKind};

/// What a call ends with.
pub(super) type Reply = Result<Result<Payload, RpcError>, TransportError>;

/// How many ids are remembered of calls that were given up, so that their replies surprise nobody.
const REMEMBERED: usize = 1_024;

/// One call that waits.
pub(super) struct Call {
    /// The number of the message that it went out in.
    pub(super) message: u64,
    /// Whether that message is a batch.
    pub(super) batched: bool,
    sent: bool,
    /// When its time is up.
    until: Option<Instant>,
    reply: oneshot::Sender<Reply>,
}

impl Call {
    pub(super) fn end(self, reply: Reply) {
        // An error means that nobody waits any more.
        let _ = self.reply.send(reply);
    }

    pub(super) fn is_sent(&self) -> bool {
        self.sent
    }
}

/// What is known about the id of a reply.
pub(super) enum Found {
    Call(Call),
    GivenUp,
    Unknown(Id<'static>),
}

#[derive(Default)]
pub(super) struct Waiting {
    /// Its keys are ids of our own choice, so nobody else can make them collide.
    calls: HashMap<Id<'static>, Call, RandomState>,
    sent: usize,
    given_up: VecDeque<Id<'static>>,
    messages: u64,
}

impl Waiting {
    /// The number of a new message.
    pub(super) fn number(&mut self) -> u64 {
        self.messages += 1;
        self.messages
    }

    /// Registers a call of the message with this number.
    pub(super) fn register(
        &mut self,
        id: &Id<'static>,
        message: u64,
        batched: bool,
        until: Option<Instant>,
    ) -> Result<oneshot::Receiver<Reply>, TransportError> {
        let Some(Entry::Vacant(place)) = (!id.is_null()).then(|| self.calls.entry(id.clone())) else {
            let what = format!("the id {id} cannot be used, or another call uses it");
            return Err(TransportError::new(TransportErrorKind::Setup, what));
        };
        let (reply, receiver) = oneshot::channel();
        place.insert(Call { message, batched, sent: false, until, reply });
        Ok(receiver)
    }

    /// Registers the calls of a batch with this number, all or none.
    pub(super) fn register_all(
        &mut self,
        ids: &[Id<'static>],
        message: u64,
    ) -> Result<Vec<oneshot::Receiver<Reply>>, TransportError> {
        let mut receivers = Vec::with_capacity(ids.len());
        for id in ids {
            match self.register(id, message, true, None) {
                Ok(receiver) => receivers.push(receiver),
                Err(error) => {
                    self.give_up(&ids[..receivers.len()], message);
                    return Err(error);
                }
            }
        }
        Ok(receivers)
    }

    /// Notes that a message goes out now; false when nobody waits for its replies any more.
    pub(super) fn send(&mut self, ids: &[Id<'static>], message: u64) -> bool {
        let before = self.sent;
        for id in ids {
            if let Some(call) = self.calls.get_mut(id).filter(|call| call.message == message) {
                call.sent = true;
                self.sent += 1;
            }
        }
        self.sent > before
    }

    /// Forgets the calls of a message that have not ended, and gives the ids of those that have been sent.
    pub(super) fn give_up(&mut self, ids: &[Id<'static>], message: u64) -> Vec<Id<'static>> {
        let mut sent = Vec::new();
        for id in ids {
            if self.calls.get(id).is_none_or(|call| call.message != message) {
                continue;
            }
            if self.remove(id).is_some_and(|call| call.sent) {
                self.remember(id);
                sent.push(id.clone());
            }
        }
        sent
    }

    /// Takes the calls whose time is up, and gives the ids of those that have been sent.
    pub(super) fn take_overdue(&mut self, now: Instant) -> (Vec<Call>, Vec<Id<'static>>) {
        let is_late = |call: &Call| call.until.is_some_and(|until| until <= now);
        let ids: Vec<_> = self.calls.iter().filter(|(_, call)| is_late(call)).map(|(id, _)| id.clone()).collect();
        let (mut late, mut sent) = (Vec::with_capacity(ids.len()), Vec::new());
        for id in ids {
            let Some(call) = self.remove(&id) else { continue };
            if call.sent {
                self.remember(&id);
                sent.push(id);
            }
            late.push(call);
        }
        (late, sent)
    }

    /// When the time of the next call is up.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.calls.values().filter_map(|call| call.until).min()
    }

    /// A reply may still come for it.
    fn remember(&mut self, id: &Id<'static>) {
        if self.given_up.len() == REMEMBERED {
            self.given_up.pop_front();
        }
        self.given_up.push_back(id.clone());
    }

    /// Takes the call that a reply is for.
    pub(super) fn take(&mut self, id: Id<'static>) -> Found {
        // A call that has not been sent cannot have been answered.
        if self.calls.get(&id).is_some_and(|call| call.sent)
            && let Some(call) = self.remove(&id)
        {
            return Found::Call(call);
        }
        match self.given_up.iter().position(|known| *known == id) {
            Some(position) => {
                self.given_up.remove(position);
                Found::GivenUp
            }
            None => Found::Unknown(id),
        }
    }

    /// The message that waits for replies, when there is exactly one.
    pub(super) fn only_message(&self) -> Option<u64> {
        let mut sent = self.calls.values().filter(|call| call.sent).map(|call| call.message);
        let message = sent.next()?;
        sent.all(|other| other == message).then_some(message)
    }

    /// Takes all calls of a message that still wait.
    pub(super) fn take_message(&mut self, message: u64) -> Vec<Call> {
        let ids: Vec<_> =
            self.calls.iter().filter(|(_, call)| call.message == message).map(|(id, _)| id.clone()).collect();
        ids.iter().filter_map(|id| self.remove(id)).collect()
    }

    /// Takes all calls that have been sent.
    pub(super) fn take_sent(&mut self) -> Vec<Call> {
        let ids: Vec<_> = self.calls.iter().filter(|(_, call)| call.sent).map(|(id, _)| id.clone()).collect();
        ids.iter().filter_map(|id| self.remove(id)).collect()
    }

    pub(super) fn take_all(&mut self) -> Vec<Call> {
        self.sent = 0;
        self.calls.drain().map(|(_, call)| call).collect()
    }

    /// Whether any call has been sent and not answered.
    pub(super) fn any_sent(&self) -> bool {
        self.sent > 0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    fn remove(&mut self, id: &Id<'static>) -> Option<Call> {
        let call = self.calls.remove(id)?;
        self.sent -= usize::from(call.sent);
        Some(call)
    }
}
