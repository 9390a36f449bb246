//! What handlers learn of the request that brought their call, or opened its connection.

use std::any::{Any, TypeId};
use std::net::SocketAddr;
use std::sync::Arc;

use http::request::Parts;
use http::{Extensions, HeaderMap, Uri};
use tinyrpc_core::{Origin, call};

#[cfg(feature = "tls")]
use crate::transport::tls::TlsPeer;

/// The head of a request. Headers, URI, what TLS tells of the caller and what middleware has added are found under their
/// types, and all of it as [`Parts`].
pub(crate) struct Head(pub(crate) Parts);

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
            #[cfg(feature = "tls")]
            if wanted == TypeId::of::<TlsPeer>() {
                return parts.extensions.get::<TlsPeer>().map(|peer| peer as _);
            }
            None
        }
    }
}

impl Head {
    /// The origin of what came with this request. An unknown address is looked up where middleware may have put it.
    pub(crate) fn into_origin(self: Box<Self>, transport: &'static str, address: Option<Arc<str>>) -> Origin {
        let origin = Origin::new(transport);
        let known = || self.0.extensions.get::<SocketAddr>().map(|address| address.to_string().into());
        let origin = match address.or_else(known) {
            Some(address) => origin.with_address(address),
            None => origin,
        };
        origin.with_extensions(self)
    }
}
