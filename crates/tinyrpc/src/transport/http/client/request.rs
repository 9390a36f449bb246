//! Builds the request of an exchange.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, USER_AGENT};
use http::uri::{Parts, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::Full;

use super::super::metadata;
use super::reply::Wanted;
use super::url::Url;
use crate::transport::{TransportError, TransportErrorKind};

/// Written by hyper, from what is sent and how.
const NOT_OURS: [&str; 9] = [
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What all requests of a client have in common.
#[derive(Debug)]
pub(super) struct Template {
    url: Uri,
    /// What the request line names: the path alone in HTTP/1.1, the whole URL in HTTP/2.
    target: Uri,
    headers: HeaderMap,
}

impl Template {
    pub(super) fn new(url: &Url) -> Result<Self, TransportError> {
        let mut parts = Parts::default();
        parts.scheme = Some(if url.tls { Scheme::HTTPS } else { Scheme::HTTP });
        parts.authority = Some(url.authority.clone());
        parts.path_and_query = Some(url.path.clone());
        let host = HeaderValue::try_from(url.authority.as_str()).map_err(setup)?;
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(HOST, host);
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("tinyrpc/", env!("CARGO_PKG_VERSION"))));
        if let Some(credentials) = &url.credentials {
            headers.insert(AUTHORIZATION, credentials.clone());
        }
        Ok(Self { url: Uri::from_parts(parts).map_err(setup)?, target: Uri::from(url.path.clone()), headers })
    }

    /// Sets a header, in place of one with the same name.
    pub(super) fn set(&mut self, name: HeaderName, value: HeaderValue) {
        self.headers.insert(name, value);
    }

    /// Makes the requests fit for HTTP/2, which names the host in the URL.
    pub(super) fn use_whole_url(&mut self) {
        self.target = self.url.clone();
        self.headers.remove(HOST);
    }

    /// The request that carries this message.
    pub(super) fn request(&self, message: Bytes, wanted: &Wanted) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(message));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.target.clone();
        let mut headers = self.headers.clone();
        for name in [CONTENT_TYPE, ACCEPT] {
            headers.entry(name).or_insert_with(|| wanted.content_type.clone());
        }
        metadata::write(&wanted.metadata, &mut headers);
        *request.headers_mut() = headers;
        request
    }
}

/// A header as the user gave it.
pub(super) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), TransportError> {
    let name = HeaderName::try_from(name).map_err(setup)?;
    if NOT_OURS.contains(&name.as_str()) {
        return Err(TransportError::new(TransportErrorKind::Setup, format!("the header {name} cannot be set")));
    }
    let mut value = HeaderValue::try_from(value).map_err(setup)?;
    // Keeps them out of debug output.
    value.set_sensitive([AUTHORIZATION, COOKIE].contains(&name));
    Ok((name, value))
}

/// The media type of a message, as a header.
pub(super) fn content_type(name: &str) -> Result<HeaderValue, TransportError> {
    HeaderValue::try_from(name).map_err(setup)
}

fn setup(error: impl Into<http::Error>) -> TransportError {
    TransportError::new(TransportErrorKind::Setup, "this cannot stand in an HTTP request").with_source(error.into())
}
