//! Bounds: a side that does not read, floods from both sides, too many calls.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use tinyrpc::peer::{Peer, PeerSettings};
use tinyrpc::transport::memory::pair;
use tinyrpc::transport::{Link, TransportErrorKind};
use tinyrpc::{Context, Dispatcher, JsonRpc, Protocol, Service};
use tokio::sync::Semaphore;

use crate::support::*;

/// Gives the link as much as it takes without anybody reading the replies.
async fn push(other: &mut Raw) {
    let mut left = usize::MAX;
    while other.0.sink.buffered() < left {
        left = other.0.sink.buffered();
        let _ = poll_now(poll_fn(|cx| other.0.sink.poll_flush(cx))).await;
        settle().await;
    }
}

fn counted(reply: usize) -> (Dispatcher, Arc<AtomicUsize>) {
    let runs = Arc::new(AtomicUsize::new(0));
    let mut dispatcher = Dispatcher::new();
    let count = Arc::clone(&runs);
    dispatcher
        .register("large", move || {
            count.fetch_add(1, Ordering::SeqCst);
            "x".repeat(reply)
        })
        .unwrap();
    (dispatcher, runs)
}

#[tokio::test]
async fn a_slow_reader_costs_bounded_memory_and_loses_nothing() {
    const CALLS: usize = 500;
    let (dispatcher, runs) = counted(10_000);
    let settings = PeerSettings::new().with_write_buffer(20_000).with_queue_bytes(5_000).with_backlog(200_000);
    let (here, there) = pair(1_000);
    let (_peer, _driver) = start(here, json(), Some(dispatcher), settings);
    let mut other = Raw(there);
    let message = call(&*json(), 1, "large", ());
    for _ in 0..CALLS {
        other.0.sink.send(&message).unwrap();
    }
    push(&mut other).await;
    // The backlog, and one reply each in the link and beyond the bound.
    assert!((20..=22).contains(&runs.load(Ordering::SeqCst)), "{runs:?} calls ran");
    assert!(other.0.sink.buffered() > CALLS / 2 * message.len(), "the rest waits on this side");
    for _ in 0..CALLS {
        let _ = poll_now(poll_fn(|cx| other.0.sink.poll_flush(cx))).await;
        assert!(other.receive().await.unwrap().len() > 10_000);
    }
    assert_eq!(runs.load(Ordering::SeqCst), CALLS);
}

#[tokio::test]
async fn replies_that_are_not_read_count_as_calls_in_flight() {
    let (dispatcher, runs) = counted(1_000);
    let (here, there) = pair(100);
    let (_peer, _driver) = start(here, json(), Some(dispatcher), PeerSettings::new().with_calls_in_flight(3));
    let mut other = Raw(there);
    for id in 1..=10 {
        other.0.sink.send(&call(&*json(), id, "large", ())).unwrap();
    }
    push(&mut other).await;
    let ran = runs.load(Ordering::SeqCst);
    assert!((3..=4).contains(&ran), "{ran} calls ran");
    let mut refused = 0;
    for _ in 0..10 {
        refused += usize::from(other.receive().await.unwrap().contains("-32001"));
    }
    assert_eq!(ran + refused, 10);
}

#[tokio::test]
async fn a_reader_that_never_reads_is_given_up() {
    let (dispatcher, _) = counted(1_000);
    let settings = PeerSettings::new().with_write_buffer(500).with_stall(Duration::from_millis(20));
    let (here, there) = pair(100);
    let (peer, driver) = start(here, json(), Some(dispatcher), settings);
    let mut other = Raw(there);
    for id in 1..=3 {
        other.send(call(&*json(), id, "large", ())).await;
    }
    let error = soon(driver).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Lost);
    assert!(peer.is_closed());
}

