//! How servers end.

use tokio::net::TcpStream;

use crate::support::{HOLD, Server, post, soon, take};

#[tokio::test]
async fn a_shutdown_lets_running_calls_finish_and_takes_no_new_ones() {
    let server = Server::start().await;
    let (mut idle, mut silent) = (server.connect().await, server.connect().await);
    idle.lives().await;
    let mut busy = server.connect().await;
    busy.send(post(HOLD)).await;
    take(&server.hold.entered).await;

    server.trigger.drain();
    idle.ends().await;
    silent.ends().await;
    TcpStream::connect(server.address).await.unwrap_err();
    assert!(!server.task.is_finished());

    server.hold.leave.add_permits(1);
    let response = busy.response().await;
    assert!(response.body.contains("held"));
    assert_eq!(response.header("connection"), Some("close"));
    busy.ends().await;
    soon(server.task).await.unwrap();
    assert_eq!(server.hold.cancelled.available_permits(), 0);
}

#[tokio::test]
async fn calls_that_run_past_the_grace_period_are_dropped() {
    let server = Server::start().await;
    let mut busy = server.connect().await;
    busy.send(post(HOLD)).await;
    take(&server.hold.entered).await;
    server.trigger.drain();
    server.trigger.close();
    soon(server.task).await.unwrap();
    take(&server.hold.cancelled).await;
    busy.ends().await;
}

#[tokio::test]
async fn a_server_whose_future_is_dropped_is_gone() {
    let server = Server::start().await;
    let mut busy = server.connect().await;
    busy.send(post(HOLD)).await;
    take(&server.hold.entered).await;
    server.task.abort();
    take(&server.hold.cancelled).await;
    busy.ends().await;
}
