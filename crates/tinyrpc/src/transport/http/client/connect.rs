//! Opens connections to one server.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout_at};

use crate::transport::maybe_tls::{MaybeTls, Security};
use crate::transport::{TransportError, TransportErrorKind};

/// Knows where the server is. Displays as `host:port`.
#[derive(Debug)]
pub(super) struct Connector {
    host: String,
    port: u16,
    pub(super) security: Security,
    /// What is to be spoken over TLS.
    pub(super) alpn: &'static [u8],
    pub(super) timeout: Duration,
}

impl Connector {
    pub(super) fn new(host: String, port: u16, security: Security, timeout: Duration) -> Self {
        Self { host, port, security, alpn: b"http/1.1", timeout }
    }

    /// A connection to the first of the server's addresses that answers in time, secure if the URL says so.
    pub(super) async fn connect(&self) -> Result<MaybeTls, TransportError> {
        let begun = Instant::now();
        // A timeout too large for the clock is none.
        let end = begun.checked_add(self.timeout).unwrap_or_else(|| begun + Duration::from_secs(86_400 * 365));
        let tcp = self.reach(end).await?;
        let secured = self.security.connect(tcp, &self.host, self.port, self.alpn);
        let late = |_| unreachable(format!("{self} made no secure connection within {:?}", self.timeout));
        timeout_at(end, secured).await.map_err(late)?
    }

    async fn reach(&self, end: Instant) -> Result<TcpStream, TransportError> {
        let lookup = timeout_at(end, lookup_host((self.host.as_str(), self.port))).await;
        let addresses: Vec<SocketAddr> = match lookup {
            Ok(Ok(addresses)) => addresses.collect(),
            Ok(Err(error)) => {
                return Err(unreachable(format!("the address of {self} cannot be found")).with_source(error));
            }
            Err(_) => return Err(unreachable(format!("looking up {self} took longer than {:?}", self.timeout))),
        };
        let mut last: Option<(SocketAddr, io::Error)> = None;
        for (tried, address) in addresses.iter().enumerate() {
            // Each address gets its share, so that a silent one leaves time for the others.
            let left = end.saturating_duration_since(Instant::now());
            let share = left / u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
            match timeout_at(Instant::now() + share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // A request is written at once, so there is nothing to wait for.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%address, %error, "cannot switch off Nagle's algorithm");
                    }
                    return Ok(stream);
                }
                Ok(Err(error)) => last = Some((*address, error)),
                Err(_) => last = Some((*address, io::ErrorKind::TimedOut.into())),
            }
        }
        Err(match last {
            None => unreachable(format!("{self} has no address")),
            Some((address, error)) => unreachable(self.explain(address, &error)).with_source(error),
        })
    }

    fn explain(&self, address: SocketAddr, error: &io::Error) -> String {
        let place = match self.host.parse::<std::net::IpAddr>() {
            Ok(_) => self.to_string(),
            Err(_) => format!("{self} ({address})"),
        };
        match error.kind() {
            io::ErrorKind::ConnectionRefused => format!("nothing listens at {place}: is the server running?"),
            io::ErrorKind::TimedOut => {
                format!("{place} did not answer within {:?}: is the server running?", self.timeout)
            }
            _ => format!("cannot connect to {place}"),
        }
    }
}

impl fmt::Display for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

fn unreachable(what: String) -> TransportError {
    TransportError::new(TransportErrorKind::Unreachable, what)
}
