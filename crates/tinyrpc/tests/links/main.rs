//! What every link promises, over real connections: TCP, unix sockets and WebSocket alike.

mod cut;
mod huge;
mod load;
mod proxy;
mod support;

/// Counts what a thread holds, to bound it.
#[global_allocator]
static ALLOCATOR: tinyrpc_alloc_counter::Counting = tinyrpc_alloc_counter::Counting;
