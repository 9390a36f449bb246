//! What can be set about WebSocket connections, on either side.

use std::borrow::Cow;
use std::time::Duration;

use http::{HeaderName, HeaderValue};

use super::{TransportError, setup};
use crate::peer::PeerSettings;
use crate::transport::maybe_tls::Security;
use crate::transport::web::Cors;

/// The settings of a WebSocket client or server. What concerns the other side only has no effect.
#[derive(Clone, Debug)]
pub struct WsSettings {
    pub(super) ping: Option<Duration>,
    pub(super) missed: u32,
    pub(super) handshake: Duration,
    pub(super) text: Option<bool>,
    pub(super) message: Option<usize>,
    pub(super) path: Option<String>,
    pub(super) cors: Cors,
    pub(super) subprotocol: Option<HeaderValue>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) empty_replies: bool,
    pub(super) peer: PeerSettings,
    #[cfg(feature = "tls")]
    tls: crate::transport::tls::TlsClient,
}

impl Default for WsSettings {
    fn default() -> Self {
        Self {
            ping: Some(Duration::from_secs(30)),
            missed: 2,
            handshake: Duration::from_secs(10),
            text: None,
            message: None,
            path: None,
            cors: Cors::off(),
            subprotocol: None,
            headers: Vec::new(),
            empty_replies: false,
            peer: PeerSettings::default(),
            #[cfg(feature = "tls")]
            tls: crate::transport::tls::TlsClient::new(),
        }
    }
}

impl WsSettings {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How often to ping the other side; default 30 s; `None`: never.
    #[must_use]
    pub fn with_ping(mut self, every: Option<Duration>) -> Self {
        self.ping = every.map(|every| every.max(Duration::from_millis(1)));
        self
    }

    /// After how many pings in a row the connection is lost if nothing at all has come; default 2, at least 1.
    #[must_use]
    pub fn with_missed_pings(mut self, pings: u32) -> Self {
        self.missed = pings.max(1);
        self
    }

    /// How long connecting or the client's handshake may take; default 10 s.
    #[must_use]
    pub fn with_handshake_timeout(mut self, time: Duration) -> Self {
        self.handshake = time;
        self
    }

    /// Whether messages are sent as text or as binary. Default: text if the protocol's media type is text, such as JSON.
    /// [`connect`](super::connect), which knows no protocol, takes text. Either is accepted; but where text is sent, text
    /// that comes must be UTF-8.
    #[must_use]
    pub fn with_text(mut self, text: bool) -> Self {
        self.text = Some(text);
        self
    }

    /// Messages of this media type are sent as text if it is text, such as `application/json`, and as binary otherwise.
    #[must_use]
    pub fn for_content_type(self, content_type: &str) -> Self {
        self.with_text(super::upgraded::is_text(content_type))
    }

    /// The longest message that is read, in bytes, however many frames it comes in; default: that of the service's limits,
    /// and 4 MiB on the client. A longer one is skipped without being buffered, and answered with an error.
    #[must_use]
    pub fn with_max_message(mut self, bytes: usize) -> Self {
        self.message = Some(bytes);
        self
    }

    /// The only path that the server answers at; default: any. Others get 404.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Which web pages may connect to the server; default none but its own. Others get 403. Browsers let any page try, and
    /// send the user's cookies along. Who names no origin in the handshake is no browser, and may connect.
    ///
    /// Its own are those whose origin names the host that the handshake was sent to. That does not stop a page whose
    /// own name was made to point here ("DNS rebinding"): a server without authentication is better on a unix socket.
    #[must_use]
    pub fn with_cors(mut self, cors: Cors) -> Self {
        self.cors = cors;
        self
    }

    /// The subprotocol that the client asks for, and the server confirms to those who ask for it; default none. Nobody is
    /// required to ask for it or to confirm it.
    ///
    /// # Errors
    /// With [`Setup`](crate::transport::TransportErrorKind::Setup) when it cannot stand in a header.
    pub fn with_subprotocol(mut self, name: &str) -> Result<Self, TransportError> {
        let value = HeaderValue::from_str(name);
        self.subprotocol = Some(value.map_err(|error| setup("this is no name of a subprotocol").with_source(error))?);
        Ok(self)
    }

    /// How the client goes about TLS, if the URL begins with `wss:`.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_tls(mut self, tls: crate::transport::tls::TlsClient) -> Self {
        self.tls = tls;
        self
    }

    /// What cancels a call, as far as the server listens while it answers.
    pub(super) fn cancel_method(&self) -> Option<Cow<'static, str>> {
        if self.empty_replies { None } else { self.peer.cancel_method() }
    }

    pub(super) fn security(&self, tls: bool) -> Result<Security, TransportError> {
        match Security::wanted(tls)? {
            #[cfg(feature = "tls")]
            Security::Tls(_) => Ok(Security::Tls(self.tls.clone())),
            plain => Ok(plain),
        }
    }

    /// Another header of the client's request, such as `Authorization`.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Whether the server answers a message to which nothing is owed, such as a notification, with an empty one; default
    /// false. Python tinyrpc's client waits for an answer to whatever it sends, and hangs without.
    ///
    /// The server answers the messages of a connection one after the other then, and handlers cannot call the client.
    #[must_use]
    pub fn with_empty_reply_to_notifications(mut self, yes: bool) -> Self {
        self.empty_replies = yes;
        self
    }

    /// The bounds and the order of what is under way on one connection of the server.
    #[must_use]
    pub fn with_peer(mut self, settings: PeerSettings) -> Self {
        self.peer = settings;
        self
    }
}
