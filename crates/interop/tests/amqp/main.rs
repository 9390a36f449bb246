//! RabbitMQ on a broker of the tests' own: calls, trouble, and Python's tinyrpc as server.

#![allow(clippy::unwrap_used)]

mod calls;
mod clients;
mod conformance;
mod options;
mod python;
mod support;
mod tls;
mod trouble;
