//! What a document says of the methods of a dispatcher.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tinyrpc::describe::{Description, ErrorInfo, Example, Param, ParamStructure};
use tinyrpc::openrpc::{Document, Info};
use tinyrpc::{Dispatcher, Payload, type_info};

/// As `serde_json` writes it.
fn document(dispatcher: &Dispatcher) -> Value {
    serde_json::to_value(Document::describe(dispatcher, Info::new("Test", "1.0").with_description("For tests.")))
        .unwrap()
}

fn method(document: &Value, name: &str) -> Value {
    document["methods"].as_array().unwrap().iter().find(|method| method["name"] == name).expect("listed").clone()
}

/// An account.
#[derive(Debug, Deserialize, Serialize, schemars::JsonSchema)]
struct Account {
    /// Who has it.
    owner: String,
    #[serde(default)]
    balance: i64,
    parent: Option<Box<Account>>,
}

#[test]
fn everything_that_is_described() {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("bank.open", |(owner, _): (String, Option<i64>)| owner).unwrap();
    let description = Description::new("Opens an account.\n\nAnd more.")
        .with_param(Param::new("owner", type_info!(String)).with_docs("Who it is for."))
        .with_param(Param::new("balance", type_info!(i64)).with_default())
        .with_result(type_info!(Account))
        .with_structure(ParamStructure::ByName)
        .with_deprecated("Use `make`.")
        .with_errors([ErrorInfo::new(99, "no funds").with_data(type_info!(Account)), ErrorInfo::new(98, "closed")])
        .with_example(Example::new("by name", r#"{"owner": "a"}"#, r#"{"owner": "a", "balance": 0}"#))
        .with_example(Example::new("by position", r#"["b", 7]"#, "null"))
        .with_example(Example::new("broken", "[", "null"));
    dispatcher.describe("bank.open", description).unwrap();

    let document = document(&dispatcher);
    assert_eq!(document["openrpc"], "1.3.2");
    assert_eq!(document["info"], json!({"title": "Test", "version": "1.0", "description": "For tests."}));
    let method = method(&document, "bank.open");
    assert_eq!(method["summary"], "Opens an account.");
    assert_eq!(method["description"], "Opens an account.\n\nAnd more.\n\nDeprecated: Use `make`.");
    assert_eq!(method["deprecated"], true);
    assert_eq!(method["paramStructure"], "by-name");
    assert_eq!(method["tags"], json!([{"name": "bank"}]));
    assert_eq!(
        method["params"],
        json!([
            {"name": "owner", "description": "Who it is for.", "required": true, "schema": {"type": "string"}},
            {"name": "balance", "schema": {"type": "integer", "format": "int64"}},
        ])
    );
    let account = json!({"$ref": "#/components/schemas/Account"});
    assert_eq!(method["result"], json!({"name": "result", "schema": account}));
    assert_eq!(
        method["errors"],
        json!([{"code": 99, "message": "no funds", "data": account}, {"code": 98, "message": "closed"}])
    );
    assert_eq!(
        method["examples"],
        json!([
            {"name": "by name", "params": [{"name": "owner", "value": "a"}],
             "result": {"name": "result", "value": {"owner": "a", "balance": 0}}},
            {"name": "by position", "params": [{"name": "owner", "value": "b"}, {"name": "balance", "value": 7}],
             "result": {"name": "result", "value": null}},
        ])
    );
    let definition = &document["components"]["schemas"]["Account"];
    assert_eq!(definition["description"], "An account.");
    assert_eq!(definition["properties"]["owner"]["description"], "Who has it.");
    assert!(definition["properties"]["parent"].to_string().contains("#/components/schemas/Account"));
}

#[test]
fn a_type_that_is_read_and_written_has_a_schema_for_each() {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("keep", |account: Account| account).unwrap();
    let description = Description::new("")
        .with_param(Param::new("account", type_info!(Account)))
        .with_result(type_info!(Vec<Account>))
        .with_errors([ErrorInfo::new(1, "").with_data(type_info!(Account))]);
    dispatcher.describe("keep", description).unwrap();
    let document = document(&dispatcher);
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["Account"]["required"], json!(["owner"]));
    // A reply always has what a call may leave out.
    assert_eq!(schemas["AccountOutput"]["required"], json!(["owner", "balance", "parent"]));
    assert!(schemas["AccountOutput"]["properties"]["parent"].to_string().contains("schemas/AccountOutput\""));
    let method = method(&document, "keep");
    assert_eq!(method["params"][0]["schema"]["$ref"], "#/components/schemas/Account");
    assert_eq!(method["result"]["schema"]["items"]["$ref"], "#/components/schemas/AccountOutput");
    assert_eq!(method["errors"][0]["data"]["$ref"], "#/components/schemas/AccountOutput");
}

#[test]
fn without_a_description_the_type_of_the_handler_tells() {
    #[derive(Deserialize)]
    struct Named {
        #[allow(dead_code)]
        who: String,
    }
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("named", |_: Named| ()).unwrap();
    dispatcher.register("pair", |(a, b): (i64, i64)| a + b).unwrap();
    dispatcher.register("none", || 1).unwrap();
    dispatcher.register("any", |_: Payload| ()).unwrap();
    let document = document(&dispatcher);
    let names: Vec<_> = document["methods"].as_array().unwrap().iter().map(|method| &method["name"]).collect();
    assert_eq!(names, ["any", "named", "none", "pair"]);
    assert_eq!(method(&document, "named")["params"], json!([{"name": "who", "schema": true}]));
    let pair = method(&document, "pair");
    assert_eq!(
        pair["params"],
        json!([{"name": "arg1", "required": true, "schema": true}, {"name": "arg2", "required": true, "schema": true}])
    );
    assert_eq!(pair["paramStructure"], "by-position");
    let none = method(&document, "none");
    assert_eq!((&none["params"], &none["x-any-params"]), (&json!([]), &Value::Null));
    assert_eq!(none["result"], json!({"name": "result", "schema": true}));
    let any = method(&document, "any");
    assert_eq!((&any["params"], &any["x-any-params"]), (&json!([]), &json!(true)));
    assert!(document.get("components").is_none() && document.get("servers").is_none());
}

#[test]
fn a_notification_has_no_result() {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("log", |_: (String,)| ()).unwrap();
    dispatcher.describe("log", Description::new("Logs.").with_notification()).unwrap();
    assert!(method(&document(&dispatcher), "log").get("result").is_none());
}
