//! What handlers learn of the request that opened the connection.

use std::any::{Any, TypeId};
use std::net::SocketAddr;

use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderValue, Uri};
use tinyrpc_core::{Origin, call};

/// The head of the request. Headers, URI and what middleware has added are found under their types, and all of it as
/// [`Parts`].
struct Head(Parts);

impl call::Extensions for Head {
    fn find(&self, wanted: TypeId) -> Option<&dyn Any> {
        let parts = &self.0;
        if wanted == TypeId::of::<HeaderMap>() {
            Some(&parts.headers)
        } else if wanted == TypeId::of::<Uri>() {
            Some(&parts.uri)
        } else if wanted == TypeId::of::<Extensions>() {
            Some(&parts.extensions)
        } else if wanted == TypeId::of::<Parts>() {
            Some(parts)
        } else {
            None
        }
    }
}

/// The origin of what comes over a connection. An unknown address is looked up where middleware may have put it.
pub(super) fn origin(mut request: Parts, address: Option<SocketAddr>) -> Origin {
    detach(&mut request);
    let origin = Origin::new("websocket");
    let origin = match address.or_else(|| request.extensions.get::<SocketAddr>().copied()) {
        Some(address) => origin.with_address(address.to_string()),
        None => origin,
    };
    origin.with_extensions(Box::new(Head(request)))
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
