//! What can stand in `#[tinyrpc::service(…)]`, `#[tinyrpc::method(…)]` and `#[rpc(…)]`.

use darling::FromMeta;
use darling::ast::NestedMeta;
use darling::util::{Flag, SpannedValue};
use proc_macro2::TokenStream;
use syn::{Attribute, Expr, Meta, Path};

use crate::names::Style;

/// Of a service: a trait or an `impl` block.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
pub(crate) struct ServiceOptions {
    pub(crate) prefix: Option<String>,
    pub(crate) rename_all: Option<Style>,
    pub(crate) rename_all_args: Option<Style>,
    pub(crate) params: Option<Passing>,
    #[darling(rename = "crate")]
    pub(crate) krate: Option<Path>,
}

/// Of a method.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
pub(crate) struct MethodOptions {
    pub(crate) name: Option<SpannedValue<String>>,
    pub(crate) rename_all_args: Option<Style>,
    pub(crate) params: Option<SpannedValue<Passing>>,
    pub(crate) notification: Flag,
    pub(crate) blocking: Flag,
    pub(crate) skip: Flag,
    #[darling(multiple)]
    pub(crate) example: Vec<ExampleOptions>,
    #[darling(rename = "crate")]
    pub(crate) krate: Option<Path>,
}

/// Of an example of a call.
#[derive(Debug, FromMeta)]
pub(crate) struct ExampleOptions {
    #[darling(default)]
    pub(crate) name: String,
    pub(crate) params: String,
    pub(crate) result: String,
}

/// Of an argument.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
pub(crate) struct ArgOptions {
    pub(crate) name: Option<SpannedValue<String>>,
    pub(crate) default: Option<DefaultOption>,
    pub(crate) from_call: Option<bool>,
}

/// Of an error type, or of one of its variants.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
pub(crate) struct ErrorOptions {
    pub(crate) code: Option<Code>,
    pub(crate) message: Option<syn::LitStr>,
    pub(crate) transparent: Flag,
    pub(crate) display: Option<bool>,
    #[darling(rename = "crate")]
    pub(crate) krate: Option<Path>,
}

/// How a client passes arguments.
#[derive(Clone, Copy, Debug, Default, PartialEq, FromMeta)]
pub(crate) enum Passing {
    #[default]
    Positional,
    Named,
}

/// The value of an argument that is left out.
#[derive(Clone, Debug)]
pub(crate) enum DefaultOption {
    /// `Default::default()`.
    Default,
    Is(Box<Expr>),
}

impl FromMeta for DefaultOption {
    fn from_word() -> darling::Result<Self> {
        Ok(Self::Default)
    }

    fn from_expr(expr: &Expr) -> darling::Result<Self> {
        Ok(Self::Is(Box::new(expr.clone())))
    }
}

/// An error's code.
#[derive(Clone, Debug)]
pub(crate) struct Code(pub(crate) Expr);

impl FromMeta for Code {
    fn from_expr(expr: &Expr) -> darling::Result<Self> {
        Ok(Self(expr.clone()))
    }
}

/// The options of an attribute macro.
pub(crate) fn read<T: FromMeta>(tokens: TokenStream) -> syn::Result<T> {
    Ok(T::from_list(&NestedMeta::parse_meta_list(tokens)?)?)
}

/// Takes all `#[rpc]` and `#[rpc(…)]` out of `attrs`; `None` when there is none.
pub(crate) fn take<T: FromMeta>(attrs: &mut Vec<Attribute>) -> syn::Result<Option<T>> {
    let mut all = Vec::new();
    let mut found = false;
    let mut failed: Option<syn::Error> = None;
    attrs.retain(|attribute| {
        if !attribute.path().is_ident("rpc") {
            return true;
        }
        found = true;
        let read = match &attribute.meta {
            Meta::Path(_) => Ok(Vec::new()),
            Meta::List(list) => NestedMeta::parse_meta_list(list.tokens.clone()),
            Meta::NameValue(_) => Err(syn::Error::new_spanned(attribute, "write `#[rpc(…)]`")),
        };
        match read {
            Ok(items) => all.extend(items),
            Err(error) => collect(&mut failed, error),
        }
        false
    });
    match failed {
        Some(error) => Err(error),
        None if found => Ok(Some(T::from_list(&all)?)),
        None => Ok(None),
    }
}

/// Adds an error to those that there are, so that all are shown at once.
pub(crate) fn collect(all: &mut Option<syn::Error>, error: syn::Error) {
    match all {
        Some(all) => all.combine(error),
        None => *all = Some(error),
    }
}
