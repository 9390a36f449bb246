//! Clients and a server with a proxy between them that breaks connections in every way: each call ends once, nothing runs
//! twice or out of order, and nothing is left behind.

mod cancelled;
mod ledger;
mod media;
mod members;
mod operations;
mod plan;
mod promises;
mod proxy;
mod services;
mod streams;
mod world;

/// Counts what a thread holds, to see that it comes back.
#[global_allocator]
static ALLOCATOR: tinyrpc_alloc_counter::Counting = tinyrpc_alloc_counter::Counting;
