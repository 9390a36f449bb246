//! Makes clients from URLs.

use std::sync::Arc;

use super::Client;
use super::backend::Backend;
use crate::endpoint::{Endpoint, default_protocol};
use crate::transport::TransportError;

impl Client {
    /// A client of the endpoint at a URL such as `http://127.0.0.1:5000/`. It speaks the protocol that `?protocol=`
    /// names: `jsonrpc` (the default), `jsonrpc1` or `msgpack`.
    ///
    /// # Errors
    /// When the URL cannot be used, nothing built in serves such URLs, or a link to it could not be made. HTTP and
    /// RabbitMQ connect with the first call.
    #[allow(clippy::unused_async)] // without any transport feature nothing is awaited
    pub async fn connect(url: &str) -> Result<Self, TransportError> {
        let endpoint = Endpoint::parse(url)?;
        let protocol = endpoint.protocol.clone().map_or_else(default_protocol, Ok)?;
        match endpoint.scheme.as_str() {
            #[cfg(feature = "http-client")]
            "http" | "https" => {
                let transport = crate::transport::http::HttpClient::new(&endpoint.url)?;
                Ok(Self::from_parts(Backend::Exchange(Arc::new(transport)), protocol))
            }
            #[cfg(feature = "amqp")]
            "amqp" | "amqps" => {
                let transport = crate::transport::amqp::AmqpClient::new(&endpoint.url)?;
                Ok(Self::from_parts(Backend::Exchange(Arc::new(transport)), protocol))
            }
            _ => {
                let _ = (protocol, Arc::new(()));
                Err(endpoint.unknown())
            }
        }
    }
}
