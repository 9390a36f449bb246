//! Transports move messages. They never look into one.
//!
//! A medium that pairs one reply with one message itself, such as an HTTP POST, is an *exchange*: its client end is a
//! [`ClientTransport`]. A medium that only carries messages both ways is a [`Link`]; calls and replies on it are matched
//! by id. The serving end of either is a [`ServerTransport`].

#[cfg(any(feature = "http-server", feature = "tcp", feature = "ws"))]
mod accept;
#[cfg(feature = "amqp")]
pub mod amqp;
pub mod callback;
#[cfg(feature = "cgi")]
pub mod cgi;
mod error;
#[cfg(any(feature = "http-client", feature = "http-server"))]
pub mod http;
mod link;
#[cfg(any(feature = "amqp", feature = "http-client", feature = "http-server", feature = "ws"))]
// RabbitMQ makes its connections itself.
#[cfg_attr(not(any(feature = "http-client", feature = "http-server", feature = "ws")), allow(dead_code))]
mod maybe_tls;
pub mod memory;
#[cfg(any(feature = "cgi", feature = "tcp"))]
mod program;
mod shutdown;
#[cfg(any(feature = "cgi", feature = "http-client", feature = "tcp"))]
mod signs;
#[cfg(feature = "tcp")]
pub mod stream;
#[cfg(feature = "tls")]
// What one side needs is of no use where only the other side is built in.
#[cfg_attr(not(all(feature = "http-client", feature = "http-server")), allow(dead_code, unused_imports))]
pub mod tls;
#[cfg(any(feature = "cgi", feature = "http-server", feature = "ws"))]
mod web;
#[cfg(feature = "ws")]
pub mod ws;
#[cfg(feature = "zmq")]
pub mod zmq;

use std::fmt;
use std::time::Instant;

use bytes::Bytes;
use tinyrpc_core::TraceContext;
use tinyrpc_core::call::BoxFuture;

pub use error::{TransportError, TransportErrorKind};
pub use link::{Link, MessageSink, MessageSource, Received};
pub use shutdown::{Shutdown, ShutdownTrigger};

use crate::service::Service;

/// The client end of an exchange.
///
/// One transport serves any number of concurrent calls. It has no timeout of its own: the client drops the future when
/// the caller's time is up, and the transport must then free what the exchange held.
pub trait ClientTransport: fmt::Debug + Send + Sync + 'static {
    /// Sends one message and gives what comes back; `None` when the other side sent nothing.
    ///
    /// With [`Expect::Nothing`] it returns as soon as the other side has the message. What comes back all the same may be
    /// given, for the log; it is no error that a notification is answered.
    ///
    /// # Errors
    /// When the message could not be delivered or its reply did not come. Never because of what the reply says.
    fn exchange(&self, message: Outgoing<'_>) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>>;
}

/// A message on its way out.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outgoing<'m> {
    /// The message.
    pub message: Bytes,
    /// What is to come back.
    pub expect: Expect,
    /// The media type of the message.
    pub content_type: &'m str,
    /// The longest reply that is to be read, in bytes.
    pub limit: usize,
    /// When the caller gives up; `None` when it does not say. A transport need not watch the time, since its future is
    /// dropped then. It can pass on what is left of it, so that nobody runs a call too late.
    pub deadline: Option<Instant>,
    /// The trace that the call belongs to, to be passed on if the medium can.
    pub trace: Option<&'m TraceContext>,
}

impl<'m> Outgoing<'m> {
    /// A message that wants a reply, of at most 4 MiB.
    #[must_use]
    pub fn new(message: Bytes, content_type: &'m str) -> Self {
        Self { message, expect: Expect::Reply, content_type, limit: 4 << 20, deadline: None, trace: None }
    }
}

/// What is to come back for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// A reply.
    Reply,
    /// Nothing: the message holds notifications only.
    Nothing,
}

/// The reply, unless it is longer than the caller wants to read.
pub(crate) fn within(limit: usize, reply: Bytes) -> Result<Bytes, TransportError> {
    if reply.len() <= limit {
        return Ok(reply);
    }
    let what = format!("the reply has {} bytes, more than the limit of {limit}", reply.len());
    Err(TransportError::new(TransportErrorKind::TooLarge, what))
}

/// The serving end of a transport, bound to its address already.
pub trait ServerTransport: fmt::Debug + Send + 'static {
    /// The URL that clients use, with the real port.
    fn endpoint(&self) -> String;

    /// Serves until `shutdown` asks to end.
    ///
    /// Then it stops accepting, lets running calls finish until [`Shutdown::closed`], and drops the rest.
    ///
    /// # Errors
    /// When it cannot go on serving. What goes wrong on a single connection is logged and ends that connection only.
    fn serve(self: Box<Self>, service: Service, shutdown: Shutdown) -> BoxFuture<'static, Result<(), TransportError>>;
}
