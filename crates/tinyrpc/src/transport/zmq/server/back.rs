//! The way back to one DEALER: a link over which handlers call it, and which carries its subscriptions. It is made when a
//! handler first asks for it.

use std::any::{Any, TypeId};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use omq_tokio::Message;
use tinyrpc_core::Id;
use tinyrpc_core::call::Extensions;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::out::{From, Out};
use super::shared::Shared;
use crate::peer::Peer;
use crate::transport::{Link, MessageSink, MessageSource, TransportError, TransportErrorKind};

/// How many replies of the peer may wait for the link's task. No more calls of ours can be under way, so a peer that sends
/// more sends what nobody asked for.
const REPLIES: usize = 2_048;

/// The way back to one peer. Handlers find its [`Peer`] among the extensions of their call's origin.
#[derive(Clone)]
pub(super) struct Back(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    out: Arc<Out>,
    /// Whether the peer sends an empty frame first, and so expects one.
    delimited: bool,
    peer: OnceLock<Option<Peer>>,
    replies: Mutex<Replies>,
}

/// Where the peer's replies go.
enum Replies {
    /// Nobody has asked for the link.
    Unwanted,
    To(mpsc::Sender<Bytes>),
    /// The link is over.
    Closed,
}

impl Back {
    pub(super) fn new(shared: Arc<Shared>, out: Arc<Out>, delimited: bool) -> Self {
        let (peer, replies) = (OnceLock::new(), Mutex::new(Replies::Unwanted));
        Self(Arc::new(Inner { shared, out, delimited, peer, replies }))
    }

    /// The link, if there is one.
    pub(super) fn link(&self) -> Option<&Peer> {
        self.0.peer.get()?.as_ref()
    }

    /// Hands over a message that holds replies; false when no call of ours is under way.
    pub(super) fn receive(&self, message: Bytes) -> bool {
        match &*self.replies() {
            Replies::To(link) => {
                if link.try_send(message).is_err() {
                    tracing::warn!("a ZeroMQ peer sends replies that nobody can be waiting for");
                }
                true
            }
            _ => false,
        }
    }

    /// Whether a subscription waits for the reply that tells its id.
    pub(super) fn is_opening(&self) -> bool {
        self.link().is_some_and(Peer::is_opening)
    }

    /// A reply is on its way before anything that the link will send, or could not be sent.
    pub(super) fn replied(&self, reply: &[u8], sent: bool) {
        if let Some(link) = self.link() {
            link.replied(reply, sent);
        }
    }

    /// A call is over and gets no reply.
    pub(super) fn unanswered(&self, call: &Id<'_>) {
        if let Some(link) = self.link() {
            link.unanswered(call);
        }
    }

    /// Ends the link: calls of ours that wait for the peer are lost, and its subscriptions end.
    pub(super) fn close(&self) {
        *self.replies() = Replies::Closed;
    }

    /// Nothing that holds the lock can panic half-way.
    fn replies(&self) -> MutexGuard<'_, Replies> {
        self.0.replies.lock().unwrap_or_else(PoisonError::into_inner)
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
        let Shared { service, protocol, settings, .. } = &*self.0.shared;
        let link = Link::new(Sink(self.clone()), Source(receiver));
        let (peer, driver) = Peer::back(link, Arc::clone(protocol), settings.of_link(service.limits()));
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
        self.0.peer.get_or_init(|| self.start()).as_ref().map(|peer| peer as &dyn Any)
    }
}

struct Source(mpsc::Receiver<Bytes>);

impl MessageSource for Source {
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        self.0.poll_recv(cx).map(|received| received.map(Ok))
    }
}

/// Hands over at once: what a handler sends before its reply must not be overtaken by that.
struct Sink(Back);

impl MessageSink for Sink {
    fn send(&mut self, message: &[u8]) -> Result<(), TransportError> {
        let Inner { out, delimited, .. } = &*self.0.0;
        let message = Message::from_slice(message);
        let message = if *delimited { Message::with_prefix(Bytes::new(), message) } else { message };
        // That the peer is gone is told by the next flush.
        out.send(message, From::Link);
        Ok(())
    }

    fn buffered(&self) -> usize {
        self.0.0.out.of_link()
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        match ready!(self.0.0.out.poll_link(cx)) {
            true => Poll::Ready(Ok(())),
            false => Poll::Ready(Err(TransportError::new(TransportErrorKind::Lost, "the ZeroMQ peer is gone"))),
        }
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        ready!(self.poll_flush(cx))?;
        // Only the link ends, so nobody else ends the other direction.
        self.0.close();
        Poll::Ready(Ok(()))
    }
}
