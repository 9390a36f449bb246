//! `rpc.discover`: a dispatcher that tells what methods another one has.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use tinyrpc_core::codec::Items;
use tinyrpc_core::dispatch::{Dispatch, Handler, MethodInfo, Shape};
use tinyrpc_core::message::Params;
use tinyrpc_core::{Call, Outcome, RpcError};

use super::DISCOVER;
use super::document::{Document, Info, Server};

/// Answers `rpc.discover` with the OpenRPC document of another dispatcher, and leaves every other call to that one.
///
/// The document is made at the first request for it and kept. It does not list `rpc.discover` itself. Without this
/// wrapper a service does not tell what it has.
#[derive(Debug)]
pub struct Discover<D> {
    dispatch: D,
    info: Info,
    servers: Servers,
    document: OnceLock<Document>,
}

impl<D: Dispatch> Discover<D> {
    /// Describes the methods of `dispatch` under the name and version of `info`.
    #[must_use]
    pub fn new(dispatch: D, info: Info) -> Self {
        Self { dispatch, info, servers: Servers::default(), document: OnceLock::new() }
    }

    /// Adds the URL of an endpoint where the service can be called.
    #[must_use]
    pub fn with_server(self, url: impl Into<String>) -> Self {
        self.servers.add(url);
        self
    }

    /// The list of endpoints, to add them when they are known, such as after [`Server::bind`](crate::Server::bind) has
    /// chosen a port.
    #[must_use]
    pub fn servers(&self) -> Servers {
        self.servers.clone()
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> Document {
        let described = self.document.get_or_init(|| Document::describe(&self.dispatch, self.info.clone()));
        Document { servers: self.servers.all(), ..described.clone() }
    }
}

impl<D: Dispatch> Dispatch for Discover<D> {
    #[inline]
    fn find(&self, method: &str) -> Option<&dyn Handler> {
        // First, because a dispatcher that makes methods up would have this one too.
        if method == DISCOVER { Some(self) } else { self.dispatch.find(method) }
    }

    fn methods(&self) -> Vec<MethodInfo> {
        self.dispatch.methods()
    }
}

impl<D: Dispatch> Handler for Discover<D> {
    fn call(&self, call: Call<'_>) -> Outcome {
        match no_arguments(call.params) {
            Ok(()) => {}
            Err(error) => return error.into(),
        }
        // By way of a value, whose members keep their names in encodings that write structs as arrays.
        match serde_json::to_value(self.document()) {
            Ok(document) => Outcome::Done(call.reply.send(&document)),
            Err(error) => RpcError::internal(error).into(),
        }
    }

    fn shape(&self) -> Shape {
        Shape::None
    }
}

fn no_arguments(params: Params<'_>) -> Result<(), RpcError> {
    let count = match params.items()? {
        Items::Array(items) => items.len(),
        Items::Map(items) => items.len(),
        _ => 0,
    };
    match count {
        0 => Ok(()),
        _ => Err(RpcError::invalid_params(format_args!("expected no arguments, got {count}"))),
    }
}

/// The endpoints that a [`Discover`] tells. Clones share the list.
#[derive(Clone, Debug, Default)]
pub struct Servers(Arc<RwLock<Vec<Server>>>);

impl Servers {
    /// Adds one.
    pub fn add(&self, url: impl Into<String>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).push(Server::new(url));
    }

    fn all(&self) -> Vec<Server> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
