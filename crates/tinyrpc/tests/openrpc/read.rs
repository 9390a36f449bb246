//! Documents that others wrote.

use serde_json::{Value, json};
use tinyrpc::openrpc::{Document, OrRef, ParamStructure};

/// With each kind of member that the specification has, and some that it has not.
fn foreign() -> Value {
    json!({
        "openrpc": "1.2.6",
        "x-generated-by": {"name": "hand"},
        "info": {"title": "Pets", "version": "2", "termsOfService": "https://x.example/", "contact": {"name": "a"},
                 "license": {"name": "MIT", "x-note": 1}},
        "externalDocs": {"url": "https://x.example/docs"},
        "servers": [{"url": "http://{host}/", "name": "main", "variables": {"host": {"default": "localhost"}}}],
        "methods": [
            {"$ref": "https://x.example/other.json"},
            {"name": "get", "params": [{"$ref": "#/components/contentDescriptors/Id"}], "paramStructure": "by-name",
             "result": {"name": "pet", "schema": {"$ref": "#/components/schemas/Pet"}, "summary": "s"},
             "errors": [{"$ref": "#/components/errors/Gone"}, {"code": -5, "message": "m", "data": [1]}],
             "tags": [{"$ref": "#/components/tags/T"}], "links": [{"name": "l", "method": "get", "params": {"a": "$b"}}],
             "examples": [{"name": "e", "params": [{"name": "id", "value": 1}], "result": {"name": "r", "value": {}}}],
             "x-any-params": "theirs"},
            {"name": "forget", "params": []},
        ],
        "components": {
            "contentDescriptors": {"Id": {"name": "id", "required": true, "schema": {"type": "integer"}}},
            "schemas": {"Pet": {"type": "object", "x-order": 1}, "Any": true},
            "errors": {"Gone": {"code": 1, "message": "gone"}},
            "tags": {"T": {"name": "t", "description": "d"}},
            "examplePairings": {"P": {"name": "p", "params": []}},
        },
    })
}

#[test]
fn nothing_is_lost() {
    let document = Document::from_value(foreign()).unwrap();
    assert_eq!(serde_json::to_value(&document).unwrap(), foreign());
}

#[test]
fn parts_are_found_where_they_stand() {
    let document = Document::from_json(&foreign().to_string()).unwrap();
    assert!(document.resolve_method(0).is_err());
    let get = document.resolve_method(1).unwrap();
    assert_eq!((&*get.name, get.param_structure), ("get", ParamStructure::ByName));
    assert!(!get.any_params.is_yes());
    assert_eq!(document.resolve(&get.params[0]).unwrap().name, "id");
    assert_eq!(document.resolve(&get.errors[0]).unwrap().code, 1);
    let Some(OrRef::Item(result)) = &get.result else { panic!("{get:?}") };
    assert_eq!(document.schema(result.schema["$ref"].as_str().unwrap()).unwrap()["x-order"], 1);
}

#[test]
fn what_is_no_document_is_refused_with_the_place() {
    let refused = |text: &str| Document::from_json(text).unwrap_err().to_string();
    assert!(refused("{").contains("no JSON"));
    assert!(refused("[]").contains("no OpenRPC document"));
    assert!(refused(r#"{"swagger": "2.0"}"#).contains("no OpenRPC document"));
    assert!(refused(r#"{"openrpc": "2.0.0"}"#).contains("2.0.0"));
    assert!(refused(&"[".repeat(100_000)).contains("no JSON"));
    let mut broken = foreign();
    broken["methods"][1]["errors"][1]["code"] = "a".into();
    let error = Document::from_value(broken).unwrap_err().to_string();
    for part in ["methods[1]", "errors[1]", "code", "i64"] {
        assert!(error.contains(part), "{part} is not in {error}");
    }
}
