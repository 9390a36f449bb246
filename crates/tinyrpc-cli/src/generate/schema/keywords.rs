//! Which keywords of JSON Schema say what a type is, which only narrow it, and which cannot be expressed.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Add values or members that no type written here could hold, or take some away in a way that changes the type.
const REFUSED: &[(&str, &str)] = &[
    ("patternProperties", "members whose names follow a pattern cannot be expressed"),
    ("not", "a type cannot be expressed by what it is not"),
    ("dependencies", "members that depend on others cannot be expressed"),
    ("dependentSchemas", "members that depend on others cannot be expressed"),
    ("unevaluatedItems", "items that depend on others cannot be expressed"),
    ("$dynamicRef", "a reference that depends on where it is followed cannot be expressed"),
    ("$recursiveRef", "a reference that depends on where it is followed cannot be expressed"),
];

/// Say what a type is.
const STRUCTURAL: &[&str] = &[
    "$ref",
    "allOf",
    "anyOf",
    "oneOf",
    "properties",
    "additionalProperties",
    "required",
    "items",
    "prefixItems",
    "enum",
    "const",
];

/// Narrow the values of a type, which then stands in the documentation.
#[rustfmt::skip]
const NARROWING: &[&str] = &[
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern",
    "format", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "contains", "minContains",
    "maxContains", "propertyNames", "dependentRequired", "contentEncoding", "contentMediaType", "if", "then",
    "else", "default",
];

/// The first keywords of a schema that cannot be expressed, each with the reason.
pub(super) fn refused(schema: &Map<String, Value>) -> Vec<(&'static str, &'static str)> {
    let mut found: Vec<_> = REFUSED.iter().copied().filter(|(keyword, _)| schema.contains_key(*keyword)).collect();
    if schema.get("unevaluatedProperties").is_some_and(|value| !value.is_boolean()) {
        found.push(("unevaluatedProperties", "members that depend on others cannot be expressed"));
    }
    for keyword in ["then", "else"] {
        if schema.get(keyword).is_some_and(|consequence| !only_narrows(schema, consequence)) {
            found.push((keyword, "a condition that adds to a type cannot be expressed"));
        }
    }
    found
}

/// Whether a consequence says no more than which of the known members there must be.
fn only_narrows(schema: &Map<String, Value>, consequence: &Value) -> bool {
    let known = schema.get("properties").and_then(Value::as_object);
    let Value::Object(consequence) = consequence else { return consequence.is_boolean() };
    consequence.iter().all(|(keyword, value)| match (keyword.as_str(), value) {
        ("properties", Value::Object(members)) => {
            members.keys().all(|name| known.is_some_and(|known| known.contains_key(name)))
        }
        ("required" | "title" | "description" | "$comment", _) => true,
        (keyword, _) => NARROWING.contains(&keyword),
    })
}

/// Whether a schema says what a type is by more than `keyword`.
pub(super) fn says_more_than(schema: &Map<String, Value>, keyword: &str) -> bool {
    STRUCTURAL.iter().any(|other| *other != keyword && schema.contains_key(*other))
}

/// Whether a schema only names members that there must be: "this one or that one".
pub(super) fn only_requires(schema: &Value) -> bool {
    let Value::Object(schema) = schema else { return false };
    schema.contains_key("required") && !says_more_than(schema, "required") && refused(schema).is_empty()
}

/// What a schema says to people: its description, or its title, and what narrows it.
pub(in super::super) fn docs(schema: &Value) -> String {
    let Value::Object(schema) = schema else { return String::new() };
    let words = |keyword| schema.get(keyword).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let mut text = words("description").or(words("title")).unwrap_or_default().to_owned();
    if schema.get("deprecated") == Some(&Value::Bool(true)) {
        text.push_str("\n\nDeprecated.");
    }
    let narrows = |keyword: &&'static str| {
        Some((*keyword, schema.get(*keyword)?)).filter(|(keyword, value)| is_news(keyword, value))
    };
    let mut narrowed: Vec<_> = NARROWING.iter().filter_map(narrows).collect();
    // Where they are texts, the type says which.
    for keyword in ["enum", "const"] {
        narrowed.extend(schema.get(keyword).filter(|values| !is_of_texts(values)).map(|values| (keyword, values)));
    }
    let choices = |keyword| {
        schema.get(keyword).filter(|choices| choices.as_array().is_some_and(|all| all.iter().all(only_requires)))
    };
    narrowed.extend(["anyOf", "oneOf"].into_iter().filter_map(|keyword| Some((keyword, choices(keyword)?))));
    if !narrowed.is_empty() {
        let narrowed: Vec<_> = narrowed.into_iter().map(|(keyword, value)| format!("`{keyword}`: `{value}`")).collect();
        let _ = write!(text, "\n\n{}", narrowed.join(", "));
    }
    text.trim().to_owned()
}

/// Whether it says more than the type that is written.
fn is_news(keyword: &str, value: &Value) -> bool {
    let is_of_numbers = |format: &str| ["int", "uint", "float", "double"].iter().any(|kind| format.starts_with(kind));
    match (keyword, value) {
        ("format", Value::String(format)) => !is_of_numbers(format),
        ("minimum", value) => value.as_u64() != Some(0),
        _ => true,
    }
}

fn is_of_texts(values: &Value) -> bool {
    match values {
        Value::Array(values) => values.iter().all(|value| value.is_string() || value.is_null()),
        value => value.is_string(),
    }
}
