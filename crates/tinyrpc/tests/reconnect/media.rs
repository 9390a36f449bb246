//! Each kind of link, lost and made again.

use std::time::Duration;

use tinyrpc::client::Connector;
use tinyrpc::client::reconnect::{Backoff, Reconnect};
use tinyrpc::{Client, Server};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::{Runs, kind, service, soon};

struct Running {
    url: String,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    async fn start(url: &str, runs: &Runs) -> Self {
        let server = Server::new(service("a", runs).0).bind(url).await.unwrap().with_grace(Duration::ZERO);
        let url = server.endpoints().remove(0);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            server.run_until(stopped).await.unwrap();
        });
        Self { url, stop, task }
    }

    async fn stop(self) {
        drop(self.stop);
        soon(self.task).await.unwrap();
    }
}

async fn connect(url: &str) -> Client {
    let backoff = Backoff::new().with_first(Duration::from_millis(5)).with_longest(Duration::from_millis(50));
    let settings = Reconnect::new().with_backoff(backoff);
    soon(Connector::new().with_reconnect(settings).connect(url)).await.unwrap()
}

/// Three servers at one address, one after the other, and a client that finds each.
async fn restarts(url: &str) {
    let runs = Runs::default();
    let mut server = Running::start(url, &runs).await;
    let url = server.url.clone();
    let client = connect(&url).await;
    for number in 0..3 {
        assert_eq!(soon(client.call::<u64>("run", (number,))).await.unwrap(), number);
        let held = tokio::spawn({
            let client = client.clone();
            async move { client.call::<u64>("hold", (100 + number,)).await }
        });
        soon(async {
            while runs.of(100 + number) == 0 {
                tokio::task::yield_now().await;
            }
        })
        .await;
        server.stop().await;
        let error = soon(held).await.unwrap().unwrap_err();
        assert_eq!(kind(&error), tinyrpc::transport::TransportErrorKind::Lost, "{error}");
        server = Running::start(&url, &runs).await;
    }
    assert!((0..3).all(|number| runs.of(number) == 1 && runs.of(100 + number) == 1));
    server.stop().await;
}

#[tokio::test]
async fn inproc() {
    restarts("inproc://restarted").await;
}

#[cfg(feature = "tcp")]
#[tokio::test]
async fn tcp() {
    restarts("tcp://127.0.0.1:0").await;
}

#[cfg(all(feature = "tcp", unix))]
#[tokio::test]
async fn unix() {
    let path = std::env::temp_dir().join(format!("tinyrpc-reconnect-{}", std::process::id()));
    restarts(&format!("unix://{}", path.display())).await;
}

#[cfg(feature = "ws")]
#[tokio::test]
async fn websocket() {
    restarts("ws://127.0.0.1:0/").await;
}

/// A command that ends after each answer is started again for the next.
#[cfg(all(feature = "tcp", unix))]
#[tokio::test]
async fn child() {
    let answers_once = r#"read -r line; id=${line##*\"id\":}; id=${id%%[,\}]*}; echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":$$}""#;
    let client = connect(&format!("exec:sh -c '{answers_once}'")).await;
    let mut processes = Vec::new();
    for _ in 0..3 {
        processes.push(soon(client.idempotent().call::<u32>("number", ())).await.unwrap());
    }
    processes.sort_unstable();
    processes.dedup();
    assert_eq!(processes.len(), 3, "{processes:?}");
    soon(client.close()).await;
}

/// It connects by itself, so that its one link lasts.
#[cfg(feature = "zmq")]
#[tokio::test]
async fn zeromq() {
    let runs = Runs::default();
    let server = Running::start("zmq+tcp://127.0.0.1:0", &runs).await;
    let client = connect(&server.url).await;
    assert_eq!(soon(client.call::<u64>("run", (1,))).await.unwrap(), 1);
    assert!(client.states().unwrap().now().is_connected());
    soon(client.close()).await;
    server.stop().await;
}

#[cfg(all(feature = "blocking", feature = "tcp"))]
#[test]
fn a_blocking_client_connects_again_too() {
    use tinyrpc::blocking::{Client, block_on};

    let runs = Runs::default();
    let server = block_on(Running::start("tcp://127.0.0.1:0", &runs));
    let backoff = Backoff::new().with_first(Duration::from_millis(5)).with_longest(Duration::from_millis(50));
    let client = Client::connect_with(&Connector::new().with_reconnect(backoff), &server.url).unwrap();
    assert_eq!(client.call::<u64>("run", (1,)).unwrap(), 1);
    let url = server.url.clone();
    block_on(server.stop());
    let server = block_on(Running::start(&url, &runs));
    assert_eq!(client.idempotent().call::<u64>("run", (2,)).unwrap(), 2);
    client.close();
    block_on(server.stop());
}

#[cfg(feature = "tcp")]
#[tokio::test]
async fn what_the_client_serves_is_served_over_each_connection() {
    use tinyrpc::client::Caller;
    use tinyrpc::{Dispatcher, JsonRpc, RpcError, Service};

    async fn greet(caller: Caller, (): ()) -> Result<String, RpcError> {
        let name: String = caller.call("name", ()).await.map_err(RpcError::internal)?;
        Ok(format!("hello {name}"))
    }
    let mut desk = Dispatcher::new();
    desk.register("greet", greet).unwrap();
    let desk = Service::new(JsonRpc::new(), desk);
    let mut guest = Dispatcher::new();
    guest.register("name", || "Ada").unwrap();
    let backoff = Backoff::new().with_first(Duration::from_millis(5));
    let connector = Connector::new().with_reconnect(backoff).with_service(Service::new(JsonRpc::new(), guest));

    let mut url = "tcp://127.0.0.1:0".to_owned();
    let mut client = None;
    for _ in 0..3 {
        let server = Server::new(desk.clone()).bind(&url).await.unwrap().with_grace(Duration::ZERO);
        url = server.endpoints().remove(0);
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(server.run_until(async {
            let _ = stopped.await;
        }));
        if client.is_none() {
            client = Some(soon(connector.connect(&url)).await.unwrap().idempotent());
        }
        let greeted: String = soon(client.as_ref().unwrap().call("greet", ())).await.unwrap();
        assert_eq!(greeted, "hello Ada");
        drop(stop);
        soon(task).await.unwrap().unwrap();
    }
}
