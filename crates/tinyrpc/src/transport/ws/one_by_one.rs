//! Serves clients that want an answer to everything: each message is answered before the next is begun.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tinyrpc_core::{Id, Origin, RpcError, code};

use crate::service::Service;
use crate::transport::{Link, Shutdown, TransportError, TransportErrorKind};

/// How long closing may take.
const CLOSING: Duration = Duration::from_secs(5);

/// Answers messages, with an empty message where nothing is owed, until the link ends or `shutdown` does.
pub(super) async fn serve(service: &Service, shutdown: &Shutdown, from: Origin, mut link: Link) {
    let answered = tokio::select! {
        biased;
        answered = answer_all(service, shutdown, Arc::new(from), &mut link) => answered,
        () = shutdown.closed() => Ok(()),
    };
    let closed = match answered {
        Ok(()) => tokio::time::timeout(CLOSING, poll_fn(|cx| link.sink.poll_close(cx))).await.unwrap_or(Ok(())),
        Err(error) => Err(error),
    };
    if let Err(error) = closed {
        tracing::debug!(%error, "a link broke");
    }
}

async fn answer_all(
    service: &Service,
    shutdown: &Shutdown,
    from: Arc<Origin>,
    link: &mut Link,
) -> Result<(), TransportError> {
    let mut next = None;
    loop {
        let message = match next.take() {
            Some(message) => message,
            None => tokio::select! {
                biased;
                () = shutdown.draining() => return Ok(()),
                received = receive(link) => match received? {
                    Some(message) => message,
                    None => return Ok(()),
                },
            },
        };
        let message = match message {
            Ok(message) => message,
            Err(error) => {
                let error = RpcError::new(code::INVALID_REQUEST, format!("Invalid Request: {error}"));
                let mut reply = Vec::new();
                service.protocols()[0].write_error(&Id::Null, &error, &mut reply);
                link.sink.send(&reply)?;
                poll_fn(|cx| link.sink.poll_flush(cx)).await?;
                continue;
            }
        };
        let reply = {
            let mut answering = pin!(service.exchange(Arc::clone(&from), message));
            loop {
                tokio::select! {
                    biased;
                    reply = &mut answering => break reply,
                    // Reading on answers pings, and tells when the client is gone.
                    received = receive(link), if next.is_none() => match received? {
                        Some(message) => next = Some(message),
                        None => return Ok(()),
                    },
                }
            }
        };
        link.sink.send(&reply.unwrap_or_default())?;
        poll_fn(|cx| link.sink.poll_flush(cx)).await?;
    }
}

/// The next message, or why it could not be read. Cancel safe.
async fn receive(link: &mut Link) -> Result<Option<Result<Bytes, TransportError>>, TransportError> {
    match poll_fn(|cx| link.source.poll_recv(cx)).await {
        Some(Err(error)) if error.kind() == TransportErrorKind::TooLarge => Ok(Some(Err(error))),
        Some(Err(error)) => Err(error),
        received => Ok(received),
    }
}
