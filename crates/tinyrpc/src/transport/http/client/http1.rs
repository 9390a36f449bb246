//! One HTTP/1.1 connection, driven by the task that waits for its reply.
//!
//! A connection carries one exchange at a time, so no task of its own is needed: that saves two changes of task, and
//! often of thread, for each exchange, and dropping the exchange closes the connection without further ado.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::fault::{self, Failure};
use super::relay::Relay;
use super::socket::Socket;
use crate::transport::TransportError;
use crate::transport::maybe_tls::MaybeTls;

pub(super) struct Http1 {
    sender: http1::SendRequest<Full<Bytes>>,
    /// `None` when it has ended.
    connection: Option<http1::Connection<TokioIo<Socket>, Full<Bytes>>>,
    socket: Socket,
    relay: Arc<Relay>,
    /// That of the relay.
    waker: Waker,
}

impl Http1 {
    pub(super) async fn open(stream: MaybeTls, peer: impl fmt::Display) -> Result<Box<Self>, TransportError> {
        let socket = Socket::new(stream);
        let (sender, connection) = http1::Builder::new()
            .handshake(TokioIo::new(socket.clone()))
            .await
            .map_err(|error| fault::after_sending(error, peer))?;
        let relay = Arc::new(Relay::default());
        let waker = Waker::from(relay.clone());
        Ok(Box::new(Self { sender, connection: Some(connection), socket, relay, waker }))
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
        peer: impl fmt::Display,
    ) -> Result<Response<Incoming>, Failure> {
        let answer = self.sender.try_send_request(request);
        self.drive(answer).await.map_err(|mut error| match error.take_message() {
            Some(_) => Failure::Unsent(error.into_error()),
            None => Failure::Failed(fault::after_sending(error.into_error(), peer)),
        })
    }

    /// Waits for something that needs this connection to go on, and nothing else.
    pub(super) async fn drive<W: Future>(&mut self, work: W) -> W::Output {
        let mut work = pin!(work);
        let (relay, waker) = (self.relay.clone(), self.waker.clone());
        poll_fn(|cx| {
            let polled = relay.poll(cx, &waker, |cx| {
                // The work first: it asks for what the connection is to read.
                if let Poll::Ready(output) = work.as_mut().poll(cx) {
                    return Poll::Ready(output);
                }
                self.go_on(cx);
                work.as_mut().poll(cx)
            });
            if polled.is_pending() {
                // Whatever was read is a part of the reply only.
                self.socket.acknowledge();
            }
            polled
        })
        .await
    }

    /// Whether the last exchange is over and another can follow.
    pub(super) fn is_reusable(&mut self) -> bool {
        // Nobody is to be woken by an idle connection. What has arrived meanwhile is seen when it is polled next.
        self.go_on(&mut Context::from_waker(Waker::noop()));
        self.connection.is_some() && self.sender.is_ready()
    }

    fn go_on(&mut self, cx: &mut Context<'_>) {
        if let Some(connection) = &mut self.connection {
            // An error is told to the one who waits for the answer or reads its body.
            if Pin::new(connection).poll(cx).is_ready() {
                self.connection = None;
            }
        }
    }
}
