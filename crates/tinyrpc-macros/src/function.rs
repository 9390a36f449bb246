//! `#[tinyrpc::method]` on a function: the function itself, and a type that registers it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Generics, ItemFn};

use crate::method::{Common, Method, Place};
use crate::options::{self, MethodOptions};
use crate::paths::Crate;
use crate::register::{self, Callee};
use crate::{arg, describe, names};

pub(crate) fn expand(tokens: TokenStream, mut item: ItemFn) -> syn::Result<TokenStream> {
    let options: MethodOptions = options::read(tokens)?;
    let krate = Crate::new(options.krate.clone());
    if options.skip.is_present() || options.params.is_some() {
        return Err(syn::Error::new(item.sig.ident.span(), "`skip` and `params` mean nothing for a function"));
    }
    let method = Method::read(options, &item.attrs, &mut item.sig, Place::Function, &Common::default(), &krate)?;
    let (vis, function, cfgs) = (&item.vis, &item.sig.ident, arg::cfgs(&item.attrs));
    let ident = names::pascal(function, "Method");
    let generics = Generics::default();
    let callee = Callee { path: quote!(#function), on_instance: false, generics: &generics, krate: &krate };
    let (name, arguments) = (&method.name, register::arguments(&method, &callee));
    let (handler, description) = (register::handler(&method, &callee), describe::description(&method, &krate));
    let check = register::check_result(&method, &krate);
    let docs = format!(
        "The function `{function}`, to be given to `Dispatcher::register` under a name of choice, or to \
         `Dispatcher::register_instance` under its own."
    );
    Ok(quote! {
        #item

        #(#cfgs)*
        #[doc = #docs]
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
        #vis struct #ident;

        #(#cfgs)*
        #[allow(deprecated)]
        impl #krate::dispatch::IntoHandler<()> for #ident {
            fn into_handler(
                self,
                __states: &#krate::dispatch::States,
                __check: #krate::dispatch::ArgumentCheck,
            ) -> ::core::result::Result<::std::boxed::Box<dyn #krate::Handler>, #krate::dispatch::MissingState> {
                #arguments
                #check
                #krate::dispatch::IntoHandler::into_handler(
                    #krate::dispatch::described(#handler, #description),
                    __states,
                    __check,
                )
            }
        }

        #(#cfgs)*
        impl #krate::dispatch::Instance for #ident {
            fn register(
                self: ::std::sync::Arc<Self>,
                __dispatcher: &mut #krate::Dispatcher,
            ) -> ::core::result::Result<(), #krate::dispatch::RegisterError> {
                __dispatcher.register(#name, *self)?;
                ::core::result::Result::Ok(())
            }
        }
    })
}
