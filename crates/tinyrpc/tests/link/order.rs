//! The order in which the other side's calls and notifications run.

use std::sync::{Arc, Mutex};

use tinyrpc::Dispatcher;
use tinyrpc::peer::{Order, PeerSettings};
use tinyrpc::transport::memory::pair;
use tokio::sync::Semaphore;

use crate::support::*;

/// What happened, in order, and a gate that lets asynchronous handlers finish one by one.
#[derive(Clone)]
struct Events {
    seen: Arc<Mutex<Vec<String>>>,
    gate: Arc<Semaphore>,
}

impl Events {
    fn new() -> Self {
        Self { seen: Arc::default(), gate: Arc::new(Semaphore::new(0)) }
    }

    fn note(&self, event: impl Into<String>) {
        self.seen.lock().unwrap().push(event.into());
    }

    fn seen(&self) -> Vec<String> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    async fn let_through(&self, handlers: usize) {
        self.gate.add_permits(handlers);
        settle().await;
    }

    fn dispatcher(&self) -> Dispatcher {
        let mut dispatcher = Dispatcher::new();
        let events = self.clone();
        dispatcher.register("now", move |(name,): (String,)| events.note(name)).unwrap();
        let events = self.clone();
        dispatcher
            .register("wait", move |(name,): (String,)| {
                let events = events.clone();
                async move {
                    events.note(format!("{name} starts"));
                    events.gate.acquire().await.unwrap().forget();
                    events.note(format!("{name} ends"));
                }
            })
            .unwrap();
        dispatcher
    }
}

#[tokio::test]
async fn what_follows_a_notification_waits_for_it() {
    for protocol in protocols() {
        let protocol = &*protocol;
        let events = Events::new();
        let (here, there) = pair(10_000);
        let spoken = protocols().into_iter().find(|p| p.name() == protocol.name()).unwrap();
        let (peer, _driver) = start(here, Arc::clone(&spoken), Some(events.dispatcher()), PeerSettings::new());
        let mut other = Raw(there);
        other.send(call(protocol, 1, "wait", ["call 1"])).await;
        other.send(notification(protocol, "wait", ["first"])).await;
        other.send(notification(protocol, "now", ["second"])).await;
        other.send(notification(protocol, "wait", ["third"])).await;
        other.send(call(protocol, 2, "now", ["call 2"])).await;
        other.send(call(protocol, 3, "wait", ["call 3"])).await;
        settle().await;
        assert_eq!(events.seen(), ["call 1 starts", "first starts"]);
        // A reply to a call of ours does not wait.
        let mut reply = Vec::new();
        protocol.open_result(&7.into(), &mut reply);
        protocol.codec().to_raw(&5, &mut reply).unwrap();
        protocol.close_result(&7.into(), &mut reply);
        let ((), five) = tokio::join!(
            async {
                settle().await;
                other.send(reply).await;
            },
            ask::<u64>(&peer, protocol, 7, "m", ())
        );
        assert_eq!(five, 5);
        assert!(events.seen().is_empty());
        events.let_through(2).await;
        assert_eq!(events.seen(), ["call 1 ends", "first ends", "second", "third starts"]);
        events.let_through(1).await;
        assert_eq!(events.seen(), ["third ends", "call 2", "call 3 starts"]);
        events.let_through(1).await;
        assert_eq!(events.seen(), ["call 3 ends"]);
    }
}

#[tokio::test]
async fn a_batch_with_a_notification_is_waited_for_too() {
    let events = Events::new();
    let (here, there) = pair(10_000);
    let (_peer, _driver) = start(here, json(), Some(events.dispatcher()), PeerSettings::new());
    let mut other = Raw(there);
    let (json, text) = (&*json(), |bytes: bytes::Bytes| String::from_utf8(bytes.to_vec()).unwrap());
    let (one, two) = (text(notification(json, "wait", ["one"])), text(call(json, 1, "now", ["two"])));
    other.send(format!("[{one},{two}]")).await;
    other
        .send(format!("[{},5,{}]", text(notification(json, "now", ["three"])), text(call(json, 2, "now", ["four"]))))
        .await;
    settle().await;
    // Within a batch any order will do (JSON-RPC 2.0 §6).
    let mut first = events.seen();
    first.sort();
    assert_eq!(first, ["one starts", "two"]);
    events.let_through(1).await;
    assert_eq!(events.seen(), ["one ends", "three", "four"]);
    other.expect(&format!("[{}]", result(1, "null"))).await;
    let reply = other.receive().await.unwrap();
    assert!(reply.contains("-32600") && reply.contains(&result(2, "null")), "{reply}");
}

#[tokio::test]
async fn everything_can_run_one_after_the_other() {
    let events = Events::new();
    let (here, there) = pair(10_000);
    let settings = PeerSettings::new().with_order(Order::OneByOne);
    let (_peer, _driver) = start(here, json(), Some(events.dispatcher()), settings);
    let mut other = Raw(there);
    let json = &*json();
    other.send(call(json, 1, "wait", ["one"])).await;
    other.send(call(json, 2, "now", ["two"])).await;
    other.send(call(json, 3, "wait", ["three"])).await;
    settle().await;
    assert_eq!(events.seen(), ["one starts"]);
    events.let_through(1).await;
    assert_eq!(events.seen(), ["one ends", "two", "three starts"]);
    events.let_through(1).await;
    for id in 1..=3 {
        other.expect(&result(id, "null")).await;
    }
}

