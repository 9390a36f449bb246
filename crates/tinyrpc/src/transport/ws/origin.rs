//! What handlers learn of the request that opened the connection.

use std::any::{Any, TypeId};
use std::net::SocketAddr;

use http::request::Parts;
use http::{Extensions, HeaderMap, Uri};
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
pub(super) fn origin(request: Parts, address: Option<SocketAddr>) -> Origin {
    let origin = Origin::new("websocket");
    let origin = match address.or_else(|| request.extensions.get::<SocketAddr>().copied()) {
        Some(address) => origin.with_address(address.to_string()),
        None => origin,
    };
    origin.with_extensions(Box::new(Head(request)))
}
