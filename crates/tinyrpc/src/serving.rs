//! Clients that answer calls too: where client and service meet.

use std::sync::Arc;

use tinyrpc_core::Origin;

use crate::client::{Client, Connector};
use crate::peer::{PeerSettings, Served};
use crate::service::Service;
use crate::transport::Link;

impl Client {
    /// As [`over`](Self::over), and the other side's calls are answered by `service`, in whose first protocol both sides
    /// speak, and whose limits hold.
    ///
    /// When the last clone is dropped, the link takes no more calls of the other side, answers those that are running, and
    /// is closed. The clients that handlers call back with do not count.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn over_serving(link: Link, service: Service, settings: PeerSettings) -> Self {
        let (protocol, limits) = (Arc::clone(&service.protocols()[0]), service.limits().clone());
        Self::driven(link, limits, |link| Served(service).peer(link, protocol, Origin::new("link"), settings))
    }
}

impl Connector {
    /// Answers the other side's calls with `service`, as [`Client::over_serving`] does; the protocol is that of the client.
    /// Only links can be served: connecting to `http:` and `amqp:` endpoints fails then.
    ///
    /// ```
    /// # async fn connect() -> Result<(), Box<dyn std::error::Error>> {
    /// use tinyrpc::{Dispatcher, JsonRpc, Service, client::Connector};
    ///
    /// let mut dispatcher = Dispatcher::new();
    /// dispatcher.register("name", || "Ada")?;
    /// let connector = Connector::new().with_service(Service::new(JsonRpc::new(), dispatcher));
    /// let client = connector.connect("tcp://127.0.0.1:5000").await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_service(mut self, service: Service) -> Self {
        self.served = Some(Served(service));
        self
    }
}
