//! Makes clients from URLs.

use std::future::Future;
use std::sync::Arc;

use tinyrpc_core::{Limits, Protocol};

use super::backend::{Backend, End, Slot};
use super::reconnect::{Balance, Dialer, Endpoints, Reconnect, Target};
use super::{Client, Sequential};
use crate::endpoint::{Endpoint, default_protocol, setup};
use crate::peer::{PeerSettings, Served};
use crate::transport::{ClientTransport, Link, TransportError, memory};

impl Client {
    /// A client of the endpoint at a URL such as `http://127.0.0.1:5000/`. It speaks the protocol that `?protocol=`
    /// names: `jsonrpc` (the default), `jsonrpc1` or `msgpack`.
    ///
    /// | URL | |
    /// |---|---|
    /// | `http://host:port/path`, `https://…` | POST requests |
    /// | `ws://host:port/path`, `wss://…` | a link over WebSocket |
    /// | `zmq+tcp://host:port`, `zmq+ipc:///path` | ZeroMQ |
    /// | `amqp://user:password@host:port/vhost?queue=NAME` | RabbitMQ |
    /// | `tcp://host:port`, `unix:///path` | a link, which takes `?framing=` |
    /// | `stdio:` | a link on this process's standard input and output |
    /// | `exec:COMMAND ARG…` | starts a command for a link on its standard input and output |
    /// | `cgi:PROGRAM ARG…` | starts a CGI program for each message |
    /// | `inproc://name` | a link to a server in this process |
    ///
    /// On links `?cancel=` says how the server is told of calls that are given up: `lsp`, `mcp` or `off`, as
    /// [`PeerSettings::with_cancel`] tells.
    ///
    /// Where there are no headers, on links and to CGI programs, `?metadata=on` writes what is left of a call's time and its
    /// trace into its message, as [`JsonRpc::with_metadata`](tinyrpc_core::JsonRpc::with_metadata) tells, for servers that
    /// understand it or ignore it; MessagePack-RPC has no place for it. `?metadata=off` also ignores what comes.
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
    reconnect: Option<Reconnect>,
    pub(crate) served: Option<Served>,
    #[cfg(feature = "tls")]
    tls: Option<crate::transport::tls::TlsClient>,
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

    /// How to go about TLS where a URL asks for it, such as `https:`, `wss:` and `amqps:`. What a URL's own `cacert` names is
    /// trusted besides.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_tls(mut self, tls: crate::transport::tls::TlsClient) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Connects again when a connection is lost. Takes a [`Backoff`](super::reconnect::Backoff) or all the settings of a
    /// [`Reconnect`]; the [module](super::reconnect) says what becomes of calls.
    #[must_use]
    pub fn with_reconnect(mut self, settings: impl Into<Reconnect>) -> Self {
        self.reconnect = Some(settings.into());
        self
    }

