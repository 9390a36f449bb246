//! Who called, and what a handler may know about it.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use super::cancellation::{Cancellation, Cancelled};
use super::metadata::{Metadata, TraceContext};

/// Where a message came from: the transport, the other side's address, and whatever the transport knows besides.
///
/// HTTP puts the request's headers in, so that `origin.extension::<http::HeaderMap>()` finds them.
#[derive(Default)]
pub struct Origin {
    transport: &'static str,
    address: Option<Arc<str>>,
    extensions: Vec<Box<dyn Any + Send + Sync>>,
    more: Option<Box<dyn Extensions>>,
    metadata: Metadata,
}

/// Things that a transport knows about a message, found by their type.
///
/// For transports that have them together in one place already. Others use [`Origin::with_extension`].
pub trait Extensions: Send + Sync + 'static {
    /// The thing of this type, if there is one.
    fn find(&self, wanted: TypeId) -> Option<&dyn Any>;
}

impl Origin {
    /// An origin on the named transport.
    #[must_use]
    pub fn new(transport: &'static str) -> Self {
        Self { transport, ..Self::default() }
    }

    /// The other side's address, in the transport's own form.
    #[must_use]
    pub fn with_address(mut self, address: impl Into<Arc<str>>) -> Self {
        self.address = Some(address.into());
        self
    }

    /// Adds something for handlers to find by its type.
    #[must_use]
    pub fn with_extension<T: Any + Send + Sync>(mut self, extension: T) -> Self {
        self.extensions.push(Box::new(extension));
        self
    }

    /// Adds all that `extensions` finds, in place of an earlier one. [`with_extension`](Self::with_extension) comes first.
    #[must_use]
    pub fn with_extensions(mut self, extensions: Box<dyn Extensions>) -> Self {
        self.more = Some(extensions);
        self
    }

    /// What travelled beside the message: its deadline, its trace.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// What travelled beside the message.
    #[inline]
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The transport's name, such as `http`.
    #[must_use]
    pub fn transport(&self) -> &'static str {
        self.transport
    }

    /// The other side's address.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// The extension of type `T`, if the transport gave one.
    #[must_use]
    pub fn extension<T: Any>(&self) -> Option<&T> {
        let single = self.extensions.iter().find_map(|extension| (**extension).downcast_ref());
        single.or_else(|| self.more.as_ref()?.find(TypeId::of::<T>())?.downcast_ref())
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin")
            .field("transport", &self.transport)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.address {
            Some(address) => write!(f, "{} {address}", self.transport),
            None => f.write_str(self.transport),
        }
    }
}

/// What a handler gets when it asks for the context of its call.
#[derive(Clone, Debug)]
pub struct Context {
    origin: Arc<Origin>,
    method: Box<str>,
    deadline: Option<Instant>,
    trace: Option<TraceContext>,
    cancellation: Cancellation,
}

impl Context {
    pub(super) fn new(
        origin: Arc<Origin>,
        method: &str,
        deadline: Option<Instant>,
        trace: Option<TraceContext>,
        cancellation: Cancellation,
    ) -> Self {
        Self { origin, method: method.into(), deadline, trace, cancellation }
    }

    /// Who called.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The name under which the method was called.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// When the caller stops waiting, as far as that is known.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The trace that the call belongs to, if its caller named one.
    #[must_use]
    pub fn trace(&self) -> Option<&TraceContext> {
        self.trace.as_ref()
    }

    /// Whether nobody waits for the call any more: the caller has cancelled it, its time is up, the connection is gone, the
    /// server ends, or it has been answered.
    ///
    /// The future of an asynchronous handler is dropped then. What goes on without it should ask now and then: a handler
    /// that blocks, a task that a handler started.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancellation.is_cancelled()
    }

    /// Returns when [`is_cancelled`](Self::is_cancelled) becomes true. Dropping it stops waiting.
    #[must_use]
    pub fn cancelled(&self) -> Cancelled {
        self.cancellation.cancelled()
    }

    /// The same as a value of its own, to hand on to what works on the call.
    #[must_use]
    pub fn cancellation(&self) -> &Cancellation {
        &self.cancellation
    }

    /// What the transport knows about the caller, by type: short for `origin().extension()`.
    #[must_use]
    pub fn extension<T: Any>(&self) -> Option<&T> {
        self.origin.extension()
    }
}
