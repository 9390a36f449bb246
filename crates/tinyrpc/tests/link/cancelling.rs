//! Calls that are given up: the other side is told, and drops their handlers.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tinyrpc::peer::{Cancel, Order, Peer, PeerSettings};
use tinyrpc::transport::memory::pair;
use tinyrpc::{Client, Context, Dispatcher, Id, JsonRpc, Service, blocking};
use tokio::sync::{Notify, Semaphore};

use crate::support::*;

/// How many handlers are at work, and how many have been dropped before their end.
#[derive(Clone, Default)]
struct Work {
    running: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
}

struct Running(Work, bool);

impl Running {
    fn new(work: &Work) -> Self {
        work.running.fetch_add(1, Ordering::SeqCst);
        Self(work.clone(), false)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
        self.0.dropped.fetch_add(usize::from(!self.1), Ordering::SeqCst);
    }
}

impl Work {
    fn counts(&self) -> (usize, usize) {
        (self.running.load(Ordering::SeqCst), self.dropped.load(Ordering::SeqCst))
    }

    /// `wait` never ends by itself.
    fn dispatcher(&self) -> Dispatcher {
        let mut dispatcher = Dispatcher::new();
        let work = self.clone();
        dispatcher
            .register("wait", move || {
                let running = Running::new(&work);
                async move {
                    let _running = running;
                    pending::<()>().await;
                }
            })
            .unwrap();
        dispatcher.register("now", || 1).unwrap();
        dispatcher
    }
}

const CANCELLED: &str = r#""error":{"code":-32800,"message":"Request cancelled"}"#;

fn cancelled(id: u64) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},{CANCELLED}}}"#)
}

fn cancel(id: impl std::fmt::Display) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"$/cancelRequest","params":{{"id":{id}}}}}"#)
}

#[tokio::test]
async fn a_call_that_is_dropped_is_cancelled_on_the_other_side() {
    for protocol in protocols() {
        let (here, there) = pair(1_000);
        let work = Work::default();
        let (peer, _driver) = start(here, Arc::clone(&protocol), None, PeerSettings::new());
        let (_other, _driver) = start(there, Arc::clone(&protocol), Some(work.dispatcher()), PeerSettings::new());
        {
            let mut given_up = Box::pin(peer.call(1.into(), call(&*protocol, 1, "wait", ())));
            assert!(poll_now(&mut given_up).await.is_pending());
            settle().await;
            assert_eq!(work.counts(), (1, 0), "{}", protocol.name());
        }
        settle().await;
        assert_eq!(work.counts(), (0, 1), "{}", protocol.name());
        assert_eq!(ask::<u64>(&peer, &*protocol, 2, "now", ()).await, 1);
    }
}

#[tokio::test]
async fn so_is_one_whose_time_is_up_and_those_of_a_batch() {
    let (here, there) = pair(1_000);
    let work = Work::default();
    let (_other, _driver) = start(there, json(), Some(work.dispatcher()), PeerSettings::new());
    let client = Client::over(here, JsonRpc::new()).with_timeout(std::time::Duration::from_millis(20));
    assert!(client.call::<()>("wait", ()).await.unwrap_err().is_timeout());
    settle().await;
    assert_eq!(work.counts(), (0, 1));
    let mut batch = client.batch();
    for method in ["wait", "now", "wait"] {
        batch.call::<u64>(method, ());
    }
    assert!(batch.send().await.unwrap_err().is_timeout());
    settle().await;
    assert_eq!(work.counts(), (0, 3));
}

