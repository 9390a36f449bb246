//! The service that opens WebSocket connections, wherever requests come from.

use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Request;
use hyper::upgrade::OnUpgrade;
use tinyrpc_core::call::BoxFuture;

use super::handshake::{self, Reply};
use super::one_by_one;
use super::origin::origin;
use super::settings::WsSettings;
use super::socket::End;
use super::upgraded::{is_text, over};
use crate::service::Service;
use crate::transport::Shutdown;

/// A [`Service`] as a tower service that opens WebSocket connections, for an HTTP/1.1 server that exists already. Cheap
/// to clone.
///
/// In axum: `Router::new().route_service("/rpc", WsService::new(service))`. It is a hyper service as well, on connections
/// that are served `with_upgrades`.
///
/// The first protocol of the service is spoken. Each connection is a task of its own, that lives on when the HTTP server
/// stops, unless [`with_shutdown`](Self::with_shutdown) ends it. Handlers find the
/// [`HeaderMap`](http::HeaderMap), the [`Uri`](http::Uri) and the [`Extensions`](http::Extensions) of the request that
/// opened the connection with [`Context::extension`](crate::Context::extension), and a [`Peer`](crate::peer::Peer) to call
/// the client. Their caller's address is a [`SocketAddr`] in those extensions, if the server put one there.
///
/// Web pages of other origins are refused, unless [`WsSettings::with_cors`] lets them in.
#[derive(Clone)]
pub struct WsService {
    shared: Arc<Shared>,
}

#[derive(Clone)]
struct Shared {
    service: Service,
    settings: WsSettings,
    shutdown: Option<Shutdown>,
}

/// A connection that is about to be opened.
pub(super) struct Opening {
    upgrade: OnUpgrade,
    request: http::request::Parts,
    address: Option<SocketAddr>,
    shared: Arc<Shared>,
}

impl WsService {
    /// Answers what comes over connections with `service`.
    #[must_use]
    pub fn new(service: Service) -> Self {
        Self { shared: Arc::new(Shared { service, settings: WsSettings::default(), shutdown: None }) }
    }

    /// Opens connections as `settings` say.
    #[must_use]
    pub fn with_settings(mut self, settings: WsSettings) -> Self {
        Arc::make_mut(&mut self.shared).settings = settings;
        self
    }

    /// Ends the connections with `shutdown`: running calls are answered, and then they are closed with code 1001.
    #[must_use]
    pub fn with_shutdown(mut self, shutdown: Shutdown) -> Self {
        Arc::make_mut(&mut self.shared).shutdown = Some(shutdown);
        self
    }

    /// The answer to a request, and the connection that it opens if all is well.
    pub(super) fn open<B>(&self, mut request: Request<B>, address: Option<SocketAddr>) -> (Reply, Option<Opening>) {
        let upgrade = hyper::upgrade::on(&mut request);
        let (request, _) = request.into_parts();
        match handshake::answer(&request, &self.shared.settings) {
            Ok(reply) => {
                let shared = Arc::clone(&self.shared);
                (reply, Some(Opening { upgrade, request, address, shared }))
            }
            Err(reply) => (*reply, None),
        }
    }
}

impl Opening {
    /// Serves the connection until it ends. What opening it takes is gone by then: there may be many that are idle.
    pub(super) async fn serve(self) {
        if let Some(serving) = Box::pin(self.complete()).await {
            serving.await;
        }
    }

    /// Takes the connection over, and gives what serves it.
    async fn complete(self) -> Option<BoxFuture<'static, ()>> {
        let Self { upgrade, request, address, shared } = self;
        let upgraded = match tokio::time::timeout(shared.settings.handshake, upgrade).await {
            Ok(Ok(upgraded)) => upgraded,
            Ok(Err(error)) => {
                tracing::debug!(%error, "a WebSocket was not opened");
                return None;
            }
            Err(_) => {
                tracing::debug!("a WebSocket was not opened in time");
                return None;
            }
        };
        let Shared { service, settings, shutdown } = &*shared;
        let protocol = service.protocols().first()?;
        let text = settings.text.unwrap_or_else(|| is_text(protocol.content_type()));
        let limit = settings.message.unwrap_or_else(|| service.limits().message());
        let link = over(upgraded, End::Server(shutdown.clone()), text, limit, settings);
        let origin = origin(request, address);
        let (running, never) = Shutdown::new();
        let shutdown = shutdown.clone().unwrap_or(never);
        Some(if settings.empty_replies {
            let service = service.clone();
            Box::pin(async move {
                one_by_one::serve(&service, &shutdown, origin, link).await;
                drop(running);
            })
        } else {
            let serving = service.link_until(&shutdown, origin, link, settings.peer.clone());
            Box::pin(async move {
                serving.await;
                drop(running);
            })
        })
    }
}

impl fmt::Debug for WsService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WsService").field("settings", &self.shared.settings).finish_non_exhaustive()
    }
}

impl<B> tower_service::Service<Request<B>> for WsService {
    type Response = Reply;
    type Error = Infallible;
    type Future = Ready<Result<Reply, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        hyper::service::Service::call(self, request)
    }
}

impl<B> hyper::service::Service<Request<B>> for WsService {
    type Response = Reply;
    type Error = Infallible;
    type Future = Ready<Result<Reply, Infallible>>;

    fn call(&self, request: Request<B>) -> Self::Future {
        let (reply, opening) = self.open(request, None);
        if let Some(opening) = opening {
            tokio::spawn(opening.serve());
        }
        ready(Ok(reply))
    }
}
