//! What the client sends.

use tinyrpc::transport::http::HttpClient;
use tinyrpc::transport::{ClientTransport, TransportErrorKind};

use crate::raw::{Request, Server, call, ok, within};

/// The request that a client sends, made from the server's URL.
async fn sent(client: impl FnOnce(&str) -> HttpClient) -> Request {
    let server = Server::bind().await;
    let client = client(&server.url());
    let serve = async {
        let mut connection = server.accept().await;
        let request = connection.request().await.expect("a request");
        connection.send(ok("0")).await;
        request
    };
    let (reply, request) = within(async { tokio::join!(client.exchange(call("[1]")), serve) }).await;
    reply.expect("a reply");
    request
}

fn new(url: &str) -> HttpClient {
    HttpClient::new(url).expect("a good URL")
}

#[tokio::test]
async fn a_message_is_one_post() {
    let request = sent(|url| new(&format!("{url}a/b?c=d#e"))).await;
    let mut lines: Vec<&str> = request.head.lines().collect();
    assert_eq!(lines.remove(0), "post /a/b?c=d http/1.1");
    lines.sort_unstable();
    let host = lines.remove(3);
    assert!(host.starts_with("host: 127.0.0.1:"), "{host}");
    assert_eq!(
        lines,
        [
            "accept: application/json",
            "content-length: 3",
            "content-type: application/json",
            concat!("user-agent: tinyrpc/", env!("CARGO_PKG_VERSION")),
        ]
    );
    assert_eq!(request.body, "[1]");
}

#[tokio::test]
async fn head_and_body_are_written_together() {
    let server = Server::bind().await;
    let client = server.client();
    let message = "x".repeat(4000);
    let serve = async {
        let mut connection = server.accept().await;
        // One write on loopback is one segment, and one segment is one read.
        connection.fill().await;
        let together = connection.unread().ends_with(message.as_bytes());
        connection.send(ok("0")).await;
        together
    };
    let (reply, together) = within(async { tokio::join!(client.exchange(call(&message)), serve) }).await;
    reply.expect("a reply");
    assert!(together);
}

#[tokio::test]
async fn credentials_come_from_the_url_or_the_setter() {
    let with_user = |url: &str| new(&url.replace("http://", "http://Aladdin:open%20sesame@"));
    let request = sent(with_user).await;
    assert!(request.head.contains("authorization: basic qwxhzgrpbjpvcgvuihnlc2ftzq=="), "{}", request.head);
    assert!(!request.head.contains("host: aladdin"), "{}", request.head);

    let request = sent(|url| with_user(url).with_basic_auth("a", "b")).await;
    assert!(request.head.contains("authorization: basic ytpi"), "{}", request.head);
}

#[tokio::test]
async fn headers_can_be_added_and_replaced() {
    let request = sent(|url| {
        let client = new(url).with_header("X-Key", "k 1").expect("good");
        let client = client.with_header("user-agent", "other").expect("good");
        client.with_header("Content-Type", "application/json-rpc").expect("good")
    })
    .await;
    for line in ["x-key: k 1", "user-agent: other", "content-type: application/json-rpc", "accept: application/json"] {
        assert!(request.head.lines().any(|sent| sent == line), "{line}: {}", request.head);
    }
    assert!(!request.head.contains("tinyrpc"), "{}", request.head);
}

#[test]
fn headers_that_would_break_the_request_are_refused() {
    for (name, value) in [
        ("Content-Length", "3"),
        ("transfer-encoding", "chunked"),
        ("Connection", "close"),
        ("x y", "1"),
        ("", "1"),
        ("x", "a\r\nb: c"),
        ("x", "\0"),
    ] {
        let error = new("http://localhost/").with_header(name, value).expect_err(name);
        assert_eq!(error.kind(), TransportErrorKind::Setup, "{name}");
    }
}

#[test]
fn secrets_stay_out_of_debug_output() {
    let client = new("http://joe:secret@localhost/").with_header("Authorization", "secret").expect("good");
    let client = client.with_header("Cookie", "secret").expect("good");
    assert!(!format!("{client:?}").contains("secret"), "{client:?}");
    // "secret", as it would stand in the header for joe.
    let client = new("http://joe:secret@localhost/");
    assert!(!format!("{client:?}").contains("am9lOnNlY3JldA"), "{client:?}");
}

#[test]
fn a_client_is_made_without_a_runtime() {
    new("http://localhost/");
    let secure = HttpClient::new("https://localhost/");
    assert_eq!(secure.is_ok(), cfg!(feature = "tls"));
    if let Err(error) = secure {
        assert_eq!(error.kind(), TransportErrorKind::Setup);
        assert!(error.to_string().contains("`tls`"), "{error}");
    }
}
