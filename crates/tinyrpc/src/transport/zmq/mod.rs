//! ZeroMQ: a ROUTER that serves REQ and DEALER peers, and a DEALER that calls ROUTER and REP peers.
//!
//! URLs are `zmq+tcp://host:port` and, on Unix, `zmq+ipc:///path`. A message is the last frame; all before it is the
//! envelope, which comes back with the reply as it was.

mod address;
mod client;
mod server;

use std::time::Duration;

pub use client::ZmqClient;
pub use server::{ZmqServer, ZmqSettings};

use super::{TransportError, TransportErrorKind};

/// How often a connection without traffic is tried; after two without an answer it is broken.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What a message may have besides its body: the frames of an envelope, and the library's own count of frames.
const ENVELOPE: usize = 8 << 10;

/// How many messages the library queues before it reads no more, and a server's for one peer. Few, because it counts them
/// and not their bytes; enough to keep a connection busy.
const QUEUED: u32 = 128;

fn setup(what: impl Into<String>) -> TransportError {
    TransportError::new(TransportErrorKind::Setup, what)
}
