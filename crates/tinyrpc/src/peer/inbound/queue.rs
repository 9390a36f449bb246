//! Messages that wait for their turn, still encoded.

use std::collections::VecDeque;
use std::time::Instant;

use bytes::Bytes;
use tinyrpc_core::message::Rejection;
use tinyrpc_core::{Id, Incoming, Limits, Message, Protocol};

use crate::peer::cancel::Cancel;
use crate::peer::settings::PeerSettings;
use crate::transport::Received;

/// How much of what is to be run a message holds, which is less than 4 GiB long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) calls: u32,
    pub(super) notifications: u32,
}

impl Load {
    pub(super) const ONE_CALL: Self = Self { calls: 1, notifications: 0 };

    pub(super) fn of(incoming: &Incoming<'_>) -> Self {
        let mut load = Self::default();
        for message in messages(incoming) {
            if let Message::Request(request) = message {
                match request.id {
                    Some(_) => load.calls += 1,
                    None => load.notifications += 1,
                }
            }
        }
        load
    }

    pub(super) fn is_nothing(self) -> bool {
        self.calls + self.notifications == 0
    }

    /// What it counts as while it runs; never nothing.
    pub(super) fn weight(self) -> usize {
        self.calls.max(1) as usize
    }
}

fn messages<'i, 'm>(incoming: &'i Incoming<'m>) -> &'i [Message<'m>] {
    match incoming {
        Incoming::One(message) => std::slice::from_ref(message),
        Incoming::Batch(messages) => messages,
        _ => &[],
    }
}

/// A message that waits.
pub(super) struct Queued {
    pub(super) message: Bytes,
    pub(super) load: Load,
    /// When it came, if its calls say how long their caller waits.
    pub(super) arrived: Option<Instant>,
    /// Whether nothing but its notifications is to be run, since the rest has been refused.
    pub(super) refused: bool,
    /// Whether its replies come as one.
    batched: bool,
    /// The places in the batch of items of subscriptions, in their order. They were taken when the message came.
    items: Vec<usize>,
    /// The ids of its calls that have not been cancelled.
    calls: Vec<Id<'static>>,
    cancelled: Vec<Id<'static>>,
    /// How many bytes it keeps: the message, and what has been noted about it.
    size: usize,
}

fn size(message: &[u8], items: &[usize]) -> usize {
    message.len() + size_of_val(items)
}

/// How many bytes an id keeps beside itself. It may be as long as its message.
fn outside(id: &Id<'_>) -> usize {
    match id {
        Id::Text(text) => text.len(),
        Id::Raw(raw) => raw.len(),
        _ => 0,
    }
}

impl Queued {
    pub(super) fn new(message: &Received<'_>, load: Load, incoming: &Incoming<'_>, items: Vec<usize>) -> Self {
        let ids = messages(incoming).iter().filter_map(|message| match message {
            Message::Request(request) => request.id.as_ref(),
            _ => None,
        });
        let calls: Vec<_> = ids.map(|id| id.reborrow().into_owned()).collect();
        let size = size(message, &items) + calls.iter().map(|id| size_of::<Id<'_>>() + outside(id)).sum::<usize>();
        let carries =
            |message: &Message<'_>| matches!(message, Message::Request(call) if !call.params.metadata().is_empty());
        let arrived = messages(incoming).iter().any(carries).then(|| tokio::time::Instant::now().into_std());
        let batched = matches!(incoming, Incoming::Batch(_));
        Self {
            message: message.to_bytes(),
            load,
            arrived,
            refused: false,
            batched,
            items,
            calls,
            cancelled: Vec::new(),
            size,
        }
    }

    /// A message of which only the notifications are to be run.
    pub(super) fn notifications(message: &Received<'_>, load: Load, items: Vec<usize>) -> Self {
        let (load, message) = (Load { calls: 0, ..load }, message.to_bytes());
        let size = size(&message, &items);
        Self {
            message,
            load,
            arrived: None,
            refused: true,
            batched: true,
            items,
            calls: Vec::new(),
            cancelled: Vec::new(),
            size,
        }
    }

    /// The same without its calls.
    pub(super) fn refused(self) -> Self {
        Self { refused: true, load: Load { calls: 0, ..self.load }, ..self }
    }

    /// Reads the message again. Replies and cancellations in it, and items of subscriptions, were dealt with when it came;
    /// what is broken among replies was a broken reply.
    pub(super) fn read(
        &self,
        protocol: &dyn Protocol,
        limits: &Limits,
        cancel: Option<&Cancel>,
    ) -> Option<Incoming<'_>> {
        match protocol.read(&self.message, limits) {
            Incoming::Batch(mut messages) => {
                let replies = messages.iter().any(|message| matches!(message, Message::Answer(_)));
                let mut places = 0..;
                messages.retain(|_| places.next().is_none_or(|place| self.items.binary_search(&place).is_err()));
                messages.retain(|message| match message {
                    Message::Request(request) if cancel.is_some_and(|cancel| cancel.is(request)) => false,
                    Message::Request(request) => !self.refused || request.id.is_none(),
                    Message::Rejected(rejection) => !self.refused && !replies && !rejection.unknown,
                    _ => false,
                });
                if !self.cancelled.is_empty() {
                    self.leave_out_cancelled(&mut messages, cancel);
                }
                (!messages.is_empty()).then_some(Incoming::Batch(messages))
            }
            one => Some(one),
        }
    }

