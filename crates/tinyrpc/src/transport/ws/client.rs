//! The client's way to a link: connects, and has the server switch to WebSocket.

use bytes::Bytes;
use http::header::{CONNECTION, HOST, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{Request, StatusCode};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::settings::WsSettings;
use super::socket::End;
use super::target::Target;
use super::{TransportError, TransportErrorKind, handshake, setup, upgraded};
use crate::transport::Link;

/// A link to the server at `ws://host[:port][/path]` or `wss://…`, for a protocol that is text; default port 80 and 443.
///
/// Use it with [`Client::over`](crate::Client::over).
///
/// # Errors
/// With [`Setup`](TransportErrorKind::Setup) when this is no such URL; `wss:` needs the feature `tls`. Otherwise as
/// [`connect_with`].
pub async fn connect(url: &str) -> Result<Link, TransportError> {
    connect_with(url, &WsSettings::new()).await
}

/// The same with settings, among them whether messages are sent as text.
///
/// # Errors
/// With [`Setup`](TransportErrorKind::Setup) when the URL cannot be used; with
/// [`Unreachable`](TransportErrorKind::Unreachable) when there is no connection, no answer in time, or no reason to trust
/// the server's certificate; with
/// [`Refused`](TransportErrorKind::Refused) when the server will not switch to WebSocket; with
/// [`Invalid`](TransportErrorKind::Invalid) when its answer is none.
pub async fn connect_with(url: &str, settings: &WsSettings) -> Result<Link, TransportError> {
    let target = Target::parse(url)?;
    let (upgraded, cancels) = match timeout(settings.handshake, open(&target, settings)).await {
        Ok(opened) => opened?,
        Err(_) => {
            let what = format!("{} did not open a WebSocket within {:?}", target.name(), settings.handshake);
            return Err(TransportError::new(TransportErrorKind::Unreachable, what));
        }
    };
    let limit = settings.message.unwrap_or(4 << 20);
    Ok(upgraded::over(upgraded, End::Client { cancels }, settings.text.unwrap_or(true), limit, settings))
}

/// A connection, and whether the server takes cancellations.
async fn open(target: &Target, settings: &WsSettings) -> Result<(Upgraded, bool), TransportError> {
    let name = target.name();
    let security = settings.security(target.tls)?;
    let tcp = TcpStream::connect((target.host.as_str(), target.port)).await.map_err(|error| {
        let what = match error.kind() {
            std::io::ErrorKind::ConnectionRefused => format!("nothing listens at {name}: is the server running?"),
            _ => format!("cannot connect to {name}"),
        };
        TransportError::new(TransportErrorKind::Unreachable, what).with_source(error)
    })?;
    if let Err(error) = tcp.set_nodelay(true) {
        tracing::debug!(%error, "could not set TCP_NODELAY");
    }
    let stream = security.connect(tcp, &target.host, target.port, b"http/1.1").await?;
    let key = handshake::key();
    let request =
        request(target, &key, settings).map_err(|error| setup("no handshake can be made").with_source(error))?;
    let invalid =
        |what: &str| TransportError::new(TransportErrorKind::Invalid, format!("no WebSocket at {name}: {what}"));
    let broken = |error: hyper::Error| {
        #[cfg(feature = "tls")]
        if let Some(refused) = crate::transport::tls::alert(name, &error) {
            return refused.with_source(error);
        }
        match error.is_parse() {
            true => invalid("its answer is not HTTP").with_source(error),
            false => TransportError::new(TransportErrorKind::Unreachable, format!("{name} ended the handshake"))
                .with_source(error),
        }
    };
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(64 << 10).handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let switched = async {
        let answer = sender.send_request(request).await.map_err(broken)?;
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            let what = format!("no WebSocket at {name}: the server answered {}", answer.status());
            return Err(TransportError::new(TransportErrorKind::Refused, what));
        }
        if let Some(what) = handshake::fault(answer.headers(), &key, settings.subprotocol.as_ref()) {
            return Err(invalid(what));
        }
        let cancels = answer.headers().contains_key(handshake::CANCEL);
        Ok((hyper::upgrade::on(answer).await.map_err(broken)?, cancels))
    };
    let driven = async {
        // An error is told to the one who waits for the answer.
        let _ = connection.with_upgrades().await;
        std::future::pending().await
    };
    tokio::select! {
        switched = switched => switched,
        () = driven => Err(invalid("the connection ended")),
    }
}

fn request(target: &Target, key: &str, settings: &WsSettings) -> Result<Request<Empty<Bytes>>, http::Error> {
    let mut request = Request::get(&target.path)
        .header(HOST, &target.authority)
        .header(UPGRADE, "websocket")
        .header(CONNECTION, "Upgrade")
        .header(SEC_WEBSOCKET_VERSION, "13")
        .header(SEC_WEBSOCKET_KEY, key);
    if let Some(name) = &settings.subprotocol {
        request = request.header(SEC_WEBSOCKET_PROTOCOL, name);
    }
    for (name, value) in &settings.headers {
        request = request.header(name, value);
    }
    request.body(Empty::new())
}
