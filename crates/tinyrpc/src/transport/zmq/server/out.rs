//! The one way out to a peer: replies, and what a link to it sends, in the order in which they were handed over.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;
use omq_tokio::{Identity, Message, TrySendError};
use tinyrpc_core::Origin;
use tokio::sync::Notify;

use super::shared::Shared;
use crate::trace::Direction;

pub(super) struct Out {
    shared: Arc<Shared>,
    to: Identity,
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
        Self {
            shared,
            to,
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
        let message = match queue.jammed {
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
        if !std::mem::replace(&mut queue.jammed, true) {
            tokio::spawn(Arc::clone(self).send_waiting());
        }
        let too_many = queue.replies > self.shared.settings.backlog;
        drop(queue);
        if too_many {
            self.give_up("too many replies wait for it");
        }
        !too_many
    }

    async fn send_waiting(self: Arc<Self>) {
        while let Some((message, from)) = self.next() {
            let length = message.byte_len();
            let sent = match self.shared.socket.try_send_to(&self.to, message) {
                Err(TrySendError::Full(message)) => {
                    self.link.wake();
                    let sending = self.shared.socket.send_to(&self.to, message);
                    match tokio::time::timeout(self.shared.settings.stall, sending).await {
                        Ok(sent) => sent.map_err(TrySendError::Error),
                        Err(_) => return self.give_up("it has read nothing for too long"),
                    }
                }
                sent => sent,
            };
            if let Err(error) = sent {
                return self.gone(&error);
            }
            self.went(length, from);
            tokio::task::consume_budget().await;
        }
        self.link.wake();
        self.emptied.notify_waiters();
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
