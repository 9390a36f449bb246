//! Schemas that must all hold: their members together make one struct, or one for each way to fulfil them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::super::model::{Field, Kind, Rest, Variant};
use super::body::required;
use super::union::variant_name;
use super::{Body, Place, Reader, docs, escaped_path, keywords};

/// The longest chain of schemas inside each other that is followed.
const DEEPEST: usize = 32;
/// The most ways to fulfil all schemas.
const MOST: usize = 100;

/// The most schemas that are put together in a document: a few that refer to each other twice would be endlessly many.
const MOST_MERGES: usize = 100_000;

/// The members of one way to fulfil all schemas.
#[derive(Clone, Default)]
struct Flat<'d> {
    /// Which alternatives it consists of.
    name: String,
    docs: String,
    members: BTreeMap<&'d str, (&'d Value, String)>,
    required: BTreeSet<&'d str>,
    kept: Option<(&'d Value, String)>,
}

/// It has been refused.
struct Refused;

impl<'d> Reader<'d> {
    pub(super) fn merged(&mut self, schema: &'d Map<String, Value>, place: &Place) -> Body {
        let Ok(mut ways) = self.flat(schema, &place.path, 0) else { return Body::Plain(super::Type::Any) };
        if ways.len() == 1 {
            return Body::Defined(self.flat_struct(&ways.remove(0), place));
        }
        let variant = |way: Flat<'d>| {
            let place = place.part(&[], &way.name);
            let kind = self.flat_struct(&way, &place);
            Variant { kind: self.define(&place, way.docs.clone(), kind), name: way.name, docs: way.docs }
        };
        Body::Defined(Kind::Union(ways.into_iter().map(variant).collect()))
    }

    fn flat_struct(&mut self, flat: &Flat<'d>, place: &Place) -> Kind {
        let mut fields = Vec::new();
        for (name, (schema, path)) in &flat.members {
            let kind = self.read(schema, &Place { path: path.clone(), ..place.part(&[], name) });
            fields.push(Field {
                name: (*name).to_owned(),
                docs: docs(schema),
                kind,
                required: flat.required.contains(name),
            });
        }
        for name in flat.required.iter().filter(|name| !flat.members.contains_key(*name)) {
            let name = (*name).to_owned();
            fields.push(Field { name, docs: String::new(), kind: super::Type::Any, required: true });
        }
        // A part that refuses what it does not name would refuse the other parts, which nobody means.
        let rest = match &flat.kept {
            Some((schema, path)) => {
                Rest::Kept(self.read(schema, &Place { path: path.clone(), ..place.part(&[], "Value") }))
            }
            None => Rest::Ignored,
        };
        Kind::Struct { fields, rest }
    }

    fn flat(&mut self, schema: &'d Map<String, Value>, path: &str, depth: usize) -> Result<Vec<Flat<'d>>, Refused> {
        self.merges += 1;
        if depth > DEEPEST || self.merges > MOST_MERGES {
            return self.unfit(path, "this consists of itself, or of too much");
        }
        let place = Place::new(path.to_owned(), String::new());
        self.check(schema, &place);
        if schema.get("type").is_some_and(|kind| kind != "object")
            || schema.contains_key("const")
            || schema.contains_key("enum")
        {
            return self.unfit(path, "only objects can be put together");
        }
        let mut ways = vec![own(schema, path)];
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let found = self.document.schema(reference);
            let Ok(found) = found else { return self.unfit(&format!("{path}/$ref"), "this leads nowhere") };
            let parts = self.flat_value(found, &escaped_path(reference), depth)?;
            ways = self.both(ways, parts, path)?;
        }
        for (at, part) in list(schema, "allOf").iter().enumerate() {
            let parts = self.flat_value(part, &format!("{path}/allOf/{at}"), depth)?;
            ways = self.both(ways, parts, path)?;
        }
        for keyword in ["oneOf", "anyOf"] {
            let choices = list(schema, keyword);
            if choices.iter().all(keywords::only_requires) {
                continue;
            }
            let mut all = Vec::new();
            for (at, choice) in choices.iter().enumerate() {
                let name = variant_name(choice);
                let parts = self.flat_value(choice, &format!("{path}/{keyword}/{at}"), depth)?;
                let named = |part: Flat<'d>| Flat { name: format!("{name} {}", part.name), ..part };
                let docs = docs(choice);
                all.extend(parts.into_iter().map(named).map(|part| Flat { docs: docs.clone(), ..part }));
            }
            ways = self.both(ways, all, path)?;
        }
        Ok(ways)
    }

    fn flat_value(&mut self, schema: &'d Value, path: &str, depth: usize) -> Result<Vec<Flat<'d>>, Refused> {
        match schema {
            Value::Bool(true) => Ok(vec![Flat::default()]),
            Value::Object(schema) => self.flat(schema, path, depth + 1),
            _ => self.unfit(path, "only objects can be put together"),
        }
    }

    /// Each way of the one with each way of the other.
    fn both(&mut self, left: Vec<Flat<'d>>, right: Vec<Flat<'d>>, path: &str) -> Result<Vec<Flat<'d>>, Refused> {
        if left.len().saturating_mul(right.len()) > MOST {
            return self.unfit(path, "there are more than 100 ways to put this together");
        }
        let mut ways = Vec::new();
        for one in &left {
            for other in &right {
                ways.push(self.together(one.clone(), other)?);
            }
        }
        Ok(ways)
    }

    fn together(&mut self, mut one: Flat<'d>, other: &Flat<'d>) -> Result<Flat<'d>, Refused> {
        for (name, (schema, path)) in &other.members {
            let narrower = match one.members.get(name) {
                None => Some(*schema),
                Some((known, _)) => narrower(known, schema),
            };
            let Some(narrower) = narrower else {
                return self.unfit(path, "this member is there twice, with different types");
            };
            let known = one.members.remove(name).filter(|(known, _)| std::ptr::eq(*known, narrower));
            one.members.insert(name, known.unwrap_or_else(|| (narrower, path.clone())));
        }
        one.required.extend(&other.required);
        one.kept = one.kept.or_else(|| other.kept.clone());
        if !other.name.is_empty() {
            one.name = format!("{} {}", one.name, other.name).trim().to_owned();
        }
        if one.docs.is_empty() {
            one.docs.clone_from(&other.docs);
        }
        Ok(one)
    }

    fn unfit<T>(&mut self, path: &str, why: &str) -> Result<T, Refused> {
        self.refuse(path, why);
        Err(Refused)
    }
}

