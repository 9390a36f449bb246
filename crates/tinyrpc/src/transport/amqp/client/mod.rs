//! The client end: publishes calls to a queue, and finds their replies by correlation id.

mod keeper;
mod notices;
mod session;
mod waiting;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tinyrpc_core::Metadata;
use tinyrpc_core::call::BoxFuture;
use tokio::sync::Semaphore;

use self::keeper::Keeper;
use super::broker::Broker;
use super::error::setup;
use super::url::Target;
#[cfg(feature = "tls")]
use crate::transport::maybe_tls::Security;
use crate::transport::{ClientTransport, Expect, Outgoing, TransportError, within};

const IN_FLIGHT: usize = 1024;
const PATIENCE: Duration = Duration::from_secs(10);

/// The client end of RabbitMQ. Any number of calls are under way at a time on one connection.
///
/// **Sending.** The broker confirms each message. One that reaches no queue fails at once, as
/// [`Unreachable`](crate::transport::TransportErrorKind::Unreachable). A call carries what is left of its timeout as the
/// message's expiration: the broker gives it to no worker after that. Notifications do not expire, and have been sent once the broker has confirmed them.
///
/// **Replies** come by direct reply-to, or through an exclusive queue if so set. What comes too late is dropped.
///
/// **A broken connection** ends the calls under way with [`Lost`](crate::transport::TransportErrorKind::Lost): they may have
/// run, or may still run. The client connects again by itself, and calls made meanwhile wait for that. A client that never was
/// connected fails its calls at once.
///
/// **A server of Python's tinyrpc** keeps only the last of several calls that arrive together, and never ends a notification:
/// use [`with_in_flight(1)`](Self::with_in_flight), and only calls.
///
/// Works in a tokio runtime with its clock and I/O enabled. Nothing is connected before the first exchange.
#[derive(Debug)]
pub struct AmqpClient {
    keeper: Keeper,
    settings: Arc<Settings>,
    permits: Semaphore,
    /// Never used twice, so that a reply can only belong to one call.
    next_id: AtomicU64,
}

/// Where messages go, and how replies come.
#[derive(Clone, Debug)]
struct Settings {
    broker: Broker,
    /// What the URL says.
    #[cfg(feature = "tls")]
    security: Security,
    exchange: String,
    routing_key: String,
    reply_queue: bool,
    patience: Duration,
}

impl AmqpClient {
    /// A client of the queue at this URL; [the module](super) says how it is written.
    ///
    /// # Errors
    /// Kind [`Setup`](crate::transport::TransportErrorKind::Setup) when this is no such URL, or it names neither a queue nor
    /// an exchange.
    pub fn new(url: &str) -> Result<Self, TransportError> {
        let target = Target::parse(url)?;
        let (exchange, routing_key) = target.route();
        if exchange.is_empty() && routing_key.is_empty() {
            return Err(setup("the URL names no queue: add ?queue=NAME"));
        }
        let settings = Settings {
            exchange: exchange.to_owned(),
            routing_key: routing_key.to_owned(),
            #[cfg(feature = "tls")]
            security: target.broker.security.clone(),
            broker: target.broker,
            reply_queue: target.reply_queue,
            patience: PATIENCE,
        };
        let settings = Arc::new(settings);
        Ok(Self {
            keeper: Keeper::new(Arc::clone(&settings)),
            settings,
            permits: Semaphore::new(target.in_flight.unwrap_or(IN_FLIGHT).min(Semaphore::MAX_PERMITS)),
            next_id: AtomicU64::new(1),
        })
    }

    /// How many messages may be under way at a time, at least 1; others wait. Default: 1,024.
    #[must_use]
    pub fn with_in_flight(mut self, messages: usize) -> Self {
        self.permits = Semaphore::new(messages.clamp(1, Semaphore::MAX_PERMITS));
        self
    }

    /// Gets replies through a queue of its own (exclusive, named by the broker), as Python's tinyrpc does, in place of direct
    /// reply-to. Calls take the same time either way; direct reply-to connects sooner and leaves the broker no queue to keep,
    /// a queue costs the broker a little less for each reply. Default: no.
    #[must_use]
    pub fn with_reply_queue(self, own: bool) -> Self {
        self.with(|settings| settings.reply_queue = own)
    }

    /// How long an exchange waits while a connection that broke is made anew; default 10 s. Then it fails as
    /// [`Unreachable`](crate::transport::TransportErrorKind::Unreachable).
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        self.with(|settings| settings.patience = patience)
    }

    /// How to go about TLS, if the URL begins with `amqps:`. The authorities in the file that its `cacert` names are trusted as
    /// well.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_tls(self, tls: crate::transport::tls::TlsClient) -> Self {
        self.with(|settings| {
            if let Security::Tls(named) = &settings.security {
                settings.broker.security = Security::Tls(tls.trusting_also(named));
            }
        })
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self.keeper = Keeper::new(Arc::clone(&self.settings));
        self
    }
}

impl ClientTransport for AmqpClient {
    fn exchange(&self, outgoing: Outgoing<'_>) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        let Outgoing { message, expect, content_type, limit, deadline, trace } = outgoing;
        let content_type = lapin::types::ShortString::try_new(content_type).ok();
        let metadata = Metadata::new().with_deadline(deadline).with_trace(trace.cloned());
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            // An error would mean a closed semaphore, which this one never is.
            let _permit = self.permits.acquire().await;
            let session = self.keeper.session().await?;
            match expect {
                Expect::Reply => within(limit, session.call(id, &message, content_type, &metadata).await?).map(Some),
                Expect::Nothing => {
                    session.notify(id, &message, content_type, &metadata.with_deadline(None)).await.map(|()| None)
                }
            }
        })
    }
}

impl Settings {
    /// The error for a message that reached no queue.
    fn nobody_there(&self) -> TransportError {
        let Self { broker, exchange, routing_key, .. } = self;
        super::error::unreachable(match exchange.as_str() {
            "" => format!("there is no queue named `{routing_key}` at {broker}: is the server running?"),
            _ => format!(
                "no queue is bound to exchange `{exchange}` with routing key `{routing_key}` at {broker}: is the server running?"
            ),
        })
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.broker.fmt(f)
    }
}
