//! The outgoing direction: buffers messages, and knows how far the other side lags behind.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};

use tinyrpc_core::{Id, Limits, Origin, Protocol, RpcError};

use super::cancel::Cancel;
use super::outlets::Outlets;
use super::refuse;
use super::settings::PeerSettings;
use crate::service::Service;
use crate::trace::Direction;
use crate::transport::{MessageSink, TransportError};

pub(super) struct Outbound {
    sink: Box<dyn MessageSink>,
    protocol: Arc<dyn Protocol>,
    origin: Arc<Origin>,
    service: Option<Service>,
    outlets: Arc<Outlets>,
    write_buffer: usize,
    backlog: usize,
    /// How many bytes have ever been buffered.
    total: u64,
    /// How many of them the sink held when it was last asked. To ask costs some sinks a lock, so it is not done for each
    /// of the questions below. What the sink has sent by itself since then is found out by the next flush.
    held: usize,
    /// Where in these bytes each reply ends that may not have been sent.
    replies: VecDeque<u64>,
}

impl Outbound {
    pub(super) fn new(
        sink: Box<dyn MessageSink>,
        protocol: Arc<dyn Protocol>,
        origin: Arc<Origin>,
        service: Option<Service>,
        outlets: Arc<Outlets>,
        settings: &PeerSettings,
    ) -> Self {
        if service.is_some() {
            outlets.serve();
        }
        let (write_buffer, backlog) = (settings.write_buffer, settings.backlog);
        let replies = VecDeque::new();
        Self { sink, protocol, origin, service, outlets, write_buffer, backlog, total: 0, held: 0, replies }
    }

    /// Buffers a message of ours.
    pub(super) fn send(&mut self, message: &[u8]) -> Result<(), TransportError> {
        if let Some(service) = &self.service {
            service.trace(Direction::Sent, &self.origin, message);
        }
        let before = self.sink.buffered();
        let sent = self.sink.send(message);
        self.held = self.sink.buffered();
        self.total += self.held.saturating_sub(before) as u64;
        sent
    }

    /// Buffers the message that nobody waits for this call of ours any more.
    pub(super) fn cancel(&mut self, cancel: &Cancel, id: &Id<'_>) {
        let mut message = Vec::new();
        let sent = match cancel.write(&*self.protocol, id, &mut message) {
            Ok(()) => self.send(&message).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(why) = sent {
            tracing::debug!(why, "the other side cannot be told that a call is given up");
        }
    }

    /// Buffers a reply, or one that says why it cannot be sent.
    pub(super) fn reply(&mut self, reply: &[u8]) {
        let sent = self.send(reply);
        self.outlets.replied(&*self.protocol, reply, sent.is_ok());
        if let Err(error) = sent {
            tracing::error!(%error, "the link cannot carry a reply");
            self.apologise(reply);
        }
        if self.replies.len() == self.replies.capacity() {
            // Whoever only answers never asks how many there are, and what is noted about them takes memory.
            self.unsent_replies();
        }
        self.replies.push_back(self.total);
    }

    /// Notes that a call of the other side is over and gets no reply.
    pub(super) fn unanswered(&self, call: &Id<'_>) {
        self.outlets.unanswered(call);
    }

    /// The reply itself tells which calls are owed another one.
    #[cold]
    fn apologise(&mut self, reply: &[u8]) {
        let ours = Limits::default().with_message(usize::MAX).with_batch(usize::MAX).with_nesting(usize::MAX);
        let protocol = Arc::clone(&self.protocol);
        let mut instead = Vec::new();
        let error = || RpcError::internal("the link cannot carry the reply");
        if refuse::replies(&*protocol, protocol.read(reply, &ours), error, &mut instead)
            && let Err(error) = self.send(&instead)
        {
            tracing::error!(%error, "the link cannot even carry an error, so a call stays unanswered");
        }
    }

    /// How many replies the other side may not have been sent yet, at most. Quicker to tell than the right number.
    #[inline]
    pub(super) fn recent_replies(&self) -> usize {
        self.replies.len()
    }

    /// How many replies the other side may not have been sent yet.
    pub(super) fn unsent_replies(&mut self) -> usize {
        let sent = self.sent();
        while self.replies.front().is_some_and(|end| *end <= sent) {
            self.replies.pop_front();
        }
        self.replies.len()
    }

    /// How many bytes have been sent.
    pub(super) fn sent(&self) -> u64 {
        self.total.saturating_sub(self.held as u64)
    }

    /// Whether anything waits to be sent.
    pub(super) fn is_behind(&self) -> bool {
        self.held > 0
    }

    /// Whether what can wait should wait.
    pub(super) fn is_over(&self) -> bool {
        self.held >= self.write_buffer || !self.sink.is_ready()
    }

    /// Whether everything must wait.
    pub(super) fn is_jammed(&self) -> bool {
        self.held >= self.backlog
    }

    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        let flushed = self.sink.poll_flush(cx);
        self.held = self.sink.buffered();
        flushed
    }

    pub(super) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.sink.poll_close(cx)
    }
}
