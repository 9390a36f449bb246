//! The HTTP server, and the service in it that other servers can mount.

mod activity;
mod bind;
mod connection;
mod connections;
mod cors;
mod exchange;
mod receive;
mod reply;
mod service;
mod settings;
mod stream;

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use tinyrpc_core::call::BoxFuture;
use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::time::{MissedTickBehavior, interval};

pub use exchange::HttpExchange;
pub use reply::HttpReplyBody;
pub use service::HttpService;
pub use settings::HttpSettings;

use super::super::accept::accept;
use super::super::maybe_tls::Acceptor;
pub use super::super::web::{Cors, NothingOwed};
use super::super::{ServerTransport, Shutdown, TransportError, TransportErrorKind};
use crate::service::Service;
use connection::Common;
use connections::Connections;

/// What is spoken over TLS.
const ALPN: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// An HTTP server that carries messages: HTTP/1.1 with keep-alive and pipelining, and HTTP/2 by prior knowledge.
///
/// Each POST carries one message, whose protocol the `Content-Type` tells; the first protocol is that of requests
/// without. Every reply comes with status 200, errors included. Other statuses say why a request held no message: 404,
/// 405, 408, 413 (with a reply in the message's protocol) and 415. None of them costs the connection, unless the rest of
/// the request is too much to read, or late.
#[derive(Debug)]
pub struct HttpServer {
    listener: TcpListener,
    address: SocketAddr,
    settings: HttpSettings,
    connections: usize,
    acceptor: Acceptor,
    max_head: usize,
    head_timeout: Duration,
    idle_timeout: Duration,
}

impl HttpServer {
    /// A server at `address`, such as `127.0.0.1:5000`; port 0 picks a free one.
    ///
    /// # Errors
    /// With [`Setup`](TransportErrorKind::Setup) when the address is unknown or taken.
    pub async fn bind(address: impl ToSocketAddrs) -> Result<Self, TransportError> {
        let cannot =
            |error| TransportError::new(TransportErrorKind::Setup, "cannot listen for HTTP").with_source(error);
        Self::from_listener(TcpListener::bind(address).await.map_err(cannot)?)
    }

    /// A server on a socket that listens already.
    ///
    /// # Errors
    /// With [`Setup`](TransportErrorKind::Setup) when the socket has no address.
    pub fn from_listener(listener: TcpListener) -> Result<Self, TransportError> {
        let unknown =
            |error| TransportError::new(TransportErrorKind::Setup, "the socket has no address").with_source(error);
        let address = listener.local_addr().map_err(unknown)?;
        Ok(Self {
            listener,
            address,
            settings: HttpSettings::default(),
            connections: 10_000,
            acceptor: Acceptor::Plain,
            max_head: 64 << 10,
            head_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(75),
        })
    }

    /// Answers requests as `settings` say.
    #[must_use]
    pub fn with_settings(mut self, settings: HttpSettings) -> Self {
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
    /// 11 KiB, most of it hyper's read buffer, and one with a message under way up to twice that message more.
    #[must_use]
    pub fn with_connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// The longest head of a request, in bytes; default 64 KiB. Longer ones get 431, and the connection ends.
    #[must_use]
    pub fn with_max_head(mut self, bytes: usize) -> Self {
        self.max_head = bytes;
        self
    }

    /// How long the head of a request may take, and the first byte of a connection, with TLS its handshake included; default
    /// 30 s. Then the connection
    /// ends, a quarter of the time later at most.
    #[must_use]
    pub fn with_head_timeout(mut self, time: Duration) -> Self {
        self.head_timeout = time;
        self
    }

    /// How long a connection may stay without a request, or a client take none of a reply that waits for it; default 75 s.
    /// Then the connection ends, a quarter of the time later at most.
    #[must_use]
    pub fn with_idle_timeout(mut self, time: Duration) -> Self {
        self.idle_timeout = time;
        self
    }

    /// The address, with the real port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    async fn run(self, service: Service, shutdown: Shutdown) {
        let HttpServer { listener, settings, head_timeout, idle_timeout, .. } = self;
        let service = HttpService::new(service).with_settings(settings);
        let mut connections = Connections::new(Common::new(service, self.acceptor, self.max_head));
        let mut ticks = interval(head_timeout.min(idle_timeout).max(Duration::from_millis(4)) / 4);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        {
            let mut draining = pin!(shutdown.draining());
            loop {
                tokio::select! {
                    biased;
                    () = &mut draining => break,
                    () = connections.ended() => {}
                    _ = ticks.tick() => connections.check(head_timeout, idle_timeout),
                    (tcp, peer) = accept(|cx| listener.poll_accept(cx)), if connections.len() < self.connections => {
                        connections.start(tcp, peer);
                    }
                }
            }
        }
        drop(listener);
        connections.finish();
        {
            let mut closed = pin!(shutdown.closed());
            while connections.len() > 0 {
                tokio::select! {
                    biased;
                    () = &mut closed => break,
                    () = connections.ended() => {}
                    _ = ticks.tick() => connections.check(head_timeout, idle_timeout),
                }
            }
        }
        connections.end().await;
    }
}

impl ServerTransport for HttpServer {
    fn endpoint(&self) -> String {
        format!("{}://{}{}", self.acceptor.scheme("http"), self.address, self.settings.path.as_deref().unwrap_or("/"))
    }

    fn serve(self: Box<Self>, service: Service, shutdown: Shutdown) -> BoxFuture<'static, Result<(), TransportError>> {
        Box::pin(async move {
            self.run(service, shutdown).await;
            Ok(())
        })
    }
}
