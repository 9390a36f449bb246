//! HTTP: one POST carries one message there and its reply back.

#[cfg(feature = "http-client")]
mod client;

#[cfg(feature = "http-client")]
pub use client::HttpClient;
