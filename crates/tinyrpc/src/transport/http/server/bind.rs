//! Makes servers from URLs.

use super::{ALPN, HttpServer, HttpSettings};
use crate::transport::maybe_tls::Acceptor;
use crate::transport::{TransportError, TransportErrorKind};

impl HttpServer {
    /// A server at a URL: `http://host[:port][/path]`. With a path it answers at that path only, else at any.
    ///
    /// With the feature `tls` also `https://host[:port][/path]?cert=FILE&key=FILE`, the files as for
    /// `TlsServer::from_files`. With `&client-ca=FILE` clients must show a certificate that is from an authority in there.
    ///
    /// # Errors
    /// With [`Setup`](TransportErrorKind::Setup) when this is no such URL, the address is unknown or taken, or a file cannot
    /// be used.
    pub async fn bind_url(url: &str) -> Result<Self, TransportError> {
        let setup = |what: String| TransportError::new(TransportErrorKind::Setup, what);
        let (url, acceptor) = Acceptor::of_url(url, "http", &ALPN)?;
        let uri: http::Uri = url.parse().map_err(|error| setup(format!("`{url}` is no URL")).with_source(error))?;
        let (Some(scheme @ ("http" | "https")), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return Err(setup(format!("`{url}` should look like `http://127.0.0.1:5000/`")));
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = match (uri.port_u16(), uri.authority().is_some_and(|all| all.as_str().len() > all.host().len())) {
            (Some(port), _) => port,
            (None, true) => return Err(setup(format!("the port in `{url}` is no number from 0 to 65535"))),
            (None, false) if scheme == "https" => 443,
            (None, false) => 80,
        };
        let bound = Self::bind((host, port)).await;
        let mut server = bound.map_err(|error| setup(format!("cannot listen at {url}")).with_source(error))?;
        server.acceptor = acceptor;
        Ok(match uri.path() {
            "" | "/" => server,
            path => server.with_settings(HttpSettings::default().with_path(path)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_that_is_none_is_refused() {
        for url in ["http://127.0.0.1:99999/", "http://127.0.0.1:/"] {
            let error = HttpServer::bind_url(url).await.expect_err("no such port");
            assert!(error.to_string().contains("the port"), "{error}");
        }
    }
}
