//! Calls that go as they should.

use std::sync::atomic::Ordering;

use tinyrpc::transport::ServerTransport;
use tinyrpc::transport::http::{HttpServer, HttpSettings, NothingOwed};

use crate::support::{ADD, HOLD, Server, THREE, post, request, soon, take};

#[tokio::test]
async fn a_call_is_answered_and_the_connection_kept() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    for _ in 0..3 {
        let response = client.ask(post(ADD)).await;
        assert_eq!((response.status, response.body.as_str()), (200, THREE));
        assert_eq!(response.header("content-type"), Some("application/json"));
        assert!(response.header("date").is_some());
        assert_eq!(response.header("connection"), None);
        assert_eq!(response.header("access-control-allow-origin"), None);
    }
}

#[tokio::test]
async fn errors_come_with_status_200_too() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let response = client.ask(post(r#"{"jsonrpc":"2.0","method":"none","id":1}"#)).await;
    assert_eq!(response.status, 200);
    assert!(response.body.contains("-32601"), "{}", response.body);
}

#[tokio::test]
async fn the_endpoint_names_the_real_port_and_the_path() {
    let server = HttpServer::bind("127.0.0.1:0").await.unwrap();
    let port = server.address().port();
    assert_ne!(port, 0);
    assert_eq!(server.endpoint(), format!("http://127.0.0.1:{port}/"));
    let server = server.with_settings(HttpSettings::new().with_path("rpc"));
    assert_eq!(server.endpoint(), format!("http://127.0.0.1:{port}/rpc"));
    let taken = HttpServer::bind(("127.0.0.1", port)).await.unwrap_err();
    assert_eq!(taken.kind(), tinyrpc::transport::TransportErrorKind::Setup);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let mut all = Vec::new();
    for id in 0..50 {
        all.extend(post(format!(r#"{{"jsonrpc":"2.0","method":"add","params":[{id},1],"id":{id}}}"#)));
    }
    client.send(all).await;
    for id in 0..50 {
        let expected = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{}}}"#, id + 1);
        assert_eq!(client.response().await.body, expected);
    }
}

#[tokio::test]
async fn a_reply_does_not_wait_for_the_rest_of_the_next_request() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let mut bytes = post(ADD);
    bytes.extend_from_slice(b"POST / HT");
    assert_eq!(client.ask(bytes).await.body, THREE);
    let rest = post(ADD);
    assert_eq!(client.ask(&rest[b"POST / HT".len()..]).await.body, THREE);
}

#[tokio::test]
async fn http_1_0_is_served_and_kept_alive_when_asked() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let kept = client.ask(request("POST / HTTP/1.0\r\nConnection: keep-alive", ADD)).await;
    assert_eq!((kept.status, kept.body.as_str()), (200, THREE));
    let last = client.ask(request("POST / HTTP/1.0", ADD)).await;
    assert_eq!(last.body, THREE);
    client.ends().await;
}

#[tokio::test]
async fn handlers_see_headers_uri_and_the_caller() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let call = |method: &str| {
        request(
            "POST /some/path?q=1 HTTP/1.1\r\nHost: x\r\nX-Tenant: blue",
            format!(
                r#"{{"jsonrpc":"2.0","method":"{method}","params":{},"id":1}}"#,
                match method {
                    "header" => r#"["x-tenant"]"#,
                    _ => "[]",
                }
            ),
        )
    };
    assert!(client.ask(call("header")).await.body.contains(r#""result":"blue""#));
    assert!(client.ask(call("uri")).await.body.contains(r#""result":"/some/path?q=1""#));
    let me = client.tcp.local_addr().unwrap().to_string();
    assert!(client.ask(call("caller")).await.body.contains(&format!(r#""result":"{me}""#)));
}

#[tokio::test]
async fn what_is_owed_nothing_gets_an_empty_response() {
    let notification = r#"{"jsonrpc":"2.0","method":"hit"}"#;
    for (setting, status) in [(NothingOwed::Ok, 200), (NothingOwed::NoContent, 204), (NothingOwed::Accepted, 202)] {
        let server = Server::set(HttpSettings::new().with_nothing_owed(setting)).await;
        let mut client = server.connect().await;
        for message in [notification, &format!("[{notification}, {notification}]")] {
            let response = client.ask(post(message)).await;
            assert_eq!((response.status, response.body.as_str()), (status, ""));
            assert_eq!(response.header("content-length"), if status == 204 { None } else { Some("0") });
            client.lives().await;
        }
        assert_eq!(server.hits.load(Ordering::SeqCst), 3);
    }
}

#[tokio::test]
async fn a_hundred_connections_are_served_at_once() {
    let server = Server::start().await;
    let mut clients = Vec::new();
    for _ in 0..100 {
        let mut client = server.connect().await;
        client.send(post(HOLD)).await;
        clients.push(client);
    }
    for _ in 0..100 {
        take(&server.hold.entered).await;
    }
    server.hold.leave.add_permits(100);
    for client in &mut clients {
        assert!(client.response().await.body.contains("held"));
    }
}

#[tokio::test]
async fn a_client_that_goes_away_cancels_its_call() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.send(post(HOLD)).await;
    take(&server.hold.entered).await;
    drop(client);
    take(&server.hold.cancelled).await;
}

#[tokio::test]
async fn a_notification_runs_on_when_its_client_goes_away() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.send(post(r#"{"jsonrpc":"2.0","method":"hold"}"#)).await;
    take(&server.hold.entered).await;
    drop(client);
    // The server has let go of the connection once the trigger's end is reached; the handler has not noticed.
    server.trigger.close();
    soon(server.task).await.unwrap();
    server.hold.leave.add_permits(1);
    tokio::task::yield_now().await;
    assert_eq!(server.hold.cancelled.available_permits(), 0);
}
