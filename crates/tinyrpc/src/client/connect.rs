//! Makes clients from URLs.

use std::sync::Arc;

use tinyrpc_core::{Limits, Origin, Protocol};

use super::Client;
use crate::endpoint::{Endpoint, default_protocol, setup};
use crate::peer::{PeerSettings, Served};
use crate::transport::{TransportError, memory};

impl Client {
    /// A client of the endpoint at a URL such as `http://127.0.0.1:5000/`. It speaks the protocol that `?protocol=`
    /// names: `jsonrpc` (the default), `jsonrpc1` or `msgpack`.
    ///
    /// | URL | |
    /// |---|---|
    /// | `http://host:port/path` | POST requests |
    /// | `ws://host:port/path` | a link over WebSocket |
    /// | `zmq+tcp://host:port`, `zmq+ipc:///path` | ZeroMQ |
    /// | `amqp://user:password@host:port/vhost?queue=NAME` | RabbitMQ |
    /// | `tcp://host:port`, `unix:///path` | a link, which takes `?framing=` |
    /// | `stdio:` | a link on this process's standard input and output |
    /// | `exec:COMMAND ARG…` | starts a command for a link on its standard input and output |
    /// | `inproc://name` | a link to a server in this process |
    ///
    /// On links `?cancel=` says how the server is told of calls that are given up: `lsp`, `mcp`, or `off` for those that
    /// cannot bear a notification, as [`PeerSettings::with_cancel`] tells.
    ///
    /// Must be called within a tokio runtime. A [`Connector`] has more settings.
    ///
    /// # Errors
    /// When the URL cannot be used, nothing built in serves such URLs, or a link to it could not be made. HTTP and
    /// RabbitMQ connect with the first call; ZeroMQ connects by itself, and again whenever it has to.
    pub async fn connect(url: &str) -> Result<Self, TransportError> {
        Connector::new().connect(url).await
    }
}

/// What clients that are made from URLs have in common.
///
/// ```
/// # async fn connect() -> Result<(), tinyrpc::transport::TransportError> {
/// use tinyrpc::{Limits, client::Connector};
///
/// let connector = Connector::new().with_limits(Limits::default().with_message(64 << 20));
/// let client = connector.connect("tcp://127.0.0.1:5000?framing=length").await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Connector {
    protocol: Option<Arc<dyn Protocol>>,
    limits: Limits,
    settings: PeerSettings,
    pub(crate) served: Option<Served>,
}

impl Connector {
    /// One that does as [`Client::connect`] does.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Speaks this protocol, whatever a URL says.
    #[must_use]
    pub fn with_protocol(mut self, protocol: Arc<dyn Protocol>) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// Bounds what comes in.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The settings of links. The limits are those of [`with_limits`](Self::with_limits).
    #[must_use]
    pub fn with_peer_settings(mut self, settings: PeerSettings) -> Self {
        self.settings = settings;
        self
    }

    /// A client of the endpoint at `url`.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn connect(&self, url: &str) -> Result<Client, TransportError> {
        let endpoint = Endpoint::parse(url)?;
        let protocol = self.protocol.clone().or_else(|| endpoint.protocol.clone()).map_or_else(default_protocol, Ok)?;
        if self.served.is_some() && matches!(endpoint.scheme.as_str(), "http" | "https" | "amqp" | "amqps") {
            let what = format!("nothing can be served to the server at {}: it is not a link", endpoint.url);
            return Err(setup(what));
        }
        let link = match endpoint.scheme.as_str() {
            #[cfg(feature = "http-client")]
            "http" | "https" => {
                let transport = crate::transport::http::HttpClient::new(&endpoint.url)?;
                let client = Client::from_parts(super::backend::Backend::Exchange(Arc::new(transport)), protocol);
                return Ok(client.with_limits(self.limits.clone()));
            }
            #[cfg(feature = "amqp")]
            "amqp" | "amqps" => {
                let transport = crate::transport::amqp::AmqpClient::new(&endpoint.url)?;
                let client = Client::from_parts(super::backend::Backend::Exchange(Arc::new(transport)), protocol);
                return Ok(client.with_limits(self.limits.clone()));
            }
            #[cfg(feature = "tcp")]
            "tcp" | "unix" | "stdio" | "exec" => {
                let (framing, longest) = (endpoint.framing.as_deref(), self.limits.message());
                crate::transport::stream::connect(&endpoint.url, framing, &*protocol, longest).await?
            }
            #[cfg(feature = "zmq")]
            "zmq+tcp" | "zmq+ipc" => {
                let client = crate::transport::zmq::ZmqClient::new(&endpoint.url);
                client.with_max_message(self.limits.message()).link().await?
            }
            #[cfg(feature = "ws")]
            "ws" | "wss" => {
                use crate::transport::ws::{WsSettings, connect_with};
                let settings =
                    WsSettings::new().for_content_type(protocol.content_type()).with_max_message(self.limits.message());
                connect_with(&endpoint.url, &settings).await?
            }
            "inproc" => memory::named::connect_url(&endpoint.url).await?,
            _ => return Err(endpoint.unknown()),
        };
        let settings = match endpoint.cancel {
            Some(cancel) => self.settings.clone().cancelling(cancel),
            None => self.settings.clone(),
        };
        Ok(match &self.served {
            None => Client::over_with(link, protocol, self.limits.clone(), settings),
            Some(served) => {
                let settings = settings.with_limits(self.limits.clone());
                let origin = Origin::new("link").with_address(endpoint.url);
                Client::driven(link, self.limits.clone(), |link| served.peer(link, protocol, origin, settings))
            }
        })
    }
}
