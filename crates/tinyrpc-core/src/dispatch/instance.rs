//! Objects whose methods are registered together, under a prefix.

use std::sync::Arc;

use super::{Dispatcher, RegisterError};

/// An object with methods that can be called from afar. `#[tinyrpc::service]` implements it; by hand it looks like this:
///
/// ```
/// use std::sync::Arc;
///
/// use tinyrpc_core::Dispatcher;
/// use tinyrpc_core::dispatch::{Instance, RegisterError};
///
/// struct Website(String);
///
/// impl Instance for Website {
///     fn register(self: Arc<Self>, dispatcher: &mut Dispatcher) -> Result<(), RegisterError> {
///         dispatcher.register("title", move || self.0.clone())?;
///         Ok(())
///     }
/// }
///
/// let mut dispatcher = Dispatcher::new();
/// dispatcher.register_instance(Website("A".to_owned()), "sitea.")?;
/// dispatcher.register_instance(Website("B".to_owned()), "siteb.")?;
/// # Ok::<(), RegisterError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no methods that can be registered",
    note = "put `#[tinyrpc::service]` on its `impl` block and `#[rpc]` on the methods",
    note = "for the implementation of a service trait `Bank`, register `BankService::new(it)`"
)]
pub trait Instance: Send + Sync + 'static {
    /// Registers its methods in `dispatcher` under their public names. [`Dispatcher::register_instance`] calls this with
    /// an empty dispatcher that has the states and the settings of its own, and puts the prefix before the names.
    ///
    /// # Errors
    /// As [`Dispatcher::register`].
    fn register(self: Arc<Self>, dispatcher: &mut Dispatcher) -> Result<(), RegisterError>;
}

/// An [`Instance`], or an [`Arc`] of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no methods that can be registered",
    note = "put `#[tinyrpc::service]` on its `impl` block and `#[rpc]` on the methods",
    note = "for the implementation of a service trait `Bank`, register `BankService::new(it)`"
)]
pub trait IntoInstance {
    /// What it is.
    type Instance: Instance;

    /// The instance, shared.
    fn into_instance(self) -> Arc<Self::Instance>;
}

impl<I: Instance> IntoInstance for I {
    type Instance = I;

    fn into_instance(self) -> Arc<I> {
        Arc::new(self)
    }
}

impl<I: Instance> IntoInstance for Arc<I> {
    type Instance = I;

    fn into_instance(self) -> Arc<I> {
        self
    }
}
