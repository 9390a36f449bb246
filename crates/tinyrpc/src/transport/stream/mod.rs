//! Links over streams of bytes: TCP, unix sockets, standard input and output, child processes, and any other stream.
//!
//! The medium, the [framing](Framings) and the protocol are separate choices. What is written is gathered and goes out in
//! one piece for a burst of messages; a connection on which nothing happens holds no buffers.

pub mod exec;
mod fault;
mod framings;
mod link;
mod serve;
mod settings;
mod sink;
mod source;
mod stdio;
pub mod tcp;
#[cfg(unix)]
pub mod unix;
mod url;

pub use framings::Framings;
pub use link::link;
pub use stdio::{StdioServer, stdio};
pub use tcp::TcpServer;
#[cfg(unix)]
pub use unix::UnixServer;
pub(crate) use url::{bind, connect};
