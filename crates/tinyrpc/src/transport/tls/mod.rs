//! TLS under HTTP and WebSocket: whom a client trusts, who a server is, and who is at the other end.
//!
//! A client trusts the certificates that this system trusts, as browsers and `curl` do: administrators add those of their
//! own organisation there, and take bad ones away, without any program being built anew. A
//! [`TlsClient`] trusts others besides, or only them.
//!
//! ```no_run
//! # async fn both() -> Result<(), Box<dyn std::error::Error>> {
//! use tinyrpc::transport::http::HttpServer;
//! use tinyrpc::transport::tls::{TlsClient, TlsServer};
//! use tinyrpc::{Dispatcher, JsonRpc, Server, Service, client::Connector};
//!
//! let tls = TlsServer::from_files("cert.pem", "key.pem")?;
//! let http = HttpServer::bind("0.0.0.0:5000").await?.with_tls(tls);
//! let server = Server::new(Service::new(JsonRpc::new(), Dispatcher::new())).with_transport(http);
//!
//! let connector = Connector::new().with_tls(TlsClient::new().with_ca_file("ca.pem")?);
//! let client = connector.connect("https://rpc.example:5000/").await?;
//! # Ok(()) }
//! ```
//!
//! Certificates and keys are PEM. Nothing switches verification off: to try things out, make a certificate and trust it by
//! name with [`TlsClient::with_ca_file`]. TLS 1.2 and 1.3 are spoken.

mod client;
mod explain;
mod peer;
mod pem;
mod plain;
mod roots;
mod server;
mod url;

pub use client::TlsClient;
#[cfg(any(feature = "http-client", feature = "ws"))]
pub(crate) use explain::alert;
pub use peer::TlsPeer;
pub use server::TlsServer;
#[cfg(any(feature = "http-server", feature = "ws"))]
pub(crate) use url::split;

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

use super::{TransportError, TransportErrorKind};

/// The one implementation of cryptography that is built in. Named each time, so that another one in the same program does
/// not matter.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn setup(what: impl Into<String>) -> TransportError {
    TransportError::new(TransportErrorKind::Setup, what)
}
