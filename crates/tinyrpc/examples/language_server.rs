//! A small client of the Language Server Protocol: starts a server, opens a document, prints what is wrong with it.
//!
//! `cargo run -p tinyrpc --features full --example language_server [COMMAND]`, by default with `pylsp`.

use std::error::Error;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tinyrpc::client::Connector;
use tinyrpc::dispatch::ArgumentCheck;
use tinyrpc::{Dispatcher, JsonRpc, Service};
use tokio::sync::mpsc;

#[derive(Debug, Deserialize)]
pub(crate) struct Diagnostics {
    pub(crate) uri: String,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Diagnostic {
    pub(crate) message: String,
}

/// Gives the messages about `text`, which is a document in the language that the server knows.
pub(crate) async fn check(command: &str, language: &str, text: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let (sender, mut diagnostics) = mpsc::channel::<Diagnostics>(16);
    // Servers send members that older clients do not know, which are no reason to refuse the rest.
    let mut dispatcher = Dispatcher::new().with_argument_check(ArgumentCheck::Off);
    // Notifications of the server run one after the other, in the order in which they came.
    dispatcher.register("textDocument/publishDiagnostics", move |found: Diagnostics| {
        let sender = sender.clone();
        async move { drop(sender.send(found).await) }
    })?;
    // Calls of the server, to which it wants answers. Whatever else it calls is answered with "Method not found".
    dispatcher.register("workspace/configuration", |asked: Asked| vec![Value::Null; asked.items.len()])?;
    dispatcher.register("client/registerCapability", |_: Value| ())?;
    dispatcher.register("window/workDoneProgress/create", |_: Value| ())?;

    let server = Connector::new()
        .with_service(Service::new(JsonRpc::new(), dispatcher))
        .connect(&format!("exec:{command}?framing=header"))
        .await?
        .with_timeout(Duration::from_secs(60));

    let initialize = json!({"processId": std::process::id(), "rootUri": null, "capabilities": {}});
    let abilities: Value = server.call("initialize", initialize).await?;
    println!("{}", abilities["serverInfo"]["name"]);
    server.notify("initialized", json!({})).await?;

    let uri = "file:///example";
    let document = json!({"uri": uri, "languageId": language, "version": 1, "text": text});
    server.notify("textDocument/didOpen", json!({"textDocument": document})).await?;
    let found = loop {
        let found = diagnostics.recv().await.ok_or("the server is gone")?;
        if found.uri == uri {
            break found.diagnostics;
        }
    };

    // A server ends when it has been told twice.
    server.call::<()>("shutdown", ()).await?;
    server.notify("exit", ()).await?;
    server.close().await;
    Ok(found.into_iter().map(|found| found.message).collect())
}

#[derive(Deserialize)]
struct Asked {
    items: Vec<Value>,
}

#[tokio::main]
#[allow(dead_code)] // the tests run the rest of this file against a server of theirs
async fn main() -> Result<(), Box<dyn Error>> {
    let command = std::env::args().nth(1).unwrap_or_else(|| "pylsp".to_owned());
    for message in check(&command, "python", "import os\nprint(undefined)\n").await? {
        println!("- {message}");
    }
    Ok(())
}
