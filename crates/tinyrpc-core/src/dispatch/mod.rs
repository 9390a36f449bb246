//! Dispatchers find the handler of a method.

mod args;
mod check;
pub mod describe;
mod dispatcher;
mod extract;
mod fallible;
mod handler;
mod instance;
#[doc(hidden)]
pub mod object_info;
mod result;
mod shape;

pub use args::{Arguments, FromParams};
pub use check::{ArgumentCheck, Validator};
pub use dispatcher::{Dispatcher, RegisterError};
pub use extract::{FromCall, MissingState, State, States};
pub use handler::{Blocking, Described, Handler, IntoHandler, blocking, described, from_fn};
pub use instance::{Instance, IntoInstance};
pub use result::{IntoReply, IntoResult};
pub use shape::Shape;

use std::sync::Arc;

use describe::Description;

/// Finds handlers by method name. [`Dispatcher`] is the usual one; a program may bring its own.
pub trait Dispatch: Send + Sync + 'static {
    /// The handler of `method`, or `None`: then the caller gets "Method not found", or the next dispatcher is asked.
    ///
    /// A handler sees the name it was called by, so one handler can serve many names.
    fn find(&self, method: &str) -> Option<&dyn Handler>;

    /// The methods that are worth listing, sorted by name. A dispatcher that makes them up as it goes may leave them out.
    fn methods(&self) -> Vec<MethodInfo> {
        Vec::new()
    }
}

/// A method as it is listed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MethodInfo {
    /// Its public name, with all prefixes.
    pub name: String,
    /// The arguments it takes.
    pub shape: Shape,
    /// What it says about itself.
    pub description: Option<Arc<Description>>,
}

impl MethodInfo {
    /// A method called `name`.
    pub fn new(name: impl Into<String>, shape: Shape) -> Self {
        Self { name: name.into(), shape, description: None }
    }

    /// The same, described.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<Arc<Description>>) -> Self {
        self.description = Some(description.into());
        self
    }
}
