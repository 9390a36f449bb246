//! Sends messages as HTTP POST requests.

mod basic;
mod connect;
mod fault;
mod http1;
mod http2;
mod idle;
mod refusal;
mod relay;
mod reply;
mod request;
mod socket;
mod url;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use tinyrpc_core::Metadata;
use tinyrpc_core::call::BoxFuture;
use tokio::sync::Semaphore;

use self::connect::Connector;
use self::fault::Failure;
use self::http1::Http1;
use self::http2::Http2;
use self::idle::Idle;
use self::reply::Wanted;
use self::request::Template;
use self::url::Url;
use crate::transport::maybe_tls::Security;
use crate::transport::{ClientTransport, Expect, Outgoing, TransportError};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);
const MAX_CONNECTIONS: usize = 1024;
const MAX_IDLE: usize = 64;

/// The client end of HTTP: each exchange is one POST to one URL. Connections are kept and used again.
///
/// **Replies.** The body of an answer with a 2xx status is the reply, whatever its media type. Any other status is an
/// error of kind [`Refused`](crate::transport::TransportErrorKind::Refused) that quotes the beginning of the body and
/// carries it along, since protocols put their errors under many a status: a client that finds a reply in there takes
/// it. Redirects are not followed. A message that wants no reply counts as sent unless the status is an error and
/// the body cannot be a message.
///
/// **Sending again.** A request is sent a second time only when it surely never left, because the connection that was
/// to carry it had been closed while nobody used it. What may have reached the server is never repeated.
///
/// **Giving up.** Dropping an exchange before its end closes its connection (HTTP/1.1) or resets its stream (HTTP/2).
///
/// Works in a tokio runtime with its clock and I/O enabled. Proxies of the environment are not used.
pub struct HttpClient {
    connector: Connector,
    template: Template,
    permits: Semaphore,
    idle: Arc<Idle>,
    http2: Option<Http2>,
    says_timeouts: bool,
}

impl HttpClient {
    /// A client of the server at this URL: `http://[user:password@]host[:port][/path][?query]`, or `https://…`. Nothing is
    /// connected before the first exchange.
    ///
    /// # Errors
    /// Kind [`Setup`](crate::transport::TransportErrorKind::Setup) when this is no such URL; `https:` needs the
    /// feature `tls`.
    pub fn new(url: &str) -> Result<HttpClient, TransportError> {
        let url = Url::parse(url)?;
        Ok(HttpClient {
            template: Template::new(&url)?,
            connector: Connector::new(url.host, url.port, Security::wanted(url.tls)?, CONNECT_TIMEOUT),
            permits: Semaphore::new(MAX_CONNECTIONS),
            idle: Arc::new(Idle::new(MAX_IDLE, IDLE_TIMEOUT)),
            http2: None,
            says_timeouts: true,
        })
    }

    /// Sets a header of every request, in place of one with the same name. That includes those that are sent anyway:
    /// `Host`, `User-Agent` (`tinyrpc/VERSION`), `Accept` and `Content-Type` (the media type of the protocol).
    ///
    /// # Errors
    /// Kind [`Setup`](crate::transport::TransportErrorKind::Setup) when the name or the value cannot stand in a header, or when the header
    /// belongs to the connection, such as `Content-Length`.
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self, TransportError> {
        let (name, value) = request::header(name, value)?;
        self.template.set(name, value);
        Ok(self)
    }

    /// Sends this name and password with every request, in place of those in the URL (`Authorization: Basic`).
    /// Over plain HTTP anybody on the way can read them.
    #[must_use]
    pub fn with_basic_auth(mut self, user: &str, password: &str) -> Self {
        self.template.set(AUTHORIZATION, basic::credentials(user.as_bytes(), password.as_bytes()));
        self
    }

