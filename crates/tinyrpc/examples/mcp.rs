//! A client of the Model Context Protocol over standard input and output: lists a server's tools, calls one, hears of its
//! progress, lends it a (very small) language model, and cancels a call.
//!
//! `cargo run -p tinyrpc --features full --example mcp COMMAND`

use std::error::Error;
use std::time::Duration;

use serde_json::{Value, json};
use tinyrpc::client::Connector;
use tinyrpc::peer::{Cancel, PeerSettings};
use tinyrpc::{Client, Dispatcher, JsonRpc, Service};
use tokio::sync::mpsc;

/// A server, and what it tells of the progress of its tools.
pub(crate) struct Server {
    pub(crate) client: Client,
    pub(crate) progress: mpsc::Receiver<Value>,
}

pub(crate) async fn connect(command: &str) -> Result<Server, Box<dyn Error>> {
    let (sender, progress) = mpsc::channel(64);
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("ping", || json!({}))?;
    dispatcher.register("roots/list", || json!({"roots": []}))?;
    dispatcher.register("notifications/progress", move |what: Value| {
        let sender = sender.clone();
        async move { drop(sender.send(what).await) }
    })?;
    // A tool may ask for a language model in the middle of its work. This one only knows one sentence.
    dispatcher.register("sampling/createMessage", |asked: Value| {
        let length = asked["messages"].as_array().map_or(0, Vec::len);
        let text = format!("you sent {length} message(s)");
        json!({"role": "assistant", "model": "one-sentence", "content": {"type": "text", "text": text}})
    })?;

    let client = Connector::new()
        .with_service(Service::new(JsonRpc::new(), dispatcher))
        .with_peer_settings(PeerSettings::new().with_cancel(Some(Cancel::mcp())))
        .connect(&format!("exec:{command}?framing=line"))
        .await?;
    let hello = json!({
        "protocolVersion": "2025-06-18",
        "capabilities": {"sampling": {}, "roots": {}},
        "clientInfo": {"name": "tinyrpc", "version": env!("CARGO_PKG_VERSION")},
    });
    let answer: Value = client.call("initialize", hello).await?;
    println!("{} {}", answer["serverInfo"]["name"], answer["serverInfo"]["version"]);
    client.notify("notifications/initialized", ()).await?;
    Ok(Server { client, progress })
}

impl Server {
    /// Calls a tool and gives the text that it returns.
    pub(crate) async fn tool(&self, name: &str, arguments: Value) -> Result<String, Box<dyn Error>> {
        let call = json!({"name": name, "arguments": arguments, "_meta": {"progressToken": name}});
        let result: Value = self.client.call("tools/call", call).await?;
        Ok(result["content"][0]["text"].as_str().unwrap_or_default().to_owned())
    }
}

pub(crate) async fn run(command: &str) -> Result<(), Box<dyn Error>> {
    let mut server = connect(command).await?;
    let tools: Value = server.client.call("tools/list", json!({})).await?;
    let names: Vec<_> =
        tools["tools"].as_array().into_iter().flatten().filter_map(|tool| tool["name"].as_str()).collect();
    println!("tools: {}", names.join(", "));

    println!("{}", server.tool("echo", json!({"message": "hello"})).await?);
    println!("{}", server.tool("trigger-long-running-operation", json!({"duration": 1, "steps": 2})).await?);
    while let Some(step) = server.progress.recv().await {
        println!("progress {} of {}", step["progress"], step["total"]);
        if step["progress"] == step["total"] {
            break;
        }
    }
    // The server calls us while our call to it is under way.
    println!("{}", server.tool("trigger-sampling-request", json!({"prompt": "hi", "maxTokens": 10})).await?);

    // A call that is given up is cancelled on the other side.
    let slow = server.tool("trigger-long-running-operation", json!({"duration": 60, "steps": 60}));
    let given_up = tokio::time::timeout(Duration::from_millis(200), slow).await.is_err();
    println!("gave up a slow call: {given_up}");
    println!("{}", server.tool("echo", json!({"message": "still here"})).await?);
    server.client.close().await;
    Ok(())
}

#[tokio::main]
#[allow(dead_code)] // the tests run the rest of this file against a server of theirs
async fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1) {
        Some(command) => run(&command).await,
        None => {
            println!("usage: mcp COMMAND, such as: mcp 'npx -y @modelcontextprotocol/server-everything stdio'");
            Ok(())
        }
    }
}
