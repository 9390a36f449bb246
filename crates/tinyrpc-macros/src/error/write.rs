//! Writes what an error type derives: both directions, what is known of its errors, and how it is displayed.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{DeriveInput, LitStr};

use super::variant::{Kind, Variant};
use crate::paths::Crate;

/// All that is derived.
pub(super) fn items(input: &DeriveInput, variants: &[Variant<'_>], display: bool, krate: &Crate) -> TokenStream {
    let ident = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let to = variants.iter().map(|variant| variant.to(krate));
    // Those with a code first: a transparent one may take every error.
    let (coded, transparent): (Vec<_>, Vec<_>) =
        variants.iter().partition(|variant| matches!(variant.kind, Kind::Coded { .. }));
    let from = coded.iter().chain(&transparent).map(|variant| variant.from(krate));
    let infos = variants.iter().map(|variant| variant.info(krate));
    let display = display.then(|| {
        let arms = variants.iter().map(Variant::display);
        quote! {
            #[allow(unused_variables, deprecated)]
            impl #impl_generics ::core::fmt::Display for #ident #type_generics #where_clause {
                fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    match self {
                        #(#arms,)*
                    }
                }
            }

            impl #impl_generics ::core::error::Error for #ident #type_generics #where_clause {}
        }
    });
    quote! {
        #[allow(unused_variables, deprecated)]
        impl #impl_generics #krate::TypedError for #ident #type_generics #where_clause {
            fn to_rpc_error(&self) -> #krate::RpcError {
                match self {
                    #(#to,)*
                }
            }

            fn from_rpc_error(__error: &#krate::RpcError) -> ::core::option::Option<Self> {
                #(#from)*
                ::core::option::Option::None
            }

            fn describe() -> ::std::vec::Vec<#krate::describe::ErrorInfo> {
                let mut __all = ::std::vec::Vec::new();
                #(#infos)*
                __all
            }
        }

        #display
    }
}

