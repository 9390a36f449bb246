//! Remote procedure calls from interchangeable parts.

#![warn(clippy::unwrap_used)]

#[cfg(feature = "blocking")]
pub mod blocking;
pub mod client;
mod endpoint;
#[cfg(all(any(doc, doctest), feature = "full"))]
pub mod guide;
pub mod layer;
#[cfg(feature = "openrpc")]
pub mod openrpc;
pub mod peer;
pub mod progress;
pub mod server;
mod service;
mod serving;
pub mod subscription;
#[cfg(feature = "testing")]
pub mod testing;
mod trace;
pub mod transport;

#[cfg(feature = "macros")]
#[doc(hidden)]
pub mod __private;

pub use client::{CallError, CallTo, Client, TypedCallError, call_all};
pub use endpoint::protocol_named;
pub use server::Server;
pub use service::{Answered, Pending, Service};
pub use tinyrpc_core::*;
#[cfg(feature = "macros")]
#[doc = include_str!("../docs/rpc_error.md")]
pub use tinyrpc_macros::RpcError;
#[cfg(feature = "macros")]
#[doc = include_str!("../docs/method.md")]
pub use tinyrpc_macros::method;
#[cfg(feature = "macros")]
#[doc = include_str!("../docs/service.md")]
pub use tinyrpc_macros::service;
pub use trace::{Direction, Trace};

/// The code in README.md is compiled with the documentation tests.
#[cfg(all(doctest, feature = "full"))]
#[doc = include_str!("../../../README.md")]
struct Readme;
