//! Bodies, in all the ways in which they can arrive.

use std::time::Duration;
use tinyrpc::transport::http::{HttpServer, HttpSettings};

use crate::support::{ADD, Server, THREE, post, request};

const CHUNKED: &str = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n";

fn chunks(body: &str, size: usize) -> String {
    let mut out = CHUNKED.to_owned() + "\r\n";
    for chunk in body.as_bytes().chunks(size) {
        out += &format!("{:x}\r\n{}\r\n", chunk.len(), std::str::from_utf8(chunk).unwrap());
    }
    out + "0\r\n\r\n"
}

fn echo(text: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"echo","params":["{text}"],"id":1}}"#)
}

#[tokio::test]
async fn chunked_bodies_are_put_together() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    for size in [1, 7, 1000] {
        assert_eq!(client.ask(chunks(ADD, size)).await.body, THREE);
    }
    let trailers = chunks(ADD, 10).replace("0\r\n\r\n", "0\r\nX-Sum: 1\r\n\r\n");
    assert_eq!(client.ask(trailers).await.body, THREE);
}

#[tokio::test]
async fn a_body_may_come_byte_by_byte() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.tcp.set_nodelay(true).unwrap();
    for byte in post(ADD) {
        client.send([byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(client.response().await.body, THREE);
}

#[tokio::test]
async fn large_messages_come_back_whole() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let text = "ab".repeat(1 << 20);
    let response = client.ask(post(echo(&text))).await;
    assert_eq!(response.body, format!(r#"{{"jsonrpc":"2.0","id":1,"result":"{text}"}}"#));
    let response = client.ask(chunks(&echo(&text), 5000)).await;
    assert_eq!(response.body.len(), text.len() + 34 + 2);
    client.lives().await;
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_to_go_on() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let whole = request("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue", ADD);
    let (head, body) = whole.split_at(whole.len() - ADD.len());
    assert_eq!(client.ask(head).await.status, 100);
    assert_eq!(client.ask(body).await.body, THREE);
    client.lives().await;
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_to_keep_what_nobody_wants() {
    let server = Server::limited(1000).await;
    for head in ["POST / HTTP/1.1\r\nContent-Length: 1001", "POST / HTTP/1.1\r\nContent-Type: x/y\r\nContent-Length: 5"]
    {
        let mut client = server.connect().await;
        let response = client.ask(format!("{head}\r\nHost: x\r\nExpect: 100-continue\r\n\r\n")).await;
        assert_eq!(response.status, if head.ends_with('1') { 413 } else { 415 });
        assert_eq!(response.header("connection"), Some("close"));
        client.ends().await;
    }
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused_by_its_protocol_and_the_connection_goes_on() {
    let server = Server::limited(1000).await;
    let mut client = server.connect().await;
    let long = echo(&"x".repeat(1000));
    for message in [post(&long), chunks(&long, 400).into_bytes(), post("x".repeat(1 << 20))] {
        let response = client.ask(message).await;
        assert_eq!(response.status, 413);
        assert_eq!(response.header("content-type"), Some("application/json"));
        let expected = r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid Request: a message may have 1000 bytes at most"}}"#;
        assert_eq!(response.body, expected);
        client.lives().await;
    }
    let just = echo(&"x".repeat(1000 - echo("").len()));
    assert_eq!(just.len(), 1000);
    assert_eq!(client.ask(post(&just)).await.status, 200);
    assert_eq!(client.ask(chunks(&just, 300)).await.status, 200);
}

#[tokio::test]
async fn a_body_far_over_the_limit_is_refused_unread() {
    let server = Server::limited(1000).await;
    let mut client = server.connect().await;
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n").await;
    // A client that is not done sending must not fail before it has read why it should stop.
    client.send(vec![b'x'; 8 << 20]).await;
    let response = client.response().await;
    assert_eq!((response.status, response.header("connection")), (413, Some("close")));
    client.ends().await;
}

#[tokio::test]
async fn an_endless_body_is_read_no_further_than_it_is_worth() {
    let server = Server::limited(1000).await;
    let mut client = server.connect().await;
    let chunk = format!("ffff\r\n{}\r\n", "x".repeat(0xffff));
    client.send(CHUNKED.to_owned() + "\r\n").await;
    for _ in 0..17 {
        client.send(&chunk).await;
    }
    let response = client.response().await;
    assert_eq!((response.status, response.header("connection")), (413, Some("close")));
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let server = Server::set(HttpSettings::new().with_body_timeout(Duration::from_millis(30))).await;
    for start in ["", "{"] {
        let mut client = server.connect().await;
        let response = client.ask(format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{start}")).await;
        assert_eq!((response.status, response.header("connection")), (408, Some("close")));
        client.ends().await;
    }
    // Nor is the rest of a refused one waited for.
    let mut client = server.connect().await;
    let response = client.ask("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n").await;
    assert_eq!((response.status, response.header("connection")), (405, Some("close")));
}

#[tokio::test]
async fn broken_chunks_end_their_connection_alone() {
    let server = Server::start().await;
    let mut other = server.connect().await;
    other.lives().await;
    let mut client = server.connect().await;
    let response = client.ask(CHUNKED.to_owned() + "\r\nzz\r\nhello\r\n").await;
    assert_eq!(response.status, 400);
    client.ends().await;
    other.lives().await;
}

#[tokio::test]
async fn a_long_head_is_refused() {
    let server = Server::with(|server: HttpServer| server.with_max_head(2000), |service| service).await;
    let mut client = server.connect().await;
    let head = format!("POST / HTTP/1.1\r\nHost: x\r\nX-Long: {}", "x".repeat(3000));
    assert_eq!(client.ask(request(&head, ADD)).await.status, 431);
    client.ends().await;
}
