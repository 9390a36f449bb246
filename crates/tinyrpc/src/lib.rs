//! Remote procedure calls from interchangeable parts.

pub mod layer;
pub mod peer;
mod service;
pub mod transport;

pub use service::{Answered, Direction, Pending, Service, Trace};
pub use tinyrpc_core::*;
