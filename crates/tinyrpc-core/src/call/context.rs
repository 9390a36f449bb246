//! Who called, and what a handler may know about it.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// Where a message came from: the transport, the other side's address, and whatever the transport knows besides.
///
/// HTTP puts the request's headers in, so that `origin.extension::<http::HeaderMap>()` finds them.
#[derive(Default)]
pub struct Origin {
    transport: &'static str,
    address: Option<Arc<str>>,
    extensions: Vec<Box<dyn Any + Send + Sync>>,
    more: Option<Box<dyn Extensions>>,
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
}

impl Context {
    pub(super) fn new(origin: Arc<Origin>, method: &str, deadline: Option<Instant>) -> Self {
        Self { origin, method: method.into(), deadline }
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

    /// What the transport knows about the caller, by type: short for `origin().extension()`.
    #[must_use]
    pub fn extension<T: Any>(&self) -> Option<&T> {
        self.origin.extension()
    }
}