#[tokio::test]
async fn a_notification_waits_until_the_other_side_reads() {
    let (here, there) = pair(10);
    let (peer, _driver) = start(here, json(), None, PeerSettings::new().with_write_buffer(100));
    let mut other = Raw(there);
    let handed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&handed);
    let sender = tokio::spawn(async move {
        for _ in 0..100 {
            peer.notify("ten bytes.".into()).await.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    settle().await;
    let before = handed.load(Ordering::SeqCst);
    assert!((10..=12).contains(&before), "{before} were handed over");
    for _ in 0..100 {
        other.expect("ten bytes.").await;
    }
    soon(sender).await.unwrap();
}

#[tokio::test]
async fn calls_beyond_the_limit_are_refused() {
    let gate = Arc::new(Semaphore::new(0));
    let mut dispatcher = Dispatcher::new();
    let closed = Arc::clone(&gate);
    dispatcher
        .register("wait", move || {
            let gate = Arc::clone(&closed);
            async move { gate.acquire().await.unwrap().forget() }
        })
        .unwrap();
    dispatcher.register("now", || 1).unwrap();
    let (here, there) = pair(10_000);
    let (_peer, _driver) = start(here, json(), Some(dispatcher), PeerSettings::new().with_calls_in_flight(2));
    let mut other = Raw(there);
    let json = &*json();
    for id in 1..=2 {
        other.send(call(json, id, "wait", ())).await;
    }
    other.send(call(json, 3, "now", ())).await;
    assert!(other.receive().await.unwrap().contains(r#""id":3,"error":{"code":-32001"#));
    other.send(format!("[{0},{0},5]", String::from_utf8(call(json, 4, "now", ()).to_vec()).unwrap())).await;
    let reply = other.receive().await.unwrap();
    assert_eq!((reply.matches("-32001").count(), reply.matches("-32600").count()), (2, 1), "{reply}");
    gate.add_permits(2);
    other.expect(&result(1, "null")).await;
    other.expect(&result(2, "null")).await;
    other.send(call(json, 5, "now", ())).await;
    other.expect(&result(5, "1")).await;
}

/// Both ends call, notify and call back as fast as they can, over a link that holds nearly nothing.
async fn flood(protocol: Arc<dyn Protocol>, settings: PeerSettings, size: usize) {
    const CALLERS: u64 = 40;
    const ROUNDS: u64 = 10;
    let heard = Arc::new(AtomicUsize::new(0));
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("now", |(text,): (String,)| text).unwrap();
    dispatcher
        .register("later", |(text,): (String,)| async move {
            tokio::task::yield_now().await;
            text
        })
        .unwrap();
    let spoken = Arc::clone(&protocol);
    let next = Arc::new(AtomicUsize::new(1_000_000));
    let back = move |cx: Context, (text,): (String,)| {
        let (protocol, id) = (Arc::clone(&spoken), next.fetch_add(1, Ordering::SeqCst));
        async move { ask::<String>(cx.extension::<Peer>().unwrap(), &*protocol, id as u64, "now", [text]).await }
    };
    dispatcher.register("back", back).unwrap();
    let count = Arc::clone(&heard);
    dispatcher
        .register("hear", move |(_,): (String,)| {
            count.fetch_add(1, Ordering::SeqCst);
        })
        .unwrap();
    let count = Arc::clone(&heard);
    dispatcher
        .register("hear_later", move |(_,): (String,)| {
            let count = Arc::clone(&count);
            async move {
                tokio::task::yield_now().await;
                count.fetch_add(1, Ordering::SeqCst);
            }
        })
        .unwrap();
    let (here, there) = pair(64);
    let service = Service::new(JsonRpc::new(), dispatcher);
    let (one, driver) = start_service(here, Arc::clone(&protocol), Some(service.clone()), settings.clone());
    let (two, _driver) = start_service(there, Arc::clone(&protocol), Some(service), settings);
    let all = |peer: Peer| {
        let protocol = Arc::clone(&protocol);
        async move {
            let (peer, protocol) = (&peer, &*protocol);
            let callers = (0..CALLERS).map(|caller| async move {
                for round in 0..ROUNDS {
                    let id = 1 + caller * ROUNDS + round;
                    let text = "x".repeat(size + id as usize % 7);
                    let method = ["now", "later", "back"][id as usize % 3];
                    let heard = ["hear", "hear_later"][id as usize % 2];
                    assert_eq!(ask::<String>(peer, protocol, id, method, [&text]).await, text);
                    soon(peer.notify(notification(protocol, heard, [&text]))).await.unwrap();
                }
            });
            join_all(callers).await;
        }
    };
    soon(async { tokio::join!(all(one.clone()), all(two)) }).await;
    // All notifications have been handed over; calls come after them.
    for id in [1, 2] {
        ask::<String>(&one, &*protocol, id, "now", ["end"]).await;
    }
    one.close();
    soon(driver).await.unwrap().unwrap();
    settle().await;
    assert_eq!(heard.load(Ordering::SeqCst), 2 * (CALLERS * ROUNDS) as usize);
}

#[tokio::test]
async fn floods_from_both_sides_do_not_block_each_other() {
    for protocol in protocols() {
        flood(Arc::clone(&protocol), PeerSettings::new(), 10).await;
        let tight = PeerSettings::new().with_write_buffer(500).with_queue(4).with_own_calls(200);
        flood(Arc::clone(&protocol), tight.clone(), 10).await;
        flood(protocol, tight, 3_000).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn floods_over_several_threads_do_not_block_each_other() {
    for protocol in protocols() {
        flood(protocol, PeerSettings::new().with_write_buffer(500), 500).await;
    }
}

#[tokio::test]
async fn a_burst_is_written_together() {
    struct Count<S>(S, Arc<AtomicUsize>);
    impl tinyrpc::transport::MessageSink for Count<Box<dyn tinyrpc::transport::MessageSink>> {
        fn send(&mut self, message: &[u8]) -> Result<(), tinyrpc::transport::TransportError> {
            self.0.send(message)
        }
        fn buffered(&self) -> usize {
            self.0.buffered()
        }
        fn poll_flush(
            &mut self,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Result<(), tinyrpc::transport::TransportError>> {
            if self.0.buffered() > 0 {
                self.1.fetch_add(1, Ordering::SeqCst);
            }
            self.0.poll_flush(cx)
        }
        fn poll_close(
            &mut self,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Result<(), tinyrpc::transport::TransportError>> {
            self.0.poll_close(cx)
        }
    }
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("now", || 1).unwrap();
    dispatcher.register("later", || async { 1 }).unwrap();
    let (here, there) = pair(100_000);
    let flushes = Arc::new(AtomicUsize::new(0));
    let Link { sink, source } = here;
    let here = Link { sink: Box::new(Count(sink, Arc::clone(&flushes))), source };
    let (_peer, _driver) = start(here, json(), Some(dispatcher), PeerSettings::new());
    let mut other = Raw(there);
    for id in 0..100 {
        other.0.sink.send(&call(&*json(), id, ["now", "later"][id as usize % 2], ())).unwrap();
    }
    let _ = poll_now(poll_fn(|cx| other.0.sink.poll_flush(cx))).await;
    for _ in 0..100 {
        other.receive().await.unwrap();
    }
    assert!(flushes.load(Ordering::SeqCst) <= 2, "{flushes:?} flushes for 100 replies");
}
