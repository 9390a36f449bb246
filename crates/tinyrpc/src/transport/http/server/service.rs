//! The service that answers HTTP requests, wherever they come from.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderValue, Method, Request};
use hyper::body::Body;
use tinyrpc_core::{Id, Protocol, RpcError, code};

use super::cors::Grant;
use super::exchange::HttpExchange;
use super::reply::{self, Reply};
use super::settings::HttpSettings;
use crate::service::Service;
use crate::transport::web::Answering;

/// A [`Service`] as a tower service, for an HTTP server that exists already. Cheap to clone.
///
/// In axum: `Router::new().route_service("/rpc", HttpService::new(service))`. It is a hyper service as well.
///
/// Handlers find the request's [`HeaderMap`](http::HeaderMap), [`Uri`](http::Uri) and the
/// [`Extensions`](http::Extensions) that middleware has filled with
/// [`Context::extension`](crate::Context::extension). Their caller's address is a [`SocketAddr`](std::net::SocketAddr)
/// in those extensions, if the server put one there.
///
/// It runs on tokio, with its timers enabled.
#[derive(Clone)]
pub struct HttpService {
    shared: Arc<Shared>,
}

#[derive(Clone)]
pub(super) struct Shared {
    pub(super) service: Service,
    pub(super) settings: HttpSettings,
    /// The media type of each protocol, in the order of the service, and the protocol that messages under it are in.
    content_types: Vec<(HeaderValue, usize)>,
    /// All of them in one.
    accepted: HeaderValue,
}

impl HttpService {
    /// Answers requests with `service`.
    #[must_use]
    pub fn new(service: Service) -> Self {
        let name = |protocol: &Arc<dyn Protocol>| protocol.content_type();
        let mut names: Vec<_> = service.protocols().iter().map(name).collect();
        let content_types = names.iter().map(|name| (header(name), choose(&service, name).unwrap_or(0))).collect();
        names.dedup();
        let accepted = header(&names.join(", "));
        Self { shared: Arc::new(Shared { service, settings: HttpSettings::default(), content_types, accepted }) }
    }

    /// Answers them as `settings` say.
    #[must_use]
    pub fn with_settings(mut self, settings: HttpSettings) -> Self {
        Arc::make_mut(&mut self.shared).settings = settings;
        self
    }

    /// Answers a request that came from `address`.
    pub(super) fn exchange<B: Body>(&self, request: Request<B>, address: Option<&Arc<str>>) -> HttpExchange<B> {
        HttpExchange::new(Arc::clone(&self.shared), request, address)
    }
}

/// Why a request holds no message for us.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refusal {
    Path,
    /// Somebody asks what is served.
    Options,
    Method,
    Compressed,
    ContentType,
}

/// The place of the protocol of messages under this media type.
fn choose(service: &Service, content_type: &str) -> Option<usize> {
    let chosen = service.protocol_for(Some(content_type))?;
    service.protocols().iter().position(|one| Arc::ptr_eq(one, chosen))
}

/// A value that cannot stand in a header does without.
fn header(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"))
}

impl Shared {
    /// Which protocol the request's message is in, or why the request holds no message for us.
    pub(super) fn admit(&self, request: &Parts) -> Result<usize, Refusal> {
        if self.settings.path.as_deref().is_some_and(|path| path != request.uri.path()) {
            return Err(Refusal::Path);
        }
        if request.method != Method::POST {
            return Err(if request.method == Method::OPTIONS { Refusal::Options } else { Refusal::Method });
        }
        if let Some(encoding) = request.headers.get(CONTENT_ENCODING)
            && !encoding.is_empty()
            && !encoding.as_bytes().eq_ignore_ascii_case(b"identity")
        {
            return Err(Refusal::Compressed);
        }
        let Some(content_type) = request.headers.get(CONTENT_TYPE).filter(|name| !name.is_empty()) else {
            // Browsers let a page send such a request to any address, without asking it first.
            let header = |name| request.headers.get(name).map(HeaderValue::as_bytes);
            let Answering { cors, any_content_type, .. } = &self.settings.answering;
            let admitted = *any_content_type || cors.admits(header(ORIGIN), header(HOST));
            return if admitted { Ok(0) } else { Err(Refusal::ContentType) };
        };
        // Nearly all are written just like this.
        if let Some((_, protocol)) = self.content_types.iter().find(|(name, _)| name == content_type) {
            return Ok(*protocol);
        }
        // What is no text is no known media type either.
        match choose(&self.service, content_type.to_str().unwrap_or("?")) {
            Some(protocol) => Ok(protocol),
            None if self.settings.answering.any_content_type => Ok(0),
            None => Err(Refusal::ContentType),
        }
    }

    pub(super) fn protocol(&self, index: usize) -> &Arc<dyn Protocol> {
        &self.service.protocols()[index]
    }

    pub(super) fn content_type(&self, protocol: usize) -> HeaderValue {
        self.content_types[protocol].0.clone()
    }

    pub(super) fn refusal(&self, why: Refusal, grant: &Grant) -> Reply {
        match why {
            Refusal::Path => reply::wrong_path(),
            Refusal::Options => reply::options(grant),
            Refusal::Method => reply::wrong_method(),
            Refusal::Compressed => reply::compressed(),
            Refusal::ContentType => reply::wrong_content_type(&self.accepted),
        }
    }

    /// The refusal of a message over the limit, in the words of its own protocol.
    pub(super) fn too_large(&self, protocol: usize) -> Reply {
        let limit = self.service.limits().message();
        let what = format!("Invalid Request: a message may have {limit} bytes at most");
        let mut body = Vec::new();
        self.protocol(protocol).write_error(&Id::Null, &RpcError::new(code::INVALID_REQUEST, what), &mut body);
        reply::reply(http::StatusCode::PAYLOAD_TOO_LARGE, self.content_type(protocol), body)
    }
}

impl<B: Body> tower_service::Service<Request<B>> for HttpService {
    type Response = Reply;
    type Error = Infallible;
    type Future = HttpExchange<B>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> HttpExchange<B> {
        self.exchange(request, None)
    }
}

impl<B: Body> hyper::service::Service<Request<B>> for HttpService {
    type Response = Reply;
    type Error = Infallible;
    type Future = HttpExchange<B>;

    fn call(&self, request: Request<B>) -> HttpExchange<B> {
        self.exchange(request, None)
    }
}

impl fmt::Debug for HttpService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpService")
            .field("service", &self.shared.service)
            .field("settings", &self.shared.settings)
            .finish_non_exhaustive()
    }
}
