//! How connections live and end.

use std::time::Duration;

use tinyrpc::transport::ws::{WsSettings, connect, connect_with};
use tinyrpc::{Client, JsonRpc};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::support::{ADD, CLOSE, PING, PONG, Raw, Server, TEXT, THREE, soon};

fn quick() -> WsSettings {
    WsSettings::new().with_ping(Some(Duration::from_millis(50))).with_missed_pings(2)
}

#[tokio::test]
async fn whoever_answers_pings_stays() {
    let server = Server::with(quick()).await;
    let mut raw = server.connect().await;
    for _ in 0..6 {
        assert_eq!(raw.receive().await, (PING, Vec::new()));
        raw.send(PONG, b"").await;
    }
    raw.send(TEXT, ADD).await;
    loop {
        match raw.receive().await {
            (PING, _) => raw.send(PONG, b"").await,
            other => break assert_eq!(other, (TEXT, THREE.to_vec())),
        }
    }
}

#[tokio::test]
async fn whoever_answers_none_is_left() {
    let server = Server::with(quick()).await;
    let mut raw = server.connect().await;
    assert_eq!(raw.receive().await.0, PING);
    assert_eq!(raw.receive().await.0, PING);
    // It may say goodbye before it goes.
    let rest = raw.rest().await;
    assert!(rest.is_empty() || rest[0] == 0x88, "{rest:x?}");
}

/// The other side's machine is gone: its connection stays open and silent.
#[tokio::test]
async fn a_client_notices_that_the_server_is_gone() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let settings = quick();
    let accepting = async {
        let (tcp, _) = listener.accept().await.unwrap();
        // A link that nobody polls answers no pings.
        tinyrpc::transport::ws::accept(tcp, &WsSettings::new()).await.unwrap()
    };
    let (link, silent) = tokio::join!(connect_with(&url, &settings), accepting);
    let client = Client::over(link.unwrap(), JsonRpc::new());
    let error = soon(client.call::<i64>("add", (1, 2))).await.unwrap_err();
    assert!(error.to_string().contains("lost") || format!("{error:?}").contains("pings"), "{error:?}");
    drop(silent);
}

#[tokio::test]
async fn shutting_down_answers_what_runs_and_says_that_it_goes_away() {
    let server = Server::start().await;
    let (mut busy, mut idle) = (server.connect().await, server.connect().await);
    idle.send(TEXT, ADD).await;
    assert_eq!(idle.receive().await.1, THREE);
    busy.send(TEXT, br#"{"jsonrpc":"2.0","method":"hold","id":8}"#).await;
    soon(server.entered.acquire()).await.unwrap().forget();
    server.trigger.drain();
    idle.closed(1001).await;
    idle.send(CLOSE, &1001_u16.to_be_bytes()).await;
    idle.ended().await;
    server.leave.add_permits(1);
    assert_eq!(busy.receive().await.1, br#"{"jsonrpc":"2.0","id":8,"result":"held"}"#);
    busy.closed(1001).await;
    busy.send(CLOSE, &1001_u16.to_be_bytes()).await;
    busy.ended().await;
    soon(server.task).await.unwrap();
}

#[tokio::test]
async fn the_end_of_the_grace_period_ends_what_still_runs() {
    let server = Server::start().await;
    let mut raw = server.connect().await;
    raw.send(TEXT, br#"{"jsonrpc":"2.0","method":"hold","id":8}"#).await;
    soon(server.entered.acquire()).await.unwrap().forget();
    server.trigger.drain();
    server.trigger.close();
    raw.closed(1001).await;
    soon(server.task).await.unwrap();
    raw.ended().await;
}

#[tokio::test]
async fn a_client_hears_that_its_message_was_refused_and_goes_on() {
    let server = Server::limited(1_000).await;
    let client = Client::over(connect(&server.url()).await.unwrap(), JsonRpc::new());
    let error = soon(client.call::<String>("echo", ("x".repeat(100_000),))).await.unwrap_err();
    assert!(format!("{error:?}").contains("-32600"), "{error:?}");
    assert_eq!(soon(client.call::<i64>("add", (1, 2))).await.unwrap(), 3);
}

#[tokio::test]
async fn a_client_that_is_dropped_closes_its_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let accepting = async { listener.accept().await.unwrap().0 };
    let (settings, accepted) = (WsSettings::new(), accepting);
    let serving = async { tinyrpc::transport::ws::accept(accepted.await, &settings).await.unwrap() };
    let (client, mut link) = tokio::join!(Client::connect(&url), serving);
    drop(client.unwrap());
    let end = soon(std::future::poll_fn(|cx| link.source.poll_recv(cx))).await;
    assert!(end.is_none(), "{end:?}");
}

#[tokio::test]
async fn more_connections_than_allowed_wait() {
    let service = |dispatcher| tinyrpc::Service::new(JsonRpc::new(), dispatcher);
    let server = Server::build(|server| server.with_connections(1), service).await;
    let first = server.connect().await;
    let mut second = tokio::spawn(Raw::open(server.address));
    assert!(tokio::time::timeout(Duration::from_millis(100), &mut second).await.is_err());
    drop(first);
    let mut second = soon(second).await.unwrap();
    second.send(TEXT, ADD).await;
    assert_eq!(second.receive().await.1, THREE);
}

#[tokio::test]
async fn a_connection_cut_anywhere_hurts_nobody_else() {
    let server = Server::start().await;
    let whole = crate::support::frame(true, TEXT, ADD);
    for length in 0..whole.len() {
        let mut raw = server.connect().await;
        raw.0.write_all(&whole[..length]).await.unwrap();
    }
    let mut raw = server.connect().await;
    raw.send(TEXT, ADD).await;
    assert_eq!(raw.receive().await.1, THREE);
}
