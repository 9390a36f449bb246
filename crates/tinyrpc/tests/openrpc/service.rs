//! Services that are written as traits, documented from their signatures.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tinyrpc::RpcError;
use tinyrpc::openrpc::{Document, Info};

#[derive(Debug, RpcError)]
#[allow(dead_code)]
enum BankError {
    #[rpc(code = 99, message = "{needed} more needed")]
    NoFunds { needed: u64 },
}

#[derive(Debug, Deserialize, Serialize, schemars::JsonSchema)]
struct Account {
    owner: String,
}

/// Keeps money.
#[tinyrpc::service(prefix = "bank.")]
trait Bank {
    /// Takes money out.
    ///
    /// Everything if `amount` is left out.
    async fn withdraw(&self, account: Account, amount: Option<u64>) -> Result<Account, BankError>;

    /// For the log.
    #[rpc(notification)]
    fn note(&self, text: String);
}

struct Vault;

impl Bank for Vault {
    async fn withdraw(&self, _: Account, _: Option<u64>) -> Result<Account, BankError> {
        Err(BankError::NoFunds { needed: 1 })
    }

    fn note(&self, _: String) {}
}

#[test]
fn the_signature_is_the_document() {
    let document = Document::describe(&Vault.into_dispatcher(), Info::new("Bank", "1.0"));
    let document: Value = serde_json::to_value(document).unwrap();
    let note = &document["methods"][0];
    assert_eq!((&note["name"], &note["summary"]), (&json!("bank.note"), &json!("For the log.")));
    assert!(note.get("result").is_none());
    let withdraw = &document["methods"][1];
    assert_eq!(withdraw["summary"], "Takes money out.");
    assert_eq!(withdraw["params"][0]["schema"], json!({"$ref": "#/components/schemas/Account"}));
    assert_eq!((&withdraw["params"][0]["required"], withdraw["params"][1].get("required")), (&json!(true), None));
    assert_eq!(withdraw["result"]["schema"], json!({"$ref": "#/components/schemas/Account"}));
    assert_eq!(withdraw["errors"][0]["code"], 99);
    assert_eq!(document["components"]["schemas"]["Account"]["required"], json!(["owner"]));
}
