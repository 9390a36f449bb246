//! Connections that keep the server waiting, and too many of them.

use std::time::Duration;

use tinyrpc::transport::http::HttpServer;

use crate::support::{ADD, HOLD, Server, THREE, post, soon, take};

const LONG: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_head_that_does_not_come_is_given_up() {
    let short = |server: HttpServer| server.with_head_timeout(Duration::from_millis(40)).with_idle_timeout(LONG);
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
    let short = |server: HttpServer| server.with_head_timeout(Duration::from_millis(40)).with_idle_timeout(LONG);
    let server = Server::with(short, |service| service).await;
    let mut client = server.connect().await;
    client.send("POST / HTTP/1.1\r\nX: ").await;
    let drip = async { while client.try_send("x").await {} };
    soon(drip).await;
}

#[tokio::test]
async fn an_idle_connection_is_ended_and_a_busy_one_is_not() {
    let short = |server: HttpServer| server.with_idle_timeout(Duration::from_millis(40)).with_head_timeout(LONG);
    let server = Server::with(short, |service| service).await;
    let (mut idle, mut busy) = (server.connect().await, server.connect().await);
    busy.send(post(HOLD)).await;
    take(&server.hold.entered).await;
    idle.lives().await;
    idle.ends().await;
    server.hold.leave.add_permits(1);
    assert!(busy.response().await.body.contains("held"));
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
