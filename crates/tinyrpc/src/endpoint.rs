//! Reads the URLs that name endpoints.

use std::sync::Arc;

use tinyrpc_core::Protocol;

use crate::transport::{TransportError, TransportErrorKind};

/// An endpoint's URL, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// Such as `http`.
    pub(crate) scheme: String,
    /// The URL without the parameters that are for us.
    pub(crate) url: String,
    /// What `?protocol=` says.
    pub(crate) protocol: Option<Arc<dyn Protocol>>,
}

impl Endpoint {
    /// Reads a URL such as `http://127.0.0.1:5000/?protocol=msgpack`.
    pub(crate) fn parse(url: &str) -> Result<Self, TransportError> {
        let Some((scheme, _)) = url.split_once(':') else {
            return Err(setup(format!("`{url}` is no URL: it should look like `http://127.0.0.1:5000/`")));
        };
        let mut protocol = None;
        let mut kept = Vec::new();
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=') {
                Some(("protocol", name)) => protocol = Some(protocol_named(name)?),
                _ => kept.push(parameter),
            }
        }
        let url = if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) };
        Ok(Self { scheme: scheme.to_ascii_lowercase(), url, protocol })
    }

    /// The error for a scheme that nothing here serves.
    pub(crate) fn unknown(&self) -> TransportError {
        let scheme = &self.scheme;
        let known =
            [("http", cfg!(any(feature = "http-client", feature = "http-server"))), ("amqp", cfg!(feature = "amqp"))];
        let known: Vec<_> = known.iter().filter(|(_, built)| *built).map(|(name, _)| *name).collect();
        setup(format!("`{scheme}:` endpoints cannot be used; those built in are: {}", known.join(", ")))
    }
}

/// The protocol that is called so in URLs and on the command line: `jsonrpc`, `jsonrpc1` or `msgpack`.
///
/// # Errors
/// When there is no such protocol, or its feature is not built in.
pub fn protocol_named(name: &str) -> Result<Arc<dyn Protocol>, TransportError> {
    match name {
        #[cfg(feature = "jsonrpc")]
        "jsonrpc" => Ok(Arc::new(tinyrpc_core::JsonRpc::new())),
        #[cfg(feature = "jsonrpc")]
        "jsonrpc1" => Ok(Arc::new(tinyrpc_core::JsonRpc::v1())),
        #[cfg(feature = "msgpack")]
        "msgpack" => Ok(Arc::new(tinyrpc_core::MessagePackRpc::new())),
        _ => Err(setup(format!(
            "there is no protocol `{name}`; there are jsonrpc, jsonrpc1 and msgpack, as far as built in"
        ))),
    }
}

/// The protocol for URLs that name none.
pub(crate) fn default_protocol() -> Result<Arc<dyn Protocol>, TransportError> {
    protocol_named(if cfg!(feature = "jsonrpc") { "jsonrpc" } else { "msgpack" })
}

pub(crate) fn setup(what: impl Into<String>) -> TransportError {
    TransportError::new(TransportErrorKind::Setup, what)
}
