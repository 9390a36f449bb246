//! OpenRPC 1.3: documents that say which methods a service has, made from its dispatcher, answered to `rpc.discover`, or read.
//!
//! ```
//! use tinyrpc::openrpc::{Discover, Info};
//! use tinyrpc::{Dispatcher, JsonRpc, Service};
//!
//! let mut bank = Dispatcher::new();
//! bank.register("balance", |(account,): (String,)| account.len())?;
//!
//! let service = Service::new(JsonRpc::new(), Discover::new(bank, Info::new("Bank", "1.0")));
//! # Ok::<(), tinyrpc::dispatch::RegisterError>(())
//! ```

mod build;
mod discover;
mod document;
mod method;
mod reference;
mod schemas;

pub use discover::{Discover, Servers};
pub use document::{Components, Contact, Document, Extensions, ExternalDocs, Info, License, ReadError, Server, Tag};
pub use method::{
    AnyParams, ContentDescriptor, ErrorObject, Example, ExamplePairing, Link, Method, ParamStructure, Schema,
};
pub use reference::{Component, OrRef, ResolveError};

/// The method that gives a service's document (OpenRPC 1.3, "Service Discovery Method").
pub const DISCOVER: &str = "rpc.discover";