    /// A client of the endpoint at `url`.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn connect(&self, url: &str) -> Result<Client, TransportError> {
        if self.reconnect.is_some() {
            return self.connect_any([url], Balance::Failover).await;
        }
        let endpoint = Endpoint::parse(url)?;
        let protocol = self.protocol_of(&endpoint)?;
        if let Some(transport) = self.exchange(&endpoint)? {
            return Ok(Client::sharing(transport, protocol).with_limits(self.limits.clone()));
        }
        let link = self.link(&endpoint, &protocol).await?;
        let slot = Slot::default();
        let (peer, _driver) = self.end(Some(&endpoint), &protocol).meet(slot.watch(link));
        Ok(Client::of_peer(peer, slot).with_limits(self.limits.clone()))
    }

    /// A client of several endpoints that offer the same, of any kinds. It connects again as after
    /// [`with_reconnect`](Self::with_reconnect).
    ///
    /// ```no_run
    /// # async fn connect() -> Result<(), tinyrpc::transport::TransportError> {
    /// use tinyrpc::client::{Connector, reconnect::Balance};
    ///
    /// let urls = ["tcp://10.0.0.1:5000", "tcp://10.0.0.2:5000"];
    /// let client = Connector::new().connect_any(urls, Balance::Failover).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When one of the URLs cannot be used, they name different protocols or differ in `metadata=`, or none of the endpoints
    /// could be connected to, unless [`with_lazy_start`](Reconnect::with_lazy_start) lets that wait.
    pub async fn connect_any(
        &self,
        urls: impl IntoIterator<Item = impl AsRef<str>>,
        balance: Balance,
    ) -> Result<Client, TransportError> {
        let urls = urls.into_iter().map(|url| Endpoint::parse(url.as_ref()).map(|endpoint| (url, endpoint)));
        let endpoints = urls.collect::<Result<Vec<_>, _>>()?;
        let Some((_, first)) = endpoints.first() else { return Err(setup("there is no URL to connect to")) };
        // One client has one protocol, also where headers say the same.
        let decides = endpoints.iter().map(|(_, endpoint)| endpoint).find(|endpoint| !endpoint.has_headers());
        let metadata = decides.and_then(|endpoint| endpoint.metadata);
        let protocol = decides.unwrap_or(first).carrying(self.protocol_of(first)?)?;
        let slot = Slot::default();
        let mut targets = Vec::with_capacity(endpoints.len());
        for (url, endpoint) in endpoints {
            let url = url.as_ref().to_owned();
            if self.protocol_of(&endpoint)?.name() != protocol.name() {
                return Err(setup(format!("`{url}` names another protocol than the URLs before it")));
            }
            if endpoint.metadata != metadata && !endpoint.has_headers() {
                return Err(setup(format!("`{url}` says otherwise about metadata than the URLs before it")));
            }
            if endpoint.scheme == "stdio" {
                return Err(setup("standard input and output cannot be connected to again"));
            }
            targets.push(match self.exchange(&endpoint)? {
                Some(transport) => (url, Target::Exchange(transport)),
                None => {
                    let end = self.end(Some(&endpoint), &protocol);
                    let (connector, spoken, endpoint) = (self.clone(), Arc::clone(&protocol), Arc::new(endpoint));
                    let dial = move || {
                        let (connector, spoken) = (connector.clone(), Arc::clone(&spoken));
                        let endpoint = Arc::clone(&endpoint);
                        async move { connector.link(&endpoint, &spoken).await }
                    };
                    (url, target(dial, end, &slot))
                }
            });
        }
        self.reconnecting(targets, balance, protocol, slot).await
    }

    /// A client of a link that `dial` makes, whenever there is none, for media that no URL names. It speaks the protocol
    /// of [`with_protocol`](Self::with_protocol), else the default one, and connects again as after
    /// [`with_reconnect`](Self::with_reconnect).
    ///
    /// # Errors
    /// When `dial` failed at once, unless [`with_lazy_start`](Reconnect::with_lazy_start) lets that wait.
    pub async fn connect_by<F>(&self, dial: impl Fn() -> F + Send + Sync + 'static) -> Result<Client, TransportError>
    where
        F: Future<Output = Result<Link, TransportError>> + Send + 'static,
    {
        let protocol = self.protocol.clone().map_or_else(default_protocol, Ok)?;
        let slot = Slot::default();
        let targets = vec![("its endpoint".to_owned(), target(dial, self.end(None, &protocol), &slot))];
        self.reconnecting(targets, Balance::Failover, protocol, slot).await
    }

    /// What stands at our end of a link.
    fn end(&self, endpoint: Option<&Endpoint>, protocol: &Arc<dyn Protocol>) -> End {
        let settings = self.settings.clone().with_limits(self.limits.clone());
        let settings = match endpoint.and_then(|endpoint| endpoint.cancel.clone()) {
            Some(cancel) => settings.cancelling(cancel),
            None => settings,
        };
        let address = endpoint.map_or_else(String::new, |endpoint| endpoint.url.clone());
        End { protocol: Arc::clone(protocol), served: self.served.clone(), address, settings }
    }

    async fn reconnecting(
        &self,
        targets: Vec<(String, Target)>,
        balance: Balance,
        protocol: Arc<dyn Protocol>,
        slot: Slot,
    ) -> Result<Client, TransportError> {
        let endpoints = Endpoints::new(targets, balance, self.reconnect.clone().unwrap_or_default());
        endpoints.connect().await?;
        let client = Client::from_parts(Backend::Any(Arc::new(endpoints), slot), protocol);
        // Far from those that handlers take who call back over one of the links.
        Ok(client.with_ids(Sequential::starting_at(1 << 30)).with_limits(self.limits.clone()))
    }

    fn protocol_of(&self, endpoint: &Endpoint) -> Result<Arc<dyn Protocol>, TransportError> {
        let protocol = self.protocol.clone().or_else(|| endpoint.protocol.clone());
        endpoint.carrying(protocol.map_or_else(default_protocol, Ok)?)
    }

    /// The transport to an endpoint that is an exchange. It connects call by call.
    #[cfg_attr(
        not(any(feature = "http-client", feature = "amqp", feature = "cgi")),
        allow(clippy::unused_self, clippy::unnecessary_wraps)
    )]
    fn exchange(&self, endpoint: &Endpoint) -> Result<Option<Arc<dyn ClientTransport>>, TransportError> {
        let transport: Option<Arc<dyn ClientTransport>> = match endpoint.scheme.as_str() {
            #[cfg(feature = "http-client")]
            "http" | "https" => {
                let transport = crate::transport::http::HttpClient::new(&endpoint.url)?;
                #[cfg(feature = "tls")]
                let transport = match &self.tls {
                    Some(tls) => transport.with_tls(tls.clone()),
                    None => transport,
                };
                Some(Arc::new(transport))
            }
            #[cfg(feature = "amqp")]
            "amqp" | "amqps" => {
                let transport = crate::transport::amqp::AmqpClient::new(&endpoint.url)?;
                #[cfg(feature = "tls")]
                let transport = match &self.tls {
                    Some(tls) => transport.with_tls(tls.clone()),
                    None => transport,
                };
                Some(Arc::new(transport))
            }
            #[cfg(feature = "cgi")]
            "cgi" => Some(Arc::new(crate::transport::cgi::CgiClient::from_url(&endpoint.url)?)),
            _ => None,
        };
        if transport.is_some() && self.served.is_some() {
            let what = format!("nothing can be served to the server at {}: it is not a link", endpoint.url);
            return Err(setup(what));
        }
        Ok(transport)
    }

    /// A link to an endpoint that is none.
    #[cfg_attr(not(any(feature = "tcp", feature = "ws")), allow(unused_variables))]
    async fn link(&self, endpoint: &Endpoint, protocol: &Arc<dyn Protocol>) -> Result<Link, TransportError> {
        match endpoint.scheme.as_str() {
            #[cfg(feature = "tcp")]
            "tcp" | "unix" | "stdio" | "exec" => {
                let (framing, longest) = (endpoint.framing.as_deref(), self.limits.message());
                crate::transport::stream::connect(&endpoint.url, framing, &**protocol, longest).await
            }
            #[cfg(feature = "zmq")]
            "zmq+tcp" | "zmq+ipc" => {
                let client = crate::transport::zmq::ZmqClient::new(&endpoint.url);
                client.with_max_message(self.limits.message()).link().await
            }
            #[cfg(feature = "ws")]
            "ws" | "wss" => {
                use crate::transport::ws::{WsSettings, connect_with};
                let settings =
                    WsSettings::new().for_content_type(protocol.content_type()).with_max_message(self.limits.message());
                #[cfg(feature = "tls")]
                let settings = match &self.tls {
                    Some(tls) => settings.with_tls(tls.clone()),
                    None => settings,
                };
                connect_with(&endpoint.url, &settings).await
            }
            "inproc" => memory::named::connect_url(&endpoint.url).await,
            _ => Err(endpoint.unknown()),
        }
    }
}

fn target<F>(dial: impl Fn() -> F + Send + Sync + 'static, end: End, slot: &Slot) -> Target
where
    F: Future<Output = Result<Link, TransportError>> + Send + 'static,
{
    Target::Link(Arc::new(Dialer { dial: Box::new(move || Box::pin(dial())), end, slot: slot.clone() }))
}
