//! Serves the connections of a listening socket, each as a link in a task of its own.

use std::io;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tinyrpc_core::Origin;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::{JoinError, JoinSet};

use super::{Framings, link};
use crate::peer::PeerSettings;
use crate::service::Service;
use crate::transport::Shutdown;
use crate::transport::accept::accept;

/// A socket that listens.
pub(super) trait Listener: Send + Sync + 'static {
    type Connection: Send + 'static;
    type Reader: AsyncRead + Unpin + Send + 'static;
    type Writer: AsyncWrite + Unpin + Send + 'static;

    /// The next connection.
    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<Self::Connection>>;

    /// The directions of a connection, and who is at its other end.
    fn split(connection: Self::Connection) -> (Self::Reader, Self::Writer, Origin);
}

/// What servers on streams have in common.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// `None`: what is usual for the protocol.
    pub(super) framings: Option<Framings>,
    pub(super) connections: usize,
    pub(super) peer: PeerSettings,
}

impl Default for Settings {
    fn default() -> Self {
        let idle = Duration::from_secs(60 * 60);
        Self { framings: None, connections: 10_000, peer: PeerSettings::new().with_idle_timeout(Some(idle)) }
    }
}

impl Settings {
    /// What a client has to add to the URL.
    pub(super) fn query(&self) -> String {
        self.framings.as_ref().map(|framings| format!("?framing={}", framings.name())).unwrap_or_default()
    }
}

pub(super) async fn serve<L: Listener>(listener: L, settings: Settings, service: Service, shutdown: Shutdown) {
    let Settings { framings, connections, peer } = settings;
    let framings = framings.unwrap_or_else(|| Framings::usual(&*service.protocols()[0]));
    let longest = peer.limits_or(service.limits()).message();
    let mut running = JoinSet::new();
    {
        let mut draining = pin!(shutdown.draining());
        loop {
            tokio::select! {
                biased;
                () = &mut draining => break,
                Some(ended) = running.join_next() => report(ended),
                accepted = accept(|cx| listener.poll_accept(cx)), if running.len() < connections => {
                    let (reader, writer, origin) = L::split(accepted);
                    let link = link(reader, writer, &framings, longest);
                    running.spawn(service.link_until(&shutdown, origin, link, peer.clone()));
                }
            }
        }
    }
    drop(listener);
    // Each knows of the shutdown itself.
    while let Some(ended) = running.join_next().await {
        report(ended);
    }
}

fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection failed inside");
    }
}
