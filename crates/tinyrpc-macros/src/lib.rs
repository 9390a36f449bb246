//! The macros of tinyrpc. Use them through the `tinyrpc` crate, which re-exports and documents them.

mod arg;
mod check;
mod client;
mod describe;
mod error;
mod function;
mod instance;
mod method;
mod names;
mod options;
mod paths;
mod register;
mod service;

use proc_macro::TokenStream;
use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{Attribute, FnArg, Item, parse_macro_input};

/// See `tinyrpc::service`.
#[proc_macro_attribute]
pub fn service(options: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as Item);
    let written = match item.clone() {
        Item::Trait(item) => service::expand(options.into(), item),
        Item::Impl(item) => instance::expand(options.into(), item),
        Item::Fn(item) => Err(syn::Error::new(
            item.sig.ident.span(),
            "`#[tinyrpc::service]` stands on a trait or an `impl` block; for a function it is `#[tinyrpc::method]`",
        )),
        other => Err(syn::Error::new_spanned(other, "`#[tinyrpc::service]` stands on a trait or an `impl` block")),
    };
    or_as_it_was(written, item)
}

/// See `tinyrpc::method`.
#[proc_macro_attribute]
pub fn method(options: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as Item);
    let written = match item.clone() {
        Item::Fn(item) => function::expand(options.into(), item),
        other => Err(syn::Error::new_spanned(
            other,
            "`#[tinyrpc::method]` stands on a function; for a trait or an `impl` block it is `#[tinyrpc::service]`",
        )),
    };
    or_as_it_was(written, item)
}

/// See `tinyrpc::RpcError`.
#[proc_macro_derive(RpcError, attributes(rpc))]
pub fn rpc_error(item: TokenStream) -> TokenStream {
    finish(error::expand(parse_macro_input!(item)))
}

/// The errors, and the item without what only we understand, so that what uses it gives no errors of its own.
fn or_as_it_was(written: syn::Result<proc_macro2::TokenStream>, mut item: Item) -> TokenStream {
    struct Strip;

    impl VisitMut for Strip {
        fn visit_attributes_mut(&mut self, attrs: &mut Vec<Attribute>) {
            attrs.retain(|attribute| !attribute.path().is_ident("rpc"));
        }

        fn visit_fn_arg_mut(&mut self, arg: &mut FnArg) {
            if let FnArg::Typed(typed) = arg {
                typed.attrs.retain(|attribute| attribute.path().is_ident("cfg"));
            }
        }
    }

    finish(written.or_else(|error| {
        Strip.visit_item_mut(&mut item);
        let error = error.to_compile_error();
        Ok(quote!(#error #item))
    }))
}

fn finish(written: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    written.unwrap_or_else(|error| error.to_compile_error()).into()
}
