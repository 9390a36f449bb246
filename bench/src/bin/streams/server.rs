//! Servers that stream numbers to whoever subscribes.

use futures_util::{SinkExt as _, StreamExt as _, stream};
use jsonrpsee_core::SubscriptionError;
use jsonrpsee_core::server::{RpcModule, SubscriptionMessage};
use tinyrpc::subscription::RegisterSubscription as _;
use tinyrpc::{Dispatcher, JsonRpc, Server, Service};
use tinyrpc_bench::Failure;
use tokio::net::TcpListener;
use tokio_websockets::{Message, ServerBuilder};

pub(crate) const ALL: [&str; 4] = ["tinyrpc", "jsonrpsee", "bare, gathered", "bare, each flushed"];

/// How many the bare server gives to the socket before it flushes.
const GATHERED: u64 = 64;

/// Prints its address, and serves until it is killed.
pub(crate) async fn run(who: &str) -> Result<(), Failure> {
    match who {
        "tinyrpc" => ours().await,
        "jsonrpsee" => jsonrpsee().await,
        "bare, gathered" => bare(GATHERED).await,
        "bare, each flushed" => bare(1).await,
        _ => Err("no such server".into()),
    }
}

async fn ours() -> Result<(), Failure> {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register_subscription("subscribe_numbers", |(to,): (u64,)| stream::iter(0..to))?;
    let server = Server::new(Service::new(JsonRpc::new(), dispatcher)).bind("ws://127.0.0.1:0/").await?;
    println!("{}", server.endpoints()[0].trim_start_matches("ws://").trim_end_matches('/'));
    Ok(server.run().await?)
}

async fn jsonrpsee() -> Result<(), Failure> {
    let mut module = RpcModule::new(());
    module.register_subscription::<Result<(), SubscriptionError>, _, _>(
        "subscribe_numbers",
        "numbers",
        "unsubscribe_numbers",
        |params, pending, _, _| async move {
            let (to,): (u64,) = params.parse()?;
            let sink = pending.accept().await?;
            for number in 0..to {
                let raw = serde_json::value::to_raw_value(&number)?;
                if sink.send(SubscriptionMessage::from(raw)).await.is_err() {
                    break;
                }
            }
            // It says nothing about the end, and the reader counts.
            sink.closed().await;
            Ok(())
        },
    )?;
    let config = jsonrpsee_server::ServerConfig::builder().ws_only().build();
    let server = jsonrpsee_server::Server::builder().set_config(config).build("127.0.0.1:0").await?;
    println!("{}", server.local_addr()?);
    server.start(module).stopped().await;
    Ok(())
}

async fn bare(gathered: u64) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (_, mut socket) = ServerBuilder::new().accept(stream).await?;
        let Some(call) = socket.next().await else { continue };
        let call: serde_json::Value = serde_json::from_slice(call?.as_payload())?;
        let to = call["params"][0].as_u64().ok_or("no count")?;
        let id = &call["id"];
        socket.feed(Message::text(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":1}}"#))).await?;
        for number in 0..to {
            let item =
                format!(r#"{{"jsonrpc":"2.0","method":"numbers","params":{{"subscription":1,"result":{number}}}}}"#);
            socket.feed(Message::text(item)).await?;
            if (number + 1) % gathered == 0 {
                socket.flush().await?;
            }
        }
        socket.flush().await?;
        // It stays until the other side leaves, and answers what it asks.
        while let Some(Ok(message)) = socket.next().await {
            if let Ok(call) = serde_json::from_slice::<serde_json::Value>(message.as_payload()) {
                let reply = format!(r#"{{"jsonrpc":"2.0","id":{},"result":true}}"#, call["id"]);
                socket.send(Message::text(reply)).await?;
            }
        }
    }
}
