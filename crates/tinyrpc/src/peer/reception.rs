//! What becomes of each message that comes on a link.

use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tinyrpc_core::{Id, Incoming, Limits, Message, Origin, Protocol};

use super::cancel;
use super::inbound::Inbound;
use super::outbound::Outbound;
use super::settle::{fail, settle, short};
use super::shared::Shared;
use crate::service::Service;
use crate::trace::Direction;
use crate::transport::{MessageSource, Received, TransportError, TransportErrorKind};

/// All of a driver that messages concern, apart from their source: that may lend them.
pub(super) struct Reception<'d> {
    pub(super) inbound: &'d mut Inbound,
    pub(super) out: &'d mut Outbound,
    pub(super) shared: &'d Shared,
    pub(super) protocol: &'d dyn Protocol,
    pub(super) origin: &'d Arc<Origin>,
    pub(super) service: Option<&'d Service>,
    pub(super) limits: &'d Limits,
    /// Whether the other side is told about calls that are given up. Who sends a call or notification can bear one.
    pub(super) tells: &'d mut bool,
}

impl Reception<'_> {
    /// Takes the messages that are there, within `budget`, as long as more may be taken. Ready when that has come to an
    /// end: with what went wrong, or with nothing when the other side has ended its direction.
    #[inline]
    pub(super) fn poll(
        &mut self,
        source: &mut dyn MessageSource,
        cx: &mut Context<'_>,
        budget: &mut usize,
    ) -> Poll<Option<TransportError>> {
        let served = self.inbound.is_served();
        while *budget > 0 && self.may_go_on() {
            // Replies to calls of ours are kept, calls of the other side mostly are not.
            let received = match served {
                true => ready!(source.poll_lend(cx)),
                false => ready!(source.poll_recv(cx)).map(|received| received.map(Received::Given)),
            };
            *budget -= 1;
            let (message, last) = match received {
                Some(Ok(message @ Received::Lent(_))) => (message, false),
                Some(Ok(Received::Given(message))) => (Received::Given(message), source.may_be_cut()),
                Some(Err(error)) => return Poll::Ready(Some(error)),
                None => return Poll::Ready(None),
            };
            self.receive(cx, &message, last);
        }
        Poll::Pending
    }

    fn may_go_on(&self) -> bool {
        !self.inbound.is_full() && !self.out.is_jammed() && !self.shared.feeds.block()
    }

    #[inline]
    fn receive(&mut self, cx: &mut Context<'_>, message: &Received<'_>, last: bool) {
        if let Some(service) = self.service {
            service.trace(Direction::Received, self.origin, message);
        }
        let incoming = self.protocol.read(message, self.limits);
        if !*self.tells {
            *self.tells = cancel::asks(&incoming);
        }
        if let Incoming::One(Message::Request(request)) = &incoming
            && (self.shared.feeds.deliver(request) || self.inbound.start_call(cx, request, self.out))
        {
            return;
        }
        self.receive_other(cx, message, incoming, last);
    }

    /// Takes what is no call that can be started at once.
    fn receive_other(&mut self, cx: &mut Context<'_>, message: &Received<'_>, incoming: Incoming<'_>, last: bool) {
        match incoming {
            Incoming::One(Message::Answer(answer)) => {
                settle(self.shared, message, self.protocol.codec(), [answer], false);
            }
            Incoming::One(Message::Rejected(rejection)) if rejection.unknown => {
                tracing::debug!("skipped a message that is neither a call nor a reply");
            }
            Incoming::One(Message::Rejected(rejection)) if rejection.id.is_null() && self.is_cut(last) => {
                tracing::debug!(error = %rejection.error, "the link ended with a part of a message");
            }
            Incoming::One(Message::Rejected(rejection)) if !self.inbound.is_served() => {
                let error = &rejection.error;
                let why = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
                self.unreadable(TransportErrorKind::Invalid, rejection.id, &why);
            }
            Incoming::Batch(messages) => self.receive_batch(cx, message, messages),
            other => self.inbound.receive(cx, message, other, Vec::new(), self.out),
        }
    }

    /// Whether what could not be read is a part of a message, at the end of a link that is not closed by halves: nothing
    /// is said about it there, since the other side would take it for an answer to another one.
    fn is_cut(&self, last: bool) -> bool {
        let answers = self.inbound.is_served() && self.shared.settings.answers_after_end;
        !answers && last
    }

    fn receive_batch(&mut self, cx: &mut Context<'_>, message: &Received<'_>, messages: Vec<Message<'_>>) {
        let (mut answers, mut items) = (Vec::new(), Vec::new());
        let mut others = Vec::with_capacity(messages.len());
        for (place, message) in messages.into_iter().enumerate() {
            match message {
                Message::Answer(answer) => answers.push(answer),
                Message::Rejected(rejection) if rejection.unknown => {}
                Message::Request(request) if self.shared.feeds.deliver(&request) => items.push(place),
                other => others.push(other),
            }
        }
        if !answers.is_empty() {
            // What is broken among replies is a broken reply.
            others.retain(|message| matches!(message, Message::Request(_)));
            settle(self.shared, message, self.protocol.codec(), answers, true);
        }
        if !others.is_empty() {
            self.inbound.receive(cx, message, Incoming::Batch(others), items, self.out);
        }
    }

    /// Deals with a message that could not be read.
    pub(super) fn unreadable(&mut self, kind: TransportErrorKind, id: Id<'_>, why: &str) {
        let why = short(why.to_owned());
        tracing::warn!(from = %self.origin, why, "a message could not be read");
        if self.inbound.is_served() {
            self.inbound.unreadable(&why, self.out);
        } else {
            // Where nothing is served, nothing but replies is to be expected.
            fail(self.shared, id, || TransportError::new(kind, format!("the reply cannot be read: {why}")));
        }
    }
}
