//! What carries a client's messages: an exchange, or a link with a peer engine.

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use bytes::Bytes;
use tinyrpc_core::{Origin, Protocol};
use tokio::task::JoinHandle;

use super::reconnect::Endpoints;
use crate::peer::{Peer, PeerSettings, Served};
use crate::trace::{Direction, Trace};
use crate::transport::{ClientTransport, Link, MessageSink, MessageSource, TransportError};

#[derive(Clone, Debug)]
pub(super) enum Backend {
    /// The same for every message.
    One(Carrier),
    /// Looked for anew with every message.
    Any(Arc<Endpoints>, Slot),
}

#[derive(Clone, Debug)]
pub(super) enum Carrier {
    /// Pairs a reply with a message itself.
    Exchange(Arc<dyn ClientTransport>),
    /// Finds replies by id. The slot is where its link looks for a trace hook.
    Link(Peer, Slot),
}

/// What stands at our end of a link.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) protocol: Arc<dyn Protocol>,
    /// Answers the other side's calls.
    pub(super) served: Option<Served>,
    /// Where the other side is, for handlers.
    pub(super) address: String,
    pub(super) settings: PeerSettings,
}

/// How a link ends, told by the task that drives it.
pub(super) type Driven = JoinHandle<Result<(), TransportError>>;

impl End {
    /// A peer for `link`, with the task that drives it.
    pub(super) fn meet(&self, link: Link) -> (Peer, Driven) {
        let (protocol, settings) = (Arc::clone(&self.protocol), self.settings.clone());
        match &self.served {
            None => {
                let (peer, driver) = Peer::new(link, protocol, None, Origin::new("client"), settings);
                (peer, drive(driver))
            }
            Some(served) => {
                let origin = Origin::new("link").with_address(self.address.as_str());
                let (peer, driver) = served.peer(link, protocol, origin, settings);
                (peer, drive(driver))
            }
        }
    }
}

/// Drives a link in a task.
pub(super) fn drive(driver: impl Future<Output = Result<(), TransportError>> + Send + 'static) -> Driven {
    tokio::spawn(async move {
        let ended = driver.await;
        if let Err(error) = &ended {
            tracing::debug!(%error, "a link broke");
        }
        ended
    })
}

/// Where a link that is running already finds the trace hook that it is given later.
#[derive(Clone, Default)]
pub(super) struct Slot(Arc<OnceLock<Arc<Trace>>>);

impl Slot {
    pub(super) fn set(&self, trace: Arc<Trace>) {
        if self.0.set(trace).is_err() {
            tracing::warn!("this link has a trace hook already; the new one is ignored");
        }
    }

    /// The link, showing its messages to the hook.
    pub(super) fn watch(&self, link: Link) -> Link {
        let origin = Arc::new(Origin::new("link"));
        let sink = Traced { inner: link.sink, slot: self.clone(), origin: Arc::clone(&origin) };
        let source = Traced { inner: link.source, slot: self.clone(), origin };
        Link::new(sink, source)
    }
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Slot({})", if self.0.get().is_some() { "traced" } else { "empty" })
    }
}

struct Traced<T: ?Sized> {
    slot: Slot,
    origin: Arc<Origin>,
    inner: Box<T>,
}

impl<T: ?Sized> Traced<T> {
    #[inline]
    fn show(&self, direction: Direction, message: &[u8]) {
        if let Some(trace) = self.slot.0.get() {
            trace(direction, &self.origin, message);
        }
    }
}

impl MessageSink for Traced<dyn MessageSink> {
    fn send(&mut self, message: &[u8]) -> Result<(), TransportError> {
        self.show(Direction::Sent, message);
        self.inner.send(message)
    }

    fn buffered(&self) -> usize {
        self.inner.buffered()
    }

    fn is_ready(&self) -> bool {
        self.inner.is_ready()
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.inner.poll_flush(cx)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.inner.poll_close(cx)
    }
}

impl MessageSource for Traced<dyn MessageSource> {
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        let polled = self.inner.poll_recv(cx);
        if let Poll::Ready(Some(Ok(message))) = &polled {
            self.show(Direction::Received, message);
        }
        polled
    }

    fn may_be_cut(&self) -> bool {
        self.inner.may_be_cut()
    }

    fn reconnects(&self) -> bool {
        self.inner.reconnects()
    }

    fn takes_cancellations(&self) -> bool {
        self.inner.takes_cancellations()
    }
}
