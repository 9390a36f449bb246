//! One call on its way through layers to its handler, and the reply on its way back.

mod context;
mod outcome;
mod reply;

use std::sync::Arc;
use std::time::Instant;

pub use context::{Context, Extensions, Origin};
pub use outcome::{BoxFuture, Outcome};
pub use reply::{DetachedReply, Reply};

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
    /// Where the result goes.
    pub reply: Reply<'c>,
}

impl<'c> Call<'c> {
    /// A call of `method`.
    #[must_use]
    pub fn new(origin: &'c Arc<Origin>, method: &'c str, params: Params<'c>, reply: Reply<'c>) -> Self {
        Self { origin, method, params, deadline: None, reply }
    }

    /// What a handler that asks for a [`Context`] gets.
    #[must_use]
    pub fn context(&self) -> Context {
        Context::new(Arc::clone(self.origin), self.method, self.deadline)
    }
}
