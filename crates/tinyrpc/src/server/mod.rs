//! The server: a service on any number of endpoints, until it is asked to stop.

use std::future::{Future, pending};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::endpoint::Endpoint;
use crate::service::Service;
use crate::transport::{ServerTransport, Shutdown, TransportError};

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
    /// protocol there, else those of the service.
    ///
    /// # Errors
    /// When the address cannot be used, or nothing built in serves such URLs.
    #[allow(clippy::unused_async)] // without any transport feature nothing is awaited
    pub async fn bind(self, url: &str) -> Result<Self, TransportError> {
        let endpoint = Endpoint::parse(url)?;
        let service = match &endpoint.protocol {
            Some(protocol) => self.service.clone().speaking(protocol.clone()),
            None => self.service.clone(),
        };
        match endpoint.scheme.as_str() {
            #[cfg(feature = "http-server")]
            "http" => {
                let transport = crate::transport::http::HttpServer::bind_url(&endpoint.url).await?;
                Ok(self.listen(Box::new(transport), service))
            }
            #[cfg(feature = "amqp")]
            "amqp" | "amqps" => {
                let transport = crate::transport::amqp::AmqpServer::bind(&endpoint.url).await?;
                Ok(self.listen(Box::new(transport), service))
            }
            _ => {
                let _ = service;
                Err(endpoint.unknown())
            }
        }
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

    /// Serves until an endpoint fails.
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
            tokio::select! {
                () = &mut stop => {}
                ended = serving.next() => failed = ended.unwrap_or(Ok(())),
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
