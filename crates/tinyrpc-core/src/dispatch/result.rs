//! Turns what a handler returns into a reply.

use std::future::Future;

use serde::Serialize;

use super::fallible::{self, is_result};
use crate::call::{Outcome, Reply};
use crate::codec::Payload;
use crate::error::RpcError;

/// A value that a handler can end with: anything serde can encode, a [`Payload`], or a `Result` of one with an error that
/// converts into [`RpcError`]. `Via` is always inferred.
///
/// The error of a `Result` either converts into [`RpcError`], or is encoded by serde: then it travels with code -32000, a
/// string as the message, anything else as the data. An error type that can do both leaves the compiler unable to choose
/// ("type annotations needed"): turn it into an [`RpcError`] with `map_err(RpcError::from)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a handler",
    note = "return a value that implements `Serialize`, or a `Result` of one whose error converts into `RpcError`"
)]
pub trait IntoResult<Via>: Sized {
    /// Writes the reply.
    ///
    /// # Errors
    /// The handler's own error, or "Internal error" when the value cannot be encoded.
    fn into_result(self, reply: Reply<'_>) -> Result<(), RpcError>;
}

/// A result that serde encodes.
#[derive(Debug)]
pub struct ViaValue;
/// A result that is encoded already.
#[derive(Debug)]
pub struct ViaPayload;
/// A result or an error.
#[derive(Debug)]
pub struct ViaResult<Via>(Via);

impl<T: Serialize> IntoResult<ViaValue> for T {
    #[inline]
    fn into_result(self, reply: Reply<'_>) -> Result<(), RpcError> {
        if is_result::<T>() { fallible::send(&self, reply) } else { reply.send(&self) }
    }
}

impl IntoResult<ViaPayload> for Payload {
    fn into_result(self, reply: Reply<'_>) -> Result<(), RpcError> {
        reply.send_payload(&self)
    }
}

impl<T: IntoResult<Via>, E: Into<RpcError>, Via> IntoResult<ViaResult<Via>> for Result<T, E> {
    #[inline]
    fn into_result(self, reply: Reply<'_>) -> Result<(), RpcError> {
        match self {
            Ok(value) => value.into_result(reply),
            Err(error) => Err(error.into()),
        }
    }
}

/// What a handler can return: a value, a result, or a future of one of them. `Via` is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be returned by a handler",
    note = "return a value that implements `Serialize`, a `Result` of one whose error converts into `RpcError`, or a `Send` future of either"
)]
pub trait IntoReply<Via> {
    /// Writes the reply, or makes the future that will.
    fn into_reply(self, reply: Reply<'_>) -> Outcome;
}

/// The handler is done when it returns.
#[derive(Debug)]
pub struct Now<Via>(Via);
/// The handler returns a future.
#[derive(Debug)]
pub struct Later<Via>(Via);

impl<T: IntoResult<Via>, Via> IntoReply<Now<Via>> for T {
    #[inline]
    fn into_reply(self, reply: Reply<'_>) -> Outcome {
        Outcome::Done(self.into_result(reply))
    }
}

impl<F, Via> IntoReply<Later<Via>> for F
where
    F: Future<Output: IntoResult<Via>> + Send + 'static,
{
    fn into_reply(self, reply: Reply<'_>) -> Outcome {
        let reply = reply.detach();
        Outcome::Future(Box::pin(async move {
            let result = self.await;
            let mut out = reply.buffer();
            result.into_result(reply.attach(&mut out))?;
            Ok(out)
        }))
    }
}