#[tokio::test]
async fn nothing_needs_to_wait_for_anything() {
    let events = Events::new();
    let (here, there) = pair(10_000);
    let settings = PeerSettings::new().with_order(Order::Concurrent).with_calls_in_flight(2);
    let (_peer, _driver) = start(here, json(), Some(events.dispatcher()), settings);
    let mut other = Raw(there);
    let json = &*json();
    for name in ["one", "two", "three"] {
        other.send(notification(json, "wait", [name])).await;
    }
    settle().await;
    // Even so there is a bound on how many run.
    assert_eq!(events.seen(), ["one starts", "two starts"]);
    events.let_through(3).await;
    assert_eq!(events.seen(), ["one ends", "two ends", "three starts", "three ends"]);
}

#[tokio::test]
async fn notifications_are_not_lost_when_the_link_ends() {
    for dropped in [false, true] {
        let events = Events::new();
        let (here, there) = pair(10_000);
        let (_peer, driver) = start(here, json(), Some(events.dispatcher()), PeerSettings::new());
        let mut other = Raw(there);
        let json = &*json();
        other.send(call(json, 1, "wait", ["cancelled"])).await;
        other.send(notification(json, "wait", ["one"])).await;
        other.send(call(json, 2, "now", ["never"])).await;
        other.send(notification(json, "wait", ["two"])).await;
        other.send(notification(json, "now", ["three"])).await;
        settle().await;
        assert_eq!(events.seen(), ["cancelled starts", "one starts"]);
        if dropped {
            driver.abort();
            soon(driver).await.unwrap_err();
        } else {
            drop(other);
            soon(driver).await.unwrap().unwrap();
        }
        assert!(events.seen().is_empty());
        events.let_through(1).await;
        assert_eq!(events.seen(), ["one ends", "two starts"]);
        events.let_through(1).await;
        assert_eq!(events.seen(), ["two ends", "three"]);
    }
}

fn cancel(id: u64) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"$/cancelRequest","params":{{"id":{id}}}}}"#)
}

/// Whatever runs, and however much waits for it.
#[tokio::test]
async fn replies_and_cancellations_pass_what_waits() {
    for order in [Order::AfterNotifications, Order::OneByOne] {
        let events = Events::new();
        let (here, there) = pair(100_000);
        // Room for one message more than will wait.
        let settings = PeerSettings::new().with_order(order).with_queue(101).with_calls_in_flight(200);
        let (peer, _driver) = start(here, json(), Some(events.dispatcher()), settings);
        let mut other = Raw(there);
        let json = &*json();
        other.send(call(json, 1, "wait", ["call"])).await;
        other.send(notification(json, "wait", ["notification"])).await;
        for number in 0..99 {
            match number % 2 {
                0 => other.send(notification(json, "now", ["more"])).await,
                _ => other.send(call(json, 100 + number, "wait", ["more"])).await,
            }
        }
        settle().await;
        let reply = async {
            other.receive().await.unwrap();
            other.send(result(7, "5")).await;
        };
        let (five, ()) = tokio::join!(ask::<u64>(&peer, json, 7, "m", ()), reply);
        assert_eq!(five, 5, "{order:?}");
        other.send(cancel(1)).await;
        let cancelled = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32800,"message":"Request cancelled"}}"#;
        other.expect(cancelled).await;
        other.send(cancel(101)).await;
        other.expect(&cancelled.replace("\"id\":1", "\"id\":101")).await;
        events.let_through(100).await;
        let seen = events.seen();
        assert_eq!(seen.iter().filter(|event| *event == "more").count(), 50, "{order:?}");
        assert_eq!(seen.iter().filter(|event| *event == "more starts").count(), 48, "{order:?}");
    }
}

#[tokio::test]
async fn they_pass_when_no_more_calls_are_taken() {
    let events = Events::new();
    let (here, there) = pair(100_000);
    let settings = PeerSettings::new().with_calls_in_flight(2);
    let (peer, _driver) = start(here, json(), Some(events.dispatcher()), settings);
    let mut other = Raw(there);
    let json = &*json();
    for id in 1..=3 {
        other.send(call(json, id, "wait", [id.to_string()])).await;
    }
    other.expect(r#"{"jsonrpc":"2.0","id":3,"error":{"code":-32001,"message":"too many calls in flight"}}"#).await;
    let reply = async {
        other.receive().await.unwrap();
        other.send(result(7, "5")).await;
    };
    assert_eq!(tokio::join!(ask::<u64>(&peer, json, 7, "m", ()), reply).0, 5);
    other.send(cancel(2)).await;
    assert!(other.receive().await.unwrap().contains("-32800"));
    // Its place is free at once.
    other.send(call(json, 4, "now", ["four"])).await;
    other.expect(&result(4, "null")).await;
}

/// A queue that is full of notifications is the one thing that holds them up: nothing more is read until there is room.
#[tokio::test]
async fn a_full_queue_holds_them_up_until_there_is_room() {
    let events = Events::new();
    let (here, there) = pair(100_000);
    let (peer, _driver) = start(here, json(), Some(events.dispatcher()), PeerSettings::new().with_queue(2));
    let mut other = Raw(there);
    let protocol = json();
    let json = &*protocol;
    for name in ["one", "two", "three"] {
        other.send(notification(json, "wait", [name])).await;
    }
    let mut own = Box::pin(ask::<u64>(&peer, json, 7, "m", ()));
    assert!(poll_now(&mut own).await.is_pending());
    other.receive().await.unwrap();
    other.send(result(7, "5")).await;
    settle().await;
    assert!(poll_now(&mut own).await.is_pending());
    events.let_through(1).await;
    assert_eq!(own.await, 5);
    events.let_through(2).await;
    assert_eq!(events.seen().len(), 6, "nothing is lost");
}
