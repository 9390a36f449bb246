//! Messages that are broken, unexpected or nobody's.

use tinyrpc::peer::PeerSettings;
use tinyrpc::transport::memory::pair;
use tinyrpc::transport::{Link, MessageSink, MessageSource, TransportError, TransportErrorKind};
use tinyrpc::{Dispatcher, Payload};

use std::task::{Context, Poll};

use bytes::Bytes;

use crate::support::*;

#[tokio::test]
async fn replies_that_nobody_waits_for_are_skipped() {
    let (here, there) = pair(10_000);
    let (peer, _driver) = start(here, json(), None, PeerSettings::new());
    let mut other = Raw(there);
    let strange = async {
        other.receive().await.unwrap();
        other.send(result(99, "1")).await;
        other.send(result(1, "1").replace("\"id\":1", "\"id\":\"1\"")).await;
        other.send(r#"{"jsonrpc":"2.0","id":null,"result":1}"#).await;
        other.send(r#"{"event":"started"}"#).await;
        other.send(result(1, "2")).await;
        other.send(result(1, "3")).await;
    };
    let protocol = json();
    let (two, ()) = tokio::join!(ask::<u64>(&peer, &*protocol, 1, "m", ()), strange);
    assert_eq!(two, 2);
    assert!(!peer.is_closed());
    assert!(poll_now(other.receive()).await.is_pending(), "nothing of this is answered");
}

#[tokio::test]
async fn an_error_without_an_id_ends_the_call_that_it_must_be_for() {
    let (here, there) = pair(10_000);
    let (peer, _driver) = start(here, json(), None, PeerSettings::new());
    let mut other = Raw(there);
    // With two calls under way it may be for either.
    let (one, two, ()) = tokio::join!(peer.call(1.into(), "1".into()), peer.call(2.into(), "2".into()), async {
        other.expect("1").await;
        other.expect("2").await;
        other.send(error("null", -32700)).await;
        settle().await;
        other.send(result(1, "1")).await;
        other.send(result(2, "2")).await;
    });
    assert_eq!((value::<u64>(one), value::<u64>(two)), (1, 2));
    let (only, ()) = tokio::join!(peer.call(3.into(), "3".into()), async {
        other.expect("3").await;
        other.send(error("null", -32700)).await;
    });
    assert_eq!(code(only), -32700);
    other.send(error("null", -32700)).await;
    settle().await;
    assert!(!peer.is_closed());
}

#[tokio::test]
async fn a_reply_that_cannot_be_read_ends_its_call() {
    for broken in [r#"{"jsonrpc":"2.0","id":1}"#, "{", "\u{0}", "[1]"] {
        let (here, there) = pair(10_000);
        let (peer, _driver) = start(here, json(), None, PeerSettings::new());
        let mut other = Raw(there);
        if broken == "[1]" {
            // Not clearly a reply, so it is answered as any other message that is none.
            other.send(broken).await;
            assert!(other.receive().await.unwrap().contains("-32600"));
            continue;
        }
        let (reply, ()) = tokio::join!(peer.call(1.into(), "1".into()), async {
            other.expect("1").await;
            other.send(broken).await;
        });
        assert_eq!(kind(reply), TransportErrorKind::Invalid, "{broken}");
    }
}

#[tokio::test]
async fn an_end_without_a_service_has_no_methods() {
    let (here, there) = pair(10_000);
    let (_peer, _driver) = start(here, json(), None, PeerSettings::new());
    let mut other = Raw(there);
    let json = &*json();
    other.send(notification(json, "n", ())).await;
    other.send(call(json, 5, "m", ())).await;
    let reply = other.receive().await.unwrap();
    assert!(reply.contains("-32601") && reply.contains("\"id\":5"), "{reply}");
    other.send(r#"[{"jsonrpc":"2.0","method":"n"},{"jsonrpc":"2.0","method":"m","id":6}]"#).await;
    let reply = other.receive().await.unwrap();
    assert!(reply.starts_with("[{") && reply.contains("\"id\":6") && reply.contains("-32601"), "{reply}");
}

#[tokio::test]
async fn broken_messages_are_answered_and_cost_nothing_else() {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("m", || 1).unwrap();
    let (here, there) = pair(10_000);
    let (_peer, _driver) = start(here, json(), Some(dispatcher), PeerSettings::new());
    let mut other = Raw(there);
    for (broken, code) in [("{", "-32700"), ("[]", "-32600"), ("[1]", "-32600"), ("1", "-32600")] {
        other.send(broken).await;
        let reply = other.receive().await.unwrap();
        assert!(reply.contains(code) && reply.contains("\"id\":null"), "{reply}");
    }
    other.send(r#"{"event":"started"}"#).await;
    other.send(call(&*json(), 1, "m", ())).await;
    other.expect(&result(1, "1")).await;
}

/// A link with a framing that some messages break.
struct Lines<T>(T);

impl<S: MessageSink> MessageSink for Lines<S> {
    fn send(&mut self, message: &[u8]) -> Result<(), TransportError> {
        if message.contains(&b'\n') {
            return Err(TransportError::new(TransportErrorKind::Invalid, "a line break"));
        }
        self.0.send(message)
    }
    fn buffered(&self) -> usize {
        self.0.buffered()
    }
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.0.poll_flush(cx)
    }
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.0.poll_close(cx)
    }
}

impl<S: MessageSource> MessageSource for Lines<S> {
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        match self.0.poll_recv(cx) {
            Poll::Ready(Some(Ok(message))) if message.len() > 100 => {
                Poll::Ready(Some(Err(TransportError::new(TransportErrorKind::TooLarge, "too long"))))
            }
            received => received,
        }
    }
}

struct Boxed(Box<dyn MessageSink>);

impl MessageSink for Boxed {
    fn send(&mut self, message: &[u8]) -> Result<(), TransportError> {
        self.0.send(message)
    }
    fn buffered(&self) -> usize {
        self.0.buffered()
    }
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.0.poll_flush(cx)
    }
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.0.poll_close(cx)
    }
}