/// What a schema itself says.
fn own<'d>(schema: &'d Map<String, Value>, path: &str) -> Flat<'d> {
    let members = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let at = |name: &str| format!("{path}/properties/{}", super::escaped(name));
    Flat {
        members: members.map(|(name, schema)| (&**name, (schema, at(name)))).collect(),
        required: required(schema).into_iter().collect(),
        kept: schema
            .get("additionalProperties")
            .filter(|rest| **rest != Value::Bool(false))
            .map(|rest| (rest, format!("{path}/additionalProperties"))),
        ..Flat::default()
    }
}

fn list<'d>(schema: &'d Map<String, Value>, keyword: &str) -> &'d [Value] {
    schema.get(keyword).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Of two schemas that must both hold, the one that says more, if the other says nothing else.
fn narrower<'d>(one: &'d Value, other: &'d Value) -> Option<&'d Value> {
    let (plain_one, plain_other) = (without_words(one), without_words(other));
    let is_open = |schema: &Map<String, Value>| schema.is_empty();
    let (Some(plain_one), Some(plain_other)) = (plain_one, plain_other) else {
        return (one == other || other == &Value::Bool(true))
            .then_some(one)
            .or((one == &Value::Bool(true)).then_some(other));
    };
    // A text, and which texts.
    let names = |schema: &Map<String, Value>| schema.contains_key("enum") || schema.contains_key("const");
    let is_only_text =
        |schema: &Map<String, Value>| schema.len() == 1 && schema.get("type").is_some_and(|kind| kind == "string");
    if plain_one == plain_other || is_open(&plain_other) || (names(&plain_one) && is_only_text(&plain_other)) {
        Some(one)
    } else if is_open(&plain_one) || (names(&plain_other) && is_only_text(&plain_one)) {
        Some(other)
    } else {
        None
    }
}

/// Without what is for people only.
fn without_words(schema: &Value) -> Option<Map<String, Value>> {
    let mut schema = schema.as_object()?.clone();
    schema.retain(|keyword, _| {
        !matches!(keyword.as_str(), "title" | "description" | "$comment" | "examples" | "default")
    });
    Some(schema)
}
