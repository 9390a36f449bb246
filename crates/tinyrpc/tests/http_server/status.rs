//! What is no message for us gets a status that says why, and keeps its connection.

use tinyrpc::transport::http::HttpSettings;

use crate::support::{ADD, Server, THREE, post, request};

#[tokio::test]
async fn broken_messages_are_answered_by_the_protocol() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let messages: [(&[u8], &str); 6] = [
        (b"{", "-32700"),
        (b"", "-32700"),
        (b"\xff\xfe", "-32700"),
        (b"{\"jsonrpc\":\"2.0\",\"method\":\"\xff\",\"id\":1}", "-32700"),
        (b"[]", "-32600"),
        (b"7", "-32600"),
    ];
    for (message, code) in messages {
        let response = client.ask(post(message)).await;
        assert_eq!(response.status, 200, "{message:?}");
        assert_eq!(response.header("content-type"), Some("application/json"));
        assert!(response.body.contains(code), "{message:?}: {}", response.body);
        client.lives().await;
    }
}

#[tokio::test]
async fn a_post_without_a_body_is_an_empty_message() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let response = client.ask("POST / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(response.status == 200 && response.body.contains("-32700"), "{response:?}");
    client.lives().await;
}

#[tokio::test]
async fn only_post_is_served() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    for method in ["GET", "PUT", "DELETE", "PATCH", "BREW"] {
        for body in ["", ADD] {
            let response = client.ask(request(&format!("{method} / HTTP/1.1\r\nHost: x"), body)).await;
            assert_eq!(response.status, 405, "{method}");
            assert_eq!(response.header("allow"), Some("POST, OPTIONS"));
            assert!(response.header("content-type").unwrap().starts_with("text/plain"));
            assert!(response.body.contains("POST"));
            client.lives().await;
        }
    }
}

#[tokio::test]
async fn options_tells_what_is_served() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let response = client.ask("OPTIONS / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!((response.status, response.header("allow")), (204, Some("POST, OPTIONS")));
    client.lives().await;
}

#[tokio::test]
async fn the_content_type_must_be_known() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let typed = |name: &str| request(&format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: {name}"), ADD);
    for known in ["", "application/json", "Application/JSON ; charset=UTF-8", "application/json-rpc"] {
        assert_eq!(client.ask(typed(known)).await.body, THREE, "{known}");
    }
    assert_eq!(client.ask(request("POST / HTTP/1.1\r\nHost: x", ADD)).await.body, THREE);
    for unknown in ["text/plain", "application/msgpack", "application/jsonx", "x"] {
        let response = client.ask(typed(unknown)).await;
        assert_eq!(response.status, 415, "{unknown}");
        assert_eq!(response.header("accept-post"), Some("application/json"));
        assert!(response.body.contains("application/json"), "{}", response.body);
        client.lives().await;
    }
}

#[tokio::test]
async fn any_content_type_is_taken_when_told_so() {
    let server = Server::set(HttpSettings::new().with_any_content_type(true)).await;
    let mut client = server.connect().await;
    let response = client.ask(request("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain", ADD)).await;
    assert_eq!((response.status, response.body.as_str()), (200, THREE));
}

#[cfg(feature = "msgpack")]
#[tokio::test]
async fn the_content_type_picks_the_protocol() {
    let server = Server::with(|server| server, |service| service.with_protocol(tinyrpc::MessagePackRpc::new())).await;
    let mut client = server.connect().await;
    let head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/msgpack";
    // The reply is [1, 0, nil, 3], which happens to be text but for its first byte.
    let call = b"\x94\x00\x07\xa3add\x92\x01\x02";
    client.send(request(head, call)).await;
    let head = client.head().await;
    assert!(head.contains("content-type: application/msgpack"), "{head}");
    assert_eq!(client.bytes(5).await, b"\x94\x01\x07\xc0\x03");
    let refused = client.ask(request("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain", "")).await;
    assert_eq!(refused.header("accept-post"), Some("application/json, application/msgpack"));
    client.lives().await;
}

#[tokio::test]
async fn compressed_messages_are_refused() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let coded = |coding: &str| request(&format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: {coding}"), ADD);
    let response = client.ask(coded("gzip")).await;
    assert_eq!((response.status, response.header("accept-encoding")), (415, Some("identity")));
    assert!(response.body.contains("compressed"), "{}", response.body);
    assert_eq!(client.ask(coded("Identity")).await.body, THREE);
}

#[tokio::test]
async fn other_paths_are_refused_where_a_path_is_set() {
    let server = Server::set(HttpSettings::new().with_path("/rpc")).await;
    let mut client = server.connect().await;
    for (target, status) in [("/rpc", 200), ("/rpc?x=1", 200), ("/", 404), ("/rpc/", 404), ("/rpcx", 404)] {
        let response = client.ask(request(&format!("POST {target} HTTP/1.1\r\nHost: x"), ADD)).await;
        assert_eq!(response.status, status, "{target}");
    }
    assert_eq!(client.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.status, 404);
}

#[tokio::test]
async fn what_is_no_http_ends_the_connection_alone() {
    let server = Server::start().await;
    let mut other = server.connect().await;
    other.lives().await;
    let mut client = server.connect().await;
    assert_eq!(client.ask("{\"jsonrpc\":\"2.0\"}\r\n\r\n").await.status, 400);
    client.ends().await;
    other.lives().await;
}
