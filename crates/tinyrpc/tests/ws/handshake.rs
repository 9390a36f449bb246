//! The opening handshake, right and wrong.

use std::time::Duration;

use tinyrpc::transport::TransportErrorKind::{Invalid, Refused, Unreachable};
use tinyrpc::transport::ws::{Cors, WsSettings, connect, connect_with};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{KEY, Raw, Server, request, soon};

async fn answer(server: &Server, request: &str) -> String {
    Raw::ask(server.address, request).await
}

#[tokio::test]
async fn the_servers_answer() {
    let server = Server::with(WsSettings::new().with_path("/rpc").with_subprotocol("tinyrpc").unwrap()).await;
    let good = request("/rpc");
    let head = answer(&server, &good).await.to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 101 "), "{head}");
    assert!(head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
    assert!(!head.contains("protocol:"), "nobody asked for one: {head}");
    let head = answer(&server, &format!("{good}Sec-WebSocket-Protocol: other, tinyrpc\r\n")).await;
    assert!(head.to_ascii_lowercase().contains("sec-websocket-protocol: tinyrpc\r\n"), "{head}");
    for (broken, status) in [
        (request("/"), "404"),
        (good.replace("GET", "POST"), "405"),
        (good.replace("Upgrade: websocket\r\n", ""), "426"),
        (good.replace("keep-alive, Upgrade", "keep-alive"), "426"),
        (good.replace("Version: 13", "Version: 8"), "426"),
        (good.replace(KEY, "c2hvcnQ="), "400"),
        (good.replace("Sec-WebSocket-Key", "X-Key"), "400"),
        ("\x16\x03\x01\r\n\r\n".to_owned(), "400"),
    ] {
        let head = answer(&server, &broken).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{broken}\n{head}");
    }
}

#[tokio::test]
async fn web_pages_of_other_origins_are_refused() {
    let from = |origin: &str| format!("{}Origin: {origin}\r\n", request("/"));
    let server = Server::start().await;
    for (origin, status) in [
        ("http://x", "101"),
        ("https://x", "101"),
        ("http://x:8080", "403"),
        ("https://evil.example", "403"),
        ("null", "403"),
        ("http://x\r\nOrigin: https://evil.example", "403"),
    ] {
        let head = answer(&server, &from(origin)).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{origin}\n{head}");
    }
    let named = Server::with(WsSettings::new().with_cors(Cors::origins(["https://a.example"]))).await;
    for (origin, status) in [("https://a.example", "101"), ("http://x", "101"), ("https://evil.example", "403")] {
        let head = answer(&named, &from(origin)).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{origin}\n{head}");
    }
    let open = Server::with(WsSettings::new().with_cors(Cors::any())).await;
    assert!(answer(&open, &from("null")).await.starts_with("HTTP/1.1 101 "));
}

#[tokio::test]
async fn a_client_that_does_not_finish_its_handshake_is_left() {
    let server = Server::with(WsSettings::new().with_handshake_timeout(Duration::from_millis(50))).await;
    let mut raw = Raw(TcpStream::connect(server.address).await.unwrap());
    raw.0.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    raw.ended().await;
}

/// A server that gives one answer, whatever it is asked.
async fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        let mut asked = [0; 1_000];
        let _ = tcp.read(&mut asked).await.unwrap();
        tcp.write_all(answer.as_bytes()).await.unwrap();
        let _ = tcp.read(&mut asked).await;
    });
    url
}

#[tokio::test]
async fn the_client_looks_at_the_answer() {
    const NO_ACCEPT: &str = "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n";
    const WRONG: &str = "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\
                         Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    for (answer, kind) in [
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", Refused),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Refused),
        (NO_ACCEPT, Invalid),
        (WRONG, Invalid),
        ("SSH-2.0-OpenSSH\r\n\r\n", Invalid),
    ] {
        let error = soon(connect(&answering(answer).await)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{answer}: {error:?}");
    }
}

#[tokio::test]
async fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let hasty = WsSettings::new().with_handshake_timeout(Duration::from_millis(50));
    assert_eq!(soon(connect_with(&url, &hasty)).await.unwrap_err().kind(), Unreachable, "it never answers");
    drop(listener);
    assert_eq!(soon(connect(&url)).await.unwrap_err().kind(), Unreachable);
}

#[cfg(not(feature = "tls"))]
#[tokio::test]
async fn tls_is_a_feature() {
    let error = tinyrpc::Client::connect("wss://127.0.0.1/").await.unwrap_err();
    assert_eq!(error.kind(), tinyrpc::transport::TransportErrorKind::Setup);
    assert!(error.to_string().contains("`tls`"), "{error}");
}
