//! The incoming direction of a DEALER, which also tells when the connection comes and goes.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use omq_tokio::{Error, Message, MonitorEvent, MonitorStream, Socket};
use tinyrpc_core::call::BoxFuture;
use tokio::time::{Instant, Sleep, sleep};

use super::connection::Connection;
use crate::transport::{MessageSource, TransportError, TransportErrorKind};

/// How many messages without a body are skipped before other tasks get their turn.
const BUDGET: usize = 64;

pub(super) struct Source {
    socket: Socket,
    url: String,
    connection: Arc<Connection>,
    receiving: Option<BoxFuture<'static, Result<Message, Error>>>,
    changing: BoxFuture<'static, Result<u64, Error>>,
    monitor: MonitorStream,
    /// While there is no connection, when that is said again.
    patience: Duration,
    alarm: Pin<Box<Sleep>>,
}

impl Source {
    pub(super) fn new(socket: Socket, connection: Arc<Connection>, url: String, patience: Duration) -> Self {
        let monitor = socket.monitor();
        let changing = changing(&socket, 0);
        let alarm = Box::pin(sleep(patience));
        Self { socket, url, connection, receiving: None, changing, monitor, patience, alarm }
    }

    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message, Error>> {
        match self.socket.try_recv() {
            Err(Error::WouldBlock) => {}
            received => return Poll::Ready(received),
        }
        let receiving = self.receiving.get_or_insert_with(|| {
            let socket = self.socket.clone();
            Box::pin(async move { socket.recv().await })
        });
        let polled = receiving.as_mut().poll(cx);
        if polled.is_ready() {
            self.receiving = None;
        }
        polled
    }

    /// Whether the connection, which there was, has gone.
    fn poll_lost(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let Poll::Ready(now) = self.changing.as_mut().poll(cx) else { return Poll::Pending };
        let Ok(now) = now else { return Poll::Ready(false) };
        self.changing = changing(&self.socket, now);
        let up = self.socket.ready_peer_count() > 0;
        let lost = self.connection.changed(now, up);
        if !up {
            self.alarm.as_mut().reset(Instant::now() + self.patience);
        }
        // Again at once: for the next change, and to send what has been waiting.
        cx.waker().wake_by_ref();
        Poll::Ready(lost)
    }

    /// What the socket has said about its connection lately.
    fn why(&mut self) -> Option<String> {
        let mut why = None;
        loop {
            match self.monitor.try_recv() {
                Ok(MonitorEvent::HandshakeFailed { reason, .. }) => why = Some(reason),
                Ok(MonitorEvent::Disconnected { reason, .. } | MonitorEvent::ConnectStopped { reason, .. }) => {
                    why = match reason {
                        omq_tokio::DisconnectReason::Error(reason) => Some(reason),
                        omq_tokio::DisconnectReason::HandshakeRefused(refusal) => Some(refusal.to_string()),
                        _ => None,
                    };
                }
                Ok(_) | Err(omq_tokio::MonitorTryRecvError::Lagged(_)) => {}
                Err(_) => return why,
            }
        }
    }

    fn error(&mut self, kind: TransportErrorKind, what: String) -> TransportError {
        match self.why() {
            Some(why) => TransportError::new(kind, format!("{what}: {why}")),
            None => TransportError::new(kind, what),
        }
    }
}

fn changing(socket: &Socket, seen: u64) -> BoxFuture<'static, Result<u64, Error>> {
    let socket = socket.clone();
    Box::pin(async move { socket.connections_changed(seen).await })
}

impl MessageSource for Source {
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        for _ in 0..BUDGET {
            match self.poll_message(cx) {
                Poll::Ready(Ok(message)) => {
                    // A server sends an empty body to a peer that it does not owe anything.
                    let body = message.len().checked_sub(1).and_then(|last| message.part_bytes(last));
                    if let Some(body) = body.filter(|body| !body.is_empty()) {
                        return Poll::Ready(Some(Ok(body)));
                    }
                }
                Poll::Ready(Err(Error::Closed)) => return Poll::Ready(None),
                Poll::Ready(Err(error)) => {
                    let what = format!("cannot receive from {}", self.url);
                    return Poll::Ready(Some(Err(
                        TransportError::new(TransportErrorKind::Invalid, what).with_source(error)
                    )));
                }
                Poll::Pending => {
                    if let Poll::Ready(true) = self.poll_lost(cx) {
                        let what = format!("the connection to {} broke", self.url);
                        return Poll::Ready(Some(Err(self.error(TransportErrorKind::Lost, what))));
                    }
                    if !self.connection.is_up() && self.alarm.as_mut().poll(cx).is_ready() {
                        self.alarm.as_mut().reset(Instant::now() + self.patience);
                        cx.waker().wake_by_ref();
                        let what = format!("no ZeroMQ server has answered at {} for {:?}", self.url, self.patience);
                        return Poll::Ready(Some(Err(self.error(TransportErrorKind::Unreachable, what))));
                    }
                    return Poll::Pending;
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn reconnects(&self) -> bool {
        true
    }
}
