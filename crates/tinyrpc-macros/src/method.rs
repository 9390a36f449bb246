//! A method of a service, read from its signature and attributes.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::spanned::Spanned as _;
use syn::{Attribute, FnArg, ReturnType, Signature, Type};

use crate::arg::{self, Arg};
use crate::check;
use crate::names::{self, Style};
use crate::options::{ExampleOptions, MethodOptions, Passing, ServiceOptions};
use crate::paths::Crate;

/// A method that can be called from afar.
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) ident: Ident,
    /// Its public name.
    pub(crate) name: String,
    pub(crate) docs: String,
    /// Attributes that a function made from it has as well: documentation, `#[deprecated]`, `#[cfg]`.
    pub(crate) shared_attrs: Vec<Attribute>,
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) deprecated: Option<String>,
    pub(crate) is_async: bool,
    pub(crate) is_blocking: bool,
    pub(crate) is_notification: bool,
    pub(crate) passing: Passing,
    pub(crate) args: Vec<Arg>,
    pub(crate) output: Output,
    pub(crate) examples: Vec<ExampleOptions>,
}

/// What a method returns.
#[derive(Debug)]
pub(crate) enum Output {
    Nothing,
    Value(Box<Type>),
    Result { ok: TokenStream, error: TokenStream },
}

/// On what a method is called.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Place {
    Trait,
    Instance,
    Function,
}

/// What the methods of a service have in common.
#[derive(Debug, Default)]
pub(crate) struct Common {
    pub(crate) prefix: String,
    pub(crate) rename_all: Option<Style>,
    pub(crate) rename_all_args: Option<Style>,
    pub(crate) passing: Passing,
}

impl From<&ServiceOptions> for Common {
    fn from(options: &ServiceOptions) -> Self {
        Self {
            prefix: options.prefix.clone().unwrap_or_default(),
            rename_all: options.rename_all,
            rename_all_args: options.rename_all_args,
            passing: options.params.unwrap_or_default(),
        }
    }
}

impl Method {
    /// Reads a method and takes out of its signature what only we understand.
    pub(crate) fn read(
        options: MethodOptions,
        attrs: &[Attribute],
        signature: &mut Signature,
        place: Place,
        common: &Common,
        krate: &Crate,
    ) -> syn::Result<Self> {
        check::signature(signature, place)?;
        let ident = signature.ident.clone();
        let name = match &options.name {
            Some(name) => name.to_string(),
            None => names::on_the_wire(&ident, common.rename_all),
        };
        let name_span = options.name.as_ref().map_or(ident.span(), |name| name.span());
        if name.is_empty() {
            return Err(syn::Error::new(name_span, "a method needs a name"));
        }
        let name = format!("{}{name}", common.prefix);
        if name.starts_with("rpc.") {
            return Err(syn::Error::new(
                name_span,
                format!(
                    "`{name}`: names that start with `rpc.` are reserved \
                     (JSON-RPC 2.0, section 8); choose another one with `#[rpc(name = \"…\")]`"
                ),
            ));
        }
        let style = options.rename_all_args.or(common.rename_all_args);
        let mut args = Vec::new();
        let mut failed = None;
        for input in &mut signature.inputs {
            if let FnArg::Typed(typed) = input {
                match Arg::read(typed, style) {
                    Ok(arg) => args.push(arg),
                    Err(error) => crate::options::collect(&mut failed, error),
                }
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        arg::check_defaults(&mut args)?;
        check::names(&args)?;
        let output = Output::read(&signature.output, krate)?;
        let is_async = signature.asyncness.is_some();
        if options.blocking.is_present() && is_async {
            return Err(syn::Error::new(
                options.blocking.span(),
                format!(
                    "`{ident}` is async, and what blocks cannot be: remove `async`, or `blocking` if it only awaits"
                ),
            ));
        }
        if options.notification.is_present() && !matches!(output, Output::Nothing) {
            return Err(syn::Error::new(
                signature.output.span(),
                format!(
                    "nobody gets what the notification `{ident}` returns: \
                     remove the return type, or `notification` to make it a call"
                ),
            ));
        }
        Ok(Self {
            name,
            docs: crate::describe::docs(attrs),
            shared_attrs: attrs.iter().filter(|attribute| is_shared(attribute)).cloned().collect(),
            cfgs: arg::cfgs(attrs),
            deprecated: crate::describe::deprecated(attrs),
            is_async,
            is_blocking: options.blocking.is_present(),
            is_notification: options.notification.is_present(),
            passing: options.params.as_ref().map_or(common.passing, |passing| **passing),
            args,
            output,
            examples: options.example,
            ident,
        })
    }

    /// The arguments that are on the wire.
    pub(crate) fn wire_args(&self) -> impl Iterator<Item = (&Arg, &str, Option<&arg::Fallback>)> {
        self.args.iter().filter_map(|arg| arg.wire().map(|(name, fallback)| (arg, name, fallback)))
    }
}

impl Output {
    fn read(output: &ReturnType, krate: &Crate) -> syn::Result<Self> {
        let ReturnType::Type(_, ty) = output else { return Ok(Self::Nothing) };
        match &**ty {
            Type::Tuple(tuple) if tuple.elems.is_empty() => return Ok(Self::Nothing),
            Type::ImplTrait(_) => {
                return Err(syn::Error::new_spanned(
                    ty,
                    "name the type that is returned; for a future write `async fn`",
                ));
            }
            Type::Reference(_) => {
                return Err(syn::Error::new_spanned(
                    ty,
                    "a result is sent away: return an owned value instead of a reference",
                ));
            }
            _ => {}
        }
        Ok(match arg::generic_args(ty, "Result").as_deref() {
            Some([ok, error]) => Self::Result { ok: quote!(#ok), error: quote!(#error) },
            // An alias, whose error only the compiler knows.
            Some(_) => Self::Result {
                ok: quote!(<#ty as #krate::__private::Fallible>::Value),
                error: quote!(<#ty as #krate::__private::Fallible>::Error),
            },
            None => Self::Value(ty.clone()),
        })
    }
}

fn is_shared(attribute: &Attribute) -> bool {
    ["doc", "deprecated", "cfg", "allow", "expect"].iter().any(|name| attribute.path().is_ident(name))
}
