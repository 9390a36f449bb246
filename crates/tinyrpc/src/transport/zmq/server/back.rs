//! Calls a peer back: a link to one DEALER, made when a handler asks for it.

use std::any::{Any, TypeId};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use omq_tokio::{Error, Identity, IdentitySocket, Message, TrySendError};
use tinyrpc_core::Protocol;
use tinyrpc_core::call::{BoxFuture, Extensions};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::peer::{Peer, PeerSettings};
use crate::transport::{Link, MessageSink, MessageSource, TransportError, TransportErrorKind};

/// How many replies of the peer may wait for the link's task. No more calls of ours can be under way, so a peer that sends
/// more sends what nobody asked for.
const REPLIES: usize = 2_048;

/// The way back to one peer. Handlers find its [`Peer`] among the extensions of their call's origin.
#[derive(Clone)]
pub(super) struct Back(Arc<Inner>);

struct Inner {
    socket: IdentitySocket,
    to: Identity,
    /// Whether the peer sends an empty frame first, and so expects one.
    delimited: bool,
    protocol: Arc<dyn Protocol>,
    peer: OnceLock<Option<Peer>>,
    replies: Mutex<Replies>,
}

/// Where the peer's replies go.
enum Replies {
    /// Nobody has asked for the link.
    Unwanted,
    To(mpsc::Sender<Bytes>),
    /// The peer is gone.
    Closed,
}

impl Back {
    pub(super) fn new(socket: IdentitySocket, to: Identity, delimited: bool, protocol: Arc<dyn Protocol>) -> Self {
        let (peer, replies) = (OnceLock::new(), Mutex::new(Replies::Unwanted));
        Self(Arc::new(Inner { socket, to, delimited, protocol, peer, replies }))
    }

    /// Hands over a message that holds replies; false when no call of ours is under way.
    pub(super) fn receive(&self, message: Bytes) -> bool {
        match &*self.0.replies() {
            Replies::To(link) => {
                if link.try_send(message).is_err() {
                    tracing::warn!("a ZeroMQ peer sends replies that nobody can be waiting for");
                }
                true
            }
            _ => false,
        }
    }

    /// The peer is gone: calls of ours that wait for it end as lost.
    pub(super) fn close(&self) {
        *self.0.replies() = Replies::Closed;
    }
}

impl Inner {
    /// Nothing that holds the lock can panic half-way.
    fn replies(&self) -> MutexGuard<'_, Replies> {
        self.replies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the link; `None` outside of a runtime.
    fn start(&self) -> Option<Peer> {
        let runtime = Handle::try_current().ok()?;
        let (sender, receiver) = mpsc::channel(REPLIES);
        {
            let mut replies = self.replies();
            if matches!(*replies, Replies::Unwanted) {
                *replies = Replies::To(sender);
            }
        }
        let sink = Sink {
            socket: self.socket.clone(),
            to: self.to.clone(),
            delimited: self.delimited,
            queue: VecDeque::new(),
            bytes: 0,
            sending: None,
        };
        let link = Link::new(sink, Source(receiver));
        let (peer, driver) = Peer::back(link, Arc::clone(&self.protocol), PeerSettings::new());
        runtime.spawn(async move {
            if let Err(error) = driver.await {
                tracing::debug!(%error, "the way back to a ZeroMQ peer broke");
            }
        });
        Some(peer)
    }
}

impl Extensions for Back {
    fn find(&self, wanted: TypeId) -> Option<&dyn Any> {
        if wanted != TypeId::of::<Peer>() {
            return None;
        }
        self.0.peer.get_or_init(|| self.0.start()).as_ref().map(|peer| peer as &dyn Any)
    }
}

struct Source(mpsc::Receiver<Bytes>);

impl MessageSource for Source {
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        self.0.poll_recv(cx).map(|received| received.map(Ok))
    }
}

struct Sink {
    socket: IdentitySocket,
    to: Identity,
    delimited: bool,
    queue: VecDeque<Message>,
    bytes: usize,
    /// A message that waits for room, and its length.
    sending: Option<(BoxFuture<'static, Result<(), Error>>, usize)>,
}

impl MessageSink for Sink {
    fn send(&mut self, message: &[u8]) -> Result<(), TransportError> {
        let message = Message::from_slice(message);
        let message = if self.delimited { Message::with_prefix(Bytes::new(), message) } else { message };
        self.bytes += message.byte_len();
        self.queue.push_back(message);
        Ok(())
    }

    fn buffered(&self) -> usize {
        self.bytes
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        loop {
            if let Some((sending, length)) = &mut self.sending {
                let sent = ready!(sending.as_mut().poll(cx));
                self.bytes -= *length;
                self.sending = None;
                sent.map_err(|error| lost().with_source(error))?;
            }
            let Some(message) = self.queue.pop_front() else { return Poll::Ready(Ok(())) };
            let length = message.byte_len();
            match self.socket.try_send_to(&self.to, message) {
                Ok(()) => self.bytes -= length,
                Err(TrySendError::Full(message)) => {
                    let (socket, to) = (self.socket.clone(), self.to.clone());
                    let sending = async move { socket.send_to(&to, message).await };
                    self.sending = Some((Box::pin(sending), length));
                }
                Err(TrySendError::Error(error)) => return Poll::Ready(Err(lost().with_source(error))),
                Err(_) => return Poll::Ready(Err(lost())),
            }
        }
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.poll_flush(cx)
    }
}

fn lost() -> TransportError {
    TransportError::new(TransportErrorKind::Lost, "the ZeroMQ peer is gone")
}
