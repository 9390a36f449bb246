//! The client of a service trait: a type with one async method per function.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ItemTrait;
use syn::spanned::Spanned as _;

use crate::arg::{self, Arg, Fallback};
use crate::method::{Method, Output};
use crate::options::Passing;
use crate::paths::Crate;

/// What the client has besides the service's methods.
const TAKEN: [&str; 2] = ["new", "with_prefix"];

pub(crate) fn expand(item: &ItemTrait, methods: &[Method], krate: &Crate) -> syn::Result<TokenStream> {
    if let Some(method) = methods.iter().find(|method| TAKEN.iter().any(|taken| method.ident == taken)) {
        return Err(syn::Error::new(
            method.ident.span(),
            format!(
                "a client has a function `{0}` already: call this one \
                 differently in Rust, and give it its name with `#[rpc(name = \"{0}\")]`",
                method.ident
            ),
        ));
    }
    let (vis, service, cfgs) = (&item.vis, &item.ident, arg::cfgs(&item.attrs));
    let ident = format_ident!("{service}Client");
    let docs = format!("Calls the methods of a [`{service}`] on the other side. Cheap to clone.");
    let methods = methods.iter().map(|method| function(method, item, krate));
    Ok(quote! {
        #(#cfgs)*
        #[doc = #docs]
        #[derive(Clone, Debug)]
        #vis struct #ident(#krate::client::Proxy);

        #(#cfgs)*
        #[allow(clippy::too_many_arguments)]
        impl #ident {
            /// Calls through `client`.
            #[must_use]
            #vis fn new(client: #krate::Client) -> Self {
                Self(client.with_error_data(true).proxy(""))
            }

            /// Puts `prefix`, such as `site.`, before the names of the methods and before the prefix that they have.
            #[must_use]
            #vis fn with_prefix(self, prefix: &str) -> Self {
                Self(self.0.under(prefix))
            }

            #(#methods)*
        }

        #(#cfgs)*
        impl ::core::convert::From<#krate::Client> for #ident {
            fn from(client: #krate::Client) -> Self {
                Self::new(client)
            }
        }
    })
}

