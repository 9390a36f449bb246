//! What handlers learn of the request that brought their call.

use std::any::{Any, TypeId};
use std::net::SocketAddr;
use std::sync::Arc;

use http::request::Parts;
use http::{Extensions, HeaderMap, Uri};
use tinyrpc_core::{Origin, call};

use super::super::metadata;

/// The head of a request. Headers, URI and what middleware has added are found under their types, and all of it as
/// [`Parts`].
pub(super) struct Head(pub(super) Parts);

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

/// The origin of a message that came with this request. An unknown address is looked up where middleware may have put it.
pub(super) fn origin(request: Box<Head>, address: Option<Arc<str>>) -> Arc<Origin> {
    let origin = Origin::new("http");
    let origin = match address {
        Some(address) => origin.with_address(address),
        None => match request.0.extensions.get::<SocketAddr>() {
            Some(address) => origin.with_address(address.to_string()),
            None => origin,
        },
    };
    let metadata = metadata::read(&request.0.headers);
    Arc::new(origin.with_metadata(metadata).with_extensions(request))
}