struct BoxedSource(Box<dyn MessageSource>);

impl MessageSource for BoxedSource {
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        self.0.poll_recv(cx)
    }
}

fn lines(link: Link) -> Link {
    Link::new(Lines(Boxed(link.sink)), Lines(BoxedSource(link.source)))
}

#[tokio::test]
async fn messages_that_the_link_cannot_carry_cost_only_themselves() {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("raw", |params: Payload| params).unwrap();
    let (here, there) = pair(10_000);
    let (peer, _driver) = start(lines(here), json(), Some(dispatcher), PeerSettings::new());
    let mut other = Raw(there);
    assert_eq!(kind(soon(peer.call(1.into(), "a\nb".into())).await), TransportErrorKind::Invalid);
    assert_eq!(soon(peer.notify("a\nb".into())).await.unwrap_err().kind(), TransportErrorKind::Invalid);
    // A handler gives back the line break that it got; the caller is told that there is no such reply.
    other.send("{\"jsonrpc\":\"2.0\",\"method\":\"raw\",\"params\":[1,\n2],\"id\":3}").await;
    let reply = other.receive().await.unwrap();
    assert!(reply.contains("-32603") && reply.contains("\"id\":3"), "{reply}");
    // A message that is too long has no id that could be known.
    other.send("x".repeat(101)).await;
    let reply = other.receive().await.unwrap();
    assert!(reply.contains("-32600") && reply.contains("\"id\":null"), "{reply}");
    other.send(call(&*json(), 4, "raw", [1])).await;
    other.expect(&result(4, "[1]")).await;

    let (here, there) = pair(10_000);
    let (peer, _driver) = start(lines(here), json(), None, PeerSettings::new());
    let mut other = Raw(there);
    let (reply, ()) = tokio::join!(peer.call(1.into(), "1".into()), async {
        other.expect("1").await;
        other.send("x".repeat(101)).await;
    });
    assert_eq!(kind(reply), TransportErrorKind::TooLarge);
}

#[tokio::test]
async fn what_is_broken_among_replies_is_not_answered_after_waiting_either() {
    let (here, there) = pair(10_000);
    let mut dispatcher = Dispatcher::new();
    let (release, released) = tokio::sync::oneshot::channel();
    let released = std::sync::Mutex::new(Some(released));
    dispatcher
        .register("wait", move || {
            let released = released.lock().unwrap().take();
            async move { drop(released.unwrap().await) }
        })
        .unwrap();
    dispatcher.register("now", || 1).unwrap();
    let (_peer, _driver) = start(here, json(), Some(dispatcher), PeerSettings::new());
    let mut other = Raw(there);
    let now = String::from_utf8(call(&*json(), 2, "now", ()).to_vec()).unwrap();
    let batch = format!("[{},{{\"jsonrpc\":\"2.0\",\"id\":3}},5,{now}]", result(99, "1"));
    other.send(&batch).await;
    other.expect(&format!("[{}]", result(2, "1"))).await;
    other.send(notification(&*json(), "wait", ())).await;
    other.send(&batch).await;
    settle().await;
    release.send(()).unwrap();
    other.expect(&format!("[{}]", result(2, "1"))).await;
}
