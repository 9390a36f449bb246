//! The outgoing direction of a DEALER.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use omq_tokio::{Message, Socket, TrySendError};
use tinyrpc_core::call::BoxFuture;

use super::connection::Connection;
use crate::transport::{MessageSink, TransportError, TransportErrorKind};

pub(super) struct Sink {
    socket: Socket,
    connection: Arc<Connection>,
    /// How many losses are known here.
    losses: u64,
    linger: Duration,
    queue: VecDeque<Message>,
    bytes: usize,
    /// While the socket's own queue is full.
    room: Option<BoxFuture<'static, ()>>,
    closing: Option<BoxFuture<'static, ()>>,
}

impl Sink {
    pub(super) fn new(socket: Socket, connection: Arc<Connection>, linger: Duration) -> Self {
        Self { socket, connection, losses: 0, linger, queue: VecDeque::new(), bytes: 0, room: None, closing: None }
    }

    /// What was for a connection that is lost does not go out on the next one: its calls have ended as lost.
    fn forget_lost(&mut self) {
        let losses = self.connection.losses();
        if std::mem::replace(&mut self.losses, losses) != losses {
            self.queue.clear();
            self.bytes = 0;
            self.room = None;
        }
    }

    /// Whether the connection has changed and the source does not know it yet, which wakes the link when it does.
    fn is_changing(&self) -> bool {
        self.socket.connections_generation() != self.connection.seen()
    }
}

impl MessageSink for Sink {
    fn send(&mut self, message: &[u8]) -> Result<(), TransportError> {
        self.forget_lost();
        self.bytes += message.len();
        self.queue.push_back(Message::with_prefix(Bytes::new(), Message::from_slice(message)));
        Ok(())
    }

    fn buffered(&self) -> usize {
        self.bytes
    }

    fn is_ready(&self) -> bool {
        self.connection.is_up()
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.forget_lost();
        loop {
            if let Some(room) = &mut self.room {
                ready!(room.as_mut().poll(cx));
                self.room = None;
            }
            if !self.queue.is_empty() && self.is_changing() {
                return Poll::Pending;
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
