//! Names on the wire, and of what the macros write.

use darling::FromMeta;
use ident_case::RenameRule;
use proc_macro2::Ident;
use quote::format_ident;
use syn::ext::IdentExt as _;

/// How names are written on the wire.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style(RenameRule);

const STYLES: &str = "`lowercase`, `PascalCase`, `camelCase`, `snake_case`, `SCREAMING_SNAKE_CASE` and `kebab-case`";

impl FromMeta for Style {
    fn from_string(value: &str) -> darling::Result<Self> {
        let rule = value.parse();
        rule.map(Self).map_err(|_| darling::Error::custom(format!("there is no style `{value}`; there are {STYLES}")))
    }
}

/// The name of `ident` on the wire.
pub(crate) fn on_the_wire(ident: &Ident, style: Option<Style>) -> String {
    let name = ident.unraw().to_string();
    match style {
        Some(Style(rule)) => rule.apply_to_field(name),
        None => name,
    }
}

/// `add_up` and `Method` give `AddUpMethod`.
pub(crate) fn pascal(ident: &Ident, suffix: &str) -> Ident {
    let name = RenameRule::PascalCase.apply_to_field(ident.unraw().to_string());
    format_ident!("{name}{suffix}", span = ident.span())
}
