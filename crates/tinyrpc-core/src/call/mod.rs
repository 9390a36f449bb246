//! One call on its way through layers to its handler, and the reply on its way back.

mod cancellation;
mod context;
mod metadata;
mod outcome;
mod reply;
mod wire;

use std::sync::Arc;
use std::time::Instant;

pub use cancellation::{Cancellation, Cancelled, Ending};
pub use context::{Context, Extensions, Origin};
pub use metadata::{Metadata, TraceContext};
pub use outcome::{BoxFuture, Outcome};
pub use reply::{DetachedReply, Reply};
pub use wire::WireMetadata;

use crate::message::Params;

/// A call or notification, with everything that its handler may look at and the place where its reply goes.
#[derive(Debug)]
#[non_exhaustive]
pub struct Call<'c> {
    /// Who called.
    pub origin: &'c Arc<Origin>,
    /// The method's name, with the prefixes under which its dispatcher was nested.
    pub method: &'c str,
    /// The arguments, undecoded.
    pub params: Params<'c>,
    /// When the caller stops waiting, as far as that is known.
    pub deadline: Option<Instant>,
    /// The trace that the call belongs to: what its context says, and calls that are made for it pass on. A layer that opens a
    /// span of its own sets one whose parent is its span.
    pub trace: Option<&'c TraceContext>,
    /// Where the result goes.
    pub reply: Reply<'c>,
    ending: Option<&'c Ending>,
}

impl<'c> Call<'c> {
    /// A call of `method`, without a deadline, of the trace that its origin names.
    #[inline]
    #[must_use]
    pub fn new(origin: &'c Arc<Origin>, method: &'c str, params: Params<'c>, reply: Reply<'c>) -> Self {
        let trace = origin.metadata().trace();
        Self { origin, method, params, deadline: None, trace, reply, ending: None }
    }

    /// The same, of which whoever keeps `ending` says when it is over.
    #[inline]
    #[must_use]
    pub fn with_ending(mut self, ending: &'c Ending) -> Self {
        self.ending = Some(ending);
        self
    }

    /// Tells when the call is over; never, if whoever runs it did not give it an [`Ending`].
    #[must_use]
    pub fn cancellation(&self) -> Cancellation {
        self.ending.map_or_else(Cancellation::new, Ending::cancellation)
    }

    /// What a handler that asks for a [`Context`] gets.
    #[must_use]
    pub fn context(&self) -> Context {
        let trace = self.trace.cloned();
        Context::new(Arc::clone(self.origin), self.method, self.deadline, trace, self.cancellation())
    }
}
