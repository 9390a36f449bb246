//! What is refused, with which path, and how schemas become types.

use serde_json::{Value, json};
use tinyrpc::openrpc::Document;

use super::{Language, generate};

/// A document with one method that takes this, and these definitions.
fn document(schema: Value, schemas: Value) -> Document {
    let value = json!({
        "openrpc": "1.3.2", "info": {"title": "t", "version": "1"},
        "methods": [{"name": "m", "params": [{"name": "p", "required": true, "schema": schema}]}],
        "components": {"schemas": schemas},
    });
    Document::from_value(value).unwrap()
}

/// The places that are refused, in every language alike.
#[track_caller]
fn refused(schema: Value, schemas: Value) -> Vec<String> {
    let document = document(schema, schemas);
    let all = [Language::Rust, Language::Python, Language::TypeScript].map(|language| {
        let refusals = generate(language, &document).expect_err("it cannot be expressed");
        refusals.into_iter().map(|refusal| refusal.path).collect::<Vec<_>>()
    });
    assert!(all[0] == all[1] && all[1] == all[2], "{all:?}");
    all[0].clone()
}

const P: &str = "#/methods/0/params/0/schema";

#[test]
fn keywords_that_change_the_type_are_refused_where_they_stand() {
    for (schema, path) in [
        (json!({"patternProperties": {"^a": true}}), "/patternProperties"),
        (json!({"type": "array", "items": {"not": {"type": "string"}}}), "/items/not"),
        (json!({"properties": {"a/b~": {"dependencies": {}}}}), "/properties/a~1b~0/dependencies"),
        (json!({"oneOf": [{"type": "string"}, {"dependentSchemas": {}}]}), "/oneOf/1/dependentSchemas"),
        (json!({"additionalProperties": {"$dynamicRef": "#x"}}), "/additionalProperties/$dynamicRef"),
        (json!({"type": "object", "unevaluatedProperties": {"type": "string"}}), "/unevaluatedProperties"),
        (json!({"if": {}, "then": {"properties": {"new": true}}}), "/then"),
        (json!({"type": "array", "items": [{"type": "string"}]}), "/items"),
        (json!({"type": "array", "prefixItems": [true], "minItems": 1}), "/prefixItems"),
        (json!({"enum": [1, "a"]}), "/enum"),
        (json!({"enum": []}), "/enum"),
        (json!({"const": {"a": 1}}), "/const"),
        (json!({"type": "date"}), "/type"),
        (json!({"type": []}), "/type"),
        (json!({"anyOf": []}), "/anyOf"),
        (json!({"properties": {"a": false}}), "/properties/a"),
        (json!({"allOf": [{"type": "string"}, {"minLength": 1}]}), "/allOf/0"),
        (
            json!({"allOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"a": {"type": "integer"}}}]}),
            "/allOf/1/properties/a",
        ),
        (json!({"$ref": "#/components/schemas/None"}), "/$ref"),
        (json!({"$ref": "other.json"}), "/$ref"),
        (json!({"$ref": 1}), "/$ref"),
        (json!(7), ""),
    ] {
        assert_eq!(refused(schema.clone(), json!({})), [format!("{P}{path}")], "{schema}");
    }
}

#[test]
fn what_has_the_name_of_another_is_refused() {
    let param = |name: &str| json!({"name": name, "schema": {"type": "integer"}});
    let method = |name: &str, params: &[&str]| json!({"name": name, "params": params.iter().map(|name| param(name)).collect::<Vec<_>>()});
    let value = json!({
        "openrpc": "1.3.2", "info": {"title": "t", "version": "1"},
        "methods": [method("a", &["x", "y", "x"]), method("b", &["x"]), method("a", &[]), method("A", &["X", "x"])],
    });
    let refusals = generate(Language::Rust, &Document::from_value(value).unwrap()).unwrap_err();
    let refusals: Vec<_> = refusals.iter().map(ToString::to_string).collect();
    assert_eq!(refusals.len(), 2, "{refusals:?}");
    for (refusal, (path, what)) in refusals.iter().zip([
        ("#/methods/0/params/2", "there is another argument \"x\""),
        ("#/methods/2", "there is another method \"a\""),
    ]) {
        assert!(refusal.contains(path) && refusal.contains(what), "{refusal}");
    }
}

#[test]
fn everything_that_is_refused_is_listed_once() {
    let shared = json!({"Shared": {"properties": {"a": {"not": {}}, "b": {"patternProperties": {}}}}});
    let twice = json!({"properties": {"x": {"$ref": "#/components/schemas/Shared"}, "y": {"$ref": "#/components/schemas/Shared"},
                                      "z": {"not": {}}}});
    let shared_path = "#/components/schemas/Shared/properties";
    let expected =
        [format!("{shared_path}/a/not"), format!("{shared_path}/b/patternProperties"), format!("{P}/properties/z/not")];
    assert_eq!(refused(twice, shared), expected);
}

#[test]
fn what_no_method_uses_does_not_matter() {
    assert!(generate(Language::Rust, &document(json!(true), json!({"Unused": {"not": {}}}))).is_ok());
}

#[test]
fn circles_end() {
    let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let path = |name: &str| format!("#/components/schemas/{name}");
    assert_eq!(refused(to("A"), json!({"A": to("A")})), [path("A")]);
    assert_eq!(refused(to("A"), json!({"A": to("B"), "B": to("A")})), [path("A"), path("B")]);
    assert_eq!(refused(to("A"), json!({"A": {"oneOf": [to("A"), {"type": "string"}]}})), [path("A")]);
    assert_eq!(
        refused(
            to("A"),
            json!({"A": {"type": ["null"], "anyOf": [to("B"), true]}, "B": {"anyOf": [to("A"), {"type": "null"}]}})
        )
        .len(),
        2
    );
    assert_eq!(refused(to("A"), json!({"A": {"allOf": [to("A"), {"required": ["a"]}]}})).len(), 1);
    // By way of a member, a list or a map there is an end to each value.
    for schema in [
        json!({"properties": {"a": to("A")}}),
        json!({"items": to("A")}),
        json!({"additionalProperties": to("A")}),
        json!({"oneOf": [{"properties": {"a": to("A")}}, {"type": "string"}]}),
    ] {
        assert!(generate(Language::Rust, &document(to("A"), json!({"A": schema}))).is_ok());
    }
}

#[test]
fn long_and_wide_documents_take_neither_stack_nor_all_time() {
    let to = |at: usize| json!({"$ref": format!("#/components/schemas/S{at}")});
    let chain: serde_json::Map<_, _> =
        (0..9_000).map(|at| (format!("S{at}"), json!({"properties": {"next": to((at + 1) % 9_000)}}))).collect();
    assert!(generate(Language::Rust, &document(to(0), chain.into())).is_ok());
    let aliases: serde_json::Map<_, _> = (0..9_000).map(|at| (format!("S{at}"), to(at + 1))).collect();
    assert_eq!(refused(to(0), aliases.into()), ["#/components/schemas/S8999/$ref"]);

    let two = json!({"oneOf": [{"properties": {"a": true}}, {"properties": {"b": true}}]});
    let many = json!({"allOf": vec![two; 20]});
    assert_eq!(refused(many, json!({})), [P]);
    let doubled: serde_json::Map<_, _> =
        (0..60).map(|at| (format!("S{at}"), json!({"allOf": [to(at + 1), to(at + 1), {"required": ["a"]}]}))).collect();
    assert!(!refused(to(0), doubled.into()).is_empty());
    let inline: serde_json::Map<_, _> =
        (0..20_000).map(|at| (format!("m{at}"), json!({"properties": {"a": true}}))).collect();
    assert_eq!(refused(json!({"properties": inline}), json!({})).len(), 1);

    let texts: Vec<_> = (0..50_000).map(|at| format!("text number {at}")).collect();
    let members: serde_json::Map<_, _> = texts.iter().map(|text| (text.clone(), json!(true))).collect();
    let one_each: Vec<_> = texts.iter().map(|text| json!({"const": text})).collect();
    let wide = json!({"A": {"enum": texts}, "B": {"oneOf": one_each}, "C": {"properties": members, "required": texts}});
    let all = ["A", "B", "C"].map(|name| json!({"$ref": format!("#/components/schemas/{name}")}));
    let all = json!({"type": "array", "prefixItems": all, "minItems": 3, "maxItems": 3});
    assert!(generate(Language::TypeScript, &document(all, wide)).is_ok());
}

#[test]
fn methods_that_cannot_be_told_apart_are_refused() {
    let value = json!({
        "openrpc": "1.3.2", "info": {"title": "t", "version": "1"},
        "methods": [{"name": "m", "params": []}, {"name": "m", "params": []}, {"$ref": "x"},
                    {"name": "n", "params": [{"name": "a", "schema": true}, {"name": "a", "schema": true}]},
                    {"name": "o", "params": [{"$ref": "#/components/contentDescriptors/x"}]}],
    });
    let refusals = generate(Language::Python, &Document::from_value(value).unwrap()).unwrap_err();
    let paths: Vec<_> = refusals.iter().map(|refusal| &*refusal.path).collect();
    assert_eq!(paths, ["#/methods/1", "#/methods/2", "#/methods/3/params/1", "#/methods/4/params/0"]);
}

#[test]
fn rust_has_tuples_of_sixteen_at_most() {
    let params: Vec<_> =
        (0..17).map(|at| json!({"name": format!("a{at}"), "required": true, "schema": true})).collect();
    let document = |structure: &str| {
        let method = json!({"name": "m", "params": params, "paramStructure": structure});
        let value = json!({"openrpc": "1.3.2", "info": {"title": "t", "version": "1"}, "methods": [method]});
        Document::from_value(value).unwrap()
    };
    let refusals = generate(Language::Rust, &document("by-position")).unwrap_err();
    assert_eq!(refusals[0].path, "#/methods/0/params");
    assert!(generate(Language::Rust, &document("either")).unwrap().contains("Arguments {"));
    assert!(generate(Language::Python, &document("by-position")).is_ok());
}

#[test]
fn what_only_narrows_is_said_in_the_documentation() {
    let schema = json!({
        "type": "object", "properties": {"a": {"type": "string", "pattern": "^x$"}, "b": {"type": "string"}},
        "if": {"properties": {"b": {"not": {}}}}, "then": {"required": ["a"]},
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    });
    let text = generate(Language::Rust, &document(schema, json!({}))).unwrap();
    for words in ["`pattern`: `\"^x$\"`", "`then`: `{\"required\":[\"a\"]}`", "`anyOf`: `[{\"required\":[\"a\"]}"] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    assert!(text.contains("pub struct MP {") && !text.contains("enum"), "{text}");
}

/// The Rust type of the argument.
#[track_caller]
fn rust(schema: Value) -> String {
    let text = generate(Language::Rust, &document(schema, json!({"Text": {"type": "string"}}))).unwrap();
    let (_, rest) = text.split_once("(&self, p: ").unwrap();
    rest.split_once(") -> ").unwrap().0.to_owned()
}

#[test]
fn types_of_rust() {
    for (schema, expected) in [
        (json!(true), "&::serde_json::Value"),
        (json!({"type": "null"}), "()"),
        (json!({"type": "integer"}), "i64"),
        (json!({"type": "integer", "minimum": 0}), "u64"),
        (json!({"type": "integer", "format": "int32"}), "i32"),
        (json!({"type": "integer", "format": "uint8"}), "u8"),
        (json!({"type": "number"}), "f64"),
        (json!({"type": ["integer", "null"]}), "Option<i64>"),
        (json!({"type": "string", "nullable": true}), "Option<&str>"),
        (json!({"enum": ["a", null]}), "Option<&MP>"),
        (json!({"enum": [1, 2]}), "u64"),
        (json!({"const": false}), "bool"),
        (json!({"type": "array"}), "&[::serde_json::Value]"),
        (json!({"type": "array", "items": {"$ref": "#/components/schemas/Text"}}), "&[Text]"),
        (json!({"$ref": "#/components/schemas/Text", "description": "d"}), "&str"),
        (json!({"allOf": [{"$ref": "#/components/schemas/Text"}], "description": "d"}), "&str"),
        (json!({"type": "object"}), "&::std::collections::BTreeMap<String, ::serde_json::Value>"),
        (json!({"type": "array", "items": [{"type": "string"}], "minItems": 1, "maxItems": 1}), "&(String,)"),
        (json!({"type": "object", "properties": {}, "additionalProperties": false}), "&MP"),
        (json!({"type": ["string", "integer"]}), "&MP"),
    ] {
        assert_eq!(rust(schema.clone()), expected, "{schema}");
    }
}

#[test]
fn a_few_tuples_of_tuples_are_not_written_out() {
    let to = |at: usize| json!({"$ref": format!("#/components/schemas/A{at}")});
    let mut schemas = json!({"A12": {"type": "string"}, "Either": {"oneOf": [to(0), {"type": "integer"}, to(0)]}});
    for at in 0..12 {
        schemas[format!("A{at}")] =
            json!({"type": "array", "prefixItems": vec![to(at + 1); 16], "minItems": 16, "items": false});
    }
    let document = document(json!({"$ref": "#/components/schemas/Either"}), schemas);
    for language in [Language::Rust, Language::Python, Language::TypeScript] {
        let written = generate(language, &document).unwrap();
        assert!(written.len() < 50_000, "{}", written.len());
    }
}
