//! Interfaces and type aliases of TypeScript.

use std::fmt::Write as _;

use super::super::model::{Definition, Kind, Rest, Type};
use super::super::names::is_identifier;
use super::super::text::braced;
use super::{TypeScript, docs};

impl TypeScript<'_> {
    pub(super) fn definition(&self, out: &mut String, definition: &Definition) {
        let name = &definition.name;
        docs(out, &definition.docs, "");
        let alternatives = match &definition.kind {
            Kind::Struct { fields, rest } => {
                let _ = writeln!(out, "export interface {name} {{");
                for field in fields {
                    docs(out, &field.docs, "  ");
                    let key = if is_identifier(&field.name) { field.name.clone() } else { braced(&field.name) };
                    let optional = if field.required { "" } else { "?" };
                    let _ = writeln!(out, "  {key}{optional}: {};", self.kind(&field.kind));
                }
                if matches!(rest, Rest::Kept(_)) {
                    // Must fit the members above as well.
                    out.push_str("  [name: string]: unknown;\n");
                }
                out.push_str("}\n");
                return;
            }
            Kind::Alias(kind) => vec![self.kind(kind)],
            Kind::Choice(values) => values.iter().map(|value| braced(value)).collect(),
            Kind::Union(variants) => variants.iter().map(|variant| self.kind(&variant.kind)).collect(),
        };
        let _ = writeln!(out, "export type {name} = {};", alternatives.join(" | "));
    }

    pub(super) fn kind(&self, kind: &Type) -> String {
        match kind {
            Type::Any => "unknown".to_owned(),
            Type::Null => "null".to_owned(),
            Type::Flag => "boolean".to_owned(),
            Type::Integer(_) | Type::Number => "number".to_owned(),
            Type::Text => "string".to_owned(),
            Type::List(item) => match &**item {
                Type::Optional(_) => format!("({})[]", self.kind(item)),
                item => format!("{}[]", self.kind(item)),
            },
            Type::Map(value) => format!("{{ [name: string]: {} }}", self.kind(value)),
            Type::Optional(kind) => format!("{} | null", self.kind(kind)),
            Type::Named(id) => self.model.definitions[*id].name.clone(),
            Type::Tuple(items) => {
                let items: Vec<_> = items.iter().map(|item| self.kind(item)).collect();
                format!("[{}]", items.join(", "))
            }
        }
    }
}
