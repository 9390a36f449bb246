//! Collects the schemas of a service's types: those of arguments as they are read, those of results as they are written.

use std::collections::BTreeMap;

use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::Value;
use tinyrpc_core::describe::TypeInfo;

const PATH: &str = "#/components/schemas/";

/// One type may have two schemas: a field with a default may be left out by the sender and is always there in a reply.
pub(super) struct Schemas {
    read: SchemaGenerator,
    written: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        // OpenRPC 1.3 has draft 7.
        let settings =
            SchemaSettings::draft07().with(|settings| settings.definitions_path = "/components/schemas".into());
        Self { read: settings.clone().for_deserialize().into(), written: settings.for_serialize().into() }
    }

    /// The schema of an argument; `true` if nothing is known of the type.
    pub(super) fn read(&mut self, info: &TypeInfo) -> Value {
        schema(&mut self.read, info)
    }

    /// The schema of a result or of an error's data; `true` if nothing is known of the type. Pass it to
    /// [`finish`](Self::finish).
    pub(super) fn written(&mut self, info: &TypeInfo) -> Value {
        schema(&mut self.written, info)
    }

    /// The definitions that the schemas refer to. Those of results that differ from an argument's of the same name get
    /// another name, in `written` as well.
    pub(super) fn finish<'v>(mut self, written: impl Iterator<Item = &'v mut Value>) -> BTreeMap<String, Value> {
        let mut all: BTreeMap<_, _> = self.read.take_definitions(true).into_iter().collect();
        let mut outputs: BTreeMap<_, _> = self.written.take_definitions(true).into_iter().collect();
        let mut renamed = BTreeMap::<String, String>::new();
        // What refers to a definition that gets another name becomes different itself by that.
        while let Some(name) = outputs.iter().find_map(|(name, schema)| {
            let differs = all.get(name).is_some_and(|read| read != schema);
            let refers = all.contains_key(name) && renamed.keys().any(|other| has_reference(schema, other));
            (!renamed.contains_key(name) && (differs || refers)).then(|| name.clone())
        }) {
            let mut new = format!("{name}Output");
            while all.contains_key(&new) || outputs.contains_key(&new) {
                new.push('_');
            }
            renamed.insert(name, new);
        }
        let rename = |value: &mut Value| rename_references(value, &renamed);
        outputs.values_mut().for_each(rename);
        written.for_each(rename);
        for (name, schema) in outputs {
            all.insert(renamed.get(&name).cloned().unwrap_or(name), schema);
        }
        all
    }
}

fn schema(generator: &mut SchemaGenerator, info: &TypeInfo) -> Value {
    let Some(mut schema) = info.schema(generator) else { return Value::Bool(true) };
    for transform in generator.transforms_mut() {
        transform.transform(&mut schema);
    }
    schema.into()
}

fn has_reference(schema: &Value, name: &str) -> bool {
    match schema {
        Value::Object(members) => members.iter().any(|(key, value)| match value {
            Value::String(reference) if key == "$ref" => reference.strip_prefix(PATH) == Some(name),
            _ => has_reference(value, name),
        }),
        Value::Array(items) => items.iter().any(|item| has_reference(item, name)),
        _ => false,
    }
}

fn rename_references(schema: &mut Value, renamed: &BTreeMap<String, String>) {
    match schema {
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(reference) if key == "$ref" => {
                        if let Some(new) = reference.strip_prefix(PATH).and_then(|name| renamed.get(name)) {
                            *reference = format!("{PATH}{new}");
                        }
                    }
                    _ => rename_references(value, renamed),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename_references(item, renamed)),
        _ => {}
    }
}
