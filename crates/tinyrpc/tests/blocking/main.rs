//! The client for programs without async.

#![allow(clippy::unwrap_used)]

mod anywhere;
mod ending;
mod support;
mod transports;
#[cfg(all(feature = "macros", feature = "jsonrpc"))]
mod typed;
