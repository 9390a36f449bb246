//! The server: a service on any number of endpoints, until it is asked to stop.

use std::future::{Future, pending};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::endpoint::{Endpoint, setup};
use crate::service::Service;
use crate::transport::{ServerTransport, Shutdown, TransportError, memory};

/// Serves a [`Service`] on one or more endpoints.
#[derive(Debug)]
pub struct Server {
    service: Service,
    listeners: Vec<(Box<dyn ServerTransport>, Service)>,
    grace: Duration,
}

impl Server {
    /// A server without endpoints; give it some with [`bind`](Self::bind) or [`with_transport`](Self::with_transport).
    #[must_use]
    pub fn new(service: Service) -> Self {
        Self { service, listeners: Vec::new(), grace: Duration::from_secs(10) }
    }

    /// Listens at a URL such as `http://127.0.0.1:5000/`; port 0 picks a free one. With `?protocol=` it speaks that
    /// protocol there, else those of the service, of which a link can have the first one only.
    ///
    /// | URL | |
    /// |---|---|
    /// | `http://host:port/path` | POST requests |
    /// | `ws://host:port/path` | links over WebSocket |
    /// | `zmq+tcp://host:port`, `zmq+ipc:///path` | ZeroMQ |
    /// | `amqp://user:password@host:port/vhost?queue=NAME` | a RabbitMQ queue, shared with other workers |
    /// | `https://…?cert=FILE&key=FILE`, `wss://…` | the same over TLS; `&client-ca=FILE` wants a certificate of clients |
    /// | `tcp://host:port`, `unix:///path` | links, which take `?framing=` |
    /// | `stdio:` | one link, on this process's standard input and output |
    /// | `inproc://name` | links from this process |
    ///
    /// Where there are no headers, `?metadata=on` makes the calls of handlers say what is left of their time and their trace
    /// too, as in [`Client::connect`](crate::Client::connect); what comes with calls counts anyway, unless `?metadata=off`.
    ///
    /// # Errors
    /// When the address cannot be used, or nothing built in serves such URLs.
    #[allow(clippy::unused_async)] // without any transport feature nothing is awaited
    pub async fn bind(self, url: &str) -> Result<Self, TransportError> {
        let endpoint = Endpoint::parse(url)?;
        if endpoint.cancel.is_some() {
            return Err(setup("`cancel=` is for clients; a server is told by its `PeerSettings`"));
        }
        let service = match (&endpoint.protocol, endpoint.metadata) {
            (Some(protocol), _) => self.service.clone().speaking(endpoint.carrying(Arc::clone(protocol))?),
            // A link can have the first one only.
            (None, Some(_)) => {
                let first = Arc::clone(&self.service.protocols()[0]);
                self.service.clone().speaking(endpoint.carrying(first)?)
            }
            (None, None) => self.service.clone(),
        };
        let transport: Box<dyn ServerTransport> = match endpoint.scheme.as_str() {
            #[cfg(feature = "http-server")]
            "http" | "https" => Box::new(crate::transport::http::HttpServer::bind_url(&endpoint.url).await?),
            #[cfg(feature = "tcp")]
            "tcp" | "unix" | "stdio" | "exec" => {
                crate::transport::stream::bind(&endpoint.url, endpoint.framing.as_deref()).await?
            }
            #[cfg(feature = "amqp")]
            "amqp" | "amqps" => Box::new(crate::transport::amqp::AmqpServer::bind(&endpoint.url).await?),
            #[cfg(feature = "zmq")]
            "zmq+tcp" | "zmq+ipc" => {
                let settings = crate::transport::zmq::ZmqSettings::new().with_max_message(service.limits().message());
                Box::new(crate::transport::zmq::ZmqServer::bind_with(&endpoint.url, settings).await?)
            }
            #[cfg(feature = "ws")]
            "ws" | "wss" => Box::new(crate::transport::ws::WsServer::bind_url(&endpoint.url).await?),
            "inproc" => Box::new(memory::named::NamedServer::bind_url(&endpoint.url)?),
            _ => return Err(endpoint.unknown()),
        };
        Ok(self.listen(transport, service))
    }

    /// Serves on a transport that is bound already.
    #[must_use]
    pub fn with_transport(self, transport: impl ServerTransport) -> Self {
        let service = self.service.clone();
        self.listen(Box::new(transport), service)
    }

    /// How long running calls may take to finish after the server was asked to stop; default 10 s.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// The URLs that clients use, with the real ports.
    #[must_use]
    pub fn endpoints(&self) -> Vec<String> {
        self.listeners.iter().map(|(transport, _)| transport.endpoint()).collect()
    }

    /// Serves until an endpoint fails, or all have come to their end, as standard input does.
    ///
    /// # Errors
    /// When an endpoint cannot go on serving.
    pub async fn run(self) -> Result<(), TransportError> {
        self.run_until(pending()).await
    }

    /// Serves until `stop` is done. Then nothing new is accepted, running calls get the grace period to finish, and what
    /// still runs after it is dropped.
    ///
    /// # Errors
    /// When an endpoint cannot go on serving; the others are stopped in the same way then.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<(), TransportError> {
        let (trigger, shutdown) = Shutdown::new();
        let mut serving: FuturesUnordered<_> =
            self.listeners.into_iter().map(|(transport, service)| transport.serve(service, shutdown.clone())).collect();
        let mut failed = Ok(());
        {
            let mut stop = std::pin::pin!(stop);
            loop {
                tokio::select! {
                    () = &mut stop => break,
                    ended = serving.next() => {
                        // An endpoint may come to its end, as standard input does; the others go on.
                        failed = ended.unwrap_or(Ok(()));
                        if failed.is_err() || serving.is_empty() {
                            break;
                        }
                    }
                }
            }
        }
        trigger.drain();
        let drained = async {
            let mut failed = Ok(());
            while let Some(ended) = serving.next().await {
                failed = failed.and(ended);
            }
            failed
        };
        let mut drained = std::pin::pin!(drained);
        match tokio::time::timeout(self.grace, &mut drained).await {
            Ok(ended) => failed.and(ended),
            Err(_) => {
                tracing::warn!(grace = ?self.grace, "calls still run after the grace period; dropping them");
                trigger.close();
                failed.and(drained.await)
            }
        }
    }

    fn listen(mut self, transport: Box<dyn ServerTransport>, service: Service) -> Self {
        self.listeners.push((transport, service));
        self
    }
}
