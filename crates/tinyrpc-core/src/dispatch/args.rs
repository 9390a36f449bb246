//! Turns undecoded params into the one argument that a handler takes.

use serde::de::DeserializeOwned;

use super::check::ArgumentCheck;
use super::shape::Shape;
use crate::codec::{Items, Payload, explain};
use crate::error::RpcError;
use crate::message::Params;

/// What a handler's arguments are held against.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Arguments {
    /// The arguments that the handler takes.
    pub shape: Shape,
    /// How strictly.
    pub check: ArgumentCheck,
}

impl Arguments {
    /// Arguments of this shape, checked this strictly.
    #[must_use]
    pub fn new(shape: Shape, check: ArgumentCheck) -> Self {
        Self { shape, check }
    }
}

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
    fn from_params(params: Params<'_>, wanted: &Arguments) -> Result<Self, RpcError>;
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
    fn from_params(params: Params<'_>, wanted: &Arguments) -> Result<Self, RpcError> {
        let raw = params.raw();
        if !raw.is_empty() {
            if let (Shape::Named(names), ArgumentCheck::Exact) = (&wanted.shape, wanted.check)
                && params.codec().is_map(raw)
            {
                refuse_unknown(params, names)?;
            }
            // The common case. What is left over in an array makes it fail.
            if let Ok(value) = params.codec().from_raw(raw) {
                return Ok(value);
            }
        }
        unusual(params, wanted)
    }
}

impl FromParams<ViaPayload> for Payload {
    fn shape() -> Shape {
        Shape::Any
    }

    fn from_params(params: Params<'_>, _: &Arguments) -> Result<Self, RpcError> {
        let mut raw = params.raw().to_vec();
        if raw.is_empty() {
            params.codec().array(&[], &mut raw).map_err(RpcError::internal)?;
        }
        Ok(Payload::new(raw.into(), params.codec()))
    }
}

fn refuse_unknown(params: Params<'_>, names: &[&str]) -> Result<(), RpcError> {
    // A codec that cannot take maps apart cannot have them checked.
    let Ok(Items::Map(items)) = params.codec().items(params.raw()) else { return Ok(()) };
    match items.iter().find(|(key, _)| !names.contains(&&**key)) {
        Some((key, _)) => {
            let names = names.join("`, `");
            Err(RpcError::invalid_params(format_args!("unknown argument `{key}`, expected `{names}`")))
        }
        None => Ok(()),
    }
}

/// No arguments, too many or too few of them, or wrong ones.
#[cold]
fn unusual<T: DeserializeOwned>(params: Params<'_>, wanted: &Arguments) -> Result<T, RpcError> {
    let codec = params.codec();
    let exact = wanted.check == ArgumentCheck::Exact;
    let mut items = match params.codec().items(params.raw()) {
        _ if params.raw().is_empty() => Vec::new(),
        Ok(Items::Array(items)) => items,
        Ok(Items::Map(items)) if wanted.shape == Shape::None => {
            if exact && !items.is_empty() {
                return Err(RpcError::invalid_params(format_args!("expected no arguments, got {}", items.len())));
            }
            Vec::new()
        }
        Ok(Items::Map(_)) if matches!(wanted.shape, Shape::Positional(_)) => {
            return Err(RpcError::invalid_params("the arguments must be positional, not named"));
        }
        _ => return Err(describe::<T>(params, wanted, params.raw())),
    };
    let (least, most) = match &wanted.shape {
        Shape::None => (0, 0),
        Shape::Positional(count) => (*count, *count),
        Shape::Named(names) => (0, names.len()),
        Shape::Any => (0, usize::MAX),
    };
    if items.len() < least || (exact && items.len() > most) {
        let (bound, count) = match (least, most) {
            (_, 0) => ("no", None),
            _ if least == most => ("", Some(most)),
            _ => ("at most ", Some(most)),
        };
        let count = count.map(|count| count.to_string()).unwrap_or_default();
        let plural = if most == 1 { "" } else { "s" };
        return Err(RpcError::invalid_params(format_args!(
            "expected {bound}{count} argument{plural}, got {}",
            items.len()
        )));
    }
    items.truncate(most);
    let mut raw = Vec::new();
    if wanted.shape == Shape::None {
        codec.to_raw(&(), &mut raw).map_err(RpcError::internal)?;
    } else {
        codec.array(&items, &mut raw).map_err(RpcError::internal)?;
    }
    codec.from_raw(&raw).map_err(|_| describe::<T>(params, wanted, &raw))
}

/// Decodes once more to find out which argument it is.
fn describe<T: DeserializeOwned>(params: Params<'_>, wanted: &Arguments, raw: &[u8]) -> RpcError {
    let Some((path, why)) = explain::<T>(params.codec(), raw) else {
        // Such as what nests too deep to be looked at in this way.
        return match params.codec().from_raw::<T>(raw) {
            Err(error) => RpcError::invalid_params(error),
            Ok(_) => RpcError::invalid_params("they could not be decoded"),
        };
    };
    // Paths look like `[1].name`, `minuend` or `.`.
    let index =
        path.strip_prefix('[').and_then(|rest| rest.split(']').next()).and_then(|index| index.parse::<usize>().ok());
    let which = match (index, &wanted.shape) {
        (Some(index), Shape::Named(names)) if index < names.len() => {
            format!("argument {} (`{}`)", index + 1, names[index])
        }
        (Some(index), _) => format!("argument {}", index + 1),
        (None, _) if path == "." || path == "?" => return RpcError::invalid_params(why),
        (None, _) => format!("argument `{path}`"),
    };
    RpcError::invalid_params(format_args!("{which}: {why}"))
}
