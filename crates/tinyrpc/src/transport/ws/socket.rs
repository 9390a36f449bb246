//! A WebSocket connection after its handshake, shared by the two directions of a link.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use futures_util::SinkExt as _;
use tokio::time::{Sleep, sleep};
use tokio_websockets::{CloseCode, Error, Message};

use super::keep_alive::{Due, KeepAlive};
use super::reader::Reader;
use super::settings::WsSettings;
use super::wire::Wire;
use super::{TransportError, TransportErrorKind, lost};
use crate::transport::Shutdown;

/// How many messages that are not for the caller are dealt with before other tasks get their turn.
const BUDGET: usize = 64;

/// How long the other side may take to hear why it is left.
const LEAVING: Duration = Duration::from_secs(5);

/// Which end of a connection this is.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// With whether the server has said that calls can be cancelled.
    Client { cancels: bool },
    /// With what tells whether it is shut down.
    Server(Option<Shutdown>),
}

pub(super) struct Socket {
    reader: Reader,
    text: bool,
    end: End,
    state: State,
    /// This side was told to close the connection.
    closed: bool,
    keep_alive: Option<KeepAlive>,
    /// The sink waits for the connection to take more, and must be the one that is woken then.
    flushing: bool,
}

enum State {
    Open,
    /// This side has sent its close frame.
    Leaving,
    /// The other side has sent its close frame.
    Closed,
    /// The connection is of no use any more. The other side is to hear it before this side does.
    Failed(TransportError, Pin<Box<Sleep>>),
    Ended,
}

impl Socket {
    pub(super) fn new(wire: Wire, end: End, text: bool, limit: usize, settings: &WsSettings) -> Self {
        let reader = Reader::new(wire, matches!(end, End::Client { .. }), limit);
        let keep_alive = settings.ping.map(|every| KeepAlive::new(every, settings.missed));
        Self { reader, text, end, state: State::Open, closed: false, keep_alive, flushing: false }
    }

    pub(super) fn takes_cancellations(&self) -> bool {
        !matches!(self.end, End::Client { cancels: false })
    }

    /// Buffers one message, which may be empty.
    pub(super) fn send(&mut self, message: &[u8]) -> Result<(), TransportError> {
        if matches!(self.state, State::Failed(..)) {
            // Whoever waits for an answer hears soon what has happened.
            return Ok(());
        }
        let payload = Bytes::copy_from_slice(message);
        self.put(if self.text { Message::text(payload) } else { Message::binary(payload) })
    }

    pub(super) fn buffered(&mut self) -> usize {
        self.reader.wire().buffered()
    }

    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        let polled = self.reader.wire().poll_send(cx);
        self.flushing = polled.is_pending();
        polled.map_err(|error| lost("connection lost while writing").with_source(error))
    }

    pub(super) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        let code = match &self.end {
            End::Server(Some(shutdown)) if shutdown.is_draining() => CloseCode::GOING_AWAY,
            _ => CloseCode::NORMAL_CLOSURE,
        };
        self.closed = true;
        if matches!(self.state, State::Open) {
            self.state = State::Leaving;
        }
        // An error means that a close frame has been sent already.
        let _ = self.put(Message::close(Some(code), ""));
        self.poll_flush(cx)
    }

    pub(super) fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        for _ in 0..BUDGET {
            match &mut self.state {
                State::Failed(..) => return self.poll_failed(cx),
                State::Ended => return Poll::Ready(None),
                State::Open | State::Leaving | State::Closed => {}
            }
            let leaving = !matches!(self.state, State::Open);
            let Poll::Ready(received) = self.reader.poll_next(cx, leaving) else { return self.idle(cx) };
            match received {
                Some(Ok(message)) if message.is_text() || message.is_binary() => {
                    let payload = Bytes::from(message.into_payload());
                    if !payload.is_empty() {
                        return Poll::Ready(Some(Ok(payload)));
                    }
                }
                Some(Ok(message)) => self.control(&message),
                Some(Err(Error::Io(error))) => {
                    self.state = State::Ended;
                    return Poll::Ready(Some(Err(lost("connection lost").with_source(error))));
                }
                Some(Err(Error::PayloadTooLong { len, max_len })) if !leaving => {
                    let what =
                        format!("the other side sent a message of {len} bytes, more than the limit of {max_len}");
                    return Poll::Ready(Some(Err(TransportError::new(TransportErrorKind::TooLarge, what))));
                }
                Some(Err(error)) => self.fail(&error),
                None if matches!(self.state, State::Closed) => {
                    self.state = State::Ended;
                    return Poll::Ready(None);
                }
                None => {
                    self.state = State::Ended;
                    return Poll::Ready(Some(Err(lost("the connection ended without being closed"))));
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn control(&mut self, message: &Message) {
        // The answer is queued already.
        self.push();
        let Some((code, reason)) = message.as_close() else { return };
        if matches!(code, CloseCode::NORMAL_CLOSURE | CloseCode::GOING_AWAY | CloseCode::NO_STATUS_RECEIVED) {
            self.state = State::Closed;
            return;
        }
        let code = u16::from(code);
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        self.leave(lost(format!("the other side closed the connection with code {code}{reason}")));
    }

    /// The other side has broken the rules, which the stream has told it.
    fn fail(&mut self, error: &Error) {
        self.leave(lost(format!("the other side broke the WebSocket protocol: {error}")));
    }

    fn leave(&mut self, error: TransportError) {
        self.push();
        self.state = State::Failed(error, Box::pin(sleep(LEAVING)));
    }

    fn poll_failed(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        let State::Failed(_, deadline) = &mut self.state else { return Poll::Ready(None) };
        let left = self.reader.wire().poll_leave(cx).is_ready();
        if !left && deadline.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Failed(error, _) => Poll::Ready(Some(Err(error))),
            _ => Poll::Ready(None),
        }
    }

    /// There is nothing to read.
    fn idle(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        if let Some(keep_alive) = &mut self.keep_alive
            && self.reader.wire().take_heard()
        {
            keep_alive.heard();
        }
        while let Some(Poll::Ready(due)) = self.keep_alive.as_mut().map(|keep_alive| keep_alive.poll_due(cx)) {
            if due == Due::Dead {
                self.state = State::Ended;
                return Poll::Ready(Some(Err(lost("connection lost: the other side does not answer pings"))));
            }
            // An error means that the connection is being closed, which has a time limit of its own.
            let _ = self.put(Message::ping(Bytes::new()));
        }
        if !self.flushing
            && self.buffered() > 0
            && let Poll::Ready(Err(error)) = self.reader.wire().poll_send(cx)
        {
            self.state = State::Ended;
            return Poll::Ready(Some(Err(lost("connection lost while writing").with_source(error))));
        }
        if matches!(self.state, State::Open) {
            self.reader.rest();
        }
        Poll::Pending
    }

    /// Encodes a message into the buffer.
    fn put(&mut self, message: Message) -> Result<(), TransportError> {
        let put = self.reader.stream().start_send_unpin(message);
        // Nothing more may be sent after either side has ended the connection.
        put.map_err(|_| match self.closed {
            true => TransportError::new(TransportErrorKind::Closed, "this end of the link has been closed"),
            false => TransportError::new(TransportErrorKind::Unreachable, "not sent: the connection has ended"),
        })?;
        self.push();
        Ok(())
    }

    /// Moves what the stream has queued into the buffer, which always takes it.
    fn push(&mut self) {
        let _ = self.reader.stream().poll_flush_unpin(&mut Context::from_waker(Waker::noop()));
    }
}
