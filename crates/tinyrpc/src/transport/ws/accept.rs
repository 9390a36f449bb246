//! The server's side of the handshake, on a connection of its own.

use std::convert::Infallible;
use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::handshake::{self, Reply};
use super::settings::WsSettings;
use super::socket::End;
use super::{TransportError, TransportErrorKind, upgraded};
use crate::transport::Link;
use crate::transport::maybe_tls::MaybeTls;

/// The longest head of a request, in bytes.
const MAX_HEAD: usize = 64 << 10;

/// The link to a client that has just connected, once it has asked for it. For those who listen themselves and want a
/// [`Peer`](crate::peer::Peer) of their own; others use a [`WsServer`](super::WsServer).
///
/// # Errors
/// With [`Invalid`](TransportErrorKind::Invalid) when the client does not ask for a WebSocket, or not in time.
pub async fn accept(tcp: TcpStream, settings: &WsSettings) -> Result<Link, TransportError> {
    let invalid = |what: &str| TransportError::new(TransportErrorKind::Invalid, what);
    let wanted = settings.clone();
    let shaken = shake(MaybeTls::Plain(tcp), move |mut request| {
        let upgrade = hyper::upgrade::on(&mut request);
        match handshake::answer(&request.into_parts().0, &wanted) {
            Ok(reply) => (reply, Some(upgrade)),
            Err(reply) => (*reply, None),
        }
    });
    let opened = async {
        match shaken.await {
            Ok(Some(upgrade)) => upgrade.await.map_err(|error| invalid("the handshake broke off").with_source(error)),
            Ok(None) => Err(invalid("the client did not ask for a WebSocket")),
            Err(error) => Err(invalid("the handshake broke off").with_source(error)),
        }
    };
    let Ok(opened) = timeout(settings.handshake, opened).await else { return Err(invalid("the handshake is late")) };
    let (text, limit) = (settings.text.unwrap_or(true), settings.message.unwrap_or(4 << 20));
    Ok(upgraded::over(opened?, End::Server(None), text, limit, settings))
}

/// Answers the one request of a connection, and gives what it has led to.
pub(super) async fn shake<T: Send + 'static>(
    tcp: MaybeTls,
    answer: impl Fn(Request<Incoming>) -> (Reply, Option<T>) + Send + 'static,
) -> Result<Option<T>, hyper::Error> {
    let opened: Arc<Mutex<Option<T>>> = Arc::default();
    let slot = Arc::clone(&opened);
    let answer = service_fn(move |request| {
        let (reply, opening) = answer(request);
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = opening;
        ready(Ok::<_, Infallible>(reply))
    });
    let mut http = http1::Builder::new();
    http.header_read_timeout(None).max_header_size(MAX_HEAD).keep_alive(false);
    http.serve_connection(TokioIo::new(tcp), answer).with_upgrades().await?;
    Ok(opened.lock().unwrap_or_else(PoisonError::into_inner).take())
}
