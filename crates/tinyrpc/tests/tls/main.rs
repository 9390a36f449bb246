//! HTTP and WebSocket over TLS.

#![allow(clippy::unwrap_used)]

mod calls;
mod support;
mod trouble;
mod trust;
