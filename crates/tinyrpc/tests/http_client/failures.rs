//! Servers that are gone, silent or lying.

use std::time::Duration;

use tinyrpc::transport::TransportErrorKind::{Invalid, Lost, Unreachable};
use tinyrpc::transport::http::HttpClient;
use tinyrpc::transport::{ClientTransport, TransportErrorKind};
use tokio::io::AsyncWriteExt;

use crate::raw::{Server, assert_error, call, notification, ok, text, within};

#[tokio::test]
async fn nobody_listens() {
    let server = Server::bind().await;
    let client = server.client();
    let address = server.url().replace("http://", "").replace('/', "");
    drop(server);
    for message in [call("?"), notification()] {
        let error = assert_error(within(client.exchange(message)).await, Unreachable, &address);
        assert!(error.to_string().contains("is the server running?"), "{error}");
        assert!(error.is_unsent());
    }
}

#[tokio::test]
async fn the_name_is_unknown() {
    // RFC 6761 reserves it to be unknown for ever.
    let client = HttpClient::new("http://nobody.invalid:81/").expect("a good URL");
    assert_error(within(client.exchange(call("?"))).await, Unreachable, "nobody.invalid:81");
}

#[tokio::test]
async fn connecting_takes_too_long() {
    // A listener that never accepts, with a full queue, answers no more connection attempts.
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("loopback");
    let listener = socket.listen(1).expect("a listener");
    let address = listener.local_addr().expect("bound");
    let mut queue = Vec::new();
    for _ in 0..64 {
        match tokio::time::timeout(Duration::from_millis(200), tokio::net::TcpStream::connect(address)).await {
            Ok(stream) => queue.push(stream),
            Err(_) => break,
        }
    }
    let client = HttpClient::new(&format!("http://{address}")).expect("a good URL");
    let client = client.with_connect_timeout(Duration::from_millis(50));
    let error = assert_error(within(client.exchange(call("?"))).await, Unreachable, "did not answer within 50ms");
    assert!(error.is_unsent());
}

#[tokio::test]
async fn the_connection_breaks() {
    for (answer, why) in [
        ("", "nothing"),
        ("HTTP/1.1 200 OK\r\nContent-Le", "half a head"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[1]", "a body shorter than announced"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1]\r\n", "no last chunk"),
    ] {
        let error = Server::once(answer).await.expect_err(why);
        assert_eq!(error.kind(), Lost, "{why}: {error:?}");
        assert!(!error.is_unsent(), "{why}");
        assert!(std::error::Error::source(&error).is_some(), "{why}");
        let error = Server::once_for(notification(), answer).await;
        // Once the head is there, the server has the message.
        assert_eq!(error.is_ok(), answer.contains("\r\n\r\n"), "{why}");
    }
}

#[tokio::test]
async fn the_answer_is_no_http() {
    for answer in [
        "SSH-2.0-OpenSSH_9.9\r\n\r\n",
        "\0\0\0\x12garbage",
        "{\"jsonrpc\":\"2.0\",\"result\":1,\"id\":1}\n",
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n[1]\r\n0\r\n\r\n",
    ] {
        assert_error(Server::once(answer).await, Invalid, "did not answer in HTTP");
    }
}

#[tokio::test]
async fn the_head_is_a_megabyte_long() {
    for head in [format!("X: {}\r\n", "x".repeat(1 << 20)), "X: y\r\n".repeat(1 << 17)] {
        assert_error(Server::once(format!("HTTP/1.1 200 OK\r\n{head}\r\n")).await, Invalid, "HTTP");
    }
}

#[tokio::test]
async fn more_is_sent_than_announced() {
    let server = Server::bind().await;
    let client = server.client();
    let serve = async {
        let mut first = server.accept().await;
        first.request().await.expect("a request");
        first
            .send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n[1]HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2")
            .await;
        first.closed().await;
        // The surplus is not taken for the next reply: that comes on a new connection.
        let mut second = server.accept().await;
        second.request().await.expect("a request");
        second.send(ok("3")).await;
    };
    let calls = async { (text(client.exchange(call("?")).await), text(client.exchange(call("?")).await)) };
    let (replies, ()) = within(async { tokio::join!(calls, serve) }).await;
    assert_eq!(replies, ("[1]".to_owned(), "3".to_owned()));
}

/// Starts an exchange, gives it up once `server` says so, and waits until the server sees the connection closed.
async fn given_up(server: Server, mut play: impl AsyncFnMut(&mut crate::raw::Connection)) {
    let client = server.client();
    let mut connection = within(async {
        let serve = async {
            let mut connection = server.accept().await;
            connection.request().await.expect("a request");
            play(&mut connection).await;
            connection
        };
        tokio::select! {
            reply = client.exchange(call("?")) => panic!("there is no reply: {reply:?}"),
            connection = serve => connection,
        }
    })
    .await;
    within(connection.closed()).await;
    // The client lives on.
    let (reply, _) = within(async {
        tokio::join!(client.exchange(call("1")), async {
            let mut connection = server.accept().await;
            connection.request().await.expect("a request");
            connection.send(ok("1")).await;
        })
    })
    .await;
    assert_eq!(text(reply), "1");
}

#[tokio::test]
async fn giving_up_on_a_silent_server_closes_the_connection() {
    given_up(Server::bind().await, async |_| {}).await;
}

#[tokio::test]
async fn giving_up_on_a_dripping_server_closes_the_connection() {
    given_up(Server::bind().await, async |connection| {
        connection.stream.set_nodelay(true).expect("set");
        for byte in ok("[1]").as_bytes().split_last().expect("not empty").1 {
            connection.stream.write_all(&[*byte]).await.expect("the client reads");
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_reply_that_comes_before_the_request_was_read_is_taken() {
    let server = Server::bind().await;
    let client = server.client();
    let message = "x".repeat(16 << 20);
    let serve = async {
        let mut connection = server.accept().await;
        connection.fill().await;
        connection.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
        connection
    };
    let (reply, _connection) = within(async { tokio::join!(client.exchange(call(&message)), serve) }).await;
    assert_error(reply, TransportErrorKind::Refused, "413");
}
