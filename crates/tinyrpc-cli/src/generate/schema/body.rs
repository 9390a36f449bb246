//! What a single schema is: a reference, a choice, or a type by its keyword `type`.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::super::model::{Field, Integer, Kind, Rest, Type};
use super::{Body, Place, Reader, docs, keywords};

type Object = Map<String, Value>;

impl<'d> Reader<'d> {
    pub(super) fn body(&mut self, schema: &'d Value, place: &Place) -> Body {
        let schema = match schema {
            Value::Bool(true) => return Body::Plain(Type::Any),
            Value::Object(schema) => schema,
            Value::Bool(false) => return self.refused(&place.path, "no value at all fits this"),
            _ => return self.refused(&place.path, "this is no schema"),
        };
        self.check(schema, place);
        let body = self.whole(schema, place);
        match schema.get("nullable") {
            Some(Value::Bool(true)) => self.optional(body, place, schema),
            _ => body,
        }
    }

    /// Refuses what cannot be expressed.
    pub(super) fn check(&mut self, schema: &Object, place: &Place) {
        for (keyword, why) in keywords::refused(schema) {
            self.refuse(format!("{}/{keyword}", place.path), why);
        }
    }

    pub(super) fn refused(&mut self, path: &str, why: &str) -> Body {
        self.refuse(path, why);
        Body::Plain(Type::Any)
    }

    /// The same, or null.
    pub(super) fn optional(&mut self, body: Body, place: &Place, schema: &Object) -> Body {
        let kind = match body {
            Body::Plain(kind) => kind,
            Body::Defined(kind) => self.define(place, docs(&Value::Object(schema.clone())), kind),
        };
        Body::Plain(match kind {
            Type::Any | Type::Null | Type::Optional(_) => kind,
            kind => Type::Optional(Box::new(kind)),
        })
    }

    fn whole(&mut self, schema: &'d Object, place: &Place) -> Body {
        if let Some(reference) = schema.get("$ref") {
            return match reference {
                Value::String(_) if keywords::says_more_than(schema, "$ref") => self.merged(schema, place),
                Value::String(reference) => Body::Plain(self.reference(reference, place)),
                _ => self.refused(&format!("{}/$ref", place.path), "this is no reference"),
            };
        }
        if let Some(parts) = schema.get("allOf") {
            return match parts.as_array().map(Vec::as_slice) {
                Some([part]) if !keywords::says_more_than(schema, "allOf") => {
                    self.body(part, &place.same(&["allOf", "0"]))
                }
                Some([_, ..]) => self.merged(schema, place),
                _ => self.refused(&format!("{}/allOf", place.path), "this is no list of schemas"),
            };
        }
        for keyword in ["oneOf", "anyOf"] {
            match schema.get(keyword).map(|choices| choices.as_array().map(Vec::as_slice)) {
                None => {}
                Some(None | Some([])) => {
                    return self.refused(&format!("{}/{keyword}", place.path), "this is no list of schemas");
                }
                Some(Some(choices)) if choices.iter().all(keywords::only_requires) => {}
                Some(Some(choices)) => {
                    return match keywords::says_more_than(schema, keyword) {
                        true => self.merged(schema, place),
                        false => self.union(choices, keyword, schema, place),
                    };
                }
            }
        }
        for keyword in ["const", "enum"] {
            if let Some(values) = schema.get(keyword) {
                return self.literals(values, keyword, schema, place);
            }
        }
        self.by_type(schema, place)
    }

    fn literals(&mut self, values: &'d Value, keyword: &str, schema: &Object, place: &Place) -> Body {
        let one = std::slice::from_ref(values);
        let values = if keyword == "const" { one } else { values.as_array().map_or(&[][..], Vec::as_slice) };
        let not_null: Vec<_> = values.iter().filter(|value| !value.is_null()).collect();
        let all = |is: fn(&Value) -> bool| not_null.iter().all(|value| is(value));
        let body = match not_null.first() {
            None if values.is_empty() => {
                return self.refused(&format!("{}/{keyword}", place.path), "no value fits this");
            }
            None => return Body::Plain(Type::Null),
            Some(_) if all(Value::is_string) => Body::Defined(Kind::Choice(distinct(&not_null))),
            Some(_) if all(Value::is_boolean) => Body::Plain(Type::Flag),
            Some(_) if all(Value::is_u64) => Body::Plain(Type::Integer(Integer::Unsigned(64))),
            Some(_) if all(|value| value.is_i64() || value.is_u64()) => Body::Plain(Type::Integer(Integer::Signed(64))),
            Some(_) if all(Value::is_number) => Body::Plain(Type::Number),
            Some(_) => {
                return self
                    .refused(&format!("{}/{keyword}", place.path), "values of several kinds, or parts of values");
            }
        };
        if not_null.len() < values.len() { self.optional(body, place, schema) } else { body }
    }

