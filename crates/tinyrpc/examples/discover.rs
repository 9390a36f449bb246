//! A service that says what it has: described methods, and `rpc.discover`, which answers with an OpenRPC document.
//!
//! Run with `cargo run -p tinyrpc --features openrpc --example discover`. Served over HTTP, `tinyrpc discover URL` prints the
//! document as a table, and `tinyrpc generate rust URL` writes a typed client from it.

use serde::{Deserialize, Serialize};
use tinyrpc::describe::{Description, ErrorInfo, Param};
use tinyrpc::openrpc::{DISCOVER, Discover, Document, Info};
use tinyrpc::transport::memory::Memory;
use tinyrpc::{Client, Dispatcher, JsonRpc, RpcError, Service, type_info};

/// An account and what is on it.
#[derive(Deserialize, Serialize, schemars::JsonSchema)]
struct Account {
    /// Who has it.
    owner: String,
    /// In cents.
    balance: i64,
}

fn open((owner, balance): (String, i64)) -> Result<Account, RpcError> {
    if balance < 0 {
        return Err(RpcError::new(1, "an account cannot begin with debts"));
    }
    Ok(Account { owner, balance })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut bank = Dispatcher::new();
    bank.register("open", open)?;
    let description = Description::new("Opens an account.")
        .with_param(Param::new("owner", type_info!(String)))
        .with_param(Param::new("balance", type_info!(i64)).with_docs("What to begin with, in cents."))
        .with_result(type_info!(Account))
        .with_errors([ErrorInfo::new(1, "an account cannot begin with debts")]);
    bank.describe("open", description)?;

    let service = Service::new(JsonRpc::new(), Discover::new(bank, Info::new("Bank", "1.0")));
    let client = Client::new(Memory::new(service), JsonRpc::new());

    let document: serde_json::Value = client.call(DISCOVER, ()).await?;
    println!("{document:#}");
    let document = Document::from_value(document)?;
    let open = document.resolve_method(0)?;
    assert_eq!(document.resolve(&open.params[1])?.name, "balance");
    assert_eq!(document.schema("#/components/schemas/Account")?["description"], "An account and what is on it.");

    let account: Account = client.call("open", ("ann", 500)).await?;
    assert_eq!((&*account.owner, account.balance), ("ann", 500));
    Ok(())
}
