//! HTTP servers that answer `add`: each peer behind one thread, so that CPU per request can be compared.

mod axum;
mod bare;
mod handwritten;
pub mod jsonrpsee;
pub mod ours;

use crate::Failure;
use http_body_util::Full;
use hyper::body::{Body, Bytes, Incoming};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::time::Duration;
use tokio::net::TcpListener;

/// The names of the peers, in the order of the tables.
pub const PEERS: [&str; 7] =
    ["bare", "handwritten", "handwritten-limited", "axum", "jsonrpsee", "ours-mounted", "ours"];

/// Serves on `listener` until the process ends; must run in a current-thread runtime.
///
/// # Errors
/// When the peer is unknown or cannot start.
pub async fn serve(peer: &str, listener: TcpListener) -> Result<(), Failure> {
    match peer {
        "bare" => hyper_loop(listener, false, service_fn(bare::answer)).await,
        "handwritten" => hyper_loop(listener, false, service_fn(handwritten::answer)).await,
        "handwritten-limited" => hyper_loop(listener, true, service_fn(handwritten::answer_limited)).await,
        "axum" => axum::serve(listener).await,
        "jsonrpsee" => jsonrpsee::serve(listener).await,
        "ours" => ours::serve(listener).await,
        "ours-mounted" => hyper_loop(listener, false, ours::mounted()?).await,
        name => Err(format!("no server {name}").into()),
    }
}

type Request = http::Request<Incoming>;
type Response = http::Response<Full<Bytes>>;

/// hyper's HTTP/1.1 as its own examples run it: a task per connection, keep-alive, no Nagle delay.
///
/// `timed` adds the timeout for a request's head that anybody facing the Internet sets.
async fn hyper_loop<S, B>(listener: TcpListener, timed: bool, service: S) -> Result<(), Failure>
where
    S: Service<Request, Response = http::Response<B>, Error = Infallible, Future: Send> + Clone + Send + 'static,
    B: Body<Data: Send, Error: Into<Failure>> + Send + 'static,
{
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = service.clone();
        tokio::spawn(async move {
            let mut http1 = hyper::server::conn::http1::Builder::new();
            if timed {
                http1.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(30));
            }
            // A client that hangs up is no failure here.
            let _ = http1.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn json(body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Full::new(body.into()));
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(http::header::CONTENT_TYPE, json);
    response
}
