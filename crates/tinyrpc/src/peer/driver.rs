//! The one future that does all the work of a link.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use tinyrpc_core::{Id, Incoming, Limits, Message, Origin, Protocol};
use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep, sleep};

use super::idle::Idle;
use super::inbound::Inbound;
use super::outbound::Outbound;
use super::overdue;
use super::reception::Reception;
use super::settle::settle;
use super::shared::{Driven, End, Leave, Outgoing, Shared};
use crate::service::Service;
use crate::transport::{Link, MessageSource, Received, TransportError, TransportErrorKind};

/// How many messages are dealt with before other tasks get their turn.
const BUDGET: usize = 256;

/// How long a link that is being closed may take to send the rest, and to hear that the other side closes it too.
const CLOSING: Duration = Duration::from_secs(5);

pub(super) struct Driver {
    source: Box<dyn MessageSource>,
    out: Outbound,
    inbound: Inbound,
    shared: Arc<Shared>,
    protocol: Arc<dyn Protocol>,
    origin: Arc<Origin>,
    service: Option<Service>,
    limits: Limits,
    phase: Phase,
    /// Whether the other side is told of calls that are given up.
    tells: bool,
    /// Whether somebody watches the time of our calls.
    timed: bool,
    /// While the other side lags behind: when it is given up, and how much had been sent when that was set.
    stalled: Option<(Pin<Box<Sleep>>, u64)>,
    /// When there is an idle timeout.
    idle: Option<Idle>,
    /// Why nothing more can be read.
    failure: Option<TransportError>,
    /// Dropped last, when the link is gone.
    _driven: Driven,
}

enum Phase {
    Open,
    /// The other side has ended its direction, and is still owed replies.
    Ended,
    Closing {
        deadline: Pin<Box<Sleep>>,
        sent: bool,
        ended: bool,
    },
    Done,
}

impl Driver {
    pub(super) fn new(
        link: Link,
        protocol: Arc<dyn Protocol>,
        service: Option<Service>,
        origin: Arc<Origin>,
        shared: Arc<Shared>,
    ) -> Self {
        let settings = &shared.settings;
        let limits = settings.limits.clone();
        let limits = limits.or_else(|| service.as_ref().map(|service| service.limits().clone())).unwrap_or_default();
        let here = || (service.clone(), Arc::clone(&protocol), Arc::clone(&origin));
        let (served, spoken, from) = here();
        let out = Outbound::new(link.sink, spoken, from, served, Arc::clone(&shared.outlets), settings);
        let (served, spoken, from) = here();
        let inbound = Inbound::new(served, spoken, from, limits.clone(), shared.cancel.clone(), settings);
        let (source, phase, stalled, idle) = (link.source, Phase::Open, None, settings.idle.map(Idle::new));
        let tells = settings.cancel.is_chosen() || source.takes_cancellations();
        let driven = Driven(Arc::clone(&shared));
        Self {
            source,
            out,
            inbound,
            shared,
            protocol,
            origin,
            service,
            limits,
            phase,
            tells,
            timed: false,
            stalled,
            idle,
            failure: None,
            _driven: driven,
        }
    }

