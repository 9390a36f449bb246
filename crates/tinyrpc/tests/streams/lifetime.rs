//! How servers and clients come to their end.

use tinyrpc::transport::TransportErrorKind;
use tinyrpc::transport::stream::TcpServer;
use tinyrpc::{Client, Server};

use crate::support::{Running, adds, service, soon, transport_kind};

#[tokio::test]
async fn calls_that_run_are_answered_when_the_server_stops_and_new_ones_are_not() {
    let mut server = Running::anywhere().await;
    let (client, other) = (server.client("jsonrpc").await, server.client("jsonrpc").await);
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.call::<()>("wait", ()).await }
    });
    adds(&client).await;
    // It came after the other call on the same link, so that one is running.
    server.begin_to_stop();
    // An idle link is closed at once.
    let error = loop {
        match soon(other.call::<i64>("add", (1, 2))).await {
            Ok(_) => tokio::task::yield_now().await,
            Err(error) => break error,
        }
    };
    assert!(transport_kind(&error).is_some() || error.rpc_error().is_some(), "{error}");
    let error = soon(client.call::<bool>("open", ())).await.unwrap_err();
    assert_eq!(error.rpc_error().map(tinyrpc::RpcError::code), Some(-32001), "{error}");
    assert!(!waiting.is_finished());
    waiting.abort();
    drop(client);
    server.ended().await;
}

#[tokio::test]
async fn a_server_that_comes_back_is_found_at_the_same_address() {
    let server = Running::anywhere().await;
    let address = server.address().to_owned();
    let client = server.client("jsonrpc").await;
    adds(&client).await;
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.call::<()>("wait", ()).await }
    });
    adds(&client).await;
    drop(server);
    let error = soon(waiting).await.unwrap().unwrap_err();
    assert_eq!(transport_kind(&error), Some(TransportErrorKind::Lost), "{error}");
    let error = soon(client.call::<i64>("add", (1, 2))).await.unwrap_err();
    assert!(error.is_unsent(), "{error}");

    let server = loop {
        // The task that was aborted lets go of the socket a little later.
        match TcpServer::bind(&address).await {
            Ok(server) => break Running::tcp(server, service()).await,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    adds(&server.client("jsonrpc").await).await;
}

#[tokio::test]
async fn nobody_listens() {
    let free = TcpServer::bind("127.0.0.1:0").await.unwrap().address();
    let error = Client::connect(&format!("tcp://{free}")).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Unreachable);
    assert!(error.to_string().contains(&free.to_string()), "{error}");

    let server = Running::anywhere().await;
    let error = Server::new(service()).bind(&server.url).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Setup);
}

#[tokio::test]
async fn closing_a_client_delivers_what_it_sent() {
    let server = Running::anywhere().await;
    let other = server.client("jsonrpc").await;
    for round in 0..20_usize {
        let client = server.client("jsonrpc").await;
        client.notify("note", (round,)).await.unwrap();
        soon(client.close()).await;
        assert_eq!(soon(other.call::<usize>("notes", ())).await.unwrap(), round + 1);
    }
}
