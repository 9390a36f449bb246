//! What a server does with a new connection.

use std::io;

use tokio::net::TcpStream;

use super::MaybeTls;
use crate::transport::TransportError;

/// What a server does with a connection before anything is said on it.
#[derive(Clone, Debug, Default)]
pub(crate) enum Acceptor {
    #[default]
    Plain,
    #[cfg(feature = "tls")]
    Tls(crate::transport::tls::TlsServer),
}

impl Acceptor {
    /// The connection, once it is as secure as it should be; `None` when the other side was told why it will not be.
    /// Waits for the other side as long as it takes.
    #[cfg_attr(not(feature = "tls"), allow(clippy::unused_async))]
    pub(crate) async fn accept(&self, tcp: TcpStream) -> io::Result<Option<MaybeTls>> {
        match self {
            Self::Plain => Ok(Some(MaybeTls::Plain(tcp))),
            #[cfg(feature = "tls")]
            Self::Tls(tls) => Ok(tls.accept(tcp).await?.map(|stream| MaybeTls::Tls(Box::new(stream)))),
        }
    }

    /// Takes from the URL of a server what it says about TLS; `plain` is the scheme without it, `alpn` is what is spoken.
    ///
    /// # Errors
    /// When it asks for what is not built in, or its files cannot be used.
    pub(crate) fn of_url<'u>(url: &'u str, plain: &str, alpn: &[&[u8]]) -> Result<(&'u str, Self), TransportError> {
        let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
        if scheme.strip_suffix('s') != Some(plain) {
            return Ok((url, Self::Plain));
        }
        #[cfg(feature = "tls")]
        {
            let (base, files) = crate::transport::tls::split(url)?;
            Ok((base, Self::Tls(files.load()?.speaking(alpn))))
        }
        #[cfg(not(feature = "tls"))]
        {
            let _ = alpn;
            Err(super::not_built_in())
        }
    }

    /// The URL's scheme, given that without TLS.
    pub(crate) fn scheme(&self, plain: &'static str) -> String {
        match self {
            Self::Plain => plain.to_owned(),
            #[cfg(feature = "tls")]
            Self::Tls(_) => format!("{plain}s"),
        }
    }
}
