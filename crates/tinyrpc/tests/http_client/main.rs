//! The HTTP client against servers that the tests play themselves, byte by byte.
#![cfg(feature = "http-client")]

mod connections;
mod failures;
mod http2;
mod raw;
mod replies;
mod requests;
