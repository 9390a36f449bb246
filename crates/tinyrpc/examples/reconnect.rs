//! A client that goes on while its server is restarted, and one of two servers.
//!
//! `cargo run -p tinyrpc --features full --example reconnect`

use std::time::Duration;

use tinyrpc::client::Connector;
use tinyrpc::client::reconnect::{Backoff, Balance, Reconnect};
use tinyrpc::{Dispatcher, JsonRpc, Server, Service};
use tokio::task::JoinHandle;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, server) = serve("one", "tcp://127.0.0.1:0").await?;
    let backoff = Backoff::new().with_first(Duration::from_millis(10)).with_longest(Duration::from_secs(5));
    let connector = Connector::new().with_reconnect(Reconnect::from(backoff).with_idempotent(["name"]));
    let client = connector.connect(&url).await?;
    let mut states = client.states().ok_or("it connects again")?;
    tokio::spawn(async move {
        while let Some(state) = states.changed().await {
            println!("  {state:?}");
        }
    });

    println!("{}", client.call::<String>("name", ()).await?);
    server.abort();
    let (_, server) = serve("its successor", &url).await?;
    // Waits until the client is connected again.
    let name: String = client.call("name", ()).await?;
    println!("{name}");
    assert_eq!(name, "its successor");

    let (second, other) = serve("the other one", "http://127.0.0.1:0/").await?;
    let client = connector.connect_any([&url, &second], Balance::Failover).await?;
    assert_eq!(client.call::<String>("name", ()).await?, "its successor");
    server.abort();
    let name: String = client.call("name", ()).await?;
    println!("{name}");
    assert_eq!(name, "the other one");
    other.abort();
    Ok(())
}

/// A server that tells its name; gives its URL.
async fn serve(name: &'static str, url: &str) -> Result<(String, JoinHandle<()>), Box<dyn std::error::Error>> {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("name", move || name)?;
    let service = Service::new(JsonRpc::new(), dispatcher);
    // The port is free again a moment after the server before has been dropped.
    let mut attempts = 0..100;
    let server = loop {
        match Server::new(service.clone()).bind(url).await {
            Ok(server) => break server,
            Err(error) if attempts.next().is_none() => return Err(error.into()),
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    };
    let url = server.endpoints().remove(0);
    let task = tokio::spawn(async move {
        if let Err(error) = server.run().await {
            eprintln!("{name}: {error}");
        }
    });
    Ok((url, task))
}
