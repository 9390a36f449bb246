//! The service: bytes in, bytes out, whatever carries them.

mod batch;
mod deadline;
mod pending;
mod run;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use tinyrpc_core::message::{Incoming, Message, Request};
use tinyrpc_core::{Dispatch, Limits, Origin, Protocol};

pub(crate) use pending::Cancellable;
pub use pending::Pending;

use crate::layer::{ConcurrencyLimit, Layer};
use crate::trace::{Direction, Trace};

/// Everything that answers a message: protocols, a dispatcher, layers and limits. Cheap to clone.
///
/// A service knows nothing of transports. Transports give it messages; so can a test, a web framework or a program that
/// gets its messages elsewhere.
///
/// ```
/// # use tinyrpc::{Dispatcher, JsonRpc, Origin, Service};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let mut dispatcher = Dispatcher::new();
/// dispatcher.register("add", |(a, b): (i64, i64)| a + b)?;
/// let service = Service::new(JsonRpc::new(), dispatcher);
///
/// let reply = service.exchange(Origin::new("test"), &br#"{"jsonrpc":"2.0","method":"add","params":[1,2],"id":7}"#[..]).await;
/// assert_eq!(reply.unwrap(), r#"{"jsonrpc":"2.0","id":7,"result":3}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) protocols: Vec<Arc<dyn Protocol>>,
    pub(crate) dispatch: Arc<dyn Dispatch>,
    pub(crate) layers: Vec<Arc<dyn Layer>>,
    pub(crate) limits: Limits,
    pub(crate) trace: Option<Arc<Trace>>,
}

/// What became of a message when [`Service::answer`] returned.
#[derive(Debug)]
#[non_exhaustive]
pub enum Answered {
    /// All has run, and nothing is owed to the sender.
    Nothing,
    /// The reply has been appended to the buffer.
    Written,
    /// Handlers are still at work. The future gives the reply, empty when nothing is owed; dropping it cancels the calls
    /// among them, while notifications run on.
    Later(Pending),
}

