//! Writes a Rust module: types with serde's derives, and a client around tinyrpc's.

mod methods;
mod types;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Refusal;
use super::circles::{circles, in_circle};
use super::model::{Id, Integer, Kind, Model, Rest, Type};
use super::text;

/// What cannot be a name of a field, an argument or a function.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "as", "async", "await", "box", "break", "const", "continue", "crate", "do", "dyn", "else", "enum", "extern",
    "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut",
    "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type",
    "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "abstract", "become",
];

struct Rust<'m> {
    model: &'m Model,
    /// Definitions with one number hold each other, without a list or a map in between.
    circles: Vec<usize>,
    /// Definitions that are only another word for a type, but hold themselves.
    wrapped: Vec<bool>,
    /// Structs that members which they do not name tell from others.
    strict: BTreeSet<Id>,
}

pub(super) fn write(model: &Model) -> Result<String, Vec<Refusal>> {
    let rust = Rust::new(model);
    let mut out = String::new();
    let head = format!("{} {}\n\n{}", model.title, model.version, model.docs);
    out.push_str("// Written by `tinyrpc generate rust`; changes are lost when it is written again.\n");
    out.push_str("// Needs the crates `tinyrpc`, `serde` (with the feature `derive`) and `serde_json`.\n//\n");
    out.push_str("// Members of a struct that the service sends beyond those named here are ignored. Of a member that may be null and\n");
    out.push_str("// may be missing, both are read as `None`, which is written as missing.\n\n");
    rust.docs(&mut out, &head, "//! ");
    out.push_str("\n#![allow(clippy::all, clippy::pedantic, dead_code, missing_debug_implementations, missing_docs, non_camel_case_types)]\n");
    out.push_str("#![allow(rustdoc::all, unreachable_pub)]\n");
    for id in 0..model.definitions.len() {
        out.push('\n');
        rust.definition(&mut out, id);
    }
    out.push('\n');
    rust.client(&mut out)?;
    Ok(out)
}

impl<'m> Rust<'m> {
    fn new(model: &'m Model) -> Self {
        let direct: Vec<BTreeSet<Id>> = model.definitions.iter().map(|definition| direct(&definition.kind)).collect();
        let aliased: Vec<BTreeSet<Id>> = model.definitions.iter().map(|definition| aliased(&definition.kind)).collect();
        Self { model, circles: circles(&direct), wrapped: in_circle(&aliased), strict: strict(model) }
    }

    /// Documentation, each line behind `before`.
    fn docs(&self, out: &mut String, docs: &str, before: &str) {
        let lines: Vec<_> = text::lines(docs).iter().map(|line| text::rustdoc(line)).collect();
        text::commented(out, &lines, before);
    }

    /// A type as a field has it. `within` is the definition that it stands in, if nothing else is between.
    fn kind(&self, kind: &Type, within: Option<Id>) -> String {
        match kind {
            Type::Any => "::serde_json::Value".to_owned(),
            Type::Null => "()".to_owned(),
            Type::Flag => "bool".to_owned(),
            Type::Integer(Integer::Signed(bits)) => format!("i{bits}"),
            Type::Integer(Integer::Unsigned(bits)) => format!("u{bits}"),
            Type::Number => "f64".to_owned(),
            Type::Text => "String".to_owned(),
            Type::List(item) => format!("Vec<{}>", self.kind(item, None)),
            Type::Map(value) => format!("::std::collections::BTreeMap<String, {}>", self.kind(value, None)),
            Type::Optional(kind) => format!("Option<{}>", self.kind(kind, within)),
            Type::Tuple(items) => tuple(items.iter().map(|item| self.kind(item, within))),
            Type::Named(id) => {
                let name = &self.model.definitions[*id].name;
                // What holds itself must be of known size. An alias that is no type of its own is so inside.
                let is_alias = !self.wrapped[*id] && matches!(self.model.definitions[*id].kind, Kind::Alias(_));
                let holds_itself = !is_alias && within.is_some_and(|within| self.circles[*id] == self.circles[within]);
                if holds_itself { format!("Box<{name}>") } else { name.clone() }
            }
        }
    }

