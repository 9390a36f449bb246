//! The WebSocket transport, spoken to byte by byte and through clients.

mod cancelling;
mod frames;
mod handshake;
mod idle;
mod lifetime;
mod mounted;
mod served;
mod support;

#[global_allocator]
static ALLOCATOR: tinyrpc_alloc_counter::Counting = tinyrpc_alloc_counter::Counting;
