//! Sides that do not speak TLS, or not to the end.

use std::time::Duration;

use tinyrpc::transport::http::HttpServer;
use tinyrpc::transport::ws::{WsServer, WsSettings};
use tinyrpc::{Client, Server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Authority, add, serve, service, soon};

fn place(url: &str) -> String {
    url.split("://").nth(1).unwrap().trim_end_matches('/').to_owned()
}

#[tokio::test]
async fn plain_clients_of_secure_servers_are_told() {
    let authority = Authority::new();
    for url in serve(authority.here().server()).await {
        let mut raw = TcpStream::connect(place(&url)).await.unwrap();
        raw.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello").await.unwrap();
        let mut answer = String::new();
        soon(raw.read_to_string(&mut answer)).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("this server speaks TLS"), "{answer}");

        let http = Client::connect(&format!("http://{}/", place(&url))).await.unwrap();
        let error = soon(http.call::<i64>("add", (1, 2))).await.unwrap_err();
        assert!(format!("{error:?}").contains("this server speaks TLS"), "{error:?}");
        let error = soon(Client::connect(&format!("ws://{}/", place(&url)))).await.unwrap_err();
        assert!(error.to_string().contains("400"), "{error}");
    }
}

#[tokio::test]
async fn secure_clients_of_plain_servers_are_told() {
    let authority = Authority::new();
    let server = Server::new(service()).bind("http://127.0.0.1:0/").await.unwrap();
    let server = server.bind("ws://127.0.0.1:0/").await.unwrap().bind("tcp://127.0.0.1:0").await.unwrap();
    let endpoints = server.endpoints();
    tokio::spawn(server.run());
    for endpoint in endpoints {
        for scheme in ["https", "wss"] {
            let error = add(&format!("{scheme}://{}/", place(&endpoint)), authority.trusted()).await.unwrap_err();
            assert!(error.contains("does not speak TLS"), "{scheme} {endpoint}: {error}");
        }
    }
}

#[tokio::test]
async fn whoever_stalls_in_the_handshake_holds_up_nobody_and_is_left() {
    let (authority, hasty) = (Authority::new(), Duration::from_millis(100));
    let tls = authority.here().server();
    let http = HttpServer::bind("127.0.0.1:0").await.unwrap().with_tls(tls.clone()).with_head_timeout(hasty);
    let ws = WsServer::bind("127.0.0.1:0").await.unwrap().with_tls(tls);
    let ws = ws.with_settings(WsSettings::new().with_handshake_timeout(hasty));
    let server = Server::new(service()).with_transport(http).with_transport(ws);
    let endpoints = server.endpoints();
    tokio::spawn(server.run());
    for url in endpoints {
        // The second one has begun: the head of a record, and no record.
        let mut stalled = Vec::new();
        for said in [&b""[..], b"\x16\x03\x01\x02\x00"] {
            let mut raw = TcpStream::connect(place(&url)).await.unwrap();
            raw.write_all(said).await.unwrap();
            stalled.push(raw);
        }
        assert_eq!(add(&url, authority.trusted()).await, Ok(3), "{url}");
        for mut raw in stalled {
            let ended = soon(raw.read(&mut [0])).await;
            assert!(matches!(ended, Ok(0) | Err(_)), "{url}: {ended:?}");
        }
    }
}

#[tokio::test]
async fn a_server_that_stalls_or_leaves_is_reported() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let mut silent = Vec::new();
        loop {
            let (tcp, _) = listener.accept().await.unwrap();
            // Every other one is dropped at once.
            if silent.len() % 2 == 0 {
                silent.push(Some(tcp));
            } else {
                silent.push(None);
            }
        }
    });
    let hasty = Duration::from_millis(100);
    let http = tinyrpc::transport::http::HttpClient::new(&format!("https://{place}/")).unwrap();
    let http = http.with_tls(Authority::new().trusted()).with_connect_timeout(hasty);
    let client = Client::new(http, tinyrpc::JsonRpc::new());
    let error = soon(client.call::<i64>("add", (1, 2))).await.unwrap_err();
    assert!(format!("{error:?}").contains("made no secure connection within"), "{error:?}");
    let error = soon(client.call::<i64>("add", (1, 2))).await.unwrap_err();
    assert!(format!("{error:?}").contains("before it was secure"), "{error:?}");
    let ws = WsSettings::new().with_tls(Authority::new().trusted()).with_handshake_timeout(hasty);
    let error = soon(tinyrpc::transport::ws::connect_with(&format!("wss://{place}/"), &ws)).await.unwrap_err();
    assert!(error.to_string().contains("did not open a WebSocket within"), "{error}");
}