    /// A type as an argument has it: borrowed, unless it is small. References live for `lifetime`, such as `'a `.
    fn argument(&self, kind: &Type, lifetime: &str) -> String {
        match self.unwrapped(kind) {
            Type::Null | Type::Flag | Type::Integer(_) | Type::Number => self.kind(self.unwrapped(kind), None),
            Type::Text => format!("&{lifetime}str"),
            Type::List(item) => format!("&{lifetime}[{}]", self.kind(item, None)),
            Type::Optional(kind) => format!("Option<{}>", self.argument(kind, lifetime)),
            other => format!("&{lifetime}{}", self.kind(other, None)),
        }
    }

    /// The type itself where a name is only another word for it.
    fn unwrapped<'t>(&'t self, mut kind: &'t Type) -> &'t Type {
        // Not for ever: a definition that leads back to itself is wrapped.
        while let Type::Named(id) = kind {
            match &self.model.definitions[*id].kind {
                Kind::Alias(inner) if !self.wrapped[*id] => kind = inner,
                _ => break,
            }
        }
        kind
    }
}

/// Structs that allow no other members, among the alternatives of a union with several structs. Elsewhere such members are
/// ignored: a service that is newer than its document may send them.
fn strict(model: &Model) -> BTreeSet<Id> {
    let mut found = BTreeSet::new();
    for definition in &model.definitions {
        let Kind::Union(variants) = &definition.kind else { continue };
        let structs: Vec<_> = variants
            .iter()
            .filter_map(|variant| match model.plain(&variant.kind) {
                Type::Named(id) => match &model.definitions[*id].kind {
                    Kind::Struct { rest, .. } => Some((*id, rest)),
                    _ => None,
                },
                _ => None,
            })
            .collect();
        if structs.len() > 1 {
            found.extend(structs.into_iter().filter(|(_, rest)| **rest == Rest::Refused).map(|(id, _)| id));
        }
    }
    found
}

/// The definitions that a value of this one holds directly, so that its size depends on theirs.
fn direct(kind: &Kind) -> BTreeSet<Id> {
    named(kind, &|kind| matches!(kind, Type::Optional(_) | Type::Tuple(_)))
}

/// The definitions that one is written with, if it is only another word for a type.
fn aliased(kind: &Kind) -> BTreeSet<Id> {
    if matches!(kind, Kind::Alias(_)) { named(kind, &|_| true) } else { BTreeSet::new() }
}

fn named(kind: &Kind, enters: &dyn Fn(&Type) -> bool) -> BTreeSet<Id> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<&Type> = match kind {
        Kind::Struct { fields, .. } => fields.iter().map(|field| &field.kind).collect(),
        Kind::Union(variants) => variants.iter().map(|variant| &variant.kind).collect(),
        Kind::Alias(kind) => vec![kind],
        Kind::Choice(_) => Vec::new(),
    };
    while let Some(kind) = waiting.pop() {
        match kind {
            Type::Named(id) => {
                found.insert(*id);
            }
            kind if !enters(kind) => {}
            Type::Optional(inner) | Type::List(inner) | Type::Map(inner) => waiting.push(inner),
            Type::Tuple(items) => waiting.extend(items),
            _ => {}
        }
    }
    found
}

/// A tuple of types or values.
fn tuple(items: impl Iterator<Item = String>) -> String {
    match items.collect::<Vec<_>>().as_slice() {
        [one] => format!("({one},)"),
        items => format!("({})", items.join(", ")),
    }
}

/// A line with a string literal in it.
fn line(out: &mut String, indent: usize, text: impl std::fmt::Display) {
    let _ = writeln!(out, "{:1$}{text}", "", indent * 4);
}
