//! Writes what registers a method: a struct for its arguments, a closure that takes it, and a description.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Generics, Type};

use crate::arg::Fallback;
use crate::describe;
use crate::method::{Method, Output};
use crate::paths::Crate;

/// How the function itself is called.
pub(crate) struct Callee<'c> {
    /// Its path, such as `<S as Bank>::deposit`.
    pub(crate) path: TokenStream,
    /// Whether it is called on an instance, which is in an `Arc` called `__instance`.
    pub(crate) on_instance: bool,
    /// The generic parameters that its argument types may use.
    pub(crate) generics: &'c Generics,
    pub(crate) krate: &'c Crate,
}

/// Statements that register the method in `__dispatcher`.
pub(crate) fn statements(method: &Method, callee: &Callee<'_>) -> TokenStream {
    let (krate, cfgs, name) = (callee.krate, &method.cfgs, &method.name);
    let arguments = arguments(method, callee);
    let handler = handler(method, callee);
    let description = describe::description(method, krate);
    let check = check_result(method, krate);
    quote! {
        #(#cfgs)*
        {
            #arguments
            #check
            __dispatcher.register(#name, #handler)?;
            __dispatcher.describe(#name, #description)?;
        }
    }
}

/// The struct that serde decodes the arguments into, by name or by position.
pub(crate) fn arguments(method: &Method, callee: &Callee<'_>) -> TokenStream {
    if method.wire_args().next().is_none() {
        return TokenStream::new();
    }
    let krate = callee.krate;
    let serde = krate.serde();
    let fields = method.wire_args().map(|(arg, name, fallback)| {
        let (cfgs, ident, ty) = (&arg.cfgs, &arg.ident, &arg.ty);
        let rename = (*ident != name).then(|| quote!(#[serde(rename = #name)]));
        let default = fallback.map(|_| quote!(#[serde(default)]));
        let ty = match fallback {
            Some(Fallback::Is(_)) => quote_spanned!(ty.span()=> #krate::__private::Given<#ty>),
            _ => quote!(#ty),
        };
        quote!(#(#cfgs)* #rename #default #ident: #ty)
    });
    let (impl_generics, _, where_clause) = callee.generics.split_for_impl();
    let marker = (!callee.generics.params.is_empty()).then(|| {
        let types = callee.generics.type_params().map(|param| &param.ident);
        quote!(#[serde(skip)] __generics: ::core::marker::PhantomData<fn() -> (#(#types,)*)>,)
    });
    // Whoever wrote the generic parameters has said what is needed of them.
    let bound = marker.is_some().then(|| quote!(, bound = ""));
    let expecting = expecting(method);
    quote! {
        #[derive(#krate::__private::serde::Deserialize)]
        #[serde(crate = #serde, expecting = #expecting #bound)]
        #[allow(non_snake_case)]
        struct __Arguments #impl_generics #where_clause {
            #(#fields,)*
            #marker
        }
    }
}

/// For the error when arguments are missing.
fn expecting(method: &Method) -> String {
    let names: Vec<_> = method
        .wire_args()
        .map(
            |(_, name, fallback)| if fallback.is_some() { format!("`{name}` (optional)") } else { format!("`{name}`") },
        )
        .collect();
    let plural = if names.len() == 1 { "" } else { "s" };
    format!("the argument{plural} {}", names.join(", "))
}

/// The closure that calls the method, as `register` takes it.
pub(crate) fn handler(method: &Method, callee: &Callee<'_>) -> TokenStream {
    let krate = callee.krate;
    let mut before: Vec<(TokenStream, &Type)> = Vec::new();
    let mut passed: Vec<TokenStream> = Vec::new();
    for arg in &method.args {
        let (ident, cfgs) = (&arg.ident, &arg.cfgs);
        passed.push(match arg.wire() {
            Some((_, Some(Fallback::Is(expr)))) => quote!(#(#cfgs)* __arguments.#ident.or_else(|| #expr)),
            Some(_) => quote!(#(#cfgs)* __arguments.#ident),
            None => {
                let variable = format_ident!("__from_call_{}", before.len());
                before.push((quote!(#variable), &arg.ty));
                quote!(#variable)
            }
        });
    }
    let before = match before.as_slice() {
        [] => None,
        // Nested pairs, for any number of them.
        [first @ .., (variable, ty)] => {
            Some(first.iter().rev().fold((variable.clone(), quote!(#ty)), |(variables, types), (variable, ty)| {
                (quote!((#variable, #variables)), quote!((#ty, #types)))
            }))
        }
    }
    .map(|(variables, types)| quote!(#variables: #types,));
    let argument = if method.wire_args().next().is_none() {
        quote!((): ())
    } else {
        let (_, type_generics, _) = callee.generics.split_for_impl();
        quote!(__arguments: __Arguments #type_generics)
    };
    let path = &callee.path;
    let instance = callee.on_instance.then(|| quote!(&__instance,));
    let call = quote!(#path(#instance #(#passed),*));
    let shared = callee.on_instance.then(|| quote!(let __instance = ::std::sync::Arc::clone(&__instance);));
    let body = if method.is_async {
        let call = outcome(method, quote!(#call.await), krate);
        quote!({ #shared async move { #call } })
    } else {
        outcome(method, call, krate)
    };
    let closure = quote!(move |#before #argument| #body);
    let closure = if method.is_blocking { quote!(#krate::blocking(#closure)) } else { closure };
    quote!({ #shared #closure })
}

/// Makes the compiler name a type that cannot be sent back.
pub(crate) fn check_result(method: &Method, krate: &Crate) -> Option<TokenStream> {
    let ty = match &method.output {
        Output::Nothing => return None,
        Output::Value(ty) => quote!(#ty),
        Output::Result { ok, .. } => ok.clone(),
    };
    Some(quote_spanned!(ty.span()=> #krate::__private::can_be_sent::<#ty, _>();))
}

/// What the method returned, with its error in the form that travels.
fn outcome(method: &Method, call: TokenStream, krate: &Crate) -> TokenStream {
    match &method.output {
        Output::Result { error, .. } => {
            let span = error.span();
            let convert = quote_spanned!(span=> <#error as #krate::MethodError>::into_rpc_error);
            quote!(#call.map_err(#convert))
        }
        _ => call,
    }
}
