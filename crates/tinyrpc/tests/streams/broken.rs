//! Messages that are too large, half, or none at all.

use tinyrpc::transport::stream::{Framings, TcpServer, link};
use tinyrpc::transport::{TransportError, TransportErrorKind};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::runtime::Builder;

use crate::support::{CALL, RESULT, Running, adds, service, soon};

const LIMIT: usize = 4 << 20;
const HUGE: usize = 64 << 20;

/// What a link reads from `stream`.
async fn read_all(
    stream: impl AsyncRead + Unpin + Send + 'static,
    framing: &str,
) -> Vec<Result<usize, TransportError>> {
    let mut source = link(stream, tokio::io::sink(), &Framings::named(framing).unwrap(), LIMIT).source;
    let mut all = Vec::new();
    while let Some(received) = std::future::poll_fn(|cx| source.poll_recv(cx)).await {
        all.push(received.map(|message| message.len()));
    }
    all
}

/// A message of 64 MiB, framed.
fn huge(framing: &str) -> (Vec<u8>, Vec<u8>) {
    let (mut head, tail) = match framing {
        "line" => (Vec::new(), b"\n".to_vec()),
        "json" => (b"\"".to_vec(), b"\"".to_vec()),
        "header" => (format!("Content-Length: {HUGE}\r\n\r\n").into_bytes(), Vec::new()),
        "length" => ((HUGE as u32).to_be_bytes().to_vec(), Vec::new()),
        _ => (vec![0xdb], Vec::new()),
    };
    if framing == "msgpack" {
        head.extend_from_slice(&(HUGE as u32).to_be_bytes());
    }
    (head, tail)
}

#[test]
fn a_message_of_64_mib_is_refused_without_being_buffered() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    for framing in ["line", "header", "length", "json", "msgpack"] {
        let (head, tail) = huge(framing);
        let mut next = Vec::new();
        Framings::named(framing).unwrap().make(0).encode(b"{}", &mut next).unwrap();
        if framing == "msgpack" {
            next = vec![0x92, 1, 2];
        }
        let stream = std::io::Cursor::new(head)
            .chain(tokio::io::repeat(b'x').take(HUGE as u64))
            .chain(std::io::Cursor::new([tail, next].concat()));
        let (read, counts) = tinyrpc_alloc_counter::measure(|| runtime.block_on(read_all(stream, framing)));
        let kinds: Vec<_> = read.into_iter().map(|read| read.map_err(|error| error.kind())).collect();
        let last = if framing == "msgpack" { 3 } else { 2 };
        assert_eq!(kinds, [Err(TransportErrorKind::TooLarge), Ok(last)], "{framing}");
        // Twice the limit while the buffer grows, and a little.
        assert!(counts.peak < 3 * LIMIT as i64, "{framing} took {} bytes", counts.peak);
    }
}

#[test]
fn an_idle_link_holds_no_buffers() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    for framing in ["line", "header", "length", "json"] {
        runtime.block_on(async {
            let (mut here, there) = {
                let (here, there) = tokio::io::duplex(1 << 20);
                let ends = [here, there].map(|end| {
                    let (reader, writer) = tokio::io::split(end);
                    link(reader, writer, &Framings::named(framing).unwrap(), LIMIT)
                });
                ends.into()
            };
            let mut there: tinyrpc::transport::Link = there;
            let message = format!("\"{}\"", "x".repeat(200_000));
            let mut exchange = || {
                for _ in 0..2 {
                    here.sink.send(message.as_bytes()).unwrap();
                }
                let flush = std::future::poll_fn(|cx| here.sink.poll_flush(cx));
                futures_now(flush).unwrap();
                for _ in 0..2 {
                    let receive = std::future::poll_fn(|cx| there.source.poll_recv(cx));
                    assert_eq!(futures_now(receive).unwrap().unwrap().len(), message.len());
                }
                let waker = std::task::Waker::noop();
                assert!(there.source.poll_recv(&mut std::task::Context::from_waker(waker)).is_pending());
            };
            // The pipe itself keeps what it has once needed.
            exchange();
            let ((), counts) = tinyrpc_alloc_counter::measure(exchange);
            assert!(counts.peak > 400_000, "{framing}");
            assert!(counts.held <= 0, "{framing} holds {} bytes", counts.held);
        });
    }
}

