//! The macros of tinyrpc. Use them through the `tinyrpc` crate, which re-exports and documents them.

mod arg;
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
use syn::{Item, parse_macro_input};

/// See `tinyrpc::service`.
#[proc_macro_attribute]
pub fn service(options: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as Item);
    let written = match item {
        Item::Trait(item) => service::expand(options.into(), item),
        Item::Impl(item) => instance::expand(options.into(), item),
        Item::Fn(item) => Err(syn::Error::new(
            item.sig.ident.span(),
            "`#[tinyrpc::service]` stands on a trait or an `impl` block; for a function it is `#[tinyrpc::method]`",
        )),
        other => Err(syn::Error::new_spanned(other, "`#[tinyrpc::service]` stands on a trait or an `impl` block")),
    };
    finish(written)
}

/// See `tinyrpc::method`.
#[proc_macro_attribute]
pub fn method(options: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as Item);
    finish(match item {
        Item::Fn(item) => function::expand(options.into(), item),
        other => Err(syn::Error::new_spanned(
            other,
            "`#[tinyrpc::method]` stands on a function; for a trait or an `impl` block it is `#[tinyrpc::service]`",
        )),
    })
}

/// See `tinyrpc::RpcError`.
#[proc_macro_derive(RpcError, attributes(rpc))]
pub fn rpc_error(item: TokenStream) -> TokenStream {
    finish(error::expand(parse_macro_input!(item)))
}

fn finish(written: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    written.unwrap_or_else(|error| error.to_compile_error()).into()
}
