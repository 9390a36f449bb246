//! What a method says about itself: documentation, deprecation, arguments, result and errors.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

use crate::method::{Method, Output};
use crate::paths::Crate;

/// The documentation in `attrs`, without the space that each line starts with.
pub(crate) fn docs(attrs: &[Attribute]) -> String {
    let lines: Vec<_> = attrs.iter().filter_map(doc_line).collect();
    let lines = lines.iter().flat_map(|text| text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)));
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// The same, taken out.
pub(crate) fn take_docs(attrs: &mut Vec<Attribute>) -> String {
    let docs = docs(attrs);
    attrs.retain(|attribute| !attribute.path().is_ident("doc"));
    docs
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    if !pair.path.is_ident("doc") {
        return None;
    }
    match &pair.value {
        // An empty line has no lines of its own.
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value().is_empty() => Some("\n".to_owned()),
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// What `#[deprecated]` says, if it is there.
pub(crate) fn deprecated(attrs: &[Attribute]) -> Option<String> {
    let attribute = attrs.iter().find(|attribute| attribute.path().is_ident("deprecated"))?;
    let mut note = String::new();
    match &attribute.meta {
        Meta::NameValue(pair) => {
            if let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value {
                note = text.value();
            }
        }
        Meta::List(_) => {
            // What is wrong in it, the compiler says.
            let _ = attribute.parse_nested_meta(|meta| {
                let value: syn::LitStr = meta.value()?.parse()?;
                if meta.path.is_ident("note") {
                    note = value.value();
                }
                Ok(())
            });
        }
        Meta::Path(_) => {}
    }
    Some(note)
}

/// An expression that makes the description.
pub(crate) fn description(method: &Method, krate: &Crate) -> TokenStream {
    let docs = &method.docs;
    let mut steps = TokenStream::new();
    for (arg, name, fallback) in method.wire_args() {
        let (cfgs, ty) = (&arg.cfgs, &arg.ty);
        let docs = (!arg.docs.is_empty()).then(|| {
            let docs = &arg.docs;
            quote!(.with_docs(#docs))
        });
        let default = fallback.map(|_| quote!(.with_default()));
        steps.extend(quote! {
            #(#cfgs)*
            let __description = __description
                .with_param(#krate::describe::Param::new(#name, #krate::type_info!(#ty)) #docs #default);
        });
    }
    let result = match &method.output {
        _ if method.is_notification => quote!(.with_notification()),
        Output::Nothing => quote!(.with_result(#krate::type_info!(()))),
        Output::Value(ty) => quote!(.with_result(#krate::type_info!(#ty))),
        Output::Result { ok, error } => {
            let infos = quote_spanned!(error.span()=> <#error as #krate::MethodError>::infos());
            quote!(.with_result(#krate::type_info!(#ok)).with_errors(#infos))
        }
    };
    let deprecated = method.deprecated.as_ref().map(|note| quote!(.with_deprecated(#note)));
    let examples = method.examples.iter().map(|example| {
        let (name, params, result) = (&example.name, &example.params, &example.result);
        quote!(.with_example(#krate::describe::Example::new(#name, #params, #result)))
    });
    quote! {{
        let __description = #krate::describe::Description::new(#docs).with_known_params();
        #steps
        __description #result #deprecated #(#examples)*
    }}
}
