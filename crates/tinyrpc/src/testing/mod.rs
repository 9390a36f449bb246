//! For tests of programs that use tinyrpc: clients of a service without a network, and a server that answers as it was
//! told and says what it was asked.
//!
//! A service is tested through a client in memory, which passes everything that a client over a network does:
//!
//! ```
//! # use tinyrpc::{Dispatcher, JsonRpc, Service, testing};
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let mut dispatcher = Dispatcher::new();
//! dispatcher.register("add", |(a, b): (i64, i64)| a + b)?;
//! let client = testing::client(&Service::new(JsonRpc::new(), dispatcher));
//! assert_eq!(client.call::<i64>("add", (1, 2)).await?, 3);
//! # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
//! ```
//!
//! What calls a service is tested against a [`MockServer`]:
//!
//! ```
//! # #[cfg(feature = "jsonrpc")]
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! use tinyrpc::testing::MockServer;
//!
//! let mock = MockServer::new();
//! mock.expect("add").with((1, 2)).returns(3);
//! mock.expect("log").times(0..);
//!
//! let client = mock.client(); // or mock.serve("tcp://127.0.0.1:0") for a client elsewhere
//! assert_eq!(client.call::<i64>("add", (1, 2)).await?, 3);
//! mock.verify(); // panics, and says what is missing and what was too much
//! # Ok::<(), tinyrpc::CallError>(()) }).unwrap();
//! ```

mod action;
mod exchange;
mod expectation;
mod mock;
mod received;
mod report;
mod value;

use std::sync::Arc;

use tinyrpc_core::{Limits, Origin};

use crate::Client;
use crate::peer::PeerSettings;
use crate::service::Service;
use crate::transport::memory::{self, Memory};

pub use expectation::{Expectation, Times};
pub use mock::{MockServer, Running};
pub use received::Received;
pub use report::Report;

/// A client of `service`, in its first protocol, that calls it directly: handlers run in the caller's task.
#[must_use]
pub fn client(service: &Service) -> Client {
    Client::sharing(Arc::new(Memory::new(service.clone())), Arc::clone(&service.protocols()[0]))
}

/// A client of `service`, in its first protocol, over a link, whose two ends run in tasks of their own. Handlers can call
/// back, and find that nobody answers.
///
/// # Panics
/// Outside of a tokio runtime.
#[must_use]
pub fn linked_client(service: &Service) -> Client {
    let (here, there) = memory::pair(256 << 10);
    let protocol = Arc::clone(&service.protocols()[0]);
    let service = service.clone();
    tokio::spawn(async move { service.link(Origin::new("memory"), there).await });
    Client::over_with(here, protocol, Limits::default(), PeerSettings::new())
}
