//! Typed dictionaries, literals and aliases of Python.

use std::fmt::Write as _;

use super::super::model::{Definition, Field, Kind, Rest, Type};
use super::super::names::is_identifier;
use super::super::text::{self, commented};
use super::{Python, TAKEN};

/// Names that a member of a class must not have, because types in that class are written with them.
const TYPE_WORDS: &[&str] =
    &["Any", "False", "Literal", "None", "NotRequired", "True", "Union", "bool", "dict", "float", "int", "list", "str"];

impl Python<'_> {
    pub(super) fn definition(&self, out: &mut String, definition: &Definition) {
        let Definition { name, docs, kind } = definition;
        match kind {
            Kind::Struct { fields, rest } => self.structure(out, name, docs, fields, rest),
            Kind::Alias(kind) => alias(out, name, docs, &self.kind(kind)),
            Kind::Choice(values) => {
                let values: Vec<_> = values.iter().map(|value| text::python(value)).collect();
                alias(out, name, docs, &format!("Literal[{}]", values.join(", ")));
            }
            Kind::Union(variants) => {
                let kinds: Vec<_> = variants.iter().map(|variant| self.kind(&variant.kind)).collect();
                alias(out, name, docs, &kinds.join(" | "));
            }
        }
    }

    fn structure(&self, out: &mut String, name: &str, docs: &str, fields: &[Field], rest: &Rest) {
        let mut lines = text::lines(docs);
        if matches!(rest, Rest::Kept(_)) {
            lines.push("May have other members as well.".to_owned());
        }
        commented(out, &lines, "# ");
        let kind = |field: &Field| {
            let kind = self.kind(&field.kind);
            if field.required { kind } else { format!("NotRequired[{kind}]") }
        };
        // Members whose names are no names of Python, or hide a type, are possible only so.
        if fields.is_empty() || !fields.iter().all(|field| self.can_be_member(&field.name)) {
            let _ = writeln!(out, "{name} = TypedDict(\"{name}\", {{");
            for field in fields {
                commented(out, &text::lines(&field.docs), "    # ");
                let _ = writeln!(out, "    {}: {},", text::python(&field.name), text::python(&kind(field)));
            }
            out.push_str("})\n");
            return;
        }
        let _ = writeln!(out, "class {name}(TypedDict):");
        for field in fields {
            commented(out, &text::lines(&field.docs), "    # ");
            let _ = writeln!(out, "    {}: {}", field.name, text::python(&kind(field)));
        }
    }

    fn can_be_member(&self, name: &str) -> bool {
        is_identifier(name) && !TAKEN.contains(&name) && !TYPE_WORDS.contains(&name) && !self.types.contains(name)
    }

    /// A type, as it is after `json.loads`: tuples are lists there.
    pub(super) fn kind(&self, kind: &Type) -> String {
        match kind {
            Type::Any => "Any".to_owned(),
            Type::Null => "None".to_owned(),
            Type::Flag => "bool".to_owned(),
            Type::Integer(_) => "int".to_owned(),
            Type::Number => "float".to_owned(),
            Type::Text => "str".to_owned(),
            Type::List(item) => format!("list[{}]", self.kind(item)),
            Type::Map(value) => format!("dict[str, {}]", self.kind(value)),
            Type::Optional(kind) => format!("{} | None", self.kind(kind)),
            Type::Named(id) => self.model.definitions[*id].name.clone(),
            Type::Tuple(items) => {
                let mut kinds: Vec<_> = items.iter().map(|item| self.kind(item)).collect();
                kinds.sort();
                kinds.dedup();
                let kinds = if kinds.is_empty() { "Any".to_owned() } else { kinds.join(" | ") };
                format!("list[{kinds}]")
            }
        }
    }
}

fn alias(out: &mut String, name: &str, docs: &str, kind: &str) {
    commented(out, &text::lines(docs), "# ");
    let _ = writeln!(out, "{name}: TypeAlias = {}", text::python(kind));
}
