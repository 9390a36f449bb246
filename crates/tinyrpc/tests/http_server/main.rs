//! The HTTP server, as its clients see it.

#![allow(clippy::unwrap_used)]

mod support;

mod body;
mod calls;
mod cors;
mod http2;
mod lifetime;
mod limits;
mod metadata;
mod mounted;
mod status;
