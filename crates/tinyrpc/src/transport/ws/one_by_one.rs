//! Serves clients that want an answer to everything: each message is answered before the next is begun.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tinyrpc_core::Origin;

use crate::service::Service;
use crate::transport::{Link, Shutdown, TransportError};

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

/// The next message. Cancel safe.
async fn receive(link: &mut Link) -> Result<Option<Bytes>, TransportError> {
    poll_fn(|cx| link.source.poll_recv(cx)).await.transpose()
}
