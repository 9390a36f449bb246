//! An argument of a method, read from its signature.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens as _;
use syn::spanned::Spanned as _;
use syn::visit::Visit;
use syn::{Attribute, Expr, Lifetime, Pat, PatType, Type, TypeImplTrait, TypeReference};

use crate::names::{self, Style};
use crate::options::{self, ArgOptions, DefaultOption};

/// An argument of a method.
#[derive(Debug)]
pub(crate) struct Arg {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) docs: String,
    pub(crate) kind: ArgKind,
}

#[derive(Debug)]
pub(crate) enum ArgKind {
    /// It comes over the wire, under this name.
    Wire { name: String, fallback: Option<Fallback> },
    /// It is made from the call, such as `Context`.
    FromCall,
}

/// What an argument is when the caller leaves it out.
#[derive(Clone, Debug)]
pub(crate) enum Fallback {
    /// `None`; its type is an `Option`.
    Nothing,
    /// `Default::default()`.
    Default,
    Is(Box<Expr>),
}

impl Arg {
    /// Reads an argument and takes out of it what only we understand.
    pub(crate) fn read(typed: &mut PatType, style: Option<Style>) -> syn::Result<Self> {
        let Pat::Ident(pat) = &*typed.pat else {
            return Err(syn::Error::new_spanned(
                &typed.pat,
                "an argument needs a name, which is its name on the wire: \
                 take it as `name: Type` and take it apart in the body",
            ));
        };
        if pat.by_ref.is_some() || pat.subpat.is_some() {
            return Err(syn::Error::new_spanned(pat, "an argument is `name: Type`, without `ref` and `@`"));
        }
        let ident = pat.ident.clone();
        let options: ArgOptions = options::take(&mut typed.attrs)?.unwrap_or_default();
        let docs = crate::describe::take_docs(&mut typed.attrs);
        let cfgs = cfgs(&typed.attrs);
        let ty = (*typed.ty).clone();
        let from_call = options.from_call.unwrap_or_else(|| is_one_of(&ty, &["Context", "State", "Caller"]));
        if from_call {
            let refused = match (&options.default, &options.name, cfgs.first()) {
                (Some(_), ..) => Some((ident.span(), "has no default")),
                (_, Some(name), _) => Some((name.span(), "has no name there")),
                (.., Some(cfg)) => Some((cfg.span(), "cannot be left out with `#[cfg]`: put that on the method")),
                _ => None,
            };
            if let Some((span, why)) = refused {
                return Err(syn::Error::new(
                    span,
                    format!("`{ident}` is made from the call and not on the wire, so it {why}"),
                ));
            }
            return Ok(Self { ident, ty, cfgs, docs, kind: ArgKind::FromCall });
        }
        check_type(&ident, &ty)?;
        let fallback = match options.default {
            Some(DefaultOption::Default) if option_of(&ty).is_some() => Some(Fallback::Nothing),
            Some(DefaultOption::Default) => Some(Fallback::Default),
            Some(DefaultOption::Is(expr)) => Some(Fallback::Is(expr)),
            None => None,
        };
        let name = options.name.map_or_else(|| names::on_the_wire(&ident, style), |name| (*name).clone());
        Ok(Self { ident, ty, cfgs, docs, kind: ArgKind::Wire { name, fallback } })
    }

    pub(crate) fn is_from_call(&self) -> bool {
        matches!(self.kind, ArgKind::FromCall)
    }

    /// Its name on the wire and what it is when left out, if it is on the wire.
    pub(crate) fn wire(&self) -> Option<(&str, Option<&Fallback>)> {
        match &self.kind {
            ArgKind::Wire { name, fallback } => Some((name, fallback.as_ref())),
            ArgKind::FromCall => None,
        }
    }
}

/// Makes `Option`s at the end optional, and refuses other defaults before an argument that has none.
pub(crate) fn check_defaults(args: &mut [Arg]) -> syn::Result<()> {
    let mut required_after: Option<Ident> = None;
    for arg in args.iter_mut().rev() {
        let ArgKind::Wire { fallback, .. } = &mut arg.kind else { continue };
        match (&fallback, &required_after) {
            (Some(_), Some(after)) => {
                return Err(syn::Error::new(
                    arg.ident.span(),
                    format!(
                        "`{}` has a default, but `{after}` \
                         after it has none: positional arguments can be left out at the end only; \
                          move `{}` behind `{after}` or give `{after}` a default",
                        arg.ident, arg.ident
                    ),
                ));
            }
            (None, None) if option_of(&arg.ty).is_some() => *fallback = Some(Fallback::Nothing),
            (None, None) => required_after = Some(arg.ident.clone()),
            _ => {}
        }
    }
    Ok(())
}

/// Refuses types that no decoded argument can have.
fn check_type(ident: &Ident, ty: &Type) -> syn::Result<()> {
    /// The first of them, and what to do instead.
    struct Wrong(Option<(TokenStream, &'static str)>);

    impl Visit<'_> for Wrong {
        fn visit_type_reference(&mut self, reference: &TypeReference) {
            let remedy = match last_segment(&reference.elem).map(Ident::to_string).as_deref() {
                Some("str") => "it cannot borrow from the message: take `String` instead of `&str`",
                _ if matches!(*reference.elem, Type::Slice(_)) => {
                    "it cannot borrow from the message: take a `Vec` instead of a slice"
                }
                _ => "it cannot borrow from the message: take the type itself instead of a reference",
            };
            self.0.get_or_insert_with(|| (reference.to_token_stream(), remedy));
        }

        fn visit_lifetime(&mut self, lifetime: &Lifetime) {
            if lifetime.ident != "static" {
                let remedy = "it cannot borrow from the message: take a type without a lifetime";
                self.0.get_or_insert_with(|| (lifetime.to_token_stream(), remedy));
            }
        }

        fn visit_type_impl_trait(&mut self, any: &TypeImplTrait) {
            let remedy = "it must be known what to decode: name one type instead of `impl Trait`";
            self.0.get_or_insert_with(|| (any.to_token_stream(), remedy));
        }
    }

    let mut wrong = Wrong(None);
    wrong.visit_type(ty);
    match wrong.0 {
        None => Ok(()),
        Some((tokens, remedy)) => Err(syn::Error::new_spanned(tokens, format!("argument `{ident}`: {remedy}"))),
    }
}

/// The attributes that leave something out.
pub(crate) fn cfgs(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect()
}

/// The last segment of a path type.
pub(crate) fn last_segment(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

/// Whether the last segment of a path type is one of these.
pub(crate) fn is_one_of(ty: &Type, names: &[&str]) -> bool {
    last_segment(ty).is_some_and(|segment| names.iter().any(|name| segment == name))
}

/// The `T` of an `Option<T>`, as far as that can be told from how it is written.
pub(crate) fn option_of(ty: &Type) -> Option<&Type> {
    generic_args(ty, "Option").and_then(|args| args.first().copied())
}

/// The type arguments of a path type whose last segment is `name`.
pub(crate) fn generic_args<'t>(ty: &'t Type, name: &str) -> Option<Vec<&'t Type>> {
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last().filter(|segment| segment.ident == name)?;
    match &segment.arguments {
        syn::PathArguments::AngleBracketed(args) => Some(
            args.args
                .iter()
                .filter_map(|arg| match arg {
                    syn::GenericArgument::Type(ty) => Some(ty),
                    _ => None,
                })
                .collect(),
        ),
        _ => Some(Vec::new()),
    }
}
