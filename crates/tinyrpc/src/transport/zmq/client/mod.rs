//! The client: a DEALER that connects by itself, as a link.

mod connection;
mod sink;
mod source;

use std::sync::Arc;
use std::time::Duration;

use omq_tokio::{Endpoint, Options, Socket, SocketType};

use super::{ENVELOPE, HEARTBEAT, QUEUED, address, setup};
use crate::transport::{Link, TransportError};
use connection::Connection;
use sink::Sink;
use source::Source;

/// Makes links to a ZeroMQ server.
///
/// The link is a DEALER that sends an empty frame and the message, as REQ peers do, so that ROUTER and REP servers
/// understand it. Calls run concurrently and are matched with their replies by id. It connects by itself, and again when
/// the connection breaks:
///
/// - Calls that were sent when the connection broke end as [`Lost`](crate::transport::TransportErrorKind::Lost): the
///   server may have run them, and they are not sent again.
/// - Subscriptions end as [`Lost`](crate::client::SubscriptionErrorKind::Lost) then, since the server forgets them with the
///   connection. With [`with_reconnect`](crate::client::Connector::with_reconnect) the client opens them again, and they
///   say that there was a [`Gap`](crate::client::SubscriptionErrorKind::Gap).
/// - Calls and notifications that are made while there is no connection wait for it, and end as
///   [`Unreachable`](crate::transport::TransportErrorKind::Unreachable) when it does not come in time.
///
/// For servers that answer only one of several calls, give the client
/// [`with_one_in_flight`](crate::peer::PeerSettings::with_one_in_flight):
///
/// ```
/// # use std::sync::Arc;
/// use tinyrpc::{Client, JsonRpc, Limits, peer::PeerSettings, transport::zmq::ZmqClient};
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let link = ZmqClient::new("zmq+tcp://127.0.0.1:5555").link().await?;
/// let settings = PeerSettings::new().with_one_in_flight(true);
/// let client = Client::over_with(link, Arc::new(JsonRpc::new()), Limits::default(), settings);
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct ZmqClient {
    url: String,
    max_message: usize,
    connect_timeout: Duration,
    linger: Duration,
}

impl ZmqClient {
    /// Links to the server at `zmq+tcp://host:port` or `zmq+ipc:///path`.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_message: 4 << 20,
            connect_timeout: Duration::from_secs(5),
            linger: Duration::from_secs(1),
        }
    }

    /// The longest reply that is read, in bytes; default 4 MiB. A longer one costs the connection, before it is buffered.
    #[must_use]
    pub fn with_max_message(mut self, bytes: usize) -> Self {
        self.max_message = bytes;
        self
    }

    /// After how much time without a connection the calls that wait for it end, again and again; default 5 s.
    #[must_use]
    pub fn with_connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = time;
        self
    }

    /// How long a link that is closed goes on sending what was handed to it; default 1 s.
    #[must_use]
    pub fn with_linger(mut self, time: Duration) -> Self {
        self.linger = time;
        self
    }

    /// A link to the server, whether it is there yet or not. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// With [`Setup`](crate::transport::TransportErrorKind::Setup) when the URL cannot be used.
    pub async fn link(self) -> Result<Link, TransportError> {
        let endpoint = address::parse(&self.url)?;
        let socket = self.socket(endpoint).await?;
        let connection = Arc::new(Connection::default());
        let sink = Sink::new(socket.clone(), Arc::clone(&connection), self.linger);
        let source = Source::new(socket, connection, self.url, self.connect_timeout);
        Ok(Link::new(sink, source))
    }

    async fn socket(&self, endpoint: Endpoint) -> Result<Socket, TransportError> {
        let options = Options::default()
            .recv_hwm(QUEUED)
            .max_message_size(self.max_message.saturating_add(ENVELOPE))
            .linger(self.linger)
            .heartbeat_interval(HEARTBEAT)
            .heartbeat_timeout(HEARTBEAT * 2);
        let cannot = |error: omq_tokio::Error| setup(format!("cannot connect to {}", self.url)).with_source(error);
        let socket = Socket::try_new(SocketType::Dealer, options).map_err(cannot)?;
        socket.connect(endpoint).await.map_err(cannot)?;
        Ok(socket)
    }
}