impl Variant<'_> {
    fn pattern(&self) -> TokenStream {
        let path = &self.path;
        let bindings = self.fields.iter().map(|field| {
            let (member, variable) = (&field.member, &field.variable);
            if self.is_named { quote!(#variable) } else { quote!(#member: #variable) }
        });
        quote!(#path { #(#bindings),* })
    }

    /// The message as `format!` gives it, with the fields bound.
    fn message(&self, message: &LitStr) -> TokenStream {
        let text = LitStr::new(&bind_indices(&message.value()), message.span());
        quote!(::std::format!(#text))
    }

    fn to(&self, krate: &Crate) -> TokenStream {
        let pattern = self.pattern();
        match &self.kind {
            Kind::Transparent => {
                let field = &self.fields[0];
                let (variable, ty) = (&field.variable, &field.ty);
                quote! {
                    #pattern => <#ty as #krate::MethodError>::into_rpc_error(::core::clone::Clone::clone(#variable))
                }
            }
            Kind::Coded { code, message } => {
                let message = match message {
                    Some(message) => self.message(message),
                    None => quote!(::std::string::ToString::to_string(self)),
                };
                let data = self.data(krate).map(|data| quote!(.with_data(#data)));
                quote!(#pattern => #krate::RpcError::new(#code, #message) #data)
            }
        }
    }

    /// The data that travels: nothing, the one value, an array or an object.
    fn data(&self, krate: &Crate) -> Option<TokenStream> {
        let variables: Vec<_> = self.fields.iter().map(|field| &field.variable).collect();
        match variables.as_slice() {
            [] => None,
            [only] if !self.is_named => Some(quote!(::core::clone::Clone::clone(#only))),
            _ if !self.is_named => Some(quote!((#(::core::clone::Clone::clone(#variables),)*))),
            _ => {
                let items = self.data_struct(krate, &quote!(Serialize));
                let types = self.types();
                Some(quote!({
                    #items
                    __Data::<#types> { #(#variables: ::core::clone::Clone::clone(#variables)),* }
                }))
            }
        }
    }

    /// A struct with the fields, each of a type parameter of its own: it cannot name those of the error.
    fn data_struct(&self, krate: &Crate, derive: &TokenStream) -> TokenStream {
        let serde = krate.serde();
        let params = self.params();
        let fields = self.fields.iter().zip(&params).map(|(field, param)| {
            let (variable, name) = (&field.variable, &field.name);
            quote!(#[serde(rename = #name)] #variable: #param)
        });
        quote! {
            #[derive(#krate::__private::serde::#derive)]
            #[serde(crate = #serde)]
            struct __Data<#(#params),*> {
                #(#fields),*
            }
        }
    }

    fn params(&self) -> Vec<Ident> {
        (0..self.fields.len()).map(|index| format_ident!("__T{index}")).collect()
    }

    fn types(&self) -> TokenStream {
        let types = self.fields.iter().map(|field| field.ty);
        quote!(#(#types),*)
    }

    fn from(&self, krate: &Crate) -> TokenStream {
        let path = &self.path;
        let Kind::Coded { code, .. } = &self.kind else {
            let field = &self.fields[0];
            let (member, ty) = (&field.member, &field.ty);
            return quote! {
                if let ::core::option::Option::Some(__inner) = <#ty as #krate::MethodError>::from_remote(__error) {
                    return ::core::option::Option::Some(#path { #member: __inner });
                }
            };
        };
        let types = self.types();
        let value = match self.fields.as_slice() {
            [] => quote!(#path {}),
            [only] if !self.is_named => {
                let ty = only.ty;
                quote!(#path { 0: __error.data::<#ty>()?.ok()? })
            }
            fields => {
                let variables: Vec<_> = fields.iter().map(|field| &field.variable).collect();
                let members = fields.iter().map(|field| &field.member);
                if self.is_named {
                    let items = self.data_struct(krate, &quote!(Deserialize));
                    quote!({
                        #items
                        let __data: __Data<#types> = __error.data()?.ok()?;
                        #path { #(#members: __data.#variables),* }
                    })
                } else {
                    quote!({
                        let (#(#variables,)*): (#types,) = __error.data()?.ok()?;
                        #path { #(#members: #variables),* }
                    })
                }
            }
        };
        quote! {
            if __error.code() == (#code) {
                return ::core::option::Option::Some(#value);
            }
        }
    }

    fn info(&self, krate: &Crate) -> TokenStream {
        let Kind::Coded { code, message } = &self.kind else {
            let ty = self.fields[0].ty;
            return quote!(__all.extend(<#ty as #krate::MethodError>::infos()););
        };
        let message = match message {
            Some(message) => message.value(),
            None if self.docs.is_empty() => self.label.clone(),
            None => self.docs.clone(),
        };
        let data = match self.fields.as_slice() {
            [] => None,
            [only] if !self.is_named => {
                let ty = only.ty;
                Some(quote!(#krate::type_info!(#ty)))
            }
            fields if self.is_named => {
                let label = &self.label;
                let members = fields.iter().map(|field| {
                    let (name, ty) = (&field.name, field.ty);
                    quote!(#name: #ty)
                });
                Some(quote!(#krate::object_info!(#label, { #(#members),* })))
            }
            _ => {
                let types = self.types();
                Some(quote!(#krate::type_info!((#types,))))
            }
        }
        .map(|data| quote!(.with_data(#data)));
        quote!(__all.push(#krate::describe::ErrorInfo::new(#code, #message) #data);)
    }

    fn display(&self) -> TokenStream {
        let pattern = self.pattern();
        match &self.kind {
            Kind::Transparent => {
                let variable = &self.fields[0].variable;
                quote!(#pattern => ::core::fmt::Display::fmt(#variable, __f))
            }
            Kind::Coded { message: Some(message), .. } => {
                let text = LitStr::new(&bind_indices(&message.value()), message.span());
                quote!(#pattern => ::core::write!(__f, #text))
            }
            Kind::Coded { message: None, .. } => TokenStream::new(),
        }
    }
}

/// `{0}` becomes `{__0}`, as the fields are bound.
fn bind_indices(message: &str) -> String {
    let mut bound = String::new();
    let mut chars = message.chars().peekable();
    while let Some(char) = chars.next() {
        bound.push(char);
        if char == '{' {
            match chars.peek() {
                Some('{') => bound.extend(chars.next()),
                Some(digit) if digit.is_ascii_digit() => bound.push_str("__"),
                _ => {}
            }
        }
    }
    bound
}
