//! One HTTP/2 connection that all exchanges share.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::sync::Mutex;

use super::connect::Connector;
use super::fault::{self, Failure};
use crate::transport::TransportError;

/// How often a busy connection is asked whether it is still there, and how long it may take to answer. Without this,
/// exchanges would go on to be sent into a connection that died silently.
const PING_EVERY: Duration = Duration::from_secs(15);
const PING_WITHIN: Duration = Duration::from_secs(15);

/// Opens the connection when it is needed.
#[derive(Debug, Default)]
pub(super) struct Http2(Mutex<Option<SendRequest<Full<Bytes>>>>);

impl Http2 {
    /// Sends a request and waits for the head of its answer.
    pub(super) async fn send(
        &self,
        request: Request<Full<Bytes>>,
        connector: &Connector,
    ) -> Result<Response<Incoming>, Failure> {
        let mut sender = self.sender(connector).await?;
        sender.ready().await.map_err(Failure::Unsent)?;
        sender.try_send_request(request).await.map_err(|mut error| match error.take_message() {
            Some(_) => Failure::Unsent(error.into_error()),
            None if fault::is_refused_stream(error.error()) => Failure::Unsent(error.into_error()),
            None => Failure::Failed(fault::after_sending(error.into_error(), connector)),
        })
    }

    async fn sender(&self, connector: &Connector) -> Result<SendRequest<Full<Bytes>>, TransportError> {
        // Held while connecting, so that all who come meanwhile share the connection.
        let mut current = self.0.lock().await;
        if let Some(sender) = current.as_ref().filter(|sender| !sender.is_closed()) {
            return Ok(sender.clone());
        }
        let stream = connector.connect().await?;
        let (sender, connection) = Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_WITHIN)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| fault::after_sending(error, connector))?;
        let peer = connector.to_string();
        // Ends when the client is dropped and its last exchange is over.
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(peer, %error, "an HTTP/2 connection broke");
            }
        });
        Ok(current.insert(sender).clone())
    }
}
