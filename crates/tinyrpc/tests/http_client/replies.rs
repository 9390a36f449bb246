//! What the client makes of answers.

use tinyrpc::transport::TransportErrorKind::{Invalid, Refused, TooLarge};
use tinyrpc::transport::{ClientTransport, Outgoing};

use crate::raw::{Server, answer, assert_error, call, notification, ok, text, within};

fn limited(limit: usize) -> Outgoing<'static> {
    let mut message = call("?");
    message.limit = limit;
    message
}

#[tokio::test]
async fn the_body_is_the_reply_however_it_is_framed() {
    assert_eq!(text(Server::once(ok("[1]")).await), "[1]");
    let chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n1;x=y\r\n]\r\n0\r\nTrailer: t\r\n\r\n";
    assert_eq!(text(Server::once(chunked).await), "[1]");
    assert_eq!(text(Server::once("HTTP/1.0 200 OK\r\n\r\n[1]").await), "[1]");
    assert_eq!(text(Server::once("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[1]").await), "[1]");
    let after_continue = format!("HTTP/1.1 100 Continue\r\n\r\n{}", ok("[1]"));
    assert_eq!(text(Server::once(after_continue).await), "[1]");
}

#[tokio::test]
async fn a_reply_in_many_pieces_is_put_together() {
    let server = Server::bind().await;
    let client = server.client();
    let body = "0123456789".repeat(100_000);
    let serve = async {
        let mut connection = server.accept().await;
        connection.request().await.expect("a request");
        for piece in ok(&body).as_bytes().chunks(70_001) {
            connection.send(piece).await;
        }
        connection
    };
    let (reply, _connection) = within(async { tokio::join!(client.exchange(call("?")), serve) }).await;
    assert!(text(reply) == body);
}

#[tokio::test]
async fn an_empty_success_is_no_reply() {
    for head in ["200 OK", "202 Accepted"] {
        assert_eq!(Server::once(answer(head, "", "")).await.expect("fine"), None, "{head}");
    }
    assert_eq!(Server::once("HTTP/1.1 204 No Content\r\n\r\n").await.expect("fine"), None);
    assert_eq!(
        Server::once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").await.expect("fine"),
        None
    );
}

#[tokio::test]
async fn the_body_of_a_success_is_the_reply_whatever_its_media_type() {
    for headers in ["Content-Type: text/html\r\n", "", "Content-Type: application/json; charset=utf-8\r\n"] {
        assert_eq!(text(Server::once(answer("200 OK", headers, "{}")).await), "{}", "{headers}");
    }
}

#[tokio::test]
async fn other_statuses_are_errors_that_bring_the_body_along() {
    for (status, headers) in [
        ("400 Bad Request", "Content-Type: application/json; charset=utf-8\r\n"),
        ("404 Not Found", "Content-Type: Application/JSON-RPC\r\n"),
        ("500 Internal Server Error", ""),
        ("500 Internal Server Error", "Content-Type: text/plain\r\n"),
        ("500 Internal Server Error", "Content-Type: application/x-msgpack\r\n"),
    ] {
        let error = assert_error(Server::once(answer(status, headers, "{}")).await, Refused, status);
        assert_eq!(error.body().map(|body| &body[..]), Some(&b"{}"[..]), "{status} {headers}");
    }
}

#[tokio::test]
async fn other_answers_are_quoted() {
    let html = "Content-Type: text/html\r\n";
    let error = assert_error(
        Server::once(answer("502 Bad Gateway", html, "<h1>\nBad\x1b[31m</h1>")).await,
        Refused,
        "answered HTTP 502 Bad Gateway: <h1> Bad [31m</h1>",
    );
    assert!(error.to_string().starts_with("127.0.0.1:"), "{error}");
    let text = "Content-Type: text/plain\r\n";
    assert_error(Server::once(answer("500 Internal Server Error", text, "no")).await, Refused, "Error: no");
    let long =
        assert_error(Server::once(answer("500 Oops", text, &"long ".repeat(90_000))).await, Refused, "long long");
    assert!(long.to_string().chars().count() < 300, "{long}");
    // Its end does not matter.
    let cut = "HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\nContent-Length: 1000000000000\r\n\r\nhalf a rea";
    assert_error(Server::once(cut).await, Refused, ": half a rea");
    for status in ["400 Bad Request", "500 Internal Server Error"] {
        assert_error(Server::once(answer(status, "", "")).await, Refused, status);
    }
}

