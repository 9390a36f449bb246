//! `#[tinyrpc::service]` on an `impl` block: the block itself, and what registers its public methods.

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{FnArg, GenericParam, ImplItem, ItemImpl, Signature, Type, parse_quote};

use crate::check;
use crate::method::{Common, Method, Place};
use crate::options::{self, MethodOptions, ServiceOptions, collect};
use crate::paths::Crate;
use crate::register::{self, Callee};

const NO_CLIENT: &str =
    "`params` is about how a client passes arguments, and an `impl` block has no client: a server takes both";

pub(crate) fn expand(tokens: TokenStream, mut item: ItemImpl) -> syn::Result<TokenStream> {
    let options: ServiceOptions = options::read(tokens)?;
    let krate = Crate::new(options.krate.clone());
    let common = Common::from(&options);
    if let Some((path, _)) = &item.trait_ {
        return Err(syn::Error::new_spanned(
            path,
            "put `#[tinyrpc::service]` on the trait itself; an implementation of it needs no attribute",
        ));
    }
    if options.params.is_some() {
        return Err(syn::Error::new_spanned(&item.self_ty, NO_CLIENT));
    }
    if let Some(lifetime) = item.generics.params.iter().find(|param| matches!(param, GenericParam::Lifetime(_))) {
        return Err(syn::Error::new(
            lifetime.span(),
            "a dispatcher keeps the instance as long as it likes: it must own what it holds, without a lifetime",
        ));
    }
    let mut methods = Vec::new();
    let mut failed = None;
    for inner in &mut item.items {
        match read(inner, &item.self_ty, &common, &krate) {
            Ok(Some(method)) => methods.push(method),
            Ok(None) => {}
            Err(error) => collect(&mut failed, error),
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    if methods.is_empty() {
        return Err(syn::Error::new_spanned(&item.self_ty, "no method is public: put `#[rpc]` on those that are"));
    }
    check::duplicates(&methods)?;

    let statements = methods.iter().map(|method| {
        let name = &method.ident;
        let callee = Callee { path: quote!(Self::#name), on_instance: true, generics: &item.generics, krate: &krate };
        register::statements(method, &callee)
    });
    let self_ty = &item.self_ty;
    let mut generics = item.generics.clone();
    if !generics.params.is_empty() {
        generics
            .make_where_clause()
            .predicates
            .push(parse_quote!(#self_ty: ::core::marker::Send + ::core::marker::Sync + 'static));
    }
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let cfgs = crate::arg::cfgs(&item.attrs);
    Ok(quote! {
        #item

        #(#cfgs)*
        #[allow(deprecated)]
        impl #impl_generics #krate::dispatch::Instance for #self_ty #where_clause {
            fn register(
                self: ::std::sync::Arc<Self>,
                __dispatcher: &mut #krate::Dispatcher,
            ) -> ::core::result::Result<(), #krate::dispatch::RegisterError> {
                let __instance = &self;
                #(#statements)*
                ::core::result::Result::Ok(())
            }
        }
    })
}

/// Reads a method, if it is a public one.
fn read(item: &mut ImplItem, self_ty: &Type, common: &Common, krate: &Crate) -> syn::Result<Option<Method>> {
    let ImplItem::Fn(function) = item else { return Ok(None) };
    let Some(options) = options::take::<MethodOptions>(&mut function.attrs)? else { return Ok(None) };
    if let Some(params) = &options.params {
        return Err(syn::Error::new(params.span(), NO_CLIENT));
    }
    if options.skip.is_present() {
        return Err(syn::Error::new(
            options.skip.span(),
            "methods without `#[rpc]` are not public: remove the attribute",
        ));
    }
    // The struct for the arguments does not know `Self`.
    let mut known = function.sig.clone();
    name_self(&mut known, self_ty);
    let method = Method::read(options, &function.attrs, &mut known, Place::Instance, common, krate)?;
    // What only we understand goes out of the function itself as well.
    for (own, read) in function.sig.inputs.iter_mut().zip(&known.inputs) {
        if let (FnArg::Typed(own), FnArg::Typed(read)) = (own, read) {
            own.attrs.clone_from(&read.attrs);
        }
    }
    Ok(Some(method))
}

fn name_self(signature: &mut Signature, self_ty: &Type) {
    struct NameSelf<'t>(&'t Type);

    impl VisitMut for NameSelf<'_> {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            if matches!(ty, Type::Path(path) if path.qself.is_none() && path.path.is_ident("Self")) {
                *ty = self.0.clone();
            } else {
                visit_mut::visit_type_mut(self, ty);
            }
        }
    }

    for input in &mut signature.inputs {
        if let FnArg::Typed(typed) = input {
            NameSelf(self_ty).visit_type_mut(&mut typed.ty);
        }
    }
}