    /// How to go about TLS, if the URL begins with `https:`.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_tls(mut self, tls: crate::transport::tls::TlsClient) -> Self {
        if let Security::Tls(old) = &mut self.connector.security {
            *old = tls;
        }
        self
    }

    /// How long connecting may take, looking up the name and the handshake of TLS included. Default: 10 s.
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connector.timeout = timeout;
        self
    }

    /// How many connections there may be at once, at least 1. Further exchanges wait for one. HTTP/2 needs but one and
    /// ignores this. Default: 1,024. Each costs a file descriptor and about 10 KiB.
    #[must_use]
    pub fn with_max_connections(mut self, max: usize) -> Self {
        self.permits = Semaphore::new(max.clamp(1, Semaphore::MAX_PERMITS));
        self
    }

    /// How many unused connections are kept. Default: 64.
    #[must_use]
    pub fn with_max_idle(mut self, max: usize) -> Self {
        self.idle = Arc::new(Idle::new(max, self.idle.timeout));
        self
    }

    /// How long an unused connection is kept. Default: 4 s, because many servers close theirs after 5 s, and a request
    /// that meets the closing on its way is lost.
    #[must_use]
    pub fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle = Arc::new(Idle::new(self.idle.max, timeout));
        self
    }

    /// Whether requests say how long their caller still waits, in the header `Rpc-Timeout-Ms`, so that a server can end what
    /// nobody waits for; default true.
    #[must_use]
    pub fn with_timeout_header(mut self, yes: bool) -> Self {
        self.says_timeouts = yes;
        self
    }

    /// Speaks HTTP/2 from the first byte, all exchanges on one connection. The server must be known to understand it.
    #[must_use]
    pub fn with_http2(mut self) -> Self {
        self.template.use_whole_url();
        self.connector.alpn = b"h2";
        self.http2 = Some(Http2::default());
        self
    }

    async fn over_http1(&self, message: Bytes, wanted: &Wanted) -> Result<Option<Bytes>, TransportError> {
        // Held until the connection is parked or closed. An error would mean a closed semaphore, which this one never is.
        let _permit = self.permits.acquire().await;
        if let Some(connection) = self.idle.take() {
            match self.on(connection, message.clone(), wanted).await {
                Err(Failure::Unsent(error)) => {
                    tracing::debug!(peer = %self.connector, %error, "a kept connection was closed: opening another");
                }
                Err(Failure::Failed(error)) => return Err(error),
                Ok(reply) => return Ok(reply),
            }
        }
        let connection = Http1::open(self.connector.connect().await?, &self.connector).await?;
        self.on(connection, message, wanted).await.map_err(|failure| failure.into_error(&self.connector))
    }

    async fn on(&self, mut connection: Box<Http1>, message: Bytes, wanted: &Wanted) -> Result<Option<Bytes>, Failure> {
        let request = self.template.request(message, wanted);
        let answer = connection.send(request, &self.connector).await?;
        let reply = connection.drive(reply::read(answer, wanted, &self.connector)).await;
        if connection.is_reusable() {
            self.idle.park(connection);
        }
        Ok(reply?)
    }

    async fn over_http2(
        &self,
        shared: &Http2,
        message: Bytes,
        wanted: &Wanted,
    ) -> Result<Option<Bytes>, TransportError> {
        let request = || self.template.request(message.clone(), wanted);
        let answer = match shared.send(request(), &self.connector).await {
            Err(Failure::Unsent(error)) => {
                tracing::debug!(peer = %self.connector, %error, "the connection was closed: opening another");
                shared.send(request(), &self.connector).await
            }
            other => other,
        };
        let answer = answer.map_err(|failure| failure.into_error(&self.connector))?;
        reply::read(answer, wanted, &self.connector).await
    }
}

impl ClientTransport for HttpClient {
    fn exchange(&self, outgoing: Outgoing<'_>) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        let Outgoing { message, expect, content_type, limit, deadline, trace } = outgoing;
        let content_type = request::content_type(content_type);
        // Nobody waits for what a notification does.
        let deadline = deadline.filter(|_| expect == Expect::Reply && self.says_timeouts);
        let metadata = Metadata::new().with_deadline(deadline).with_trace(trace.cloned());
        Box::pin(async move {
            let wanted = Wanted { expect, content_type: content_type?, limit, metadata };
            match &self.http2 {
                None => self.over_http1(message, &wanted).await,
                Some(shared) => self.over_http2(shared, message, &wanted).await,
            }
        })
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("connector", &self.connector)
            .field("template", &self.template)
            .field("http2", &self.http2.is_some())
            .finish_non_exhaustive()
    }
}
