//! The other side's calls and notifications: starts them in the promised order and gathers their replies.

mod cancel;
mod queue;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tinyrpc_core::message::{Rejection, Request};
use tinyrpc_core::{Id, Incoming, Limits, Origin, Protocol, RpcError, code};

use super::cancel::Cancel;
use super::outbound::Outbound;
use super::refuse;
use super::settings::{Order, PeerSettings};
use crate::service::{Answered, Cancellable, Pending, Service};
use crate::transport::Received;
use queue::{Load, Queue, Queued};

pub(super) struct Inbound {
    service: Option<Service>,
    protocol: Arc<dyn Protocol>,
    origin: Arc<Origin>,
    limits: Limits,
    order: Order,
    cancel: Option<Arc<Cancel>>,
    calls_in_flight: usize,
    /// What runs and keeps nothing else waiting.
    running: FuturesUnordered<Running>,
    /// What runs and keeps all that came later waiting.
    barrier: Option<Box<Running>>,
    /// How many calls run, the barrier's included.
    in_flight: usize,
    queue: Queue,
    draining: bool,
    scratch: Vec<u8>,
}

/// A message whose handlers are at work.
struct Running {
    calls: Cancellable,
    load: Load,
}

impl Future for Running {
    type Output = (Vec<u8>, Load);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let reply = ready!(Pin::new(&mut self.calls).poll(cx));
        Poll::Ready((reply, self.load))
    }
}

impl Inbound {
    pub(super) fn new(
        service: Option<Service>,
        protocol: Arc<dyn Protocol>,
        origin: Arc<Origin>,
        limits: Limits,
        cancel: Option<Arc<Cancel>>,
        settings: &PeerSettings,
    ) -> Self {
        Self {
            service,
            protocol,
            origin,
            limits,
            order: settings.order,
            cancel,
            calls_in_flight: settings.calls_in_flight,
            running: FuturesUnordered::new(),
            barrier: None,
            in_flight: 0,
            queue: Queue::new(settings),
            draining: false,
            scratch: Vec::new(),
        }
    }

    /// Starts a call that came alone if nothing stands in its way, as is so for nearly all; whether it did.
    #[inline]
    pub(super) fn start_call(&mut self, cx: &mut Context<'_>, request: &Request<'_>, out: &mut Outbound) -> bool {
        if request.id.is_some()
            && let Some(service) = &self.service
            && self.queue.is_empty()
            && !self.draining
            && self.may_start(Load::ONE_CALL, out)
            && self.in_flight + out.recent_replies() < self.calls_in_flight
        {
            self.scratch.clear();
            let answered = service.respond_to(&self.protocol, &self.origin, request, None, &mut self.scratch);
            self.started(cx, answered, Load::ONE_CALL, out);
            return true;
        }
        false
    }

    /// Takes a message without its replies to calls of ours and without items of our subscriptions, which stood at these
    /// places of the batch: it may have to be read again.
    pub(super) fn receive(
        &mut self,
        cx: &mut Context<'_>,
        message: &Received<'_>,
        incoming: Incoming<'_>,
        items: Vec<usize>,
        out: &mut Outbound,
    ) {
        let incoming = match self.cancels(&incoming) {
            false => incoming,
            true => match self.cancel_all(incoming, out) {
                Some(rest) => rest,
                None => return,
            },
        };
        let load = Load::of(&incoming);
        if self.service.is_none() {
            if load.notifications > 0 {
                tracing::debug!("a notification came where nothing is served");
            }
            return self.refuse(incoming, RpcError::method_not_found, out);
        }
        if load.is_nothing() {
            return self.refuse(incoming, RpcError::method_not_found, out);
        }
        if load.calls > 0 && (self.draining || self.is_busy(out)) {
            let what = if self.draining { "shutting down" } else { "too many calls in flight" };
            self.refuse(incoming, || RpcError::new(code::TOO_BUSY, what), out);
            if load.notifications > 0 {
                self.queue.push(Queued::notifications(message, load, items));
            }
            return;
        }
        if self.queue.is_empty() && self.may_start(load, out) {
            self.start(cx, incoming, load, None, out);
        } else {
            self.queue.push(Queued::new(message, load, &incoming, items));
        }
    }

    /// Answers a message that could not be read.
    pub(super) fn unreadable(&mut self, why: &str, out: &mut Outbound) {
        let rejection = Rejection::owed(Id::Null, RpcError::invalid_request(why));
        self.refuse(rejection.into(), RpcError::method_not_found, out);
    }

