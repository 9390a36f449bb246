//! Clients that connect again, and clients of several endpoints.

#![allow(clippy::unwrap_used)]

mod exchanges;
mod faults;
mod lifetime;
mod links;
mod many;
mod media;
mod proxy;
mod streams;
mod support;
