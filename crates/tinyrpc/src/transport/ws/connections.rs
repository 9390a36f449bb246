//! The connections of one server, from their first byte.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::accept;
use super::service::{Opening, WsService};
use crate::transport::maybe_tls::Acceptor;

/// Dropping it ends all connections.
#[derive(Debug)]
pub(super) struct Connections {
    service: WsService,
    acceptor: Acceptor,
    handshake: Duration,
    tasks: JoinSet<()>,
}

impl Connections {
    pub(super) fn new(service: WsService, acceptor: Acceptor, handshake: Duration) -> Self {
        Self { service, acceptor, handshake, tasks: JoinSet::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    pub(super) fn start(&mut self, tcp: TcpStream, peer: SocketAddr) {
        self.tasks.spawn(serve(self.service.clone(), self.acceptor.clone(), self.handshake, tcp, peer));
    }

    /// Returns when a connection has ended; never when there is none. Cancel safe.
    pub(super) async fn ended(&mut self) {
        match self.tasks.join_next().await {
            Some(Ok(())) => {}
            Some(Err(error)) => {
                if error.is_panic() {
                    tracing::error!(%error, "a connection failed inside");
                }
            }
            None => std::future::pending().await,
        }
    }

    /// Ends all connections and waits until they are gone.
    pub(super) async fn end(mut self) {
        self.tasks.shutdown().await;
    }
}

async fn serve(service: WsService, acceptor: Acceptor, handshake: Duration, tcp: TcpStream, peer: SocketAddr) {
    if let Err(error) = tcp.set_nodelay(true) {
        tracing::debug!(%peer, %error, "could not set TCP_NODELAY");
    }
    // Boxed, so that a task has no room for both all the time.
    let shaken = Box::pin(open(service, acceptor, tcp, peer));
    match timeout(handshake, shaken).await {
        Ok(Ok(Some(opening))) => Box::pin(opening.serve()).await,
        Ok(Ok(None)) => {}
        Ok(Err(error)) => tracing::debug!(%peer, %error, "a handshake failed"),
        Err(_) => tracing::debug!(%peer, "a client did not finish its handshake"),
    }
}

/// `None` when the client was told why there is no WebSocket for it.
async fn open(
    service: WsService,
    acceptor: Acceptor,
    tcp: TcpStream,
    peer: SocketAddr,
) -> Result<Option<Opening>, Box<dyn Error + Send + Sync>> {
    let Some(tcp) = acceptor.accept(tcp).await? else { return Ok(None) };
    let caller = tcp.peer();
    let answer = move |mut request| {
        caller.tell(&mut request);
        service.open(request, Some(peer))
    };
    Ok(accept::shake(tcp, answer).await?)
}
