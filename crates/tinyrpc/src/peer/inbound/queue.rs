//! Messages that wait for their turn, still encoded.

use std::collections::VecDeque;

use bytes::Bytes;
use tinyrpc_core::{Incoming, Limits, Message, Protocol};

use crate::peer::settings::PeerSettings;

/// How much of what is to be run a message holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) calls: usize,
    pub(super) notifications: usize,
}

impl Load {
    pub(super) fn of(incoming: &Incoming<'_>) -> Self {
        let messages = match incoming {
            Incoming::One(message) => std::slice::from_ref(message),
            Incoming::Batch(messages) => messages,
            _ => &[],
        };
        let mut load = Self::default();
        for message in messages {
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
        self.calls.max(1)
    }
}

/// A message that waits.
pub(super) struct Queued {
    pub(super) message: Bytes,
    pub(super) load: Load,
    /// Whether nothing but its notifications is to be run, since the rest has been refused.
    pub(super) refused: bool,
}

impl Queued {
    pub(super) fn new(message: &Bytes, load: Load) -> Self {
        Self { message: message.clone(), load, refused: false }
    }

    /// The same without its calls.
    pub(super) fn refused(self) -> Self {
        Self { refused: true, load: Load { calls: 0, ..self.load }, ..self }
    }

    /// Reads the message again. Replies in it were handed over when it came.
    pub(super) fn read(&self, protocol: &dyn Protocol, limits: &Limits) -> Option<Incoming<'_>> {
        match protocol.read(&self.message, limits) {
            Incoming::Batch(mut messages) => {
                messages.retain(|message| match message {
                    Message::Request(request) => !self.refused || request.id.is_none(),
                    Message::Rejected(rejection) => !self.refused && !rejection.unknown,
                    _ => false,
                });
                (!messages.is_empty()).then_some(Incoming::Batch(messages))
            }
            one => Some(one),
        }
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
        self.bytes += queued.message.len();
        self.calls += queued.load.calls;
        self.messages.push_back(queued);
    }

    pub(super) fn pop(&mut self) -> Option<Queued> {
        let queued = self.messages.pop_front()?;
        self.bytes -= queued.message.len();
        self.calls -= queued.load.calls;
        Some(queued)
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
