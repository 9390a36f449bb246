//! `#[derive(RpcError)]`: an error type of an application's own that travels and comes back.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::spanned::Spanned as _;
use syn::{Data, DeriveInput, Expr, ExprLit, ExprUnary, Fields, Lit, LitStr, Type, UnOp};

use crate::options::{self, ErrorOptions, collect};
use crate::paths::Crate;

/// A variant, or the whole of a struct.
struct Variant<'v> {
    /// `Self::NoFunds`, or `Self`.
    path: TokenStream,
    label: String,
    span: Span,
    fields: Vec<Field<'v>>,
    is_named: bool,
    kind: Kind,
    docs: String,
}

struct Field<'v> {
    /// What it is bound to.
    variable: Ident,
    /// How it is written in a constructor: `needed`, or `0`.
    member: syn::Member,
    name: String,
    ty: &'v Type,
}

enum Kind {
    Coded {
        code: Expr,
        message: Option<LitStr>,
    },
    /// Holds another error, which travels instead.
    Transparent,
}

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
    check_codes(&variants)?;
    Ok(write(&input, &variants, display, &krate))
}

impl<'v> Variant<'v> {
    fn read(
        path: TokenStream,
        ident: &Ident,
        fields: &'v Fields,
        options: ErrorOptions,
        attrs: &[syn::Attribute],
        display: bool,
    ) -> syn::Result<Self> {
        let span = ident.span();
        let read: Vec<_> = fields
            .iter()
            .enumerate()
            .map(|(index, field)| match &field.ident {
                Some(name) => Field {
                    variable: name.clone(),
                    member: syn::Member::Named(name.clone()),
                    name: crate::names::on_the_wire(name, None),
                    ty: &field.ty,
                },
                None => Field {
                    variable: format_ident!("__{index}"),
                    member: syn::Member::Unnamed(index.into()),
                    name: index.to_string(),
                    ty: &field.ty,
                },
            })
            .collect();
        let kind = if options.transparent.is_present() {
            if options.code.is_some() || options.message.is_some() {
                return Err(syn::Error::new(
                    span,
                    format!("`{ident}` is transparent: code and message are those of the error in it"),
                ));
            }
            if read.len() != 1 {
                return Err(syn::Error::new(
                    span,
                    format!("`{ident}` is transparent and needs exactly one field: the error that it stands for"),
                ));
            }
            Kind::Transparent
        } else {
            let Some(code) = options.code else {
                return Err(syn::Error::new(
                    span,
                    format!(
                        "`{ident}` needs a code: `#[rpc(code = 1, message = \"…\")]`, or `#[rpc(transparent)]` if it holds another error"
                    ),
                ));
            };
            if options.message.is_none() && display {
                return Err(syn::Error::new(
                    span,
                    format!(
                        "`{ident}` needs a message: `#[rpc(code = …, message = \"…\")]`; or write `#[rpc(display = false)]` on the type, and the message is what its own `Display` says"
                    ),
                ));
            }
            Kind::Coded { code: code.0, message: options.message }
        };
        Ok(Self {
            path,
            label: ident.to_string(),
            span,
            fields: read,
            is_named: matches!(fields, Fields::Named(_)),
            kind,
            docs: crate::describe::docs(attrs),
        })
    }

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

fn write(input: &DeriveInput, variants: &[Variant<'_>], display: bool, krate: &Crate) -> TokenStream {
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

/// Refuses codes that mean something else, or two things.
fn check_codes(variants: &[Variant<'_>]) -> syn::Result<()> {
    let mut seen: Vec<(i64, &str)> = Vec::new();
    let mut failed = None;
    for variant in variants {
        let Kind::Coded { code, .. } = &variant.kind else { continue };
        let Some(number) = literal(code) else { continue };
        if let Some(meaning) = meaning(number) {
            collect(
                &mut failed,
                syn::Error::new(
                    code.span(),
                    format!(
                        "code {number} means \"{meaning}\" (JSON-RPC 2.0, section 5.1): choose one outside of -32768 to -32000"
                    ),
                ),
            );
        } else if let Some((_, other)) = seen.iter().find(|(seen, _)| *seen == number) {
            collect(
                &mut failed,
                syn::Error::new(
                    variant.span,
                    format!(
                        "`{}` has the code {number} of `{other}`: on the other side they could not be told apart",
                        variant.label
                    ),
                ),
            );
        }
        seen.push((number, &variant.label));
    }
    failed.map_or(Ok(()), Err)
}

fn literal(code: &Expr) -> Option<i64> {
    match code {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => literal(expr).map(|number| -number),
        _ => None,
    }
}

fn meaning(code: i64) -> Option<&'static str> {
    Some(match code {
        -32700 => "Parse error",
        -32600 => "Invalid Request",
        -32601 => "Method not found",
        -32602 => "Invalid params",
        -32603 => "Internal error",
        _ => return None,
    })
}