    fn by_type(&mut self, schema: &'d Object, place: &Place) -> Body {
        match schema.get("type") {
            Some(Value::String(name)) => self.typed(name, schema, place),
            Some(Value::Array(names)) => self.one_of_types(names, schema, place),
            Some(_) => self.refused(&format!("{}/type", place.path), "this is no type"),
            None if schema.contains_key("properties") || schema.contains_key("additionalProperties") => {
                self.typed("object", schema, place)
            }
            None if schema.contains_key("items") || schema.contains_key("prefixItems") => {
                self.typed("array", schema, place)
            }
            None => Body::Plain(Type::Any),
        }
    }

    pub(super) fn typed(&mut self, name: &str, schema: &'d Object, place: &Place) -> Body {
        Body::Plain(match name {
            "null" => Type::Null,
            "boolean" => Type::Flag,
            "string" => Type::Text,
            "number" => Type::Number,
            "integer" => Type::Integer(integer(schema)),
            "array" => self.array(schema, place),
            "object" => return self.object(schema, place),
            _ => return self.refused(&format!("{}/type", place.path), "this is no type"),
        })
    }

    fn array(&mut self, schema: &'d Object, place: &Place) -> Type {
        let (keyword, items) = match (schema.get("prefixItems"), schema.get("items")) {
            (Some(Value::Array(items)), _) => ("prefixItems", items),
            (_, Some(Value::Array(items))) => ("items", items),
            (_, Some(item)) => return Type::List(Box::new(self.read(item, &place.part(&["items"], "Item")))),
            _ => return Type::List(Box::new(Type::Any)),
        };
        let is = |keyword: &str| schema.get(keyword).and_then(Value::as_u64) == u64::try_from(items.len()).ok();
        let ends = |keyword: &str| schema.get(keyword) == Some(&Value::Bool(false));
        let closed = is("maxItems") || ends("additionalItems") || (keyword == "prefixItems" && ends("items"));
        if !closed || !is("minItems") {
            self.refuse(
                format!("{}/{keyword}", place.path),
                "a tuple that may be shorter or longer cannot be expressed",
            );
        }
        let item = |(at, item)| {
            let at: usize = at;
            self.read(item, &place.part(&[keyword, &at.to_string()], &format!("Item{at}")))
        };
        Type::Tuple(items.iter().enumerate().map(item).collect())
    }

    fn object(&mut self, schema: &'d Object, place: &Place) -> Body {
        let additional = schema.get("additionalProperties");
        let members = match schema.get("properties") {
            None => None,
            Some(Value::Object(members)) => Some(members).filter(|members| !members.is_empty()),
            Some(_) => return self.refused(&format!("{}/properties", place.path), "these are no members"),
        };
        let Some(members) = members else {
            return match additional {
                Some(Value::Bool(false)) => Body::Defined(Kind::Struct { fields: Vec::new(), rest: Rest::Refused }),
                None => Body::Plain(Type::Map(Box::new(Type::Any))),
                Some(schema) => {
                    let values = self.read(schema, &place.part(&["additionalProperties"], "Value"));
                    Body::Plain(Type::Map(Box::new(values)))
                }
            };
        };
        let required = required(schema);
        let is_required: BTreeSet<_> = required.iter().copied().collect();
        let mut fields: Vec<_> = members
            .iter()
            .map(|(name, member)| {
                let kind = self.read(member, &place.part(&["properties", name], name));
                Field { name: name.clone(), docs: docs(member), kind, required: is_required.contains(&**name) }
            })
            .collect();
        for name in required {
            if !members.contains_key(name) {
                fields.push(Field { name: name.to_owned(), docs: String::new(), kind: Type::Any, required: true });
            }
        }
        let rest = match additional {
            None => Rest::Ignored,
            Some(Value::Bool(false)) => Rest::Refused,
            Some(schema) => Rest::Kept(self.read(schema, &place.part(&["additionalProperties"], "Value"))),
        };
        Body::Defined(Kind::Struct { fields, rest })
    }
}

/// The names of members that there must be, each once.
pub(super) fn required(schema: &Object) -> Vec<&str> {
    let names = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    let mut seen = BTreeSet::new();
    names.filter_map(Value::as_str).filter(|name| seen.insert(*name)).collect()
}

fn distinct(values: &[&Value]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let texts = values.iter().filter_map(|value| value.as_str());
    texts.filter(|text| seen.insert(*text)).map(str::to_owned).collect()
}

fn integer(schema: &Object) -> Integer {
    match schema.get("format").and_then(Value::as_str) {
        Some("int8") => Integer::Signed(8),
        Some("int16") => Integer::Signed(16),
        Some("int32") => Integer::Signed(32),
        Some("uint8") => Integer::Unsigned(8),
        Some("uint16") => Integer::Unsigned(16),
        Some("uint32") => Integer::Unsigned(32),
        Some("uint64" | "uint") => Integer::Unsigned(64),
        _ if schema.get("minimum").is_some_and(Value::is_u64) => Integer::Unsigned(64),
        _ => Integer::Signed(64),
    }
}
