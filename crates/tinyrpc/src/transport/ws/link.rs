//! The two directions of a link over one WebSocket connection.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;

use super::socket::Socket;
use crate::transport::{Link, MessageSink, MessageSource, TransportError};

/// Pings are answered and closing is agreed upon in both directions, so both need all of the connection. One task drives a
/// link, so nobody ever waits for the lock.
type Shared = Arc<Mutex<Socket>>;

struct Sink(Shared);

struct Source(Shared);

pub(super) fn link(socket: Socket) -> Link {
    let socket = Arc::new(Mutex::new(socket));
    Link::new(Sink(Arc::clone(&socket)), Source(socket))
}

fn lock(socket: &Shared) -> MutexGuard<'_, Socket> {
    socket.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MessageSink for Sink {
    fn send(&mut self, message: &[u8]) -> Result<(), TransportError> {
        lock(&self.0).send(message)
    }

    fn buffered(&self) -> usize {
        lock(&self.0).buffered()
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        lock(&self.0).poll_flush(cx)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        lock(&self.0).poll_close(cx)
    }
}

impl MessageSource for Source {
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        lock(&self.0).poll_recv(cx)
    }

    fn takes_cancellations(&self) -> bool {
        lock(&self.0).takes_cancellations()
    }
}
