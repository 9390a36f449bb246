//! Where the written code finds the `tinyrpc` crate.

use quote::ToTokens as _;
use syn::{LitStr, Path, parse_quote};

/// The crate's path, `::tinyrpc` unless `crate = …` says otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Crate(pub(crate) Path);

impl Crate {
    pub(crate) fn new(path: Option<Path>) -> Self {
        Self(path.unwrap_or_else(|| parse_quote!(::tinyrpc)))
    }

    /// The path of serde within it, as serde's own attributes want it.
    pub(crate) fn serde(&self) -> LitStr {
        let path = self.0.to_token_stream().to_string().replace(' ', "");
        LitStr::new(&format!("{path}::__private::serde"), proc_macro2::Span::call_site())
    }
}

impl quote::ToTokens for Crate {
    fn to_tokens(&self, tokens: &mut proc_macro2::TokenStream) {
        self.0.to_tokens(tokens);
    }
}
