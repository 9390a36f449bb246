//! Endpoints by URL.

use tinyrpc::transport::TransportErrorKind;
use tinyrpc::{Client, Server};

use crate::support::{Running, adds, service, soon};

#[tokio::test]
async fn links_within_the_process() {
    let server = Running::start(Server::new(service()).bind("inproc://urls").await.unwrap());
    assert_eq!(server.url, "inproc://urls");
    let client = Client::connect("inproc://urls").await.unwrap();
    adds(&client).await;
    let error = Server::new(service()).bind("inproc://urls").await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Setup);
    soon(client.close()).await;
    server.stop().await;
    let error = Client::connect("inproc://urls").await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Unreachable);
    drop(Server::new(service()).bind("inproc://urls").await.unwrap());
}

#[tokio::test]
async fn what_cannot_be_used() {
    for url in
        ["tcp://", "tcp://h", "tcp://127.0.0.1:0/path", "tcp://127.0.0.1:0?x=y", "tcp://127.0.0.1:0?framing=x", "unix:"]
    {
        let error = Server::new(service()).bind(url).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Setup, "{url}");
        let error = Client::connect(url).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Setup, "{url}");
    }
    let error = Server::new(service()).bind("exec:cat").await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Setup);
    let error = Client::connect("exec:'cat").await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Setup);
    let error = Server::new(service()).bind("smoke:signal").await.unwrap_err();
    assert!(error.to_string().contains("tcp, unix, stdio, exec"), "{error}");
}
