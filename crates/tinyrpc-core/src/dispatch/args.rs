//! Turns undecoded params into the one argument that a handler takes.

use serde::de::DeserializeOwned;

use super::check::ArgumentCheck;
use super::shape::Shape;
use crate::codec::{Items, Payload, explain};
use crate::error::RpcError;
use crate::message::Params;

/// A type that a handler can take as its argument.
///
/// Everything that serde can decode is one: a tuple for positional arguments, a struct for positional and named ones,
/// `()` for none, a `Vec` or map for any number. [`Payload`] takes them undecoded.
/// The parameter `Via` only keeps the two ways apart; it is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the argument of a handler",
    note = "use a tuple such as `(i64, i64)` for positional arguments, a struct that derives `Deserialize` for named ones, `()` for none"
)]
pub trait FromParams<Via>: Sized + Send {
    /// The arguments that it stands for.
    fn shape() -> Shape;

    /// Decodes the arguments.
    ///
    /// # Errors
    /// "Invalid params" saying which argument is wrong and why.
    fn from_params(params: Params<'_>, check: ArgumentCheck) -> Result<Self, RpcError>;
}

/// Arguments that serde decodes.
#[derive(Debug)]
pub struct ViaSerde;

/// Arguments that are taken as they are.
#[derive(Debug)]
pub struct ViaPayload;

impl<T: DeserializeOwned + Send> FromParams<ViaSerde> for T {
    fn shape() -> Shape {
        Shape::of::<T>()
    }

    #[inline]
    fn from_params(params: Params<'_>, check: ArgumentCheck) -> Result<Self, RpcError> {
        let raw = params.raw();
        if !raw.is_empty() {
            // The common case; what is left over in an array makes it fail.
            if let Ok(value) = params.codec().from_raw(raw) {
                return Ok(value);
            }
        }
        unusual(params, check)
    }
}

impl FromParams<ViaPayload> for Payload {
    fn shape() -> Shape {
        Shape::Any
    }

    fn from_params(params: Params<'_>, _: ArgumentCheck) -> Result<Self, RpcError> {
        let mut raw = params.raw().to_vec();
        if raw.is_empty() {
            params.codec().array(&[], &mut raw).map_err(RpcError::internal)?;
        }
        Ok(Payload::new(raw.into(), params.codec()))
    }
}

/// No arguments, too many of them, or wrong ones.
#[cold]
fn unusual<T: DeserializeOwned>(params: Params<'_>, check: ArgumentCheck) -> Result<T, RpcError> {
    let codec = params.codec();
    let shape = Shape::of::<T>();
    let mut raw = Vec::new();
    if shape == Shape::None {
        let given = match params.items()? {
            Items::Array(items) => items.len(),
            Items::Map(items) => items.len(),
            Items::Scalar => 1,
        };
        if given > 0 && check == ArgumentCheck::Exact {
            return Err(RpcError::invalid_params(format_args!("expected no arguments, got {given}")));
        }
        codec.to_raw(&(), &mut raw).map_err(RpcError::internal)?;
        return codec.from_raw(&raw).map_err(RpcError::internal);
    }
    let mut items = match params.items() {
        Ok(Items::Array(items)) => items,
        Ok(_) if matches!(shape, Shape::Positional(_)) => {
            return Err(RpcError::invalid_params("the arguments must be positional"));
        }
        _ => return codec.from_raw(params.raw()).map_err(|_| describe::<T>(params, &shape, params.raw())),
    };
    if let Shape::Positional(most) | Shape::Named(&[.., _]) = shape_len(&shape)
        && items.len() > most
    {
        if check == ArgumentCheck::Exact {
            return Err(RpcError::invalid_params(format_args!("expected {}, got {}", expected(&shape), items.len())));
        }
        items.truncate(most);
    }
    if let Shape::Positional(least) = shape
        && items.len() < least
    {
        return Err(RpcError::invalid_params(format_args!("expected {least} arguments, got {}", items.len())));
    }
    codec.array(&items, &mut raw).map_err(RpcError::internal)?;
    codec.from_raw(&raw).map_err(|_| describe::<T>(params, &shape, &raw))
}
