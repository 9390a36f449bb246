//! HTTP: one POST carries one message, and its response the reply.

#[cfg(feature = "http-server")]
mod server;

#[cfg(feature = "http-server")]
pub use server::{Cors, HttpExchange, HttpReplyBody, HttpServer, HttpService, HttpSettings, NothingOwed};
