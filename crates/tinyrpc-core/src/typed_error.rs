//! Errors that are of an application's own type on both sides.

use crate::describe::ErrorInfo;
use crate::error::{RpcError, code};

/// An application's own error type that travels as an [`RpcError`] and comes back as itself.
///
/// A handler that returns `Result<_, E>` with `E: TypedError` sends it; on the client `CallError::typed` gives it back.
///
/// ```
/// use tinyrpc_core::{RpcError, TypedError};
///
/// #[derive(Debug, PartialEq)]
/// enum BankError {
///     NoFunds { needed: u64 },
///     Closed,
/// }
///
/// impl TypedError for BankError {
///     fn to_rpc_error(&self) -> RpcError {
///         match self {
///             Self::NoFunds { needed } => RpcError::new(99, "not enough money").with_data(*needed),
///             Self::Closed => RpcError::new(98, "account closed"),
///         }
///     }
///     fn from_rpc_error(error: &RpcError) -> Option<Self> {
///         match error.code() {
///             99 => Some(Self::NoFunds { needed: error.data()?.ok()? }),
///             98 => Some(Self::Closed),
///             _ => None,
///         }
///     }
/// }
/// let travelled = RpcError::from(BankError::NoFunds { needed: 7 });
/// assert_eq!(BankError::from_rpc_error(&travelled), Some(BankError::NoFunds { needed: 7 }));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no error that can travel",
    note = "derive `tinyrpc::RpcError` for `{Self}`, or implement `tinyrpc::TypedError`"
)]
pub trait TypedError: Sized {
    /// The form that travels.
    fn to_rpc_error(&self) -> RpcError;
    /// The error that `error` stands for, or `None` when it is none of this type's.
    fn from_rpc_error(error: &RpcError) -> Option<Self>;
    /// The errors there are, for listings; the default tells of none.
    #[must_use]
    fn describe() -> Vec<ErrorInfo> {
        Vec::new()
    }
}

impl<E: TypedError> From<E> for RpcError {
    fn from(error: E) -> Self {
        error.to_rpc_error()
    }
}

/// What a method of a service may fail with: a [`TypedError`], an [`RpcError`], or a `String`, which is the message of an
/// error with code -32000.
///
/// A client of the service gets it back as what it was.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a method",
    label = "this error cannot travel",
    note = "derive `tinyrpc::RpcError` for `{Self}`, or return `Result<_, tinyrpc::RpcError>` or `Result<_, String>`"
)]
pub trait MethodError: Sized {
    /// The form that travels.
    fn into_rpc_error(self) -> RpcError;
    /// The error that `error` stands for, or `None` when it is none of this type's.
    fn from_remote(error: &RpcError) -> Option<Self>;
    /// The errors there are, for listings.
    #[must_use]
    fn infos() -> Vec<ErrorInfo> {
        Vec::new()
    }
}

impl<E: TypedError> MethodError for E {
    fn into_rpc_error(self) -> RpcError {
        self.to_rpc_error()
    }

    fn from_remote(error: &RpcError) -> Option<Self> {
        E::from_rpc_error(error)
    }

    fn infos() -> Vec<ErrorInfo> {
        E::describe()
    }
}

/// Errors with one of the codes of JSON-RPC 2.0 §5.1, such as "Method not found", are not taken back: they are the other
/// side's dispatcher's, not the method's.
impl MethodError for RpcError {
    fn into_rpc_error(self) -> RpcError {
        self
    }

    fn from_remote(error: &RpcError) -> Option<Self> {
        (!code::is_protocols_own(error.code())).then(|| error.clone())
    }
}

impl MethodError for String {
    fn into_rpc_error(self) -> RpcError {
        RpcError::application(self)
    }

    fn from_remote(error: &RpcError) -> Option<Self> {
        (error.code() == code::APPLICATION_ERROR && !error.has_data()).then(|| error.message().to_owned())
    }
}
