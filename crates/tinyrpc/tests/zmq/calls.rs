//! What both ends do when nothing goes wrong.

use std::sync::Arc;
use std::time::Duration;

use tinyrpc::peer::PeerSettings;
use tinyrpc::transport::zmq::{ZmqClient, ZmqServer};
use tinyrpc::{Client, JsonRpc, Limits, Server};

use crate::support::{Folder, Running, TCP, service, soon};

async fn all_of(url: &str, protocol: &str) {
    let (service, watch) = service();
    let server = Server::new(service).bind(&format!("{url}?protocol={protocol}")).await.unwrap();
    let server = Running::run(server, watch);
    let client = Client::connect(&format!("{}?protocol={protocol}", server.url)).await.unwrap();
    assert_eq!(client.call::<i64>("add", (1, 2)).await.unwrap(), 3);
    client.notify("add", (1, 2)).await.unwrap();
    assert!(client.call::<()>("no_such_method", ()).await.unwrap_err().is_method_not_found());
    let text = "0123456789".repeat(100_000);
    assert_eq!(client.call::<String>("echo", (&text,)).await.unwrap(), text);
    let from = client.call::<String>("from", ()).await.unwrap();
    assert!(from.starts_with("zmq"), "{from}");

    // Later calls overtake those that wait.
    let slow = tokio::spawn({
        let client = client.clone();
        async move { client.call::<i64>("wait", (5,)).await }
    });
    soon(server.watch.began.notified()).await;
    let sums = client.call_all::<i64, _>((0..500).map(|number| ("add", (number, 1)))).await;
    for (number, sum) in (0..).zip(sums) {
        assert_eq!(sum.unwrap(), number + 1);
    }
    client.call::<()>("open", ()).await.unwrap();
    assert_eq!(soon(slow).await.unwrap().unwrap(), 5);

    if client.protocol().capabilities().batch.is_some() {
        let mut batch = client.batch();
        batch.notify("add", (1, 2));
        let sum = batch.call::<i64>("add", (3, 4));
        let mut replies = batch.send().await.unwrap();
        assert_eq!(replies.take(sum).unwrap(), 7);
        let mut batch = client.batch();
        batch.notify("add", (1, 2));
        batch.send().await.unwrap();
    }
    drop(client);
    server.end().await;
}

#[tokio::test]
async fn over_tcp() {
    all_of(TCP, "jsonrpc").await;
    all_of(TCP, "msgpack").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_tcp_between_threads() {
    all_of(TCP, "jsonrpc").await;
}

#[tokio::test]
async fn over_ipc() {
    let folder = Folder::new();
    all_of(&folder.url(), "jsonrpc").await;
    // Again at the same path, which the first server has left.
    all_of(&folder.url(), "msgpack").await;
    assert!(!folder.path().exists());
}

#[tokio::test]
async fn over_both_at_once() {
    let folder = Folder::new();
    let (service, watch) = service();
    let server = Server::new(service).bind(TCP).await.unwrap().bind(&folder.url()).await.unwrap();
    let urls = server.endpoints();
    let server = Running::run(server, watch);
    for url in urls {
        assert_eq!(Client::connect(&url).await.unwrap().call::<i64>("add", (1, 2)).await.unwrap(), 3);
    }
    server.end().await;
}

#[tokio::test]
async fn one_in_flight() {
    let server = Running::start(TCP).await;
    let link = ZmqClient::new(&server.url).link().await.unwrap();
    let settings = PeerSettings::new().with_one_in_flight(true);
    let client = Client::over_with(link, Arc::new(JsonRpc::new()), Limits::default(), settings);
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.call::<i64>("wait", (1,)).await }
    });
    soon(server.watch.began.notified()).await;
    let next = client.clone();
    let mut next = std::pin::pin!(next.call::<i64>("add", (1, 2)));
    let early = tokio::time::timeout(Duration::from_millis(50), &mut next).await;
    assert!(early.is_err(), "it should wait for the first: {early:?}");
    server.client().await.call::<()>("open", ()).await.unwrap();
    assert_eq!(soon(waiting).await.unwrap().unwrap(), 1);
    assert_eq!(soon(next).await.unwrap(), 3);
    server.end().await;
}

#[tokio::test]
async fn addresses_that_cannot_be_used_are_refused() {
    let server = Running::start(TCP).await;
    let folder = Folder::new();
    std::fs::write(folder.path(), "precious").unwrap();
    for url in [server.url.as_str(), "zmq+tcp://127.0.0.1", "zmq+ipc:///no/such/folder/s", &folder.url()] {
        let error = ZmqServer::bind(url).await.expect_err(url);
        assert_eq!(error.kind(), tinyrpc::transport::TransportErrorKind::Setup, "{error}");
    }
    assert_eq!(std::fs::read_to_string(folder.path()).unwrap(), "precious");
    assert!(Client::connect("zmq+tcp://127.0.0.1").await.is_err());
    server.end().await;
}

#[tokio::test]
async fn an_ipc_path_that_is_served_is_not_taken_over() {
    let folder = Folder::new();
    let server = Running::start(&folder.url()).await;
    let error = ZmqServer::bind(&folder.url()).await.expect_err("it is taken");
    assert!(error.to_string().contains("another server does"), "{error}");
    assert_eq!(server.client().await.call::<i64>("add", (1, 2)).await.unwrap(), 3);
    server.end().await;
}