    /// What has been cancelled is answered in its place.
    fn leave_out_cancelled(&self, messages: &mut Vec<Message<'_>>, cancel: Option<&Cancel>) {
        let error = cancel.and_then(Cancel::error);
        let is_cancelled = |message: &Message<'_>| match message {
            Message::Request(request) => request.id.as_ref().is_some_and(|id| self.cancelled.contains(id)),
            _ => false,
        };
        messages.retain_mut(|message| {
            if !is_cancelled(message) {
                return true;
            }
            if let (Message::Request(request), Some(error)) = (&mut *message, &error) {
                let id = request.id.take().unwrap_or(Id::Null);
                *message = Message::Rejected(Rejection::owed(id, error.clone()));
            }
            error.is_some()
        });
    }
}

pub(super) struct Queue {
    messages: VecDeque<Queued>,
    bytes: usize,
    calls: usize,
    most_messages: usize,
    most_bytes: usize,
}

impl Queue {
    pub(super) fn new(settings: &PeerSettings) -> Self {
        let (most_messages, most_bytes) = (settings.queue.max(1), settings.queue_bytes.max(1));
        Self { messages: VecDeque::new(), bytes: 0, calls: 0, most_messages, most_bytes }
    }

    pub(super) fn push(&mut self, queued: Queued) {
        self.bytes += queued.size;
        self.calls += queued.load.calls as usize;
        self.messages.push_back(queued);
    }

    pub(super) fn pop(&mut self) -> Option<Queued> {
        let queued = self.messages.pop_front()?;
        self.forget(&queued);
        Some(queued)
    }

    /// Cancels a call that has not been started. True when its message is gone, and the call is to be answered now; in a
    /// batch it is answered with the others.
    pub(super) fn cancel(&mut self, id: &Id<'static>) -> bool {
        let place = self.messages.iter().enumerate().find_map(|(index, queued)| {
            let call = queued.calls.iter().position(|call| call == id)?;
            Some((index, call))
        });
        let Some((index, call)) = place else { return false };
        match self.messages.get_mut(index) {
            Some(queued) if queued.batched => {
                queued.cancelled.push(queued.calls.swap_remove(call));
                false
            }
            _ => {
                if let Some(queued) = self.messages.remove(index) {
                    self.forget(&queued);
                }
                true
            }
        }
    }

    fn forget(&mut self, queued: &Queued) {
        self.bytes -= queued.size;
        self.calls -= queued.load.calls as usize;
    }

    pub(super) fn next_load(&self) -> Option<Load> {
        self.messages.front().map(|queued| queued.load)
    }

    pub(super) fn calls(&self) -> usize {
        self.calls
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.messages.len() >= self.most_messages || self.bytes >= self.most_bytes
    }

    /// Takes all that holds notifications, without the calls.
    pub(super) fn take_notifications(&mut self) -> Vec<Queued> {
        let mut all = Vec::new();
        while let Some(queued) = self.pop() {
            if queued.load.notifications > 0 {
                all.push(queued.refused());
            }
        }
        all
    }
}

#[cfg(all(test, feature = "jsonrpc"))]
mod tests {
    use tinyrpc_core::JsonRpc;

    use super::*;

    fn queued(message: String) -> Queued {
        let (protocol, message) = (JsonRpc::new(), Bytes::from(message));
        let incoming = protocol.read(&message, &Limits::default());
        Queued::new(&Received::Lent(&message), Load::of(&incoming), &incoming, Vec::new())
    }

    #[test]
    fn ids_count_as_what_they_keep() {
        let call = |id: &str| format!(r#"{{"jsonrpc":"2.0","method":"m","id":"{id}"}}"#);
        let (long, batch) = ("x".repeat(4_000), (0..100).map(|id| call(&id.to_string())).collect::<Vec<_>>().join(","));
        for (message, ids) in [(call(&long), 4_000), (format!("[{batch}]"), 100 * size_of::<Id<'_>>())] {
            // There is room for the message and for most of its ids.
            let mut queue = Queue::new(&PeerSettings::new().with_queue_bytes(message.len() + ids));
            queue.push(queued(message));
            assert!(queue.is_full(), "{} bytes", queue.bytes);
            queue.cancel(&Id::from("7".to_owned()));
            assert!(queue.pop().is_some());
            assert_eq!(queue.bytes, 0);
        }
    }
}