    /// Goes on with what can go on, at most `budget` times.
    pub(super) fn work(&mut self, cx: &mut Context<'_>, out: &mut Outbound, budget: &mut usize) {
        while *budget > 0
            && let Poll::Ready(Some((reply, load))) = self.running.poll_next_unpin(cx)
        {
            *budget -= 1;
            self.done(&reply, load, out);
        }
        while *budget > 0 {
            if let Some(barrier) = &mut self.barrier {
                let Poll::Ready((reply, load)) = Pin::new(barrier).poll(cx) else { break };
                self.barrier = None;
                self.done(&reply, load, out);
            } else {
                let Some(load) = self.queue.next_load() else { break };
                if !self.may_start(load, out) {
                    break;
                }
                let Some(queued) = self.queue.pop() else { break };
                let protocol = Arc::clone(&self.protocol);
                if let Some(incoming) = queued.read(&*protocol, &self.limits, self.cancel.as_deref()) {
                    self.start(cx, incoming, queued.load, queued.arrived, out);
                }
            }
            *budget -= 1;
        }
    }

    /// Whether nothing more can be taken until something that waits has been started.
    pub(super) fn is_full(&self) -> bool {
        self.queue.is_full()
    }

    pub(super) fn is_served(&self) -> bool {
        self.service.is_some()
    }

    pub(super) fn is_idle(&self) -> bool {
        self.running.is_empty() && self.barrier.is_none() && self.queue.is_empty()
    }

    /// From now on calls are refused.
    pub(super) fn drain(&mut self) {
        self.draining = true;
    }

    /// Drops all calls. Notifications that came before still run, in their order.
    pub(super) fn end(&mut self) {
        self.running.clear();
        self.in_flight = 0;
        let barrier = self.barrier.take().filter(|barrier| barrier.load.calls == 0);
        let rest = self.queue.take_notifications();
        let (Some(service), false) = (self.service.clone(), rest.is_empty()) else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (protocol, origin, limits) = (Arc::clone(&self.protocol), Arc::clone(&self.origin), self.limits.clone());
        let cancel = self.cancel.clone();
        runtime.spawn(async move {
            if let Some(barrier) = barrier {
                barrier.await;
            }
            for queued in rest {
                let answered = queued
                    .read(&*protocol, &limits, cancel.as_deref())
                    .map(|incoming| service.respond(&protocol, &origin, incoming, None, &mut Vec::new()));
                if let Some(Answered::Later(pending)) = answered {
                    pending.await;
                }
            }
        });
    }

    /// Answers with errors; of what is refused nothing runs.
    fn refuse(&mut self, incoming: Incoming<'_>, error: impl Fn() -> RpcError, out: &mut Outbound) {
        self.scratch.clear();
        if refuse::calls(&*self.protocol, incoming, error, &mut self.scratch) {
            out.reply(&self.scratch);
        }
    }

    fn is_busy(&self, out: &mut Outbound) -> bool {
        self.in_flight + self.queue.calls() + out.unsent_replies() >= self.calls_in_flight
    }

    fn may_start(&self, load: Load, out: &Outbound) -> bool {
        if self.barrier.is_some() {
            return false;
        }
        if load.calls == 0 {
            // They are counted only where they do not wait for each other.
            return self.order != Order::Concurrent || self.in_flight < self.calls_in_flight;
        }
        // When no more can be taken, replies must be made: the other side may be waiting for them to read ours.
        !out.is_over() || self.is_full()
    }

    fn start(
        &mut self,
        cx: &mut Context<'_>,
        incoming: Incoming<'_>,
        load: Load,
        arrived: Option<Instant>,
        out: &mut Outbound,
    ) {
        let Some(service) = &self.service else { return };
        self.scratch.clear();
        let answered = service.respond(&self.protocol, &self.origin, incoming, arrived, &mut self.scratch);
        self.started(cx, answered, load, out);
    }

    #[inline]
    fn started(&mut self, cx: &mut Context<'_>, answered: Answered, load: Load, out: &mut Outbound) {
        match answered {
            Answered::Nothing => {}
            Answered::Written => out.reply(&self.scratch),
            Answered::Later(pending) => self.wait(cx, pending, load, out),
        }
        // One long reply must not cost its length for as long as the link lives.
        if self.scratch.capacity() > 64 << 10 {
            self.scratch = Vec::new();
        }
    }

    fn wait(&mut self, cx: &mut Context<'_>, mut pending: Pending, load: Load, out: &mut Outbound) {
        self.in_flight += load.weight();
        // Many handlers never wait, and then need no place among those that do.
        if let Poll::Ready(reply) = Pin::new(&mut pending).poll(cx) {
            return self.done(&reply, load, out);
        }
        let running = Running { calls: Cancellable::new(pending), load };
        let alone = match self.order {
            Order::AfterNotifications => load.notifications > 0,
            Order::OneByOne => true,
            Order::Concurrent => false,
        };
        if alone {
            self.barrier = Some(Box::new(running));
        } else {
            self.running.push(running);
        }
    }

    fn done(&mut self, message: &[u8], load: Load, out: &mut Outbound) {
        self.in_flight -= load.weight();
        if !message.is_empty() {
            out.reply(message);
        }
    }
}

impl Drop for Inbound {
    fn drop(&mut self) {
        self.end();
    }
}
