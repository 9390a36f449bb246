//! A document whose every text tries to become code in one of the languages.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// For descriptions.
const TEXT: &str = "x\n*/ } pwned = 1; /* \"\"\" + pwned + \"\"\" \\\" \\ \r\nfn pwned() { compile_error!(\"x\") }\n\
    \u{2028}globalThis.pwned = 1\u{2029} ``` \n```rust\npanic!()\n```\n    panic!(\"indented\");\n- a\n\n      \
    panic!(\"in a list\")\n~~~\npanic!()\n~~~\n> \tpanic!()\n<script>alert(1)</script> \u{202e}\0\u{1b}[31m \
    [link](javascript:x) #![allow(x)] @ts-nocheck ${pwned} {pwned} %s";

/// For methods, arguments, definitions, members and values.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "\"]; pwned = 1 //", "'''", "\"\"\"", "*/ pwned", "\n\rpwned = 1\n", "${globalThis.pwned=1}", "{pwned}", "\\",
    "\u{2028}pwned", "\u{202e}", "", " ", "1", "__class__", "__proto__", "constructor", "self", "class", "async",
    "type", "None", "new", "then", "toString", "String", "Vec", "Option", "list", "str", "int", "dict", "cast",
    "Any", "client", "given", "Arguments", "A", "a", "A ", "ä", "日本", "arguments", "eval", "r#fn", "'a", "Promise",
    "Result", "Error", "import", "rest", "_caller", "__init__", "positional", "transport", "RpcError", "bool",
    "float", "json", "Literal",
];

/// The document, in a file in this folder.
pub(crate) fn document(folder: &Path) -> PathBuf {
    let file = folder.join("hostile.json");
    fs::write(&file, hostile().to_string()).unwrap();
    file
}

fn hostile() -> Value {
    let methods: Vec<_> = NAMES.iter().enumerate().map(|(at, name)| method(at, name)).collect();
    let schemas: serde_json::Map<_, _> =
        NAMES.iter().enumerate().map(|(at, name)| ((*name).to_owned(), schema(at))).collect();
    json!({
        "openrpc": "1.3.2", "info": {"title": TEXT, "version": TEXT, "description": TEXT},
        "methods": methods, "components": {"schemas": schemas},
    })
}

fn method(at: usize, name: &str) -> Value {
    // The longest tuple has 16.
    let (structure, count) = [("by-name", NAMES.len()), ("by-position", 14), ("either", 14)][at % 3];
    let param = |(index, name): (usize, &&str)| {
        let schema = reference(NAMES[(at + index) % NAMES.len()]);
        json!({"name": name, "description": TEXT, "required": index % 3 == 0, "schema": schema})
    };
    let params: Vec<_> = NAMES[..count].iter().enumerate().map(param).collect();
    let mut method = json!({
        "name": name, "summary": TEXT, "description": TEXT, "deprecated": at.is_multiple_of(5),
        "paramStructure": structure, "params": params, "errors": [{"code": at, "message": TEXT}],
    });
    let inner = json!({"type": "object", "properties": {"inner": {"type": "object", "properties": {name: {"type": "number"}}}}});
    if !at.is_multiple_of(4) {
        let schema = if at.is_multiple_of(2) { inner } else { reference(name) };
        method["result"] = json!({"name": TEXT, "description": TEXT, "schema": schema});
    }
    method
}

fn schema(at: usize) -> Value {
    let members =
        |kind: Value| NAMES.iter().map(|name| ((*name).to_owned(), kind.clone())).collect::<serde_json::Map<_, _>>();
    match at % 4 {
        0 => {
            let text = json!({"type": "string", "description": NAMES[at], "title": TEXT, "pattern": TEXT});
            json!({"type": "object", "description": TEXT, "properties": members(text), "required": NAMES[..at]})
        }
        1 => json!({"enum": NAMES, "description": TEXT}),
        2 => {
            let tagged = |name: &&str| json!({"title": name, "type": "object", "properties": {*name: {"type": "integer"}}, "required": [name]});
            let mut choices: Vec<_> = NAMES[..12].iter().map(tagged).collect();
            choices.push(json!({"type": "array", "title": TEXT, "items": {"type": "string"}}));
            json!({"oneOf": choices})
        }
        _ => json!({"type": "object", "title": TEXT, "additionalProperties": {"type": "integer"}}),
    }
}

fn reference(name: &str) -> Value {
    let name = name.replace('~', "~0").replace('/', "~1").replace('%', "%25");
    json!({"$ref": format!("#/components/schemas/{name}")})
}