fn function(method: &Method, item: &ItemTrait, krate: &Crate) -> TokenStream {
    let (vis, attrs, ident, name) = (&item.vis, &method.shared_attrs, &method.ident, &method.name);
    let inputs = method.wire_args().map(|(arg, _, fallback)| {
        let (cfgs, ident, ty) = (&arg.cfgs, &arg.ident, sent_type(arg, fallback));
        quote!(#(#cfgs)* #ident: #ty)
    });
    let (output, verb, convert) = match &method.output {
        _ if method.is_notification => (quote!(()), quote!(notify), None),
        Output::Nothing => (quote!(()), quote!(call), None),
        Output::Value(ty) => (quote!(#ty), quote!(call), None),
        Output::Result { ok, error } => {
            let span = error.span();
            let error = quote_spanned!(span=> #krate::TypedCallError<#error>);
            let from = quote_spanned!(span=> <#error as ::core::convert::From<#krate::CallError>>::from);
            (quote!(#ok, #error), quote!(call), Some(quote!(.map_err(#from))))
        }
    };
    let output = match &convert {
        Some(_) => quote!(::core::result::Result<#output>),
        None => quote!(::core::result::Result<#output, #krate::CallError>),
    };
    let (items, positional) = positional(method, krate);
    let body = match method.passing {
        Passing::Positional => quote!(#items self.0.#verb(#name, #positional).await),
        Passing::Named if method.wire_args().next().is_none() => quote!(self.0.#verb(#name, ()).await),
        Passing::Named => {
            let (named_items, named) = named(method, krate);
            // Not every protocol has names.
            quote! {
                if self.0.takes_named() {
                    #named_items
                    self.0.#verb(#name, #named).await
                } else {
                    #items
                    self.0.#verb(#name, #positional).await
                }
            }
        }
    };
    let body = match convert {
        Some(convert) if method.passing == Passing::Named => quote!({ #body } #convert),
        convert => quote!(#body #convert),
    };
    let docs = (!attrs.iter().any(|attribute| attribute.path().is_ident("doc"))).then(|| {
        let docs = format!("Calls `{name}`.");
        quote!(#[doc = #docs])
    });
    quote! {
        #docs
        #(#attrs)*
        #vis async fn #ident(&self #(, #inputs)*) -> #output {
            #body
        }
    }
}

/// The type of an argument on the client's side: what may be left out is an `Option`.
fn sent_type(arg: &Arg, fallback: Option<&Fallback>) -> TokenStream {
    let ty = &arg.ty;
    match fallback {
        None | Some(Fallback::Nothing) => quote!(#ty),
        Some(_) => quote!(::core::option::Option<#ty>),
    }
}

/// Items, and an expression that is encoded as an array.
fn positional(method: &Method, krate: &Crate) -> (TokenStream, TokenStream) {
    let args: Vec<_> = method.wire_args().collect();
    if args.iter().all(|(arg, _, fallback)| fallback.is_none() && arg.cfgs.is_empty()) && args.len() <= 16 {
        let idents = args.iter().map(|(arg, ..)| &arg.ident);
        // Should one of them not be encodable, the compiler points there.
        return (TokenStream::new(), quote_spanned!(method.ident.span()=> (#(#idents,)*)));
    }
    let (fields, values) = fields(method, |_| None);
    let given = args.iter().map(|(arg, _, fallback)| {
        let (cfgs, ident) = (&arg.cfgs, &arg.ident);
        let given = if fallback.is_some() { quote!(self.#ident.is_some()) } else { quote!(true) };
        quote!(#(#cfgs)* #given)
    });
    let elements = args.iter().map(|(arg, _, fallback)| {
        let (cfgs, ident, ty) = (&arg.cfgs, &arg.ident, &arg.ty);
        let element = match fallback {
            None | Some(Fallback::Nothing) => quote!(__list.serialize_element(&self.#ident)?),
            // Something after it is given, so its place must be filled.
            Some(fallback) => {
                let value = match fallback {
                    Fallback::Is(expr) => quote!(#expr),
                    _ => quote!(<#ty as ::core::default::Default>::default()),
                };
                quote! {
                    match &self.#ident {
                        ::core::option::Option::Some(__given) => __list.serialize_element(__given)?,
                        ::core::option::Option::None => {
                            let __value: #ty = #value;
                            __list.serialize_element(&__value)?
                        }
                    }
                }
            }
        };
        quote! {
            #(#cfgs)*
            if __places.next().is_some() {
                #element;
            }
        }
    });
    let items = quote! {
        struct __Positional {
            #(#fields,)*
        }

        impl #krate::__private::serde::Serialize for __Positional {
            fn serialize<__S: #krate::__private::serde::Serializer>(
                &self,
                __serializer: __S,
            ) -> ::core::result::Result<__S::Ok, __S::Error> {
                use #krate::__private::serde::ser::SerializeSeq as _;

                // As many places as it takes to reach the last argument that is given.
                let __given = [#(#given),*];
                let __count = __given.iter().rposition(|given| *given).map_or(0, |last| last + 1);
                let mut __list = __serializer.serialize_seq(::core::option::Option::Some(__count))?;
                let mut __places = 0..__count;
                #(#elements)*
                __list.end()
            }
        }
    };
    (items, quote!(__Positional { #(#values),* }))
}

/// Items, and an expression that is encoded as an object.
fn named(method: &Method, krate: &Crate) -> (TokenStream, TokenStream) {
    let serde = krate.serde();
    let (fields, values) = fields(method, |optional| {
        optional.then(|| quote!(#[serde(skip_serializing_if = "::core::option::Option::is_none")]))
    });
    let renames = method.wire_args().map(|(_, name, _)| quote!(#[serde(rename = #name)]));
    let items = quote! {
        #[derive(#krate::__private::serde::Serialize)]
        #[serde(crate = #serde)]
        #[allow(non_snake_case)]
        struct __Named {
            #(#renames #fields,)*
        }
    };
    (items, quote!(__Named { #(#values),* }))
}

/// The fields of a struct for the arguments, and their values.
fn fields(method: &Method, attribute: impl Fn(bool) -> Option<TokenStream>) -> (Vec<TokenStream>, Vec<TokenStream>) {
    method
        .wire_args()
        .map(|(arg, _, fallback)| {
            let (cfgs, ident, ty) = (&arg.cfgs, &arg.ident, sent_type(arg, fallback));
            let attribute = attribute(fallback.is_some());
            (quote!(#(#cfgs)* #attribute #ident: #ty), quote!(#(#cfgs)* #ident))
        })
        .unzip()
}
