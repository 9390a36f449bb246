//! `#[derive(RpcError)]`: an error type of an application's own that travels and comes back.

mod codes;
mod variant;
mod write;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput};

use crate::options::{self, ErrorOptions, collect};
use crate::paths::Crate;
use variant::Variant;

pub(crate) fn expand(input: DeriveInput) -> syn::Result<TokenStream> {
    let mut attrs = input.attrs.clone();
    let options: ErrorOptions = options::take(&mut attrs)?.unwrap_or_default();
    let krate = Crate::new(options.krate.clone());
    let display = options.display.unwrap_or(true);
    let variants = match &input.data {
        Data::Enum(data) => {
            if options.code.is_some() || options.message.is_some() || options.transparent.is_present() {
                return Err(syn::Error::new(
                    input.ident.span(),
                    "`code`, `message` and `transparent` belong to the variants",
                ));
            }
            let mut variants = Vec::new();
            let mut failed = None;
            for variant in &data.variants {
                let ident = &variant.ident;
                let mut attrs = variant.attrs.clone();
                let read =
                    options::take::<ErrorOptions>(&mut attrs).map(Option::unwrap_or_default).and_then(|options| {
                        Variant::read(quote!(Self::#ident), ident, &variant.fields, options, &attrs, display)
                    });
                match read {
                    Ok(variant) => variants.push(variant),
                    Err(error) => collect(&mut failed, error),
                }
            }
            match failed {
                Some(error) => return Err(error),
                None => variants,
            }
        }
        Data::Struct(data) => vec![Variant::read(quote!(Self), &input.ident, &data.fields, options, &attrs, display)?],
        Data::Union(data) => return Err(syn::Error::new(data.union_token.span, "an error is an enum or a struct")),
    };
    codes::check(&variants)?;
    Ok(write::items(&input, &variants, display, &krate))
}
