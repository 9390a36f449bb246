//! Remote procedure calls from interchangeable parts.

#![warn(clippy::unwrap_used)]

#[cfg(feature = "blocking")]
pub mod blocking;
pub mod client;
mod endpoint;
pub mod layer;
pub mod peer;
pub mod server;
mod service;
mod serving;
#[cfg(feature = "testing")]
pub mod testing;
mod trace;
pub mod transport;

pub use client::{CallError, Client, call_all};
pub use endpoint::protocol_named;
pub use server::Server;
pub use service::{Answered, Pending, Service};
pub use tinyrpc_core::*;
pub use trace::{Direction, Trace};
