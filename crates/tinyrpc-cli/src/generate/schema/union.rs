//! Alternatives: one of several types, or one of several texts.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::super::model::{Kind, Type, Variant};
use super::{Body, Place, Reader, docs, keywords};

/// The longest chain of references that is followed to see whether something is null.
const LONGEST_CHAIN: usize = 32;

impl<'d> Reader<'d> {
    pub(super) fn union(
        &mut self,
        choices: &'d [Value],
        keyword: &str,
        schema: &Map<String, Value>,
        place: &Place,
    ) -> Body {
        let all: Vec<_> = choices.iter().enumerate().filter(|(_, choice)| !self.is_null(choice)).collect();
        let has_null = all.len() < choices.len();
        let index = |at: usize| at.to_string();
        let body = match all.as_slice() {
            [] => return Body::Plain(Type::Null),
            [(at, choice)] => self.body(choice, &place.same(&[keyword, &index(*at)])),
            all => match all.iter().map(|(_, choice)| texts(choice)).collect::<Option<Vec<_>>>() {
                Some(texts) => {
                    let mut seen = BTreeSet::new();
                    let values = texts.into_iter().flatten().filter(|text| seen.insert(text.clone())).collect();
                    Body::Defined(Kind::Choice(values))
                }
                None => {
                    let variant = |(at, choice): &(usize, &'d Value)| {
                        let name = variant_name(choice);
                        let place = place.part(&[keyword, &index(*at)], &name);
                        Variant { kind: self.read(choice, &place), docs: docs(choice), name }
                    };
                    Body::Defined(Kind::Union(all.iter().map(variant).collect()))
                }
            },
        };
        if has_null { self.optional(body, place, schema) } else { body }
    }

    /// `type` with several names.
    pub(super) fn one_of_types(&mut self, names: &'d [Value], schema: &'d Map<String, Value>, place: &Place) -> Body {
        let names: Vec<_> = names.iter().filter_map(Value::as_str).collect();
        let not_null: Vec<_> = names.iter().copied().filter(|name| *name != "null").collect();
        let body = match not_null.as_slice() {
            [] if names.is_empty() => return self.refused(&format!("{}/type", place.path), "no value fits this"),
            [] => return Body::Plain(Type::Null),
            [name] => self.typed(name, schema, place),
            several => {
                let variant = |name: &&str| {
                    let place = place.part(&[], name);
                    let kind = match self.typed(name, schema, &place) {
                        Body::Plain(kind) => kind,
                        Body::Defined(kind) => self.define(&place, String::new(), kind),
                    };
                    Variant { kind, docs: String::new(), name: (*name).to_owned() }
                };
                Body::Defined(Kind::Union(several.iter().map(variant).collect()))
            }
        };
        if not_null.len() < names.len() { self.optional(body, place, schema) } else { body }
    }

    /// Whether only null fits.
    fn is_null(&self, mut schema: &'d Value) -> bool {
        for _ in 0..LONGEST_CHAIN {
            match schema.get("$ref").and_then(Value::as_str).map(|reference| self.document.schema(reference)) {
                Some(Ok(found)) => schema = found,
                Some(Err(_)) => return false,
                None => break,
            }
        }
        schema.get("type").and_then(Value::as_str) == Some("null") || schema.get("const") == Some(&Value::Null)
    }
}

/// The texts of a schema that allows nothing else.
fn texts(schema: &Value) -> Option<Vec<String>> {
    let schema = schema.as_object()?;
    let values = match (schema.get("const"), schema.get("enum")) {
        (Some(value), None) => std::slice::from_ref(value),
        (None, Some(Value::Array(values))) => values.as_slice(),
        _ => return None,
    };
    let plain = keywords::refused(schema).is_empty() && !schema.contains_key("$ref");
    values.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>().filter(|_| plain)
}

/// What an alternative may be called: its tag, its title, its definition's name, or its type.
pub(super) fn variant_name(schema: &Value) -> String {
    let text = |keyword: &str| schema.get(keyword).and_then(Value::as_str);
    let members = schema.get("properties").and_then(Value::as_object);
    let only_member = || members.filter(|members| members.len() == 1)?.keys().next().cloned();
    let tag = || {
        let tag = members?.values().find_map(|member| match (member.get("const"), member.get("enum")) {
            (Some(value), _) => value.as_str(),
            (_, Some(Value::Array(values))) if values.len() == 1 => values[0].as_str(),
            _ => None,
        })?;
        Some(tag.to_owned())
    };
    let title = || text("title").map(str::to_owned);
    let reference = || text("$ref").and_then(|reference| reference.rsplit('/').next()).map(str::to_owned);
    let name = tag().or_else(title).or_else(reference).or_else(only_member);
    name.unwrap_or_else(|| text("type").unwrap_or("other").to_owned())
}
