//! The server end: a worker that takes calls from a queue.

mod consume;
mod delivery;

use std::fmt;

use lapin::{Channel, Connection};
use tinyrpc_core::call::BoxFuture;

use self::consume::Ended;
use super::backoff::Backoff;
use super::broker::Broker;
use super::error::{describe, not_connected, setup};
use super::queue::AmqpQueue;
use super::url::Target;
use crate::service::Service;
use crate::transport::{ServerTransport, Shutdown, TransportError};

const PREFETCH: u16 = 64;

/// The server end of RabbitMQ: a worker that shares its queue with any number of others.
///
/// **Messages** are acknowledged when their replies are out, so those of a worker that dies are given to another one, and a
/// method may run twice. What no protocol can read is answered with an error, if there is anywhere to send it, and never comes
/// again. A message is in the protocol that its property `content_type` names, or else in the service's first.
///
/// **Replies** go through the default exchange to the message's `reply_to`, with its `correlation_id`. Without `reply_to` a
/// method runs all the same.
///
/// **A broken connection** cancels the calls under way, because the broker gives them to another worker. The server connects
/// again by itself, however long that takes.
///
/// **Shutdown**: it takes no more messages, gives back those that it has not begun, and finishes the others.
#[derive(Debug)]
pub struct AmqpServer {
    target: Target,
    prefetch: u16,
    link: Link,
}

/// A connection with one channel, on which the queue has been declared.
struct Link {
    connection: Connection,
    channel: Channel,
}

impl AmqpServer {
    /// Connects to the broker and declares the queue that the URL describes; [the module](super) says how it is written.
    /// Messages are taken when the server runs.
    ///
    /// # Errors
    /// [`Setup`](crate::transport::TransportErrorKind::Setup) when this is no such URL, it names no queue, or the queue exists
    /// and was declared otherwise; [`Unreachable`](crate::transport::TransportErrorKind::Unreachable) or
    /// [`Refused`](crate::transport::TransportErrorKind::Refused) when there is no broker, or it does not let us in.
    pub async fn bind(url: &str) -> Result<Self, TransportError> {
        Self::at(Target::parse(url)?).await
    }

    /// As [`bind`](Self::bind), with this queue in place of what the URL says about one.
    ///
    /// # Errors
    /// As for `bind`.
    pub async fn bind_queue(url: &str, queue: AmqpQueue) -> Result<Self, TransportError> {
        if queue.too_long().is_some() {
            return Err(setup("a name is longer than the 255 bytes that AMQP allows"));
        }
        Self::at(Target { queue, ..Target::parse(url)? }).await
    }

    async fn at(target: Target) -> Result<Self, TransportError> {
        if target.queue.name.is_empty() {
            return Err(setup("the URL names no queue: add ?queue=NAME"));
        }
        let link = Link::open(&target.broker, &target.queue).await?;
        Ok(Self { prefetch: target.prefetch.unwrap_or(PREFETCH), target, link })
    }

    /// How many messages it works on at a time, at least 1; default 64. With handlers that keep a thread busy, a small
    /// number leaves more to other workers.
    #[must_use]
    pub fn with_prefetch(mut self, messages: u16) -> Self {
        self.prefetch = messages.max(1);
        self
    }

    async fn run(self, service: Service, shutdown: Shutdown) {
        let Self { target, prefetch, link } = self;
        let mut link = Some(link);
        while let Some(current) = link {
            match consume::run(current, &target, prefetch, &service, &shutdown).await {
                Ended::Asked => return,
                Ended::Lost(why) => {
                    tracing::warn!(broker = %target.broker, why, "lost the connection to the broker; connecting again");
                }
            }
            link = tokio::select! {
                link = again(&target) => Some(link),
                () = shutdown.draining() => None,
            };
        }
    }
}

/// Connects until it works.
async fn again(target: &Target) -> Link {
    let mut backoff = Backoff::new();
    loop {
        tokio::time::sleep(backoff.next()).await;
        match Link::open(&target.broker, &target.queue).await {
            Ok(link) => {
                tracing::info!(broker = %target.broker, queue = target.queue.name, "connected to the broker again");
                return link;
            }
            Err(error) => {
                tracing::warn!(broker = %target.broker, %error, "cannot connect to the broker; trying again");
            }
        }
    }
}

impl Link {
    async fn open(broker: &Broker, queue: &AmqpQueue) -> Result<Self, TransportError> {
        let connection = broker.connect("server").await?;
        let channel = connection.create_channel().await.map_err(|error| not_connected(broker, &error))?;
        let declared = queue.declare(&channel).await;
        declared.map_err(|error| setup(format!("cannot declare queue `{}`: {}", queue.name, describe(&error))))?;
        Ok(Self { connection, channel })
    }
}

impl ServerTransport for AmqpServer {
    fn endpoint(&self) -> String {
        self.target.endpoint()
    }

    fn serve(self: Box<Self>, service: Service, shutdown: Shutdown) -> BoxFuture<'static, Result<(), TransportError>> {
        Box::pin(async move {
            self.run(service, shutdown).await;
            Ok(())
        })
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link")
    }
}
