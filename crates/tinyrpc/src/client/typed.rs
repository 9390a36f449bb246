//! Why a call of a typed service did not give a result: the method's own error, or everything else.

use std::error::Error;
use std::fmt;

use tinyrpc_core::{MethodError, RpcError};

use super::{CallError, CallErrorKind};

/// What a client that `#[tinyrpc::service]` wrote returns for a method that can fail: the method's own error as the type
/// that it has on the other side, or what kept the call from getting there and back.
///
/// ```
/// use tinyrpc::TypedCallError;
///
/// # fn explain(error: TypedCallError<String>) -> String {
/// match error {
///     TypedCallError::App(error) => format!("the method says: {error}"),
///     error => format!("it could not be called: {error}"),
/// }
/// # }
/// ```
///
/// With `?` it becomes a `Box<dyn Error>` or an [`RpcError`]; [`CallError`]s become one where the error type is known.
#[derive(Debug)]
#[non_exhaustive]
pub enum TypedCallError<E> {
    /// The method ran, and this is its error.
    App(E),
    /// Anything else, such as a transport's error, or an error of the other side that is no `E`.
    Call(CallError),
}

impl<E> TypedCallError<E> {
    /// The method's own error.
    #[must_use]
    pub fn app(&self) -> Option<&E> {
        match self {
            Self::App(error) => Some(error),
            Self::Call(_) => None,
        }
    }

    /// The method's own error, or the other one.
    ///
    /// # Errors
    /// The error that is not the method's own.
    pub fn into_app(self) -> Result<E, CallError> {
        match self {
            Self::App(error) => Ok(error),
            Self::Call(error) => Err(error),
        }
    }

    /// The error, if it is not the method's own.
    #[must_use]
    pub fn call_error(&self) -> Option<&CallError> {
        match self {
            Self::App(_) => None,
            Self::Call(error) => Some(error),
        }
    }

    /// Whose fault it was; [`CallErrorKind::Remote`] for the method's own errors.
    #[must_use]
    pub fn kind(&self) -> CallErrorKind {
        self.call_error().map_or(CallErrorKind::Remote, CallError::kind)
    }
}

impl<E: MethodError> From<CallError> for TypedCallError<E> {
    fn from(error: CallError) -> Self {
        match error.remote_error().and_then(E::from_remote) {
            Some(own) => Self::App(own),
            None => Self::Call(error),
        }
    }
}

/// For code that treats all errors alike.
impl<E: MethodError> From<TypedCallError<E>> for CallError {
    fn from(error: TypedCallError<E>) -> Self {
        match error {
            TypedCallError::App(error) => CallError::remote(error.into_rpc_error()),
            TypedCallError::Call(error) => error,
        }
    }
}

/// For handlers that call on: the method's own error is passed on; for the others see [`CallError`].
impl<E: MethodError> From<TypedCallError<E>> for RpcError {
    fn from(error: TypedCallError<E>) -> Self {
        match error {
            TypedCallError::App(error) => error.into_rpc_error(),
            TypedCallError::Call(error) => error.into(),
        }
    }
}

impl<E: fmt::Display> fmt::Display for TypedCallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App(error) => error.fmt(f),
            Self::Call(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> Error for TypedCallError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::App(_) => None,
            Self::Call(error) => error.source(),
        }
    }
}
