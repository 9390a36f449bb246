//! Makes servers from URLs.

use super::{HttpServer, HttpSettings};
use crate::transport::{TransportError, TransportErrorKind};

impl HttpServer {
    /// A server at a URL: `http://host[:port][/path]`. With a path it answers at that path only, else at any.
    ///
    /// # Errors
    /// With [`Setup`](TransportErrorKind::Setup) when this is no such URL, or the address is unknown or taken.
    pub async fn bind_url(url: &str) -> Result<Self, TransportError> {
        let setup = |what: String| TransportError::new(TransportErrorKind::Setup, what);
        let uri: http::Uri = url.parse().map_err(|error| setup(format!("`{url}` is no URL")).with_source(error))?;
        let (Some("http"), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return Err(setup(format!("`{url}` should look like `http://127.0.0.1:5000/`")));
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(80);
        let bound = Self::bind((host, port)).await;
        let server = bound.map_err(|error| setup(format!("cannot listen at {url}")).with_source(error))?;
        Ok(match uri.path() {
            "" | "/" => server,
            path => server.with_settings(HttpSettings::default().with_path(path)),
        })
    }
}
