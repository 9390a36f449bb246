//! The one way out to a peer: replies, and what a link to it sends, in the order in which they were handed over.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;
use omq_tokio::{Error, Identity, Message, TrySendError};
use tinyrpc_core::Origin;
use tokio::sync::Notify;

use super::shared::Shared;
use crate::trace::Direction;

pub(super) struct Out {
    shared: Arc<Shared>,
    to: Identity,
    /// How often connections had come or gone when the peer was last known to be there, where that has to be known:
    /// another one that has chosen the same identity takes its place, and would get what is for it.
    there: Option<AtomicU64>,
    /// For the log and the trace hook.
    origin: Origin,
    queue: Mutex<Queue>,
    /// How many bytes of the link wait.
    of_link: AtomicUsize,
    /// Wakes the link when some of them have gone.
    link: AtomicWaker,
    /// Nothing more is taken: the peer is gone, or about to be disconnected.
    closed: AtomicBool,
    /// Told when nothing waits any more.
    emptied: Notify,
}

/// Who has handed a message over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// The one task that answers.
    Server,
    /// A link to the peer, which has bounds of its own.
    Link,
}

/// What ZeroMQ has no room for. It counts messages only, so what waits is kept here.
#[derive(Default)]
struct Queue {
    waiting: VecDeque<(Message, From)>,
    /// How many bytes of replies wait.
    replies: usize,
    /// Whether a task sends what waits, as there is room.
    jammed: bool,
}

impl Out {
    pub(super) fn new(shared: Arc<Shared>, to: Identity, origin: Origin) -> Self {
        let there = to.peer_info().peer_identity.as_ref().map(|_| AtomicU64::new(u64::MAX));
        Self {
            shared,
            to,
            there,
            origin,
            queue: Mutex::default(),
            of_link: AtomicUsize::new(0),
            link: AtomicWaker::new(),
            closed: AtomicBool::new(false),
            emptied: Notify::new(),
        }
    }

    /// Nothing that holds the lock calls foreign code, so a poisoned queue is whole.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a message, or keeps it until there is room. False when the peer is gone. Must be called within a runtime.
    pub(super) fn send(self: &Arc<Self>, message: Message, from: From) -> bool {
        if self.is_closed() {
            return false;
        }
        if let Some(body) = message.len().checked_sub(1).and_then(|last| message.part_slice(last))
            && !body.is_empty()
        {
            self.shared.service.trace(Direction::Sent, &self.origin, body);
        }
        let mut queue = self.lock();
        let message = match queue.jammed || !self.is_there() {
            true => message,
            false => match self.shared.socket.try_send_to(&self.to, message) {
                Ok(()) => return true,
                Err(TrySendError::Full(message)) => message,
                Err(error) => {
                    drop(queue);
                    self.gone(&error);
                    return false;
                }
            },
        };
        match from {
            From::Server => queue.replies += message.byte_len(),
            From::Link => {
                self.of_link.fetch_add(message.byte_len(), Ordering::SeqCst);
            }
        }
        queue.waiting.push_back((message, from));
        let jammed = std::mem::replace(&mut queue.jammed, true);
        if !jammed {
            tokio::spawn(Arc::clone(self).send_waiting());
        }
        // A single one may be longer than all that may wait.
        let too_many = jammed && queue.replies > self.shared.settings.backlog;
        drop(queue);
        if too_many {
            self.give_up("too many replies wait for it");
        }
        !too_many
    }

    async fn send_waiting(self: Arc<Self>) {
        while let Some((message, from)) = self.next() {
            let length = message.byte_len();
            match tokio::time::timeout(self.shared.settings.stall, self.deliver(message)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return self.gone(&error),
                Err(_) => return self.give_up("it has read nothing for too long"),
            }
            self.went(length, from);
            tokio::task::consume_budget().await;
        }
        self.link.wake();
        self.emptied.notify_waiters();
    }

