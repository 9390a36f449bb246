//! The outgoing direction of a DEALER.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use omq_tokio::{Message, Socket, TrySendError};
use tinyrpc_core::call::BoxFuture;

use crate::transport::{MessageSink, TransportError, TransportErrorKind};

pub(super) struct Sink {
    socket: Socket,
    /// Set by the source.
    connected: Arc<AtomicBool>,
    linger: Duration,
    queue: VecDeque<Message>,
    bytes: usize,
    /// While the socket's own queue is full.
    room: Option<BoxFuture<'static, ()>>,
    closing: Option<BoxFuture<'static, ()>>,
}

impl Sink {
    pub(super) fn new(socket: Socket, connected: Arc<AtomicBool>, linger: Duration) -> Self {
        Self { socket, connected, linger, queue: VecDeque::new(), bytes: 0, room: None, closing: None }
    }
}

impl MessageSink for Sink {
    fn send(&mut self, message: &[u8]) -> Result<(), TransportError> {
        self.bytes += message.len();
        self.queue.push_back(Message::with_prefix(Bytes::new(), Message::from_slice(message)));
        Ok(())
    }

    fn buffered(&self) -> usize {
        self.bytes
    }

    fn is_ready(&self) -> bool {
        self.connected.load(Ordering::Relaxed)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        loop {
            if let Some(room) = &mut self.room {
                ready!(room.as_mut().poll(cx));
                self.room = None;
            }
            let Some(message) = self.queue.pop_front() else { return Poll::Ready(Ok(())) };
            let length = message.byte_len();
            match self.socket.try_send(message) {
                Ok(()) => self.bytes -= length,
                Err(TrySendError::Full(message)) => {
                    self.queue.push_front(message);
                    let socket = self.socket.clone();
                    self.room = Some(Box::pin(async move { socket.wait_send_ready().await }));
                }
                Err(TrySendError::Closed) => {
                    let what = "the ZeroMQ socket is closed";
                    return Poll::Ready(Err(TransportError::new(TransportErrorKind::Closed, what)));
                }
                Err(TrySendError::Error(error)) => {
                    let what = "ZeroMQ cannot send";
                    return Poll::Ready(Err(TransportError::new(TransportErrorKind::Lost, what).with_source(error)));
                }
            }
        }
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        if self.closing.is_none() {
            // Without a connection nothing can be flushed; closing waits for one as long as it lingers.
            if self.is_ready() {
                ready!(self.poll_flush(cx))?;
            }
            let (socket, linger) = (self.socket.clone(), self.linger);
            self.closing = Some(Box::pin(async move {
                if let Err(error) = socket.close_with_linger(Some(linger)).await {
                    tracing::debug!(%error, "closing a ZeroMQ socket");
                }
            }));
        }
        if let Some(closing) = &mut self.closing {
            ready!(closing.as_mut().poll(cx));
        }
        Poll::Ready(Ok(()))
    }
}
