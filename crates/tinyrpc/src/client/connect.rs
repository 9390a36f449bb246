//! Makes clients from URLs.

use std::sync::Arc;

use super::Client;
use crate::endpoint::{Endpoint, default_protocol};
use crate::transport::TransportError;
#[cfg(feature = "zmq")]
use crate::{Limits, peer::PeerSettings};

impl Client {
    /// A client of the endpoint at a URL such as `http://127.0.0.1:5000/`. It speaks the protocol that `?protocol=`
    /// names: `jsonrpc` (the default), `jsonrpc1` or `msgpack`.
    ///
    /// # Errors
    /// When the URL cannot be used, nothing built in serves such URLs, or a link to it could not be made. HTTP connects with
    /// the first call; ZeroMQ connects by itself, and again whenever it has to.
    #[allow(clippy::unused_async)] // without any transport feature nothing is awaited
    pub async fn connect(url: &str) -> Result<Self, TransportError> {
        let endpoint = Endpoint::parse(url)?;
        let protocol = endpoint.protocol.clone().map_or_else(default_protocol, Ok)?;
        match endpoint.scheme.as_str() {
            #[cfg(feature = "http-client")]
            "http" | "https" => {
                let transport = crate::transport::http::HttpClient::new(&endpoint.url)?;
                Ok(Self::from_parts(super::backend::Backend::Exchange(Arc::new(transport)), protocol))
            }
            #[cfg(feature = "zmq")]
            "zmq+tcp" | "zmq+ipc" => {
                let link = crate::transport::zmq::ZmqClient::new(&endpoint.url).link().await?;
                Ok(Self::over_with(link, protocol, Limits::default(), PeerSettings::new()))
            }
            _ => {
                let _ = (protocol, Arc::new(()));
                Err(endpoint.unknown())
            }
        }
    }
}
