//! Refuses what cannot be a method of a service, and says what to write instead.

use syn::spanned::Spanned as _;
use syn::{GenericParam, ReceiverKind, Signature};

use crate::arg::Arg;
use crate::method::{Method, Place};
use crate::options::collect;

/// Refuses functions that cannot be called from afar.
pub(crate) fn signature(signature: &Signature, place: Place) -> syn::Result<()> {
    let ident = &signature.ident;
    if let Some(param) = signature.generics.params.first() {
        let why = match param {
            GenericParam::Lifetime(_) => {
                "has a lifetime, but arguments and results own what they hold: use owned types"
            }
            _ => {
                "is generic, but a caller cannot choose types from afar: \
                 name them, or make the type that has the method generic"
            }
        };
        return Err(syn::Error::new(param.span(), format!("`{ident}` {why}")));
    }
    if let Some(variadic) = &signature.variadic {
        return Err(syn::Error::new_spanned(variadic, "a method has a fixed number of arguments: take a `Vec`"));
    }
    let receiver = signature.receiver();
    match (place, receiver) {
        (Place::Function, None) => Ok(()),
        (Place::Function, Some(receiver)) => {
            Err(syn::Error::new_spanned(receiver, "put `#[tinyrpc::service]` on the `impl` block instead"))
        }
        (_, None) => Err(syn::Error::new(
            ident.span(),
            format!(
                "`{ident}` needs `&self` as its first argument; a function without it can be a `#[tinyrpc::method]`"
            ),
        )),
        (_, Some(receiver)) => match &receiver.kind {
            ReceiverKind::Reference(_, None, None) => Ok(()),
            ReceiverKind::Reference(_, _, Some(_)) => Err(syn::Error::new_spanned(
                receiver,
                format!(
                    "`{ident}` takes `&mut self`, but calls run at the same time: \
                     take `&self` and keep what changes in a `Mutex` or an atomic"
                ),
            )),
            ReceiverKind::Reference(..) => Err(syn::Error::new_spanned(receiver, "take `&self` without a lifetime")),
            _ => Err(syn::Error::new_spanned(
                receiver,
                format!("`{ident}` takes `self` by value, but the instance is there for many calls: take `&self`"),
            )),
        },
    }
}

/// Refuses arguments with the same name.
pub(crate) fn names(args: &[Arg]) -> syn::Result<()> {
    let mut seen: Vec<(&str, bool)> = Vec::new();
    for arg in args {
        let Some((name, _)) = arg.wire() else { continue };
        // One of two that are never there together is fine.
        let conditional = !arg.cfgs.is_empty();
        if seen.iter().any(|(other, maybe)| *other == name && !(*maybe && conditional)) {
            return Err(syn::Error::new(
                arg.ident.span(),
                format!(
                    "there is an argument `{name}` already: give one of them another name with `#[rpc(name = \"…\")]`"
                ),
            ));
        }
        seen.push((name, conditional));
    }
    Ok(())
}

/// Refuses methods whose public names are the same.
pub(crate) fn duplicates(methods: &[Method]) -> syn::Result<()> {
    let mut failed = None;
    for (index, method) in methods.iter().enumerate() {
        let earlier = methods[..index].iter().find(|earlier| {
            // One of two that are never there together is fine.
            earlier.name == method.name && (earlier.cfgs.is_empty() || method.cfgs.is_empty())
        });
        if let Some(earlier) = earlier {
            let error = format!(
                "`{}` is the public name of `{}` already: give one of them another name with `#[rpc(name = \"…\")]`",
                method.name, earlier.ident
            );
            collect(&mut failed, syn::Error::new(method.ident.span(), error));
        }
    }
    failed.map_or(Ok(()), Err)
}
