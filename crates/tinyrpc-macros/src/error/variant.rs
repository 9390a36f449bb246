//! A variant of an error type, read from its attributes and fields.

use proc_macro2::{Ident, Span, TokenStream};
use quote::format_ident;
use syn::{Attribute, Expr, Fields, LitStr, Member, Type};

use crate::options::ErrorOptions;
use crate::{describe, names};

/// A variant, or the whole of a struct.
pub(super) struct Variant<'v> {
    /// `Self::NoFunds`, or `Self`.
    pub(super) path: TokenStream,
    pub(super) label: String,
    pub(super) span: Span,
    pub(super) fields: Vec<Field<'v>>,
    pub(super) is_named: bool,
    pub(super) kind: Kind,
    pub(super) docs: String,
}

pub(super) struct Field<'v> {
    /// What it is bound to.
    pub(super) variable: Ident,
    /// How it is written in a constructor: `needed`, or `0`.
    pub(super) member: Member,
    pub(super) name: String,
    pub(super) ty: &'v Type,
}

pub(super) enum Kind {
    Coded {
        code: Expr,
        message: Option<LitStr>,
    },
    /// Holds another error, which travels instead.
    Transparent,
}

impl<'v> Variant<'v> {
    pub(super) fn read(
        path: TokenStream,
        ident: &Ident,
        fields: &'v Fields,
        options: ErrorOptions,
        attrs: &[Attribute],
        display: bool,
    ) -> syn::Result<Self> {
        let span = ident.span();
        let read: Vec<_> = fields
            .iter()
            .enumerate()
            .map(|(index, field)| match &field.ident {
                Some(name) => Field {
                    variable: name.clone(),
                    member: Member::Named(name.clone()),
                    name: names::on_the_wire(name, None),
                    ty: &field.ty,
                },
                None => Field {
                    variable: format_ident!("__{index}"),
                    member: Member::Unnamed(index.into()),
                    name: index.to_string(),
                    ty: &field.ty,
                },
            })
            .collect();
        let kind = if options.transparent.is_present() {
            if options.code.is_some() || options.message.is_some() {
                return Err(syn::Error::new(
                    span,
                    format!("`{ident}` is transparent: code and message are those of the error in it"),
                ));
            }
            if read.len() != 1 {
                return Err(syn::Error::new(
                    span,
                    format!("`{ident}` is transparent and needs exactly one field: the error that it stands for"),
                ));
            }
            Kind::Transparent
        } else {
            let Some(code) = options.code else {
                return Err(syn::Error::new(
                    span,
                    format!(
                        "`{ident}` needs a code: `#[rpc(code = 1, message = \"…\")]`, \
                         or `#[rpc(transparent)]` if it holds another error"
                    ),
                ));
            };
            if options.message.is_none() && display {
                return Err(syn::Error::new(
                    span,
                    format!(
                        "`{ident}` needs a message: `#[rpc(code = …, message = \"…\")]`; \
                         or write `#[rpc(display = false)]` on the type, and the message \
                          is what its own `Display` says"
                    ),
                ));
            }
            Kind::Coded { code: code.0, message: options.message }
        };
        Ok(Self {
            path,
            label: ident.to_string(),
            span,
            fields: read,
            is_named: matches!(fields, Fields::Named(_)),
            kind,
            docs: describe::docs(attrs),
        })
    }
}
