//! OpenRPC documents: made from dispatchers, answered to `rpc.discover`, read from others.

mod build;
mod discover;
mod read;
mod service;
