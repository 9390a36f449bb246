//! Transports written as somebody outside of the project would write them: with nothing but the public API.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes, BytesMut};
use tinyrpc::call::BoxFuture;
use tinyrpc::transport::{
    ClientTransport, Expect, Link, MessageSink, MessageSource, Outgoing, TransportError, TransportErrorKind,
};
use tinyrpc::{Origin, Service};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, ReadHalf, WriteHalf};
use tokio::sync::{mpsc, oneshot};

fn lost(why: impl ToString) -> TransportError {
    TransportError::new(TransportErrorKind::Lost, why.to_string())
}

/// An exchange through a mailbox, which a task empties.
#[derive(Clone, Debug)]
struct Mailbox(mpsc::Sender<(String, Bytes, oneshot::Sender<Option<Bytes>>)>);

impl Mailbox {
    fn new(service: Service) -> Self {
        let (letters, mut mailbox) = mpsc::channel::<(String, Bytes, oneshot::Sender<Option<Bytes>>)>(4);
        tokio::spawn(async move {
            while let Some((kind, message, answer)) = mailbox.recv().await {
                let protocol = service.protocol_for(Some(&kind)).cloned();
                let service = protocol.map(|protocol| service.clone().speaking(protocol));
                tokio::spawn(async move {
                    let reply = match service {
                        Some(service) => service.exchange(Origin::new("mailbox"), message).await,
                        None => None,
                    };
                    let _ = answer.send(reply);
                });
            }
        });
        Self(letters)
    }
}

impl ClientTransport for Mailbox {
    fn exchange(&self, outgoing: Outgoing<'_>) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        let kind = outgoing.content_type.to_owned();
        let Outgoing { message, expect, limit, .. } = outgoing;
        Box::pin(async move {
            let (answer, reply) = oneshot::channel();
            self.0.send((kind, message, answer)).await.map_err(lost)?;
            if expect == Expect::Nothing {
                return Ok(None);
            }
            match reply.await.map_err(lost)? {
                Some(reply) if reply.len() > limit => {
                    Err(TransportError::new(TransportErrorKind::TooLarge, "a long letter"))
                }
                reply => Ok(reply),
            }
        })
    }
}

#[tokio::test]
async fn a_mailbox_is_an_exchange() {
    tinyrpc_conformance::exchange(async |service| Mailbox::new(service)).await;
}

/// A link of netstrings: the length, a colon, the message, a comma.
fn netstrings(stream: DuplexStream) -> Link {
    let (reading, writing) = tokio::io::split(stream);
    Link::new(
        Writer { stream: writing, waiting: BytesMut::new() },
        Reader { stream: reading, read: BytesMut::new(), ended: false },
    )
}

struct Writer {
    stream: WriteHalf<DuplexStream>,
    waiting: BytesMut,
}

impl MessageSink for Writer {
    fn send(&mut self, message: &[u8]) -> Result<(), TransportError> {
        self.waiting.extend_from_slice(format!("{}:", message.len()).as_bytes());
        self.waiting.extend_from_slice(message);
        self.waiting.extend_from_slice(b",");
        Ok(())
    }

    fn buffered(&self) -> usize {
        self.waiting.len()
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        while !self.waiting.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.waiting)).map_err(lost)?;
            self.waiting.advance(written);
        }
        Pin::new(&mut self.stream).poll_flush(cx).map_err(lost)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        ready!(self.poll_flush(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx).map_err(lost)
    }
}

struct Reader {
    stream: ReadHalf<DuplexStream>,
    read: BytesMut,
    ended: bool,
}

impl Reader {
    /// Takes a whole message out of what has been read.
    fn cut(&mut self) -> Option<Bytes> {
        let colon = self.read.iter().position(|byte| *byte == b':')?;
        let length: usize = std::str::from_utf8(&self.read[..colon]).ok()?.parse().ok()?;
        if self.read.len() < colon + length + 2 {
            return None;
        }
        self.read.advance(colon + 1);
        let message = self.read.split_to(length).freeze();
        self.read.advance(1);
        Some(message)
    }
}

impl MessageSource for Reader {
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        loop {
            if let Some(message) = self.cut() {
                return Poll::Ready(Some(Ok(message)));
            }
            if self.ended {
                return Poll::Ready(None);
            }
            let mut space = [0; 4_096];
            let mut space = ReadBuf::new(&mut space);
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut space)) {
                Ok(()) if space.filled().is_empty() => self.ended = true,
                Ok(()) => self.read.extend_from_slice(space.filled()),
                Err(error) => {
                    self.ended = true;
                    return Poll::Ready(Some(Err(lost(error))));
                }
            }
        }
    }
}

#[tokio::test]
async fn netstrings_are_a_link() {
    for capacity in [1_000, 100_000] {
        tinyrpc_conformance::link(async || {
            let (here, there) = tokio::io::duplex(capacity);
            (netstrings(here), netstrings(there))
        })
        .await;
    }
}
