//! Remote procedure calls from interchangeable parts.

#![warn(clippy::unwrap_used)]

pub mod client;
mod endpoint;
pub mod layer;
#[cfg(feature = "openrpc")]
pub mod openrpc;
pub mod peer;
pub mod server;
mod service;
mod trace;
pub mod transport;

pub use client::{CallError, Client, call_all};
pub use endpoint::protocol_named;
pub use server::Server;
pub use service::{Answered, Pending, Service};
pub use tinyrpc_core::*;
pub use trace::{Direction, Trace};
