//! The opening handshake of RFC 6455, section 4: checks requests and answers, on both sides.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{
    ALLOW, CONNECTION, CONTENT_TYPE, HOST, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;

use super::settings::WsSettings;

pub(super) type Reply = Response<Full<Bytes>>;

/// Where a server names the notification by which it is told of calls that are given up. Those that say nothing about it may
/// wait for ever for what comes after a notification, so clients do not send them any unasked.
pub(super) const CANCEL: HeaderName = HeaderName::from_static("rpc-cancel");

const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");
const VERSION: HeaderValue = HeaderValue::from_static("13");

/// The value of `Sec-WebSocket-Accept` that answers this key.
pub(super) fn accept_value(key: &[u8]) -> String {
    let mut sha = sha1_smol::Sha1::new();
    sha.update(key);
    sha.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    STANDARD.encode(sha.digest().bytes())
}

/// A new key.
pub(super) fn key() -> String {
    STANDARD.encode(rand::random::<[u8; 16]>())
}

/// The answer that switches protocols.
///
/// # Errors
/// The answer to a request that cannot be a handshake, or is not for us.
pub(super) fn answer(request: &Parts, settings: &WsSettings) -> Result<Reply, Box<Reply>> {
    if settings.path.as_deref().is_some_and(|path| path != request.uri.path()) {
        return Err(refuse(StatusCode::NOT_FOUND, "nothing is here", None));
    }
    if request.method != Method::GET {
        let allowed = (ALLOW, HeaderValue::from_static("GET"));
        return Err(refuse(StatusCode::METHOD_NOT_ALLOWED, "a WebSocket handshake is a GET", Some(allowed)));
    }
    let headers = &request.headers;
    if !has_token(headers, &UPGRADE, "websocket") || !has_token(headers, &CONNECTION, "upgrade") {
        let what = "this is a WebSocket endpoint";
        return Err(refuse(StatusCode::UPGRADE_REQUIRED, what, Some((UPGRADE, WEBSOCKET))));
    }
    if headers.get(SEC_WEBSOCKET_VERSION) != Some(&VERSION) {
        let what = "version 13 of WebSocket is spoken here";
        return Err(refuse(StatusCode::UPGRADE_REQUIRED, what, Some((SEC_WEBSOCKET_VERSION, VERSION))));
    }
    let host = headers.get(HOST).map(HeaderValue::as_bytes);
    if !headers.get_all(ORIGIN).iter().all(|origin| settings.cors.admits(Some(origin.as_bytes()), host)) {
        tracing::debug!(origin = ?headers.get(ORIGIN), "a web page of another origin may not connect");
        return Err(refuse(StatusCode::FORBIDDEN, "web pages of this origin may not connect", None));
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes).filter(|key| is_key(key));
    let Some(key) = key else {
        return Err(refuse(StatusCode::BAD_REQUEST, "the handshake has no usable Sec-WebSocket-Key", None));
    };
    let mut reply = Reply::new(Full::default());
    *reply.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let out = reply.headers_mut();
    out.insert(UPGRADE, WEBSOCKET);
    out.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    if let Ok(value) = HeaderValue::try_from(accept_value(key)) {
        out.insert(SEC_WEBSOCKET_ACCEPT, value);
    }
    if let Some(name) = &settings.subprotocol
        && name.to_str().is_ok_and(|name| has_token(headers, &SEC_WEBSOCKET_PROTOCOL, name))
    {
        out.insert(SEC_WEBSOCKET_PROTOCOL, name.clone());
    }
    if let Some(method) = settings.cancel_method()
        && let Ok(method) = HeaderValue::try_from(&*method)
    {
        out.insert(CANCEL, method);
    }
    Ok(reply)
}

/// What is wrong with an answer to a handshake with this key, if anything is.
pub(super) fn fault(answer: &HeaderMap, key: &str, subprotocol: Option<&HeaderValue>) -> Option<&'static str> {
    if !has_token(answer, &UPGRADE, "websocket") || !has_token(answer, &CONNECTION, "upgrade") {
        return Some("it switched to something else than WebSocket");
    }
    let accepted = answer.get(SEC_WEBSOCKET_ACCEPT).map(HeaderValue::as_bytes);
    if accepted != Some(accept_value(key.as_bytes()).as_bytes()) {
        return Some("its answer does not belong to this handshake");
    }
    match answer.get(SEC_WEBSOCKET_PROTOCOL) {
        Some(chosen) if Some(chosen) != subprotocol => Some("it chose a subprotocol that was not asked for"),
        _ => None,
    }
}

fn is_key(key: &[u8]) -> bool {
    STANDARD.decode(key).is_ok_and(|key| key.len() == 16)
}

fn has_token(headers: &HeaderMap, name: &HeaderName, wanted: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|token| token.trim().eq_ignore_ascii_case(wanted))
}

fn refuse(status: StatusCode, what: &'static str, header: Option<(HeaderName, HeaderValue)>) -> Box<Reply> {
    let mut reply = Reply::new(Full::new(Bytes::from_static(what.as_bytes())));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    reply.headers_mut().extend(header);
    Box::new(reply)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6455, section 1.3.
    #[test]
    fn the_standards_example() {
        assert_eq!(accept_value(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
