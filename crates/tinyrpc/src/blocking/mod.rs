//! A client for programs without async.
//!
//! [`Client`] is the async [`client`](crate::client) with its waiting done: the calling thread works on the call, and one
//! thread in the background, which all blocking clients of a program share, keeps sockets, timers and links going. It
//! is started with the first client and ends with the program. (The function [`blocking`](fn@crate::blocking) is something
//! else: it marks handlers.)
//!
//! ```
//! use tinyrpc::{Dispatcher, JsonRpc, Service, blocking::Client, transport::memory::Memory};
//!
//! let mut dispatcher = Dispatcher::new();
//! dispatcher.register("add", |(a, b): (i64, i64)| a + b)?;
//! let service = Service::new(JsonRpc::new(), dispatcher);
//!
//! let client = Client::new(Memory::new(service), JsonRpc::new()); // or Client::connect("tcp://127.0.0.1:5000")?
//! let sum: i64 = client.call("add", (1, 2))?;
//! assert_eq!(sum, 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Whatever is async and has no blocking form here runs under [`block_on`], such as the clients that
//! `#[tinyrpc::service]` writes; a stream is taken item by item with [`iterate`].
//!
//! # Within an async program
//! Everything works there as well, but holds up the thread that it is called on, as any blocking call does. A server that
//! needs just that thread cannot answer then, and the call ends with its timeout.
//!
//! # Interrupting
//! No signal is caught: Ctrl-C ends the program as if there were no client. A program that catches it can end the calls
//! that wait on a link with [`Client::close`] from another thread.

mod batch;
mod client;
mod proxy;
mod runtime;

pub use batch::Batch;
pub use client::{Client, call_all};
pub use proxy::{OneWayProxy, Proxy};
pub use runtime::{Iter, block_on, iterate};
