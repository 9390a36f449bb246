//! The transports that stay in the process: exchange, link and callbacks.

#![allow(clippy::unwrap_used)]

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tinyrpc::transport::callback::{CallbackClient, CallbackServer};
use tinyrpc::transport::memory::{Memory, pair};
use tinyrpc::transport::{ClientTransport, Expect, Link, Outgoing, TransportError, TransportErrorKind};
use tinyrpc::{Dispatcher, JsonRpc, Origin, Service};

const ECHO: &str = r#"{"jsonrpc":"2.0","method":"echo","params":["ä"],"id":1}"#;
const ECHOED: &str = r#"{"jsonrpc":"2.0","id":1,"result":"ä"}"#;

fn service() -> Service {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("echo", |(text,): (String,)| text).unwrap();
    dispatcher.register("later", |(text,): (String,)| async { text }).unwrap();
    dispatcher.register("who", |cx: tinyrpc::Context, (): ()| cx.origin().to_string()).unwrap();
    Service::new(JsonRpc::new(), dispatcher)
}

fn json(message: &str) -> Outgoing<'static> {
    Outgoing::new(message.to_owned().into(), "application/json")
}

#[tokio::test]
async fn an_exchange_gives_the_reply_or_nothing() {
    let memory = Memory::new(service());
    assert_eq!(memory.exchange(json(ECHO)).await.unwrap().unwrap(), ECHOED);
    assert_eq!(memory.exchange(json(&ECHO.replace("echo", "later"))).await.unwrap().unwrap(), ECHOED);
    for method in ["echo", "later"] {
        let notification = format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":["x"]}}"#);
        assert_eq!(memory.exchange(json(&notification)).await.unwrap(), None);
        let mut outgoing = json(&notification);
        outgoing.expect = Expect::Nothing;
        assert_eq!(memory.exchange(outgoing).await.unwrap(), None);
    }
    let mut short = json(ECHO);
    short.limit = ECHOED.len() - 1;
    assert_eq!(memory.exchange(short).await.unwrap_err().kind(), TransportErrorKind::TooLarge);
    let foreign = Outgoing::new(ECHO.into(), "text/plain");
    assert_eq!(memory.exchange(foreign).await.unwrap_err().kind(), TransportErrorKind::Refused);
    let who = memory.with_origin(Origin::new("memory").with_address("me"));
    let reply = who.exchange(json(r#"{"jsonrpc":"2.0","method":"who","id":1}"#)).await.unwrap().unwrap();
    assert_eq!(reply, r#"{"jsonrpc":"2.0","id":1,"result":"memory me"}"#);
}

#[tokio::test]
async fn callbacks_carry_messages_and_their_origin() {
    let written: Arc<Mutex<Vec<(String, Bytes)>>> = Arc::default();
    let (sender, mut late) = tokio::sync::mpsc::unbounded_channel();
    let server = CallbackServer::new(service(), {
        let written = Arc::clone(&written);
        move |from, reply| {
            written.lock().unwrap().push((from.to_string(), reply));
            let _ = sender.send(());
        }
    });
    server.receive_now(Origin::new("post").with_address("1"), ECHO);
    assert_eq!(*written.lock().unwrap(), [("post 1".to_owned(), ECHOED.into())]);
    server.receive(Origin::new("post").with_address("2"), ECHO.replace("echo", "later")).await;
    assert_eq!(written.lock().unwrap()[1], ("post 2".to_owned(), ECHOED.into()));
    server.receive_now(Origin::new("post").with_address("3"), ECHO.replace("echo", "later"));
    for _ in 0..3 {
        late.recv().await.unwrap();
    }
    assert_eq!(written.lock().unwrap()[2], ("post 3".to_owned(), ECHOED.into()));

    let client = CallbackClient::new(|message| async move {
        let reply = service().exchange(Origin::new("here"), message).await;
        reply.map(Some).ok_or_else(|| TransportError::new(TransportErrorKind::Lost, "gone"))
    });
    assert_eq!(client.exchange(json(ECHO)).await.unwrap().unwrap(), ECHOED);
    let lost = client.exchange(json(r#"{"jsonrpc":"2.0","method":"echo"}"#)).await.unwrap_err();
    assert_eq!(lost.kind(), TransportErrorKind::Lost);
}

fn flush(link: &mut Link) -> Poll<Result<(), TransportErrorKind>> {
    let mut cx = Context::from_waker(Waker::noop());
    link.sink.poll_flush(&mut cx).map_err(|error| error.kind())
}

fn receive(link: &mut Link) -> Poll<Option<Bytes>> {
    let mut cx = Context::from_waker(Waker::noop());
    link.source.poll_recv(&mut cx).map(|received| received.transpose().unwrap())
}

#[test]
fn a_link_holds_no_more_than_its_capacity() {
    let (mut a, mut b) = pair(10);
    for message in ["123456", "1234", "", "a message that is longer than the capacity"] {
        a.sink.send(message.as_bytes()).unwrap();
    }
    assert_eq!(flush(&mut a), Poll::Pending);
    assert_eq!(a.sink.buffered(), 43);
    assert_eq!(receive(&mut b), Poll::Ready(Some("123456".into())));
    assert_eq!(receive(&mut b), Poll::Ready(Some("1234".into())));
    assert_eq!(receive(&mut b), Poll::Pending);
    assert_eq!(flush(&mut a), Poll::Pending);
    assert_eq!(receive(&mut b), Poll::Ready(Some("".into())));
    assert_eq!(flush(&mut a), Poll::Ready(Ok(())));
    assert_eq!(a.sink.buffered(), 0);
    assert!(matches!(receive(&mut b), Poll::Ready(Some(long)) if long.len() == 42));
}

#[test]
fn an_end_that_closes_is_noticed_after_what_it_sent() {
    let (mut a, mut b) = pair(10);
    a.sink.send(b"last").unwrap();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(matches!(a.sink.poll_close(&mut cx), Poll::Ready(Ok(()))));
    assert_eq!(a.sink.send(b"more").unwrap_err().kind(), TransportErrorKind::Closed);
    assert_eq!(receive(&mut b), Poll::Ready(Some("last".into())));
    assert_eq!(receive(&mut b), Poll::Ready(None));
    b.sink.send(b"the other direction goes on").unwrap();
    assert_eq!(flush(&mut b), Poll::Ready(Ok(())));
    drop(a);
    b.sink.send(b"to nobody").unwrap();
    assert_eq!(flush(&mut b), Poll::Ready(Err(TransportErrorKind::Lost)));
}

#[tokio::test]
async fn both_directions_wake_who_waits() {
    let (mut a, mut b) = pair(1);
    let sender = tokio::spawn(async move {
        for n in 0..100_u8 {
            a.sink.send(&[n]).unwrap();
            poll_fn(|cx| a.sink.poll_flush(cx)).await.unwrap();
        }
    });
    for n in 0..100_u8 {
        let message = poll_fn(|cx| b.source.poll_recv(cx)).await.unwrap().unwrap();
        assert_eq!(message, [n][..]);
    }
    assert!(poll_fn(|cx| b.source.poll_recv(cx)).await.is_none());
    sender.await.unwrap();
}
