//! What every transport has to pass, ours and anybody's: a suite for exchanges, one for links, and one for servers of links.
//!
//! The suites work with messages and not with a client, so that they test the transport alone. They panic when
//! something is wrong, and fail after a minute instead of hanging. They need a tokio runtime with time and I/O.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use tinyrpc::transport::memory;
//!
//! tinyrpc_conformance::exchange(async |service| memory::Memory::new(service)).await;
//! tinyrpc_conformance::link(async || memory::pair(65_536)).await;
//! # });
//! ```

mod conversation;
mod exchange;
mod link;
mod served;
mod wire;

use std::future::Future;
use std::time::Duration;

pub use exchange::{exchange, exchange_of, exchange_untold};
pub use link::{link, link_of, server, server_of};
pub use served::service;

/// Fails instead of hanging.
///
/// # Panics
/// When it takes longer than 60 s.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(Duration::from_secs(60), future).await {
        Ok(done) => done,
        Err(_) => panic!("{what}: nothing has happened for 60 s"),
    }
}
