//! Links over byte streams: TCP, unix sockets and child processes, with every framing.

mod bounds;
mod broken;
mod cut;
#[cfg(unix)]
mod exec;
mod lent;
mod lifetime;
mod matrix;
mod support;
#[cfg(unix)]
mod unix;
mod urls;

#[global_allocator]
static ALLOCATOR: tinyrpc_alloc_counter::Counting = tinyrpc_alloc_counter::Counting;