#[tokio::test]
async fn wanted_credentials_and_redirects_are_named() {
    let unauthorized = answer("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", "");
    assert_error(Server::once(unauthorized).await, Refused, "HTTP 401 Unauthorized (it wants Basic realm=\"x\")");
    let json = answer("401 Unauthorized", "Content-Type: application/json\r\n", "{\"detail\":\"who?\"}");
    assert_error(Server::once(json).await, Refused, "401 Unauthorized: {\"detail\":\"who?\"}");
    for status in ["301 Moved Permanently", "307 Temporary Redirect"] {
        let moved = answer(status, "Location: /there/\r\nContent-Type: application/json\r\n", "{}");
        assert_error(Server::once(moved).await, Refused, &format!("{status} to /there/; redirects are not followed"));
    }
}

#[tokio::test]
async fn a_notification_is_sent_whatever_comes_back() {
    let json = "Content-Type: application/json\r\n";
    for reply in [
        "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
        answer("200 OK", "", ""),
        answer("202 Accepted", "", ""),
        answer("200 OK", json, "null"),
        answer("200 OK", json, "{\"jsonrpc\":\"2.0\",\"result\":1}"),
        answer("200 OK", "Content-Type: text/html\r\n", "<p>hello"),
        answer("400 Bad Request", json, "{\"error\":{}}"),
        answer("500 Internal Server Error", json, "{\"error\":{}}"),
        // What is wrong with a body that nobody wants does not matter either.
        "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n12".to_owned(),
        format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(1 << 20)),
    ] {
        assert_eq!(Server::once_for(notification(), &reply).await.expect(&reply), None);
    }
}

#[tokio::test]
async fn a_notification_that_was_turned_away_is_an_error() {
    let moved = answer("302 Found", "Location: /x\r\n", "");
    assert_error(Server::once_for(notification(), moved).await, Refused, "to /x");
    assert_error(Server::once_for(notification(), answer("401 Unauthorized", "", "")).await, Refused, "401");
    let nowhere = answer("404 Not Found", "Content-Type: text/html\r\n", "nothing here");
    assert_error(Server::once_for(notification(), nowhere).await, Refused, "404 Not Found: nothing here");
}

#[tokio::test]
async fn a_reply_may_be_as_long_as_the_limit() {
    assert_eq!(text(Server::once_for(limited(4), ok("1234")).await), "1234");
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n123\r\n1\r\n4\r\n0\r\n\r\n";
    assert_eq!(text(Server::once_for(limited(4), chunked).await), "1234");
}

#[tokio::test]
async fn a_longer_reply_is_refused() {
    assert_error(Server::once_for(limited(3), ok("1234")).await, TooLarge, "longer than 3 bytes");
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n123\r\n1\r\n4\r\n0\r\n\r\n";
    assert_error(Server::once_for(limited(3), chunked).await, TooLarge, "longer than 3 bytes");
    assert_error(Server::once_for(limited(3), "HTTP/1.0 200 OK\r\n\r\n1234").await, TooLarge, "longer than 3 bytes");
}

#[tokio::test]
async fn a_terabyte_is_refused_when_it_is_announced() {
    let server = Server::bind().await;
    let client = server.client();
    let serve = async {
        let mut connection = server.accept().await;
        connection.request().await.expect("a request");
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n[").await;
        connection.closed().await;
    };
    assert_error(within(async { tokio::join!(client.exchange(call("?")), serve).0 }).await, TooLarge, "longer than");
}

#[tokio::test]
async fn an_endless_reply_is_cut_at_the_limit() {
    let server = Server::bind().await;
    let client = server.client();
    let serve = async {
        let mut connection = server.accept().await;
        connection.request().await.expect("a request");
        connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await;
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        let mut sent = 0_u64;
        // Ends when the client hangs up.
        while tokio::io::AsyncWriteExt::write_all(&mut connection.stream, chunk.as_bytes()).await.is_ok() {
            sent += 0x10000;
        }
        sent
    };
    let (reply, sent) = within(async { tokio::join!(client.exchange(limited(1 << 20)), serve) }).await;
    assert_error(reply, TooLarge, "longer than 1048576 bytes");
    assert!(sent < 64 << 20, "{sent} bytes went into the socket buffers");
}

#[tokio::test]
async fn a_compressed_reply_is_not_taken_for_one() {
    let gzip = answer("200 OK", "Content-Encoding: gzip\r\n", "\x1f");
    assert_error(Server::once(gzip).await, Invalid, "gzip");
    assert_eq!(text(Server::once(answer("200 OK", "Content-Encoding: identity\r\n", "1")).await), "1");
}
