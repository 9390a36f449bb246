//! Serving over a link.

use std::sync::Arc;

use tinyrpc_core::{Origin, Protocol};

use super::shared::Leave;
use super::{Peer, PeerSettings};
use crate::service::Service;
use crate::transport::{Link, Shutdown, TransportError};

impl Service {
    /// Answers what comes over `link`, in the first protocol, until the link ends. Handlers can call the other side back:
    /// the [`Peer`] of the link is among the extensions of their call's origin.
    ///
    /// Dropping the future breaks the link: calls are cancelled, notifications run on.
    pub async fn link(&self, from: Origin, link: Link) {
        let (_peer, driver) = self.peer(from, link, PeerSettings::new());
        if let Err(error) = driver.await {
            tracing::debug!(%error, "a link broke");
        }
    }

    /// Answers what comes over `link` until it ends or `shutdown` does: when that asks to drain, calls that come are
    /// refused, those that run are answered, and then the link is closed; when the grace period is over they are
    /// cancelled.
    pub async fn link_until(&self, shutdown: &Shutdown, from: Origin, link: Link, settings: PeerSettings) {
        let (peer, driver) = self.peer(from, link, settings);
        let asked = async {
            shutdown.draining().await;
            peer.drain();
            shutdown.closed().await;
            peer.close();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            ended = driver => if let Err(error) = ended {
                tracing::debug!(%error, "a link broke");
            },
            () = asked => {}
        }
    }

    /// Answers a message without running it: every call in it gets `error`. False when nothing is owed.
    #[cfg(feature = "zmq")]
    pub(crate) fn turn_away(
        &self,
        protocol: &dyn tinyrpc_core::Protocol,
        message: &[u8],
        error: impl Fn() -> tinyrpc_core::RpcError,
        out: &mut Vec<u8>,
    ) -> bool {
        super::refuse::calls(protocol, protocol.read(message, self.limits()), error, out)
    }

    fn peer(
        &self,
        from: Origin,
        link: Link,
        settings: PeerSettings,
    ) -> (Peer, impl Future<Output = Result<(), TransportError>> + Send + 'static + use<>) {
        Peer::new(link, Arc::clone(&self.protocols()[0]), Some(self.clone()), from, settings)
    }
}

/// A service for the other side of a link whose own side is a client.
#[derive(Clone, Debug)]
pub(crate) struct Served(pub(crate) Service);

impl Served {
    /// As [`Peer::new`]; when the last handle is dropped, the link is drained and closed.
    pub(crate) fn peer(
        &self,
        link: Link,
        protocol: Arc<dyn Protocol>,
        origin: Origin,
        settings: PeerSettings,
    ) -> (Peer, impl Future<Output = Result<(), TransportError>> + Send + 'static + use<>) {
        Peer::build(link, protocol, Some(self.0.clone()), origin, settings, Leave::Drained)
    }
}