/// The outcome of what does not have to wait.
fn futures_now<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("this should be ready"),
    }
}

#[tokio::test]
async fn a_huge_message_costs_itself_and_not_its_connection() {
    let server = Running::anywhere().await;
    let mut raw = server.raw().await;
    let chunk = vec![b'x'; 1 << 20];
    for _ in 0..HUGE >> 20 {
        raw.send(&chunk).await;
    }
    raw.send(format!("\n{CALL}\n")).await;
    let refused = raw.line().await.unwrap();
    assert!(refused.contains(r#""id":null"#) && refused.contains("-32600"), "{refused}");
    raw.expect(RESULT).await;
}

#[tokio::test]
async fn a_reply_that_is_too_large_ends_its_call_only() {
    let server = Running::anywhere().await;
    let limits = tinyrpc::Limits::default().with_message(1_000);
    let client = soon(tinyrpc::client::Connector::new().with_limits(limits).connect(&server.url)).await.unwrap();
    let error = soon(client.call::<String>("echo", ("x".repeat(2_000),))).await.unwrap_err();
    assert_eq!(crate::support::transport_kind(&error), Some(TransportErrorKind::TooLarge), "{error}");
    adds(&client).await;
}

#[tokio::test]
async fn garbage_is_answered_and_costs_itself() {
    let server = Running::anywhere().await;
    let mut raw = server.raw().await;
    let garbage: Vec<u8> = (0..=255).filter(|byte| *byte != b'\n').collect();
    for garbage in [&garbage[..], b"{", b"GET / HTTP/1.1\r", b"\0\0\0\x10"] {
        raw.send([garbage, b"\n", CALL.as_bytes(), b"\n"].concat()).await;
        let answer = raw.line().await.unwrap();
        assert!(answer.contains("-32700"), "{answer}");
        raw.expect(RESULT).await;
    }
}

#[tokio::test]
async fn where_nothing_can_be_found_any_more_the_connection_ends_and_others_go_on() {
    for (framing, garbage) in [("header", &b"no headers\r\n\r\n"[..]), ("msgpack", b"\xc1")] {
        let server = TcpServer::bind("127.0.0.1:0").await.unwrap();
        let protocol = if framing == "msgpack" { "msgpack" } else { "jsonrpc" };
        let service = service().speaking(tinyrpc::protocol_named(protocol).unwrap());
        let server = Running::tcp(server.with_framing(Framings::named(framing).unwrap()), service).await;
        let good = server.client(protocol).await;
        let mut raw = server.raw().await;
        raw.send(garbage).await;
        assert_eq!(raw.line().await, None, "{framing}");
        adds(&good).await;
    }
}

#[tokio::test]
async fn half_a_message_and_then_nothing() {
    let server = Running::anywhere().await;
    let good = server.client("jsonrpc").await;
    let mut raw = server.raw().await;
    // What came whole is answered all the same.
    raw.send(format!("{CALL}\n{}", &CALL[..20])).await;
    soon(tokio::io::AsyncWriteExt::shutdown(&mut raw.0)).await.unwrap();
    raw.expect(RESULT).await;
    let last = raw.line().await;
    assert!(last.as_ref().is_none_or(|line| line.contains("-32700")), "{last:?}");
    assert_eq!(raw.line().await, None);
    adds(&good).await;
}

#[tokio::test]
async fn a_last_line_needs_no_end() {
    let server = Running::anywhere().await;
    let mut raw = server.raw().await;
    raw.send(CALL).await;
    soon(tokio::io::AsyncWriteExt::shutdown(&mut raw.0)).await.unwrap();
    raw.expect(RESULT).await;
    assert_eq!(raw.line().await, None);
}
