//! The WebSocket server that listens itself.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use tinyrpc_core::call::BoxFuture;
use tokio::net::{TcpListener, ToSocketAddrs};

use super::connections::Connections;
use super::service::WsService;
use super::settings::WsSettings;
use super::target::Target;
use super::{TransportError, setup};
use crate::service::Service;
use crate::transport::accept::accept;
use crate::transport::maybe_tls::Acceptor;
use crate::transport::{ServerTransport, Shutdown};

/// How long connections get to say goodbye when the grace period is over.
const GOODBYE: Duration = Duration::from_secs(1);

/// What is spoken over TLS.
const ALPN: [&[u8]; 1] = [b"http/1.1"];

/// A WebSocket server: each connection is a link, and one task.
///
/// It speaks the first protocol of the service; see [`WsService`](super::WsService) for what handlers learn. When it is
/// shut down, it closes connections with code 1001 after the calls that run.
#[derive(Debug)]
pub struct WsServer {
    listener: TcpListener,
    address: SocketAddr,
    settings: WsSettings,
    connections: usize,
    acceptor: Acceptor,
}

impl WsServer {
    /// A server at `address`, such as `127.0.0.1:5000`; port 0 picks a free one.
    ///
    /// # Errors
    /// With [`Setup`](crate::transport::TransportErrorKind::Setup) when the address is unknown or taken.
    pub async fn bind(address: impl ToSocketAddrs) -> Result<Self, TransportError> {
        let bound = TcpListener::bind(address).await;
        Self::from_listener(bound.map_err(|error| setup("cannot listen for WebSocket").with_source(error))?)
    }

    /// A server at a URL: `ws://host[:port][/path]`. With a path it answers at that path only, else at any.
    ///
    /// With the feature `tls` also `wss://host[:port][/path]?cert=FILE&key=FILE`, the files as for `TlsServer::from_files`.
    /// With `&client-ca=FILE` clients must show a certificate that is from an authority in there.
    ///
    /// # Errors
    /// With [`Setup`](crate::transport::TransportErrorKind::Setup) when this is no such URL, or the address is unknown or
    /// taken.
    pub async fn bind_url(url: &str) -> Result<Self, TransportError> {
        let (url, acceptor) = Acceptor::of_url(url, "ws", &ALPN)?;
        let target = Target::parse(url)?;
        let bound = Self::bind((target.host.as_str(), target.port)).await;
        let mut server = bound.map_err(|error| setup(format!("cannot listen at {url}")).with_source(error))?;
        server.acceptor = acceptor;
        Ok(match target.path.split('?').next().unwrap_or_default() {
            "" | "/" => server,
            path => server.with_settings(WsSettings::new().with_path(path)),
        })
    }

    /// A server on a socket that listens already.
    ///
    /// # Errors
    /// With [`Setup`](crate::transport::TransportErrorKind::Setup) when the socket has no address.
    pub fn from_listener(listener: TcpListener) -> Result<Self, TransportError> {
        let address = listener.local_addr();
        let address = address.map_err(|error| setup("the socket has no address").with_source(error))?;
        Ok(Self { listener, address, settings: WsSettings::default(), connections: 10_000, acceptor: Acceptor::Plain })
    }

    /// Serves connections as `settings` say, the path included.
    #[must_use]
    pub fn with_settings(mut self, settings: WsSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Speaks TLS on every connection. A client that does not gets 400 and is told.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_tls(mut self, tls: crate::transport::tls::TlsServer) -> Self {
        self.acceptor = Acceptor::Tls(tls.speaking(&ALPN));
        self
    }

    /// Serves at most so many connections at a time; default 10,000. More wait until one ends. An idle one costs about
    /// 6 KiB, and one with a message under way 8 KiB and twice that message more.
    #[must_use]
    pub fn with_connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// The address, with the real port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    async fn run(self, service: Service, shutdown: Shutdown) {
        let handshake = self.settings.handshake;
        let service = WsService::new(service).with_settings(self.settings).with_shutdown(shutdown.clone());
        let mut connections = Connections::new(service, self.acceptor, handshake);
        {
            let mut draining = pin!(shutdown.draining());
            loop {
                tokio::select! {
                    biased;
                    () = &mut draining => break,
                    () = connections.ended() => {}
                    (tcp, peer) = accept(|cx| self.listener.poll_accept(cx)), if connections.len() < self.connections => {
                        connections.start(tcp, peer);
                    }
                }
            }
        }
        drop(self.listener);
        let mut over = pin!(async {
            shutdown.closed().await;
            tokio::time::sleep(GOODBYE).await;
        });
        while connections.len() > 0 {
            tokio::select! {
                biased;
                () = &mut over => break,
                () = connections.ended() => {}
            }
        }
        connections.end().await;
    }
}

impl ServerTransport for WsServer {
    fn endpoint(&self) -> String {
        format!("{}://{}{}", self.acceptor.scheme("ws"), self.address, self.settings.path.as_deref().unwrap_or("/"))
    }

    fn serve(self: Box<Self>, service: Service, shutdown: Shutdown) -> BoxFuture<'static, Result<(), TransportError>> {
        Box::pin(async move {
            self.run(service, shutdown).await;
            Ok(())
        })
    }
}
