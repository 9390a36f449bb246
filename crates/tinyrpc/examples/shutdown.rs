//! Stops a server when asked: calls that are running get their replies first.

use std::time::Duration;

use tinyrpc::{Client, Dispatcher, JsonRpc, Server, Service};
use tokio::sync::{mpsc, oneshot};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (started, mut has_started) = mpsc::unbounded_channel();
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("slow", move || {
        let started = started.clone();
        async move {
            let _ = started.send(());
            tokio::time::sleep(Duration::from_millis(100)).await;
            "done"
        }
    })?;
    let server = Server::new(Service::new(JsonRpc::new(), dispatcher))
        .with_grace(Duration::from_secs(5))
        .bind("http://127.0.0.1:0/")
        .await?;
    let url = server.endpoints().remove(0);

    // A real program would pass `tokio::signal::ctrl_c()` here.
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(server.run_until(async { drop(stopped.await) }));

    let client = Client::connect(&url).await?;
    let running = tokio::spawn({
        let client = client.clone();
        async move { client.call::<String>("slow", ()).await }
    });
    has_started.recv().await;
    let _ = stop.send(());

    println!("the running call ends: {}", running.await??);
    serving.await??;
    let error = client.call::<String>("slow", ()).await.expect_err("it should fail");
    println!("a later one does not start: {error}");
    assert!(error.is_unsent());
    Ok(())
}
