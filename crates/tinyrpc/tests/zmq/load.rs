//! Many at once, and restarts under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tinyrpc::Client;
use tinyrpc::transport::TransportErrorKind;

use crate::support::{Running, TCP, soon};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_clients() {
    let server = Running::start(TCP).await;
    let clients = (0..100_i64).map(|number| {
        let url = server.url.clone();
        tokio::spawn(async move {
            let client = Client::connect(&url).await.unwrap();
            for call in 0..50_i64 {
                assert_eq!(client.call::<i64>("add", (number, call)).await.unwrap(), number + call);
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        soon(client).await.unwrap();
    }
    server.end().await;
}

/// Every call ends, with its own result or an error that says what became of it, and clients find the new server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_restarted_under_load() {
    let mut server = Running::start(TCP).await;
    let url = server.url.clone();
    let answered = Arc::new(AtomicUsize::new(0));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let callers: Vec<_> = (0..16_i64)
        .map(|number| {
            let (url, answered, stopped) = (url.clone(), Arc::clone(&answered), stopped.clone());
            tokio::spawn(async move {
                let client = Client::connect(&url).await.unwrap();
                let mut call = 0;
                while !*stopped.borrow() {
                    call += 1;
                    match client.call::<i64>("add", (number, call)).await {
                        Ok(sum) => {
                            assert_eq!(sum, number + call);
                            answered.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(error) => {
                            let lost = error.transport_error().is_some_and(|e| e.kind() == TransportErrorKind::Lost);
                            let busy = error.rpc_error().is_some_and(|error| error.code() == -32001);
                            assert!(lost || busy, "{error}");
                            tokio::task::yield_now().await;
                        }
                    }
                }
                // Whoever was cut off comes back, even if it has not noticed yet.
                while client.call::<i64>("add", (1, 1)).await.is_err() {}
            })
        })
        .collect();
    for _ in 0..3 {
        let before = answered.load(Ordering::Relaxed);
        soon(async {
            while answered.load(Ordering::Relaxed) < before + 1_000 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
        server.end().await;
        server = Running::start(&url).await;
    }
    stop.send(true).unwrap();
    for caller in callers {
        soon(caller).await.unwrap();
    }
    server.end().await;
}
