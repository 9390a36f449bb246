//! Serves one connection until either side ends it.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::Request;
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use pin_project_lite::pin_project;
use tokio::net::TcpStream;

use super::activity::{Activity, Order, Running};
use super::exchange::HttpExchange;
use super::reply::Reply;
use super::service::HttpService;
use super::stream::Stream;
use crate::transport::maybe_tls::{Acceptor, Peer};

/// What all connections of a server have in common.
#[derive(Clone, Debug)]
pub(super) struct Common {
    service: HttpService,
    acceptor: Acceptor,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

impl Common {
    /// `max_head` bounds the head of a request, in bytes.
    pub(super) fn new(service: HttpService, acceptor: Acceptor, max_head: usize) -> Self {
        let mut http1 = http1::Builder::new();
        // Its timeout would cost every request; the server watches for late heads itself. Nor is `pipeline_flush` for us:
        // it holds back replies, and even loses them, while a part of another request lies in the buffer.
        http1.header_read_timeout(None).max_header_size(max_head);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2.max_header_list_size(u32::try_from(max_head).unwrap_or(u32::MAX));
        Self { service, acceptor, http1, http2 }
    }
}

pub(super) async fn serve(tcp: TcpStream, peer: SocketAddr, common: Arc<Common>, activity: Arc<Activity>) {
    if let Err(error) = tcp.set_nodelay(true) {
        tracing::debug!(%peer, %error, "could not set TCP_NODELAY");
    }
    // Boxed, so that its room is free again when it is done.
    let accepted = tokio::select! {
        accepted = Box::pin(common.acceptor.accept(tcp)) => accepted,
        () = activity.ordered() => return,
    };
    let tcp = match accepted {
        Ok(Some(tcp)) => tcp,
        Ok(None) => return tracing::debug!(%peer, "a client does not speak TLS"),
        Err(error) => return tracing::debug!(%peer, %error, "a TLS handshake failed"),
    };
    let caller = tcp.peer();
    let mut stream = Stream::new(tcp, Arc::clone(&activity));
    let http2 = tokio::select! {
        http2 = stream.is_http2() => http2,
        () = activity.ordered() => return,
    };
    let io = |stream| TokioIo::new(stream);
    let session = Session { service: common.service.clone(), peer: peer.to_string().into(), caller, activity };
    let activity = Arc::clone(&session.activity);
    let served = match http2 {
        // Boxed, so that HTTP/1.1 does not carry the room for it.
        Ok(Some(true)) => Box::pin(drive(common.http2.serve_connection(io(stream), session), activity)).await,
        Ok(Some(false)) => drive(common.http1.serve_connection(io(stream), session), activity).await,
        Ok(None) => Ok(()),
        Err(error) => return tracing::debug!(%peer, %error, "a connection broke"),
    };
    if let Err(error) = served {
        tracing::debug!(%peer, error = %chain(&error), "a connection broke");
    }
}

/// hyper says the reason only in the source.
fn chain(error: &hyper::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// Answers the requests of one connection.
#[derive(Debug)]
struct Session {
    service: HttpService,
    peer: Arc<str>,
    caller: Peer,
    activity: Arc<Activity>,
}

impl hyper::service::Service<Request<Incoming>> for Session {
    type Response = Reply;
    type Error = Infallible;
    type Future = Watched;

    fn call(&self, mut request: Request<Incoming>) -> Watched {
        self.caller.tell(&mut request);
        let running = self.activity.request();
        Watched { exchange: self.service.exchange(request, Some(&self.peer)), running }
    }
}

pin_project! {
    /// An exchange that the server knows of.
    #[derive(Debug)]
    struct Watched {
        #[pin]
        exchange: HttpExchange<Incoming>,
        running: Running,
    }
}

impl Future for Watched {
    type Output = Result<Reply, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().exchange.poll(cx)
    }
}

/// A connection of either version.
trait Connection: Future<Output = hyper::Result<()>> {
    fn finish(self: Pin<&mut Self>);
}

impl<I: Read + Write + Unpin + 'static> Connection for http1::Connection<I, Session> {
    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<I: Read + Write + Unpin + 'static> Connection for http2::Connection<I, Session, TokioExecutor> {
    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

fn drive<C: Connection>(connection: C, activity: Arc<Activity>) -> Drive<C> {
    Drive { connection, activity, finishing: false }
}

pin_project! {
    /// Runs a connection until it ends, or is told to.
    struct Drive<C> {
        #[pin]
        connection: C,
        activity: Arc<Activity>,
        finishing: bool,
    }
}

impl<C: Connection> Future for Drive<C> {
    type Output = hyper::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        match this.activity.order(cx) {
            Order::GoOn => {}
            Order::Finish if *this.finishing => {}
            Order::Finish => {
                *this.finishing = true;
                this.connection.as_mut().finish();
            }
            Order::End => return Poll::Ready(Ok(())),
        }
        Poll::Ready(ready!(this.connection.poll(cx)))
    }
}
