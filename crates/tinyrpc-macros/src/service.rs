//! `#[tinyrpc::service]` on a trait: the trait itself, its server side and its client.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Generics, ItemTrait, ReturnType, TraitItem, TraitItemFn, parse_quote};

use crate::arg;
use crate::check;
use crate::client;
use crate::method::{Common, Method, Place};
use crate::options::{self, MethodOptions, ServiceOptions, collect};
use crate::paths::Crate;
use crate::register::{self, Callee};

pub(crate) fn expand(tokens: TokenStream, mut item: ItemTrait) -> syn::Result<TokenStream> {
    let options: ServiceOptions = options::read(tokens)?;
    let krate = Crate::new(options.krate.clone());
    let common = Common::from(&options);
    if let Some(param) = item.generics.params.first() {
        return Err(syn::Error::new(
            param.span(),
            format!("`{}` is generic, but its client has to know the types: name them in the trait", item.ident),
        ));
    }
    let mut methods = Vec::new();
    let mut failed = None;
    for item in &mut item.items {
        match read(item, &common, &krate) {
            Ok(Some(method)) => methods.push(method),
            Ok(None) => {}
            Err(error) => collect(&mut failed, error),
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    check::duplicates(&methods)?;

    for bound in [quote!(::core::marker::Send), quote!(::core::marker::Sync), quote!('static)] {
        item.supertraits.push(parse_quote!(#bound));
    }
    let client = client::expand(&item, &methods, &krate)?;
    let service = service(&mut item, &methods, &krate)?;
    Ok(quote!(#item #service #client))
}

/// Reads a method, and turns `async fn` into what has a `Send` future.
fn read(item: &mut TraitItem, common: &Common, krate: &Crate) -> syn::Result<Option<Method>> {
    let TraitItem::Fn(function) = item else {
        return Err(syn::Error::new_spanned(
            item,
            "a service has methods only, since a client knows nothing else of it: put this into another trait",
        ));
    };
    let options: MethodOptions = options::take(&mut function.attrs)?.unwrap_or_default();
    let method = if options.skip.is_present() {
        None
    } else {
        let method = Method::read(options, &function.attrs, &mut function.sig, Place::Trait, common, krate)?;
        check_self(function)?;
        Some(method)
    };
    if function.sig.asyncness.take().is_some() {
        let output = match &function.sig.output {
            ReturnType::Default => quote!(()),
            ReturnType::Type(_, ty) => quote!(#ty),
        };
        function.sig.output = parse_quote!(-> impl ::core::future::Future<Output = #output> + ::core::marker::Send);
        if let Some(body) = &mut function.default {
            *body = parse_quote!({ async move #body });
        }
    }
    Ok(method)
}

/// Refuses `Self` and `Self::Type` in what is passed.
fn check_self(function: &TraitItemFn) -> syn::Result<()> {
    struct Find(Option<proc_macro2::Span>);

    impl Visit<'_> for Find {
        fn visit_path(&mut self, path: &syn::Path) {
            if path.segments.first().is_some_and(|segment| segment.ident == "Self") {
                self.0.get_or_insert(path.span());
            }
            visit::visit_path(self, path);
        }
    }

    let mut find = Find(None);
    for input in &function.sig.inputs {
        if let syn::FnArg::Typed(typed) = input {
            find.visit_type(&typed.ty);
        }
    }
    find.visit_return_type(&function.sig.output);
    match find.0 {
        Some(span) => Err(syn::Error::new(
            span,
            "a client does not know what implements the service: name the type instead of `Self`",
        )),
        None => Ok(()),
    }
}

/// What serves an implementation.
fn service(item: &mut ItemTrait, methods: &[Method], krate: &Crate) -> syn::Result<TokenStream> {
    let (vis, ident, cfgs) = (&item.vis, &item.ident, arg::cfgs(&item.attrs));
    let service = format_ident!("{ident}Service");
    let generics = Generics::default();
    let statements: Vec<_> = methods
        .iter()
        .map(|method| {
            let name = &method.ident;
            let callee = Callee { path: quote!(<S as #ident>::#name), on_instance: true, generics: &generics, krate };
            register::statements(method, &callee)
        })
        .collect();
    let docs = format!("Serves what implements [`{ident}`]: an instance for `Dispatcher::register_instance`.");
    let debug_name = service.to_string();
    let needs_state = methods
        .iter()
        .flat_map(|method| &method.args)
        .any(|arg| arg.is_from_call() && !arg::is_one_of(&arg.ty, &["Context", "Caller"]));
    if !needs_state {
        if let Some(method) = methods.iter().find(|method| method.ident == "into_dispatcher") {
            return Err(syn::Error::new(
                method.ident.span(),
                "a service has a method `into_dispatcher` already: call this one \
                 differently in Rust, and use `#[rpc(name = \"…\")]`",
            ));
        }
        item.items.push(parse_quote! {
            /// Its methods, ready to be served or to be nested in another dispatcher.
            fn into_dispatcher(self) -> #krate::Dispatcher
            where
                Self: ::core::marker::Sized,
            {
                #krate::__private::dispatcher(#service::new(self))
            }
        });
    }
    Ok(quote! {
        #(#cfgs)*
        #[doc = #docs]
        #vis struct #service<S>(::std::sync::Arc<S>);

        #(#cfgs)*
        impl<S: #ident> #service<S> {
            /// Serves `implementation`.
            #[must_use]
            #vis fn new(implementation: S) -> Self {
                Self(::std::sync::Arc::new(implementation))
            }

            /// Serves an implementation that is used elsewhere as well, such as under another service.
            #[must_use]
            #vis fn shared(implementation: ::std::sync::Arc<S>) -> Self {
                Self(implementation)
            }
        }

        #(#cfgs)*
        impl<S> ::core::clone::Clone for #service<S> {
            fn clone(&self) -> Self {
                Self(::std::sync::Arc::clone(&self.0))
            }
        }

        #(#cfgs)*
        impl<S> ::core::fmt::Debug for #service<S> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(#debug_name)
            }
        }

        #(#cfgs)*
        #[allow(deprecated)]
        impl<S: #ident> #krate::dispatch::Instance for #service<S> {
            fn register(
                self: ::std::sync::Arc<Self>,
                __dispatcher: &mut #krate::Dispatcher,
            ) -> ::core::result::Result<(), #krate::dispatch::RegisterError> {
                let __instance = &self.0;
                #(#statements)*
                let _ = __instance;
                ::core::result::Result::Ok(())
            }
        }
    })
}