#[tokio::test]
async fn the_cancelled_call_is_answered() {
    let (here, there) = pair(10_000);
    let work = Work::default();
    let (_peer, _driver) = start(here, json(), Some(work.dispatcher()), PeerSettings::new());
    let mut other = Raw(there);
    let json = &*json();
    other.send(call(json, 1, "wait", ())).await;
    other.send(call(json, 2, "wait", ())).await;
    settle().await;
    other.send(cancel(2)).await;
    other.expect(&cancelled(2)).await;
    assert_eq!(work.counts(), (1, 1));
    // Nothing comes for a call that is not there, is over, or is not named.
    for nothing in [cancel(2), cancel(7), cancel("null"), cancel("[]"), cancel(1).replace("\"id\":1", "\"other\":1")] {
        other.send(nothing).await;
    }
    // By position as well, and in one turn with its call.
    other.send(call(json, 3, "wait", ())).await;
    other.send(cancel(3).replace("{\"id\":3}", "[3]")).await;
    other.expect(&cancelled(3)).await;
    other.send(cancel("1")).await;
    other.expect(&cancelled(1)).await;
    assert_eq!(work.counts(), (0, 3));
    // Ids of every kind.
    for id in ["\"a\\\"b\"", "-1", "1.5", "18446744073709551615"] {
        other.send(format!(r#"{{"jsonrpc":"2.0","method":"wait","id":{id}}}"#)).await;
        other.send(cancel(id)).await;
        other.expect(&format!(r#"{{"jsonrpc":"2.0","id":{id},{CANCELLED}}}"#)).await;
    }
    other.send(call(json, 9, "now", ())).await;
    other.expect(&result(9, "1")).await;
}

#[tokio::test]
async fn entries_of_a_batch_are_cancelled_one_by_one() {
    let (here, there) = pair(10_000);
    let work = Work::default();
    let (_peer, _driver) = start(here, json(), Some(work.dispatcher()), PeerSettings::new());
    let mut other = Raw(there);
    let text = |id, method| String::from_utf8(call(&*json(), id, method, ()).to_vec()).unwrap();
    let batch: Vec<_> = (1..=100).map(|id| text(id, if id % 2 == 0 { "now" } else { "wait" })).collect();
    other.send(format!("[{}]", batch.join(","))).await;
    settle().await;
    assert_eq!(work.counts(), (50, 0));
    // Together with a call that is still to come, too.
    other.send(format!("[{},{},{}]", cancel(1), text(200, "now"), cancel(3))).await;
    other.expect(&format!("[{}]", result(200, "1"))).await;
    assert_eq!(work.counts(), (48, 2));
    for id in (5..100).step_by(2) {
        assert!(poll_now(other.receive()).await.is_pending());
        other.send(cancel(id)).await;
    }
    let replies: Vec<_> = (1..=100).map(|id| if id % 2 == 0 { result(id, "1") } else { cancelled(id) }).collect();
    other.expect(&format!("[{}]", replies.join(","))).await;
    assert_eq!(work.counts(), (0, 50));
}

#[tokio::test]
async fn what_has_not_begun_is_cancelled_too_whatever_runs() {
    for order in [Order::OneByOne, Order::AfterNotifications] {
        let (here, there) = pair(10_000);
        let work = Work::default();
        let settings = PeerSettings::new().with_order(order);
        let (_peer, _driver) = start(here, json(), Some(work.dispatcher()), settings);
        let mut other = Raw(there);
        let json = &*json();
        let text = |id, method| String::from_utf8(call(json, id, method, ()).to_vec()).unwrap();
        let first = if order == Order::OneByOne { call(json, 1, "wait", ()) } else { notification(json, "wait", ()) };
        other.send(first).await;
        other.send(call(json, 2, "now", ())).await;
        other.send(call(json, 3, "now", ())).await;
        other.send(format!("[{},{},{}]", text(4, "now"), text(5, "now"), text(6, "wait"))).await;
        other.send(format!("[{}]", text(7, "now"))).await;
        settle().await;
        assert_eq!(work.counts(), (1, 0));
        other.send(cancel(3)).await;
        other.expect(&cancelled(3)).await;
        for id in [3, 5, 6, 7] {
            other.send(cancel(id)).await;
        }
        settle().await;
        assert!(poll_now(other.receive()).await.is_pending(), "the batch has not begun");
        if order == Order::AfterNotifications {
            // A notification has no id.
            continue;
        }
        other.send(cancel(1)).await;
        other.expect(&cancelled(1)).await;
        other.expect(&result(2, "1")).await;
        other.expect(&format!("[{},{},{}]", result(4, "1"), cancelled(5), cancelled(6))).await;
        other.expect(&format!("[{}]", cancelled(7))).await;
        assert_eq!(work.counts(), (0, 1), "the cancelled `wait` in the batch never ran");
    }
}

#[tokio::test]
async fn the_form_can_be_chosen() {
    let (here, there) = pair(10_000);
    let work = Work::default();
    let settings = PeerSettings::new().with_cancel(Some(Cancel::mcp()));
    let (peer, _driver) = start(here, json(), Some(work.dispatcher()), settings);
    let mut other = Raw(there);
    let json = &*json();
    let notice = |id| {
        let params = format!(r#"{{"requestId":{id},"reason":"the caller waits no longer"}}"#);
        format!(r#"{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{params}}}"#)
    };
    {
        let mut given_up = Box::pin(peer.call(5.into(), call(json, 5, "m", ())));
        assert!(poll_now(&mut given_up).await.is_pending());
        other.receive().await.unwrap();
    }
    other.expect(&notice(5)).await;
    other.send(call(json, 1, "wait", ())).await;
    other.send(format!("[{0}]", String::from_utf8(call(json, 2, "wait", ()).to_vec()).unwrap())).await;
    settle().await;
    assert_eq!(work.counts(), (2, 0));
    other.send(notice(1)).await;
    other.send(notice(2)).await;
    // No answer comes; and the usual method is no one's.
    other.send(cancel(1)).await;
    other.send(call(json, 3, "now", ())).await;
    other.expect(&result(3, "1")).await;
    assert_eq!(work.counts(), (0, 2));
}

#[tokio::test]
async fn nothing_is_said_about_calls_that_are_not_under_way() {
    let (here, there) = pair(10_000);
    let (peer, _driver) = start(here, json(), None, PeerSettings::new());
    let mut other = Raw(there);
    // Not sent.
    {
        let mut early = Box::pin(peer.call(1.into(), call(&*json(), 1, "m", ())));
        assert!(poll_now(&mut early).await.is_pending());
    }
    // Answered.
    let (answered, ()) = tokio::join!(peer.call(2.into(), call(&*json(), 2, "m", ())), async {
        other.receive().await.unwrap();
        other.send(result(2, "1")).await;
    });
    assert_eq!(value::<u64>(answered), 1);
    soon(peer.notify("last".into())).await.unwrap();
    other.expect("last").await;
}

#[tokio::test]
async fn protocols_that_might_not_bear_it_and_settings_turn_it_off() {
    let old: Arc<dyn tinyrpc::Protocol> = Arc::new(JsonRpc::v1());
    for (protocol, settings) in [(old, PeerSettings::new()), (json(), PeerSettings::new().with_cancel(None))] {
        let (here, there) = pair(10_000);
        let (peer, _driver) = start(here, Arc::clone(&protocol), None, settings);
        let mut other = Raw(there);
        {
            let mut given_up = Box::pin(peer.call(1.into(), call(&*protocol, 1, "m", ())));
            assert!(poll_now(&mut given_up).await.is_pending());
            other.receive().await.unwrap();
        }
        soon(peer.notify("last".into())).await.unwrap();
        other.expect("last").await;
    }
}

#[tokio::test]
async fn it_goes_on_to_the_calls_that_the_handler_made() {
    const DEPTH: u64 = 20;
    let work = Work::default();
    let mut dispatcher = work.dispatcher();
    let shared = work.clone();
    dispatcher
        .register("down", move |cx: Context, (depth,): (u64,)| {
            let running = Running::new(&shared);
            async move {
                let _running = running;
                let back = Client::from_context(&cx).unwrap();
                match depth {
                    0 => pending().await,
                    _ => back.call::<u64>("down", (depth - 1,)).await.unwrap(),
                }
            }
        })
        .unwrap();
    let service = Service::new(JsonRpc::new(), dispatcher);
    let (here, there) = pair(1_000);
    let (one, _driver) = start_service(here, json(), Some(service.clone()), PeerSettings::new());
    let (_two, _driver) = start_service(there, json(), Some(service), PeerSettings::new());
    {
        let mut given_up = Box::pin(one.call(1_000_000.into(), call(&*json(), 1_000_000, "down", [DEPTH])));
        assert!(poll_now(&mut given_up).await.is_pending());
        settle().await;
        assert_eq!(work.counts(), (DEPTH as usize + 1, 0));
    }
    settle().await;
    assert_eq!(work.counts(), (0, DEPTH as usize + 1));
}

/// Handlers that go on without their future learn it from their context.
#[tokio::test]
async fn a_blocking_handler_sees_it_however_the_call_ends() {
    for way in ["cancel", "end of the link", "driver dropped", "answer"] {
        let (here, there) = pair(10_000);
        let told = Arc::new(Semaphore::new(0));
        let ran = Arc::new(Notify::new());
        let mut dispatcher = Dispatcher::new();
        let (heard, begun) = (Arc::clone(&told), Arc::clone(&ran));
        let block = move |cx: Context, (): ()| {
            begun.notify_one();
            tokio::runtime::Handle::current().block_on(cx.cancelled());
            assert!(cx.is_cancelled());
            heard.add_permits(1);
        };
        dispatcher.register("block", blocking(block)).unwrap();
        let heard = Arc::clone(&told);
        dispatcher
            .register("now", move |cx: Context, (): ()| {
                let heard = Arc::clone(&heard);
                assert!(!cx.is_cancelled());
                tokio::spawn(async move {
                    cx.cancelled().await;
                    heard.add_permits(1);
                });
            })
            .unwrap();
        let (_peer, driver) = start(here, json(), Some(dispatcher), PeerSettings::new());
        let mut other = Raw(there);
        if way == "answer" {
            other.send(call(&*json(), 1, "now", ())).await;
            other.expect(&result(1, "null")).await;
        } else {
            other.send(call(&*json(), 1, "block", ())).await;
            soon(ran.notified()).await;
        }
        match way {
            "cancel" => {
                other.send(cancel(1)).await;
                other.expect(&cancelled(1)).await;
            }
            "end of the link" => drop(other),
            "driver dropped" => driver.abort(),
            _ => {}
        }
        soon(told.acquire()).await.unwrap().forget();
    }
}

/// Within the turn of the driver in which the cancellation is read, and so within one turn of the scheduler.
#[tokio::test]
async fn a_handler_is_dropped_in_the_turn_in_which_the_message_comes() {
    let (here, there) = pair(10_000);
    let work = Work::default();
    let (_peer, driver) =
        Peer::new(here, json(), Some(Service::new(JsonRpc::new(), work.dispatcher())), origin(), PeerSettings::new());
    let mut driver = Box::pin(driver);
    let mut other = Raw(there);
    for id in 1..=100 {
        other.send(call(&*json(), id, "wait", ())).await;
    }
    assert!(poll_now(&mut driver).await.is_pending());
    assert_eq!(work.counts(), (100, 0));
    for id in (1..=100).rev() {
        other.send(cancel(id)).await;
    }
    // One poll, which is one turn.
    assert!(poll_now(&mut driver).await.is_pending());
    assert_eq!(work.counts(), (0, 100));
    for id in (1..=100).rev() {
        other.expect(&cancelled(id)).await;
    }
}

#[tokio::test]
async fn ten_thousand_cancelled_calls_leave_nothing_behind() {
    for cancel in [Some(Cancel::lsp()), Some(Cancel::mcp())] {
        let (here, there) = pair(100_000);
        let work = Work::default();
        let settings = PeerSettings::new().with_cancel(cancel);
        let (peer, _driver) = start(here, json(), None, settings.clone());
        // A place for one call more, which would be refused if any of them were left.
        let served = settings.with_calls_in_flight(101);
        let (_other, _driver) = start(there, json(), Some(work.dispatcher()), served);
        for round in 0..100 {
            let calls: Vec<_> =
                (1..=100).map(|id| Box::pin(peer.call(Id::Number(id), call(&*json(), id, "wait", ())))).collect();
            let mut calls = futures_util::future::join_all(calls);
            assert!(poll_now(&mut calls).await.is_pending());
            soon(async {
                while work.counts().0 < 100 {
                    tokio::task::yield_now().await;
                }
            })
            .await;
            drop(calls);
            soon(async {
                while work.counts().0 > 0 {
                    tokio::task::yield_now().await;
                }
            })
            .await;
            assert_eq!(work.counts(), (0, 100 * (round + 1)));
            // Replies to what was cancelled are to be gone before the ids are used again.
            assert_eq!(ask::<u64>(&peer, &*json(), 101, "now", ()).await, 1);
            settle().await;
        }
    }
}