    fn drive(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        let mut budget = BUDGET;
        loop {
            if matches!(self.phase, Phase::Closing { .. }) {
                let closed = self.close(cx);
                return closed.map(|closed| self.failure.take().map_or(closed, Err));
            }
            // Whatever is ready now is written together.
            loop {
                let before = budget;
                if let Err(error) = self.turn(cx, &mut budget) {
                    self.broke(error);
                    break;
                }
                if budget == before || budget == 0 || self.out.is_jammed() {
                    break;
                }
            }
            if matches!(self.phase, Phase::Closing { .. }) {
                continue;
            }
            let (was_over, was_jammed) = (self.out.is_over(), self.out.is_jammed());
            if let Poll::Ready(Err(error)) = self.out.poll_flush(cx) {
                self.read_the_rest(cx);
                return Poll::Ready(Err(error));
            }
            if self.leaves() {
                self.leave(End::Closed);
                continue;
            }
            if let Err(error) = self.watch(cx) {
                return Poll::Ready(Err(error));
            }
            if self.is_forgotten(cx) {
                self.leave(End::Lost("nothing happened on it for too long".to_owned()));
                continue;
            }
            if budget == 0 {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let room = (was_over && !self.out.is_over()) || (was_jammed && !self.out.is_jammed());
            if !room {
                return Poll::Pending;
            }
        }
    }

    /// Does what can be done without waiting.
    fn turn(&mut self, cx: &mut Context<'_>, budget: &mut usize) -> Result<(), TransportError> {
        if self.out.is_jammed() {
            return Ok(());
        }
        self.inbound.work(cx, &mut self.out, budget);
        self.send(budget);
        while matches!(self.phase, Phase::Open) {
            let before = *budget;
            let (source, mut reception) = self.reception();
            let end = reception.poll(source, cx, budget);
            if let Some(idle) = &mut self.idle
                && (end.is_ready() || *budget < before)
            {
                idle.stirred();
            }
            match end {
                Poll::Pending => break,
                Poll::Ready(Some(error)) if costs_one_message(&error) => {
                    let (_, mut reception) = self.reception();
                    reception.unreadable(error.kind(), Id::Null, &error.to_string());
                }
                Poll::Ready(Some(error)) if self.source.reconnects() && costs_calls(&error) => {
                    self.shared.interrupt(&error);
                }
                Poll::Ready(Some(error)) => return Err(error),
                Poll::Ready(None) => self.ended(),
            }
        }
        Ok(())
    }

    /// What messages come from, and what deals with them.
    #[inline]
    fn reception(&mut self) -> (&mut dyn MessageSource, Reception<'_>) {
        let Self { source, inbound, out, shared, protocol, origin, service, limits, tells, .. } = self;
        let (shared, protocol, service) = (&**shared, &**protocol, service.as_ref());
        (&mut **source, Reception { inbound, out, shared, protocol, origin, service, limits, tells })
    }

    /// Buffers messages of ours. They need not come to an end, and must leave something for what is to be read.
    fn send(&mut self, budget: &mut usize) {
        let rest = *budget / 2;
        while *budget > rest && !self.out.is_over() {
            let some = self.shared.lock().some_outgoing(*budget - rest, self.shared.settings.one_in_flight);
            if some.is_empty() {
                break;
            }
            *budget -= some.len();
            some.into_iter().for_each(|outgoing| self.hand_over(outgoing));
        }
        let rest = *budget / 2;
        while *budget > rest && !self.out.is_over() {
            let Some(message) = self.shared.outlets.next() else { break };
            *budget -= 1;
            if let Err(error) = self.out.send(&message) {
                tracing::error!(%error, "the link cannot carry an item of a subscription");
            }
        }
    }

    fn hand_over(&mut self, outgoing: Outgoing) {
        match outgoing {
            Outgoing::Cancel(id) => {
                if let (Some(cancel), true) = (&self.shared.cancel, self.tells) {
                    self.out.cancel(cancel, &id);
                }
            }
            Outgoing::Notification { message, handed } => {
                // An error means that nobody waits any more.
                let _ = handed.send(self.out.send(&message));
            }
            Outgoing::Calls { number, message, .. } => {
                if let Err(error) = self.out.send(&message) {
                    let calls = self.shared.lock().waiting.take_message(number);
                    for call in calls {
                        call.end(Err(TransportError::new(error.kind(), error.to_string())));
                    }
                }
            }
        }
    }

    /// The other side has ended its direction.
    fn ended(&mut self) {
        let end = End::Lost("the other side ended the link".to_owned());
        if self.shared.settings.answers_after_end {
            self.phase = Phase::Ended;
            self.end_streams();
            self.shared.end(end);
        } else {
            self.leave(end);
            if let Phase::Closing { ended, .. } = &mut self.phase {
                *ended = true;
            }
        }
    }

    /// Nothing more can be read. What was answered before may still reach the other side.
    fn broke(&mut self, error: TransportError) {
        self.leave(End::Lost(error.to_string()));
        if let Phase::Closing { ended, .. } = &mut self.phase {
            *ended = true;
        }
        self.failure = Some(error);
    }

    /// Whether it is time to close.
    fn leaves(&mut self) -> bool {
        let (leave, unused, sent) = {
            let state = self.shared.lock();
            (state.leave, state.waiting.is_empty() && state.outbox.is_empty(), state.outbox.is_empty())
        };
        match leave {
            Some(Leave::Now) => return true,
            Some(Leave::Drained) => self.inbound.drain(),
            Some(Leave::Unused) if unused && !self.inbound.is_served() => return true,
            _ => {}
        }
        let last = leave == Some(Leave::Drained) || matches!(self.phase, Phase::Ended);
        last && sent && self.inbound.is_idle()
    }

    /// Tells the other side that its subscriptions end.
    fn end_streams(&mut self) {
        for message in self.shared.outlets.take_leave() {
            // What the link cannot carry is no news to anybody.
            let _ = self.out.send(&message);
        }
    }

    /// Ends everything; what has been handed over is still sent.
    fn leave(&mut self, end: End) {
        if matches!(end, End::Closed) {
            self.end_streams();
        }
        for notification in self.shared.end(end) {
            self.hand_over(notification);
        }
        self.inbound.end();
        let ended = matches!(self.phase, Phase::Ended);
        self.phase = Phase::Closing { deadline: Box::pin(sleep(CLOSING)), sent: false, ended };
    }

    fn close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        let Phase::Closing { deadline, sent, ended } = &mut self.phase else { return Poll::Ready(Ok(())) };
        // Reading on lets the other side take what we sent before it notices that we are gone.
        for left in (0..BUDGET).rev() {
            if *ended {
                break;
            }
            match self.source.poll_recv(cx) {
                Poll::Ready(Some(Ok(_))) if left == 0 => cx.waker().wake_by_ref(),
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(error))) if costs_one_message(&error) => {}
                Poll::Ready(Some(Err(error))) if self.source.reconnects() && costs_calls(&error) => {}
                Poll::Ready(_) => *ended = true,
                Poll::Pending => break,
            }
        }
        if !*sent {
            match self.out.poll_close(cx) {
                Poll::Ready(Ok(())) => *sent = true,
                Poll::Ready(Err(error)) => {
                    tracing::debug!(%error, "the other side was gone before all was sent");
                    return Poll::Ready(Ok(()));
                }
                Poll::Pending => {}
            }
        }
        if *sent && *ended {
            return Poll::Ready(Ok(()));
        }
        match deadline.as_mut().poll(cx) {
            Poll::Ready(()) if *sent => Poll::Ready(Ok(())),
            Poll::Ready(()) => {
                let what = "the other side did not take all that was sent before the link was closed";
                Poll::Ready(Err(TransportError::new(TransportErrorKind::Lost, what)))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    /// Gives the other side up when it reads nothing for too long.
    fn watch(&mut self, cx: &mut Context<'_>) -> Result<(), TransportError> {
        // A medium that connects by itself knows itself what to do.
        if !self.out.is_over() || self.source.reconnects() {
            self.stalled = None;
            return Ok(());
        }
        let (stall, sent) = (self.shared.settings.stall, self.out.sent());
        let (deadline, before) = self.stalled.get_or_insert_with(|| (Box::pin(sleep(stall)), sent));
        if mem::replace(before, sent) != sent {
            deadline.as_mut().reset(Instant::now() + stall);
        }
        match deadline.as_mut().poll(cx) {
            Poll::Ready(()) => Err(TransportError::new(TransportErrorKind::Lost, "the other side does not read")),
            Poll::Pending => Ok(()),
        }
    }

    /// Whether it is time to close because nothing happens.
    fn is_forgotten(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(idle) = &mut self.idle else { return false };
        let (inbound, out, shared) = (&self.inbound, &self.out, &self.shared);
        idle.poll_over(cx, || {
            let streams = shared.feeds.is_used() || shared.outlets.is_used();
            streams || !inbound.is_idle() || out.is_behind() || shared.lock().is_waiting()
        })
    }

    /// When writing has failed, replies may still be there to be read.
    fn read_the_rest(&mut self, cx: &mut Context<'_>) {
        for _ in 0..16 * BUDGET {
            if self.shared.feeds.block() {
                break;
            }
            let Poll::Ready(Some(Ok(message))) = self.source.poll_recv(cx) else { break };
            let message = Received::Given(message);
            let protocol = Arc::clone(&self.protocol);
            match protocol.read(&message, &self.limits) {
                Incoming::One(Message::Answer(answer)) => {
                    settle(&self.shared, &message, protocol.codec(), [answer], false);
                }
                Incoming::One(Message::Request(request)) => {
                    self.shared.feeds.deliver(&request);
                }
                Incoming::Batch(messages) => {
                    let answers = messages.into_iter().filter_map(|message| match message {
                        Message::Answer(answer) => Some(answer),
                        _ => None,
                    });
                    settle(&self.shared, &message, protocol.codec(), answers, true);
                }
                _ => {}
            }
        }
    }

    /// Leaves nobody waiting, however the link ended.
    fn finish(&mut self, result: Option<&Result<(), TransportError>>) {
        self.phase = Phase::Done;
        let why = match result {
            Some(Err(error)) => error.to_string(),
            Some(Ok(())) => "the link ended".to_owned(),
            None => "nobody drives the link any more".to_owned(),
        };
        self.shared.end(End::Lost(why));
        self.inbound.end();
    }
}

fn costs_calls(error: &TransportError) -> bool {
    matches!(error.kind(), TransportErrorKind::Lost | TransportErrorKind::Unreachable)
}

fn costs_one_message(error: &TransportError) -> bool {
    matches!(error.kind(), TransportErrorKind::TooLarge | TransportErrorKind::Invalid)
}

impl Future for Driver {
    type Output = Result<(), TransportError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.shared.driver.register(cx.waker());
        if !self.timed
            && self.shared.timed.load(Ordering::Acquire)
            && let Ok(runtime) = Handle::try_current()
        {
            self.timed = true;
            runtime.spawn(overdue::keep(Arc::downgrade(&self.shared), Arc::clone(&self.shared.sooner)));
        }
        let polled = self.drive(cx);
        if let Poll::Ready(result) = &polled {
            self.finish(Some(result));
        }
        polled
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if !matches!(self.phase, Phase::Done) {
            self.finish(None);
        }
    }
}