    /// Sends a message as soon as there is room, to this peer and no other.
    async fn deliver(&self, mut message: Message) -> Result<(), TrySendError> {
        let socket = &self.shared.socket;
        loop {
            self.find().await?;
            match socket.try_send_to(&self.to, message) {
                Err(TrySendError::Full(full)) => message = full,
                sent => return sent,
            }
            self.link.wake();
            tokio::select! {
                biased;
                // Then it is looked for again.
                () = self.may_have_gone() => {}
                sent = socket.send_to(&self.to, message.clone()) => return sent.map_err(TrySendError::Error),
            }
        }
    }

    /// Whether the peer is certainly there.
    fn is_there(&self) -> bool {
        let now = || self.shared.socket.connections_generation();
        self.there.as_ref().is_none_or(|there| there.load(Ordering::SeqCst) == now())
    }

    /// Returns when it is not certain any more that the peer is there.
    async fn may_have_gone(&self) {
        let Some(there) = &self.there else { return std::future::pending().await };
        // That the socket is closed tells the sending itself.
        if self.shared.socket.connections_changed(there.load(Ordering::SeqCst)).await.is_err() {
            std::future::pending().await
        }
    }

    /// Makes sure that the peer is there.
    async fn find(&self) -> Result<(), TrySendError> {
        let Some(there) = &self.there else { return Ok(()) };
        let socket = &self.shared.socket;
        while !self.is_there() {
            let now = socket.connections_generation();
            let present = socket.connections().await.map_err(TrySendError::Error)?;
            if !present.iter().any(|status| status.connection_id == self.to.peer_info().connection_id) {
                return Err(TrySendError::Error(Error::Unroutable));
            }
            there.store(now, Ordering::SeqCst);
        }
        Ok(())
    }

    /// The next one that waits, which counts until it has gone.
    fn next(&self) -> Option<(Message, From)> {
        let mut queue = self.lock();
        let next = queue.waiting.pop_front();
        queue.jammed = next.is_some();
        next
    }

    fn went(&self, bytes: usize, from: From) {
        // They may have been given up meanwhile.
        let less = |waiting: usize| waiting.saturating_sub(bytes);
        match from {
            From::Server => {
                let mut queue = self.lock();
                queue.replies = less(queue.replies);
            }
            From::Link => {
                let _ = self.of_link.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |waiting| Some(less(waiting)));
            }
        }
    }

    fn gone(&self, error: &TrySendError) {
        tracing::debug!(%error, to = %self.origin, "a message could not be sent");
        self.close();
    }

    /// Closes the connection of a peer that does not take what is for it, which tells it that something is lost.
    fn give_up(&self, why: &str) {
        if !self.close() {
            return;
        }
        tracing::warn!(from = %self.origin, why, "closing the connection of a ZeroMQ peer that does not read");
        let (socket, connection) = (self.shared.socket.clone(), self.to.peer_info().connection_id);
        tokio::spawn(async move {
            if let Err(error) = socket.disconnect_peer(connection).await {
                tracing::debug!(%error, "closing a connection");
            }
        });
    }

    /// Takes nothing more and drops what waits. False if that had been done before.
    pub(super) fn close(&self) -> bool {
        let closed = self.closed.swap(true, Ordering::SeqCst);
        let dropped = {
            let mut queue = self.lock();
            queue.replies = 0;
            self.of_link.store(0, Ordering::SeqCst);
            std::mem::take(&mut queue.waiting)
        };
        drop(dropped);
        self.link.wake();
        self.emptied.notify_waiters();
        !closed
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// How many bytes of the link wait.
    pub(super) fn of_link(&self) -> usize {
        self.of_link.load(Ordering::SeqCst)
    }

    /// Ready when nothing of the link waits any more, with whether that is because it was sent.
    pub(super) fn poll_link(&self, cx: &mut Context<'_>) -> Poll<bool> {
        self.link.register(cx.waker());
        match (self.is_closed(), self.of_link()) {
            (true, _) => Poll::Ready(false),
            (false, 0) => Poll::Ready(true),
            _ => Poll::Pending,
        }
    }

    /// Returns when nothing waits any more. Cancel safe.
    pub(super) async fn emptied(&self) {
        loop {
            let mut emptied = std::pin::pin!(self.emptied.notified());
            emptied.as_mut().enable();
            if self.is_closed() || !self.lock().jammed {
                return;
            }
            emptied.await;
        }
    }
}
