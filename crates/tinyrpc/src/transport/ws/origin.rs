//! What handlers learn of the request that opened the connection.

use std::net::SocketAddr;

use http::HeaderValue;
use http::request::Parts;
use tinyrpc_core::Origin;

use crate::transport::web::Head;

/// The origin of what comes over a connection.
pub(super) fn origin(mut request: Parts, address: Option<SocketAddr>) -> Origin {
    detach(&mut request);
    let address = address.map(|address| address.to_string().into());
    Box::new(Head(request)).into_origin("websocket", address)
}

/// Headers and URI are parts of the buffer that the request was read into, which is much larger than they are. Copies let
/// go of it, because connections live long.
fn detach(request: &mut Parts) {
    let copy = |value: &HeaderValue| {
        let mut copy = HeaderValue::from_bytes(value.as_bytes()).ok()?;
        copy.set_sensitive(value.is_sensitive());
        Some(copy)
    };
    request.headers = request.headers.iter().filter_map(|(name, value)| Some((name.clone(), copy(value)?))).collect();
    if let Ok(uri) = request.uri.to_string().parse() {
        request.uri = uri;
    }
}
