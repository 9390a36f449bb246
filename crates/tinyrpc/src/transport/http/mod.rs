//! HTTP: one POST carries one message there, and its response the reply back.

#[cfg(feature = "http-client")]
mod client;
mod metadata;
#[cfg(feature = "http-server")]
mod server;

#[cfg(feature = "http-client")]
pub use client::HttpClient;
#[cfg(feature = "http-server")]
pub use server::{Cors, HttpExchange, HttpReplyBody, HttpServer, HttpService, HttpSettings, NothingOwed};
