//! A transport of one's own, both ends: every message is a file in a spool directory.
//!
//! Any protocol runs on it, since a transport never looks into a message.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tinyrpc::call::BoxFuture;
use tinyrpc::transport::{
    ClientTransport, Expect, Outgoing, ServerTransport, Shutdown, TransportError, TransportErrorKind,
};
use tinyrpc::{Client, Dispatcher, JsonRpc, MessagePackRpc, Origin, Server, Service};
use tokio::fs;

/// The serving end: answers `NAME.call` with `NAME.reply`.
#[derive(Debug)]
struct SpoolServer(PathBuf);

/// The calling end.
#[derive(Debug)]
struct SpoolClient(PathBuf, AtomicU64);

const PAUSE: Duration = Duration::from_millis(5);

impl ServerTransport for SpoolServer {
    fn endpoint(&self) -> String {
        format!("spool:{}", self.0.display())
    }

    fn serve(self: Box<Self>, service: Service, shutdown: Shutdown) -> BoxFuture<'static, Result<(), TransportError>> {
        Box::pin(async move {
            let origin = Arc::new(Origin::new("spool"));
            while !shutdown.is_draining() {
                let mut entries = fs::read_dir(&self.0).await.map_err(lost)?;
                while let Some(entry) = entries.next_entry().await.map_err(lost)? {
                    let path = entry.path();
                    if path.extension().is_some_and(|extension| extension == "call") {
                        let message = fs::read(&path).await.map_err(lost)?;
                        fs::remove_file(&path).await.map_err(lost)?;
                        let reply = service.exchange(Arc::clone(&origin), message).await.unwrap_or_default();
                        put(&path.with_extension("reply"), &reply).await.map_err(lost)?;
                    }
                }
                tokio::time::sleep(PAUSE).await;
            }
            Ok(())
        })
    }
}

impl ClientTransport for SpoolClient {
    fn exchange(&self, outgoing: Outgoing<'_>) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        let name = self.1.fetch_add(1, Ordering::Relaxed);
        let (message, expect) = (outgoing.message, outgoing.expect);
        Box::pin(async move {
            let path = self.0.join(format!("{name}.call"));
            put(&path, &message).await.map_err(lost)?;
            if expect == Expect::Nothing {
                return Ok(None);
            }
            // No timeout here: the client has one, and drops this future when it is over.
            loop {
                match fs::read(path.with_extension("reply")).await {
                    Ok(reply) => {
                        fs::remove_file(path.with_extension("reply")).await.map_err(lost)?;
                        return Ok((!reply.is_empty()).then(|| reply.into()));
                    }
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
            }
        })
    }
}

/// Writes a file so that nobody sees a half of it.
async fn put(path: &Path, contents: &[u8]) -> std::io::Result<()> {
    let hidden = path.with_extension("part");
    fs::write(&hidden, contents).await?;
    fs::rename(hidden, path).await
}

fn lost(error: std::io::Error) -> TransportError {
    TransportError::new(TransportErrorKind::Lost, "the spool directory cannot be used").with_source(error)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let spool = std::env::temp_dir().join(format!("tinyrpc-spool-{}", std::process::id()));
    fs::create_dir_all(&spool).await?;

    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (i64, i64)| a + b)?;
    let service = Service::new(MessagePackRpc::new(), dispatcher);
    let server = Server::new(service).with_transport(SpoolServer(spool.clone()));
    println!("serving at {}", server.endpoints()[0]);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.run_until(async { drop(stopped.await) }));

    let client = Client::new(SpoolClient(spool.clone(), AtomicU64::new(0)), MessagePackRpc::new());
    let sum: i64 = client.call("add", (1, 2)).await?;
    println!("1 + 2 = {sum}");
    // The wrong protocol costs an error, nothing else.
    let wrong = Client::new(SpoolClient(spool.clone(), AtomicU64::new(100)), JsonRpc::new());
    println!("{}", wrong.call::<i64>("add", (1, 2)).await.expect_err("it should fail"));

    let _ = stop.send(());
    serving.await??;
    fs::remove_dir_all(spool).await?;
    assert_eq!(sum, 3);
    Ok(())
}