impl Service {
    /// A service that speaks one protocol.
    pub fn new(protocol: impl Protocol, dispatch: impl Dispatch) -> Self {
        let inner = Inner {
            protocols: vec![Arc::new(protocol)],
            dispatch: Arc::new(dispatch),
            layers: Vec::new(),
            limits: Limits::default(),
            trace: None,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Speaks another protocol as well, where the transport can tell which one a message is in (HTTP: by its
    /// Content-Type). The first protocol is the one for messages that do not say.
    #[must_use]
    pub fn with_protocol(mut self, protocol: impl Protocol) -> Self {
        self.change().protocols.push(Arc::new(protocol));
        self
    }

    /// The same service, speaking only `protocol`.
    #[must_use]
    pub fn speaking(mut self, protocol: Arc<dyn Protocol>) -> Self {
        self.change().protocols = vec![protocol];
        self
    }

    /// Wraps every call in `layer`. The layer added first is the outermost.
    #[must_use]
    pub fn with_layer(mut self, layer: impl Layer) -> Self {
        self.change().layers.push(Arc::new(layer));
        self
    }

    /// Runs at most `calls` at the same time, over all connections; 1 serves one after another in the order of arrival.
    /// The others wait. Default: as many as come. Short for a [`ConcurrencyLimit`] layer.
    #[must_use]
    pub fn with_concurrency(self, calls: usize) -> Self {
        self.with_layer(ConcurrencyLimit::new(calls))
    }

    /// Bounds what a message may ask for.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.change().limits = limits;
        self
    }

    /// Shows every raw message to `trace`, in both directions, before it is read or sent.
    #[must_use]
    pub fn with_trace(mut self, trace: impl Fn(Direction, &Origin, &[u8]) + Send + Sync + 'static) -> Self {
        self.change().trace = Some(Arc::new(trace));
        self
    }

    /// The protocols, the one for messages that do not say first.
    #[must_use]
    pub fn protocols(&self) -> &[Arc<dyn Protocol>] {
        &self.inner.protocols
    }

    /// The protocol of messages under this media type, in any case and with any parameters. The first protocol when the
    /// transport gave none; `None` when no protocol accepts it.
    #[must_use]
    pub fn protocol_for(&self, content_type: Option<&str>) -> Option<&Arc<dyn Protocol>> {
        let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if media_type.is_empty() {
            return self.inner.protocols.first();
        }
        let media_type = match media_type.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(media_type.to_ascii_lowercase()),
            false => Cow::Borrowed(media_type),
        };
        self.inner.protocols.iter().find(|protocol| protocol.accepts(&media_type))
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// The dispatcher.
    #[must_use]
    pub fn dispatch(&self) -> &dyn Dispatch {
        &*self.inner.dispatch
    }

    /// Answers one message in the first protocol; `None` when nothing is owed, as for a notification.
    ///
    /// Never fails: what is wrong with the message stands in the reply. Notifications have run when this returns.
    /// Dropping the future cancels the calls of the message; its notifications run on.
    pub async fn exchange(&self, from: impl Into<Arc<Origin>>, message: impl Into<Bytes>) -> Option<Bytes> {
        let mut out = Vec::new();
        let out = match self.answer(&self.inner.protocols[0], &from.into(), &message.into(), &mut out) {
            Answered::Nothing => return None,
            Answered::Written => out,
            Answered::Later(pending) => pending.await,
        };
        (!out.is_empty()).then(|| out.into())
    }

    /// Answers one message in the given protocol, appending the reply to `out` if it is ready at once.
    ///
    /// This is what transports call. Handlers that are synchronous have run when it returns, without an allocation.
    pub fn answer(
        &self,
        protocol: &Arc<dyn Protocol>,
        from: &Arc<Origin>,
        message: &[u8],
        out: &mut Vec<u8>,
    ) -> Answered {
        let incoming = protocol.read(message, &self.inner.limits);
        if self.inner.trace.is_some() {
            return self.answer_traced(protocol, from, message, incoming, out);
        }
        self.respond(protocol, from, incoming, None, out)
    }

    /// The same, not shown to the trace hook, for a message that has waited since it `arrived`; `None`: it has not.
    pub(crate) fn respond(
        &self,
        protocol: &Arc<dyn Protocol>,
        from: &Arc<Origin>,
        incoming: Incoming<'_>,
        arrived: Option<Instant>,
        out: &mut Vec<u8>,
    ) -> Answered {
        match incoming {
            Incoming::One(Message::Request(request)) => self.respond_to(protocol, from, &request, arrived, out),
            Incoming::One(other) => {
                if run::refuse(protocol, other, out) {
                    Answered::Written
                } else {
                    Answered::Nothing
                }
            }
            Incoming::Batch(messages) => batch::answer(&self.inner, protocol, from, messages, arrived, out),
            _ => Answered::Nothing,
        }
    }

    /// The same for a call or notification that came alone.
    #[inline]
    pub(crate) fn respond_to(
        &self,
        protocol: &Arc<dyn Protocol>,
        from: &Arc<Origin>,
        request: &Request<'_>,
        arrived: Option<Instant>,
        out: &mut Vec<u8>,
    ) -> Answered {
        run::start(&self.inner, protocol, from, request, arrived, out)
    }

    #[cold]
    fn answer_traced(
        &self,
        protocol: &Arc<dyn Protocol>,
        from: &Arc<Origin>,
        message: &[u8],
        incoming: Incoming<'_>,
        out: &mut Vec<u8>,
    ) -> Answered {
        self.trace(Direction::Received, from, message);
        let start = out.len();
        match self.respond(protocol, from, incoming, None, out) {
            Answered::Written => {
                self.trace(Direction::Sent, from, &out[start..]);
                Answered::Written
            }
            Answered::Later(pending) => {
                let (service, from) = (self.clone(), Arc::clone(from));
                Answered::Later(pending.then(move |reply| {
                    if !reply.is_empty() {
                        service.trace(Direction::Sent, &from, reply);
                    }
                }))
            }
            nothing => nothing,
        }
    }

    pub(crate) fn trace(&self, direction: Direction, from: &Origin, message: &[u8]) {
        if let Some(trace) = &self.inner.trace {
            trace(direction, from, message);
        }
    }

    fn change(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.inner)
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("protocols", &self.inner.protocols)
            .field("layers", &self.inner.layers.len())
            .field("limits", &self.inner.limits)
            .finish_non_exhaustive()
    }
}
