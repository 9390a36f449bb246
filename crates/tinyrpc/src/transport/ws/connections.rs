//! The connections of one server, from their first byte.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use tinyrpc_core::call::BoxFuture;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::accept;
use super::service::WsService;
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

/// Not an async function, whose future would hold its arguments for as long as the connection lives.
fn serve(
    service: WsService,
    acceptor: Acceptor,
    handshake: Duration,
    tcp: TcpStream,
    peer: SocketAddr,
) -> impl Future<Output = ()> + Send + 'static {
    if let Err(error) = tcp.set_nodelay(true) {
        tracing::debug!(%peer, %error, "could not set TCP_NODELAY");
    }
    let shaken = Box::pin(open(service, acceptor, tcp, peer));
    async move {
        let opening = match timeout(handshake, shaken).await {
            Ok(Ok(opening)) => opening,
            Ok(Err(error)) => return tracing::debug!(%peer, %error, "a handshake failed"),
            Err(_) => return tracing::debug!(%peer, "a client did not finish its handshake"),
        };
        if let Some(opening) = opening {
            opening.await;
        }
    }
}

/// Gives what serves the connection; `None` when the client was told why there is no WebSocket for it.
async fn open(
    service: WsService,
    acceptor: Acceptor,
    tcp: TcpStream,
    peer: SocketAddr,
) -> Result<Option<BoxFuture<'static, ()>>, Box<dyn Error + Send + Sync>> {
    let Some(tcp) = acceptor.accept(tcp).await? else { return Ok(None) };
    let caller = tcp.peer();
    let answer = move |mut request| {
        caller.tell(&mut request);
        service.open(request, Some(peer))
    };
    let opening = accept::shake(tcp, answer).await?;
    Ok(opening.map(|opening| Box::pin(opening.serve()) as _))
}
