//! The documents of services are valid against the OpenRPC meta-schema.

use std::fs;

use boon::{Compiler, Draft, Schemas};
use serde::Deserialize as _;
use serde_json::Value;
use tinyrpc::describe::{Description, ErrorInfo, Example, Param, ParamStructure};
use tinyrpc::openrpc::{Document, Info, Server};
use tinyrpc::{Dispatcher, Payload, type_info};
use tinyrpc_interop::installed;

use crate::support::{EVERYTHING, demo, tinyrpc};

const OPENRPC: &str = "https://meta.open-rpc.org/";
const JSON_SCHEMA: &str = "https://meta.json-schema.tools/";

/// A meta-schema, as `text` has it behind `before`.
fn meta_schema(file: &str, before: &str) -> Option<Value> {
    let text = fs::read_to_string(installed(file)?).unwrap();
    let (_, json) = text.split_once(before).expect("the package has the meta-schema");
    let mut value = Value::deserialize(&mut serde_json::Deserializer::from_str(json)).expect("the meta-schema is JSON");
    // Its own dialect, which is draft 7 by another name.
    value["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    Some(value)
}

#[track_caller]
fn check(documents: &[(&str, &Value)]) {
    let openrpc =
        meta_schema("@open-rpc/meta-schema/index.js", "exports.openrpcDocument = void 0;\nexports.openrpcDocument = ");
    let json_schema = meta_schema("@json-schema-tools/meta-schema/schema.json", "");
    let (Some(openrpc), Some(json_schema)) = (openrpc, json_schema) else { return };
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.set_default_draft(Draft::V7);
    compiler.enable_format_assertions();
    compiler.add_resource(JSON_SCHEMA, json_schema).unwrap();
    compiler.add_resource(OPENRPC, openrpc).unwrap();
    let schema = compiler.compile(OPENRPC, &mut schemas).unwrap();
    for (name, document) in documents {
        if let Err(error) = schemas.validate(document, schema) {
            panic!("{name} is not valid: {error:#}");
        }
    }
    // That it refuses anything at all.
    let mut broken = documents[0].1.clone();
    broken["methods"][0]["params"] = "none".into();
    assert!(schemas.validate(&broken, schema).is_err());
}

/// An account, which may hold others.
#[derive(serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
struct Account {
    /// Who has it.
    owner: Owner,
    #[serde(default)]
    inner: Vec<Account>,
    pair: (u8, Option<String>),
    #[serde(flatten)]
    more: std::collections::BTreeMap<String, i64>,
}

#[derive(serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(tag = "kind")]
enum Owner {
    /// A person.
    Person {
        name: String,
    },
    Nobody,
}

/// A document with all that a description can say.
fn everything() -> Value {
    let mut dispatcher = Dispatcher::new();
    let described = Description::new("Opens an account.\n\nAnd more.")
        .with_param(Param::new("account", type_info!(Account)).with_docs("What to open."))
        .with_param(Param::new("when", type_info!(Option<f64>)).with_default())
        .with_result(type_info!(Vec<Account>))
        .with_structure(ParamStructure::ByName)
        .with_deprecated("Use something else.")
        .with_errors([ErrorInfo::new(99, "no funds").with_data(type_info!(Account)), ErrorInfo::new(98, "closed")])
        .with_example(Example::new("by name", r#"{"account": {}}"#, "[]"))
        .with_example(Example::new("by position", "[{}]", "[]"));
    dispatcher.register("bank.open", |_: (Account,)| ()).unwrap();
    dispatcher.describe("bank.open", described).unwrap();
    dispatcher.register("plain", |_: (i64, i64)| ()).unwrap();
    dispatcher.register("any", |_: Payload| ()).unwrap();
    dispatcher.register("log", |_: (String,)| ()).unwrap();
    let log = Description::new("Logs.")
        .with_param(Param::new("text", type_info!(String)))
        .with_structure(ParamStructure::ByPosition)
        .with_notification();
    dispatcher.describe("log", log).unwrap();
    let mut document = Document::describe(&dispatcher, Info::new("Bank", "1.0").with_description("For tests."));
    for url in ["http://127.0.0.1:1/", "tcp://127.0.0.1:1?framing=line", "zmq+tcp://127.0.0.1:1", "unix:///tmp/x"] {
        document.servers.push(Server::new(url));
    }
    serde_json::to_value(document).unwrap()
}

#[test]
fn our_documents_are_valid() {
    let demo = demo();
    let of_demo = tinyrpc(&["discover", demo.url(), "--json"]);
    let of_demo = serde_json::from_str(&of_demo.stdout).unwrap();
    let text = fs::read_to_string(format!("{}/{EVERYTHING}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let of_tests = serde_json::from_str(&text).unwrap();
    check(&[("demo", &of_demo), ("everything", &everything()), ("everything.json", &of_tests)]);
}

/// And a client is generated from what schemars makes of such types.
#[test]
fn a_document_of_described_types_can_be_generated_from() {
    let file = crate::support::folder("described").join("bank.json");
    fs::write(&file, everything().to_string()).unwrap();
    let rust = crate::support::generated("rust", file.to_str().unwrap());
    assert!(rust.contains("pub async fn bank_open(&self, account: &Account, when: Option<f64>)"), "{rust}");
    assert!(rust.contains("pub enum Owner {"), "{rust}");
    for language in ["python", "typescript"] {
        crate::support::generated(language, file.to_str().unwrap());
    }
}
