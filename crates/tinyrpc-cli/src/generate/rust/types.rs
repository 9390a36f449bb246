//! Structs, enums and aliases of Rust.

use super::super::model::{Definition, Field, Id, Integer, Kind, Rest, Type, Variant};
use super::super::names::{Names, pascal, snake, unless};
use super::super::text::braced;
use super::{KEYWORDS, Rust, line};

const DERIVES: &str = "#[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]";

impl Rust<'_> {
    pub(super) fn definition(&self, out: &mut String, id: Id) {
        let Definition { name, docs, kind } = &self.model.definitions[id];
        self.docs(out, docs, "/// ");
        match kind {
            Kind::Alias(kind) if self.wrapped[id] => {
                line(out, 0, DERIVES);
                line(out, 0, "#[serde(transparent)]");
                line(out, 0, format_args!("pub struct {name}(pub {});", self.kind(kind, Some(id))));
            }
            Kind::Alias(kind) => line(out, 0, format_args!("pub type {name} = {};", self.kind(kind, Some(id)))),
            Kind::Choice(values) => choice(out, name, values),
            Kind::Union(variants) => self.union(out, id, name, variants),
            Kind::Struct { fields, rest } => self.structure(out, id, name, fields, rest),
        }
    }

    fn structure(&self, out: &mut String, id: Id, name: &str, fields: &[Field], rest: &Rest) {
        line(out, 0, DERIVES);
        if self.strict.contains(&id) {
            line(out, 0, "#[serde(deny_unknown_fields)]");
        }
        line(out, 0, format_args!("pub struct {name} {{"));
        let mut names = Names::default();
        for field in fields {
            self.docs(out, &field.docs, "    /// ");
            let identifier = names.unique(&unless(snake(&field.name), KEYWORDS));
            let kind = self.kind(&field.kind, Some(id));
            let optional = matches!(self.unwrapped(&field.kind), Type::Optional(_));
            let mut attributes = Vec::new();
            if identifier != field.name {
                attributes.push(format!("rename = {}", braced(&field.name)));
            }
            if !field.required {
                attributes.push("default, skip_serializing_if = \"Option::is_none\"".to_owned());
            }
            if !attributes.is_empty() {
                line(out, 1, format_args!("#[serde({})]", attributes.join(", ")));
            }
            let kind = if field.required || optional { kind } else { format!("Option<{kind}>") };
            line(out, 1, format_args!("pub {identifier}: {kind},"));
        }
        if let Rest::Kept(kind) = rest {
            line(out, 1, "/// All other members.");
            line(out, 1, "#[serde(flatten)]");
            let identifier = names.unique("rest");
            let kind = self.kind(kind, None);
            line(out, 1, format_args!("pub {identifier}: ::std::collections::BTreeMap<String, {kind}>,"));
        }
        line(out, 0, "}");
    }

    fn union(&self, out: &mut String, id: Id, name: &str, variants: &[Variant]) {
        let mut variants: Vec<_> = variants.iter().collect();
        // The first one that fits is read.
        variants.sort_by_key(|variant| self.looseness(&variant.kind));
        line(out, 0, DERIVES);
        line(out, 0, "#[serde(untagged)]");
        line(out, 0, format_args!("pub enum {name} {{"));
        let mut names = Names::without(["Self"]);
        for variant in variants {
            self.docs(out, &variant.docs, "    /// ");
            let identifier = names.unique(&variant.name);
            line(out, 1, format_args!("{identifier}({}),", self.kind(&variant.kind, Some(id))));
        }
        line(out, 0, "}");
    }

    /// What fits more values is more.
    fn looseness(&self, kind: &Type) -> (usize, usize) {
        let kind = self.unwrapped(kind);
        match self.model.plain(kind) {
            Type::Named(id) => match &self.model.definitions[*id].kind {
                Kind::Choice(_) => (0, 0),
                Kind::Struct { fields, rest } => {
                    let required = fields.iter().filter(|field| field.required).count();
                    let open = usize::from(*rest != Rest::Refused);
                    (1 + open, usize::MAX - required)
                }
                Kind::Union(_) | Kind::Alias(_) => (3, 0),
            },
            Type::Integer(Integer::Unsigned(bits)) => (4, usize::from(*bits)),
            Type::Integer(Integer::Signed(bits)) => (5, usize::from(*bits)),
            Type::Number => (6, 0),
            Type::Text => (7, 0),
            Type::Any => (9, 0),
            Type::Optional(_) | Type::Map(_) => (8, 0),
            _ => (3, 0),
        }
    }
}

fn choice(out: &mut String, name: &str, values: &[String]) {
    line(out, 0, "#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ::serde::Serialize, ::serde::Deserialize)]");
    line(out, 0, format_args!("pub enum {name} {{"));
    let mut names = Names::without(["Self"]);
    for value in values {
        let identifier = names.unique(&pascal(value));
        if identifier != *value {
            line(out, 1, format_args!("#[serde(rename = {})]", braced(value)));
        }
        line(out, 1, format_args!("{identifier},"));
    }
    line(out, 0, "}");
}
