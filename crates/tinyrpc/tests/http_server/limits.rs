//! Connections that keep the server waiting, and too many of them.

use std::time::Duration;

use tinyrpc::transport::http::HttpServer;

use crate::support::{ADD, HOLD, Server, THREE, post, soon, take};

const LONG: Duration = Duration::from_secs(3600);
/// Long enough for a busy machine to answer a request in it.
const SHORT: Duration = Duration::from_millis(150);

#[tokio::test]
async fn a_head_that_does_not_come_is_given_up() {
    let short = |server: HttpServer| server.with_head_timeout(SHORT).with_idle_timeout(LONG);
    let server = Server::with(short, |service| service).await;
    for start in ["", "P", "POST / HT", "POST / HTTP/1.1\r\nHost: x\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut client = server.connect().await;
        client.send(start).await;
        if start.starts_with("PRI") {
            // The server's settings come first.
            client.until_end().await;
        } else {
            client.ends().await;
        }
    }
    let mut client = server.connect().await;
    client.lives().await;
    client.send("POST / HT").await;
    client.ends().await;
}

#[tokio::test]
async fn a_head_that_drips_is_given_up() {
    let short = |server: HttpServer| server.with_head_timeout(SHORT).with_idle_timeout(LONG);
    let server = Server::with(short, |service| service).await;
    let mut client = server.connect().await;
    client.send("POST / HTTP/1.1\r\nX: ").await;
    let drip = async { while client.try_send("x").await {} };
    soon(drip).await;
}

#[tokio::test]
async fn an_idle_connection_is_ended() {
    let short = |server: HttpServer| server.with_idle_timeout(SHORT).with_head_timeout(LONG);
    let server = Server::with(short, |service| service).await;
    let mut client = server.connect().await;
    client.lives().await;
    client.ends().await;
}

fn impatient(server: HttpServer) -> HttpServer {
    server.with_idle_timeout(SHORT).with_head_timeout(SHORT)
}

#[tokio::test]
async fn a_connection_with_a_running_call_is_not_idle() {
    let server = Server::with(impatient, |service| service).await;
    let mut busy = server.connect().await;
    busy.send(post(HOLD)).await;
    take(&server.hold.entered).await;
    // These come later and are ended: the busy one would have been, too.
    for _ in 0..2 {
        server.connect().await.ends().await;
    }
    server.hold.leave.add_permits(1);
    assert!(busy.response().await.body.contains("held"));
}

#[tokio::test]
async fn a_client_that_takes_no_replies_is_given_up() {
    let server = Server::with(impatient, |service| service).await;
    let mut client = server.connect().await;
    let echo = format!(r#"{{"jsonrpc":"2.0","method":"echo","params":["{}"],"id":1}}"#, "x".repeat(1 << 20));
    let flood = async { while client.try_send(post(&echo)).await {} };
    soon(flood).await;
}

#[tokio::test]
async fn connections_over_the_limit_wait_for_one_to_end() {
    let server = Server::with(|server| server.with_connections(2), |service| service).await;
    let mut first = server.connect().await;
    let mut second = server.connect().await;
    first.lives().await;
    second.lives().await;
    let mut third = server.connect().await;
    third.send(post(ADD)).await;
    // Both others are served while it waits.
    first.lives().await;
    second.lives().await;
    assert!(third.nothing_yet());
    drop(first);
    assert_eq!(third.response().await.body, THREE);
}
