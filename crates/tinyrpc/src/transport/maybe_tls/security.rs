//! What a client does with a new connection.

use tokio::net::TcpStream;

use super::MaybeTls;
use crate::transport::TransportError;

/// What a client does with a connection before it says anything on it.
#[derive(Clone, Debug, Default)]
pub(crate) enum Security {
    #[default]
    Plain,
    #[cfg(feature = "tls")]
    Tls(crate::transport::tls::TlsClient),
}

impl Security {
    /// What the scheme of a URL asks for.
    ///
    /// # Errors
    /// When it asks for what is not built in.
    pub(crate) fn wanted(tls: bool) -> Result<Self, TransportError> {
        match tls {
            false => Ok(Self::Plain),
            #[cfg(feature = "tls")]
            true => Ok(Self::Tls(crate::transport::tls::TlsClient::default())),
            #[cfg(not(feature = "tls"))]
            true => Err(super::not_built_in()),
        }
    }

    /// Trusts the authorities in this PEM file as well.
    ///
    /// # Errors
    /// When it cannot be read, or nothing is to be secure.
    #[cfg(feature = "amqp")]
    pub(crate) fn trusting(self, file: &str) -> Result<Self, TransportError> {
        match self {
            Self::Plain => {
                let what = format!("{file} cannot be of use without TLS: the URL should begin with amqps:");
                Err(TransportError::new(crate::transport::TransportErrorKind::Setup, what))
            }
            #[cfg(feature = "tls")]
            Self::Tls(tls) => Ok(Self::Tls(tls.with_ca_file(file)?)),
        }
    }

    /// Makes a connection to `host` as secure as it should be. `alpn` is what is to be spoken on it.
    #[cfg_attr(not(feature = "tls"), allow(clippy::unused_async))]
    pub(crate) async fn connect(
        &self,
        tcp: TcpStream,
        host: &str,
        port: u16,
        alpn: &[u8],
    ) -> Result<MaybeTls, TransportError> {
        match self {
            Self::Plain => {
                let _ = (host, port, alpn);
                Ok(MaybeTls::Plain(tcp))
            }
            #[cfg(feature = "tls")]
            Self::Tls(tls) => Ok(MaybeTls::Tls(Box::new(tls.connect(tcp, host, port, Some(alpn)).await?))),
        }
    }
}
