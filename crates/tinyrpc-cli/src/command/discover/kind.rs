//! A schema in a word or two, for a table.

use serde_json::{Map, Value};
use tinyrpc::openrpc::Document;

/// How deep a schema is looked into.
const DEEPEST: usize = 3;
/// The most alternatives that are named.
const MOST: usize = 6;
/// The most alternatives or items that are looked at; the rest would only take time.
const SEEN: usize = 50;

/// What values a schema has, in short; `any` when it does not say.
pub(super) fn of(document: &Document, schema: &Value) -> String {
    inside(document, schema, 0)
}

fn inside(document: &Document, schema: &Value, depth: usize) -> String {
    let Value::Object(schema) = schema else { return "any".to_owned() };
    of_object(document, schema, depth)
}

fn of_object(document: &Document, schema: &Map<String, Value>, depth: usize) -> String {
    if depth > DEEPEST {
        return "...".to_owned();
    }
    if let Some(Value::String(reference)) = schema.get("$ref") {
        return named(document, reference, depth);
    }
    if let Some(Value::Array(values)) = schema.get("enum") {
        return several(values.iter().map(Value::to_string));
    }
    if let Some(value) = schema.get("const") {
        return value.to_string();
    }
    for keyword in ["oneOf", "anyOf"] {
        if let Some(Value::Array(choices)) = schema.get(keyword) {
            return several(choices.iter().map(|choice| inside(document, choice, depth + 1)));
        }
    }
    match schema.get("type") {
        Some(Value::String(name)) => of_type(document, schema, name, depth),
        Some(Value::Array(names)) => {
            several(names.iter().filter_map(Value::as_str).map(|name| of_type(document, schema, name, depth)))
        }
        _ if schema.contains_key("properties") || schema.contains_key("allOf") => "object".to_owned(),
        _ => "any".to_owned(),
    }
}

fn of_type(document: &Document, schema: &Map<String, Value>, name: &str, depth: usize) -> String {
    match (name, schema.get("items")) {
        ("array", Some(Value::Array(items))) => {
            let mut items: Vec<_> = items.iter().take(SEEN + 1).map(|item| inside(document, item, depth + 1)).collect();
            if items.len() > SEEN {
                items[SEEN] = "...".to_owned();
            }
            format!("[{}]", items.join(", "))
        }
        ("array", Some(item)) => match inside(document, item, depth + 1) {
            item if item.contains(" | ") => format!("({item})[]"),
            item => format!("{item}[]"),
        },
        _ => name.to_owned(),
    }
}

/// The name of a definition; what it stands for where that is simple.
fn named(document: &Document, reference: &str, depth: usize) -> String {
    let name = reference.rsplit('/').next().unwrap_or(reference);
    match document.schema(reference) {
        Ok(Value::Object(schema)) => match schema.get("type") {
            Some(Value::String(kind)) if kind != "object" && kind != "array" && !schema.contains_key("enum") => {
                of_object(document, schema, depth + 1)
            }
            _ => name.to_owned(),
        },
        _ => name.to_owned(),
    }
}

fn several(mut kinds: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = Vec::new();
    for kind in kinds.by_ref().take(SEEN) {
        if !all.contains(&kind) {
            all.push(kind);
        }
    }
    if all.len() > MOST || kinds.next().is_some() {
        all.truncate(MOST);
        all.push("...".to_owned());
    }
    all.join(" | ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tinyrpc::openrpc::Info;

    use super::*;

    #[test]
    fn schemas_in_short() {
        let mut document = Document::new(Info::new("t", "1"));
        document.components.schemas.insert("Text".to_owned(), json!({"type": "string", "pattern": "a"}));
        document.components.schemas.insert("Account".to_owned(), json!({"type": "object"}));
        document.components.schemas.insert("Loop".to_owned(), json!({"$ref": "#/components/schemas/Loop"}));
        let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        for (schema, expected) in [
            (json!(true), "any"),
            (json!({}), "any"),
            (json!({"type": "integer"}), "integer"),
            (json!({"type": ["string", "null"]}), "string | null"),
            (json!({"type": "array", "items": {"type": ["string", "null"]}}), "(string | null)[]"),
            (json!({"type": "array", "items": [{"type": "string"}, true]}), "[string, any]"),
            (json!({"type": "array"}), "array"),
            (json!({"anyOf": [to("Account"), {"type": "null"}]}), "Account | null"),
            (json!({"enum": ["a", 1]}), "\"a\" | 1"),
            (to("Text"), "string"),
            (to("Account"), "Account"),
            (to("Loop"), "Loop"),
            (to("Missing"), "Missing"),
        ] {
            assert_eq!(of(&document, &schema), expected, "{schema}");
        }
    }

    #[test]
    fn not_all_of_many_alternatives_are_looked_at() {
        const MANY: usize = 500;
        let mut document = Document::new(Info::new("t", "1"));
        let to = |at: usize| json!({"$ref": format!("#/components/schemas/A{}", at % MANY)});
        let all = json!((0..MANY).map(to).collect::<Vec<_>>());
        for at in 0..MANY {
            let schema = json!({"type": "string", "anyOf": all.clone()});
            document.components.schemas.insert(format!("A{at}"), schema);
        }
        let kind = of(&document, &json!({"anyOf": all}));
        assert!(kind.starts_with("... | ...") && kind.len() < 50, "{kind}");
        let items = of(&document, &json!({"type": "array", "items": vec![json!({"type": "null"}); 80]}));
        assert!(items.ends_with("null, ...]"), "{items}");
    }
}
