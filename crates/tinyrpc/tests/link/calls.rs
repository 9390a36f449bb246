//! Calls in both directions: ids, order of replies, batches, callbacks.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::join_all;
use tinyrpc::peer::{Peer, PeerSettings};
use tinyrpc::transport::TransportErrorKind;
use tinyrpc::transport::memory::pair;
use tinyrpc::{Context, Dispatcher, Id, JsonRpc, RpcError, Service};
use tokio::sync::Notify;

use crate::support::*;

fn echo() -> Dispatcher {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("echo", |(text,): (String,)| text).unwrap();
    dispatcher
        .register("later", |(text,): (String,)| async move {
            tokio::task::yield_now().await;
            text
        })
        .unwrap();
    dispatcher.register("fail", |(): ()| Err::<(), _>(RpcError::new(7, "failed"))).unwrap();
    dispatcher
}

#[tokio::test]
async fn replies_may_come_in_any_order() {
    let (here, there) = pair(1_000);
    let (peer, _driver) = start(here, json(), None, PeerSettings::new());
    let mut other = Raw(there);
    let calls = join_all((1..=50).map(|id| {
        let peer = &peer;
        async move { ask::<u64>(peer, &*json(), id, "m", [id]).await }
    }));
    let answers = async {
        for _ in 0..50 {
            other.receive().await.unwrap();
        }
        for id in (1..=50).rev() {
            other.send(result(id, &(id * 10).to_string())).await;
        }
    };
    let (results, ()) = tokio::join!(calls, answers);
    assert_eq!(results, (1..=50).map(|id| id * 10).collect::<Vec<_>>());
}

#[tokio::test]
async fn both_ends_call_with_the_same_ids_at_once() {
    for protocol in protocols() {
        let (here, there) = pair(100);
        let (one, _driver) = start(here, Arc::clone(&protocol), Some(echo()), PeerSettings::new());
        let (two, _driver) = start(there, Arc::clone(&protocol), Some(echo()), PeerSettings::new());
        let all = |peer: Peer, name: &'static str| {
            let protocol = Arc::clone(&protocol);
            async move {
                let calls = (1..=100).map(|id| {
                    let (peer, protocol) = (&peer, &*protocol);
                    let method = if id % 2 == 0 { "echo" } else { "later" };
                    async move { (id, ask::<String>(peer, protocol, id, method, [format!("{name} {id}")]).await) }
                });
                for (id, text) in join_all(calls).await {
                    assert_eq!(text, format!("{name} {id}"));
                }
            }
        };
        tokio::join!(all(one, "one"), all(two, "two"));
    }
}

#[tokio::test]
async fn errors_come_back_as_such() {
    for protocol in protocols() {
        let (here, there) = pair(100);
        let (peer, _driver) = start(here, Arc::clone(&protocol), None, PeerSettings::new());
        let (_other, _driver) = start(there, Arc::clone(&protocol), Some(echo()), PeerSettings::new());
        for (id, method, expected) in [(1, "fail", 7), (2, "unknown", -32601), (1, "fail", 7)] {
            let reply = soon(peer.call(id.into(), call(&*protocol, id, method, ()))).await;
            assert_eq!(code(reply), expected);
        }
    }
}

#[tokio::test]
async fn a_handler_calls_its_caller_back() {
    for protocol in protocols() {
        let mut dispatcher = Dispatcher::new();
        let spoken = Arc::clone(&protocol);
        let down = move |cx: Context, (depth,): (u64,)| {
            let protocol = Arc::clone(&spoken);
            async move {
                if depth == 0 {
                    return 0;
                }
                let back = cx.extension::<Peer>().expect("there is a link");
                let id = 1_000 + depth;
                1 + ask::<u64>(back, &*protocol, id, "down", [depth - 1]).await
            }
        };
        dispatcher.register("down", down).unwrap();
        let (here, there) = pair(100);
        let service = Service::new(JsonRpc::new(), dispatcher);
        let (one, _driver) = start_service(here, Arc::clone(&protocol), Some(service.clone()), PeerSettings::new());
        let (_two, _driver) = start_service(there, Arc::clone(&protocol), Some(service), PeerSettings::new());
        assert_eq!(ask::<u64>(&one, &*protocol, 1, "down", [20]).await, 20);
    }
}

fn joined(messages: &[Bytes]) -> Bytes {
    let mut batch = b"[".to_vec();
    for (index, message) in messages.iter().enumerate() {
        batch.extend_from_slice(if index == 0 { b"" } else { b"," });
        batch.extend_from_slice(message);
    }
    batch.push(b']');
    batch.into()
}

#[tokio::test]
async fn batches_go_both_ways() {
    let (here, there) = pair(100);
    let json = &*json();
    let (one, _driver) = start(here, crate::support::json(), Some(echo()), PeerSettings::new());
    let (two, _driver) = start(there, crate::support::json(), Some(echo()), PeerSettings::new());
    let batch = |peer: Peer| async move {
        let message = joined(&[
            call(json, 1, "later", ["a"]),
            notification(json, "echo", ["b"]),
            call(json, 2, "fail", ()),
            call(json, 3, "echo", ["c"]),
        ]);
        let ids = vec![Id::Number(3), Id::Number(1), Id::Number(2)];
        let mut replies = soon(peer.batch(ids, message)).await.unwrap().into_iter();
        assert_eq!(value::<String>(replies.next().unwrap()), "c");
        assert_eq!(value::<String>(replies.next().unwrap()), "a");
        assert_eq!(code(replies.next().unwrap()), 7);
        let none = soon(peer.batch(Vec::new(), joined(&[notification(json, "echo", ["b"])]))).await;
        assert!(none.unwrap().is_empty());
    };
    tokio::join!(batch(one), batch(two));
}

#[tokio::test]
async fn a_call_that_the_batch_reply_leaves_out_ends() {
    let (here, there) = pair(1_000);
    let (peer, _driver) = start(here, json(), None, PeerSettings::new());
    let mut other = Raw(there);
    let ids = || vec![Id::Number(1), Id::Number(2)];
    let answers = async {
        other.receive().await.unwrap();
        other.send(format!("[{}]", result(2, "5"))).await;
        // Some answer one by one.
        other.receive().await.unwrap();
        other.send(result(2, "6")).await;
        other.send(result(1, "7")).await;
        // Some refuse batches.
        other.receive().await.unwrap();
        other.send(error("null", -32600)).await;
        // Some cannot read one of the calls, and say so where its reply belongs.
        other.receive().await.unwrap();
        other.send(format!("[{},{}]", error("null", -32600), result(1, "8"))).await;
    };
    let calls = async {
        let mut replies = soon(peer.batch(ids(), "[]".into())).await.unwrap();
        assert_eq!(value::<u64>(replies.pop().unwrap()), 5);
        assert_eq!(kind(replies.pop().unwrap()), TransportErrorKind::Invalid);
        let replies = soon(peer.batch(ids(), "[]".into())).await.unwrap();
        assert_eq!(replies.into_iter().map(value::<u64>).collect::<Vec<_>>(), [7, 6]);
        let replies = soon(peer.batch(ids(), "[]".into())).await.unwrap();
        assert_eq!(replies.into_iter().map(code).collect::<Vec<_>>(), [-32600, -32600]);
        let mut replies = soon(peer.batch(ids(), "[]".into())).await.unwrap();
        assert_eq!(code(replies.pop().unwrap()), -32600);
        assert_eq!(value::<u64>(replies.pop().unwrap()), 8);
    };
    tokio::join!(answers, calls);
}

#[tokio::test]
async fn a_call_that_is_given_up_leaves_nothing_behind() {
    let (here, there) = pair(1_000);
    let settings = PeerSettings::new().with_own_calls(2);
    let (peer, driver) = start(here, json(), None, settings);
    let mut other = Raw(there);
    for round in 0..10 {
        let given_up = peer.call(1.into(), call(&*json(), 1, "m", ()));
        tokio::select! {
            biased;
            _ = given_up => panic!("nobody answered"),
            message = other.receive() => assert!(message.is_some(), "round {round}"),
        }
        other.expect(r#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}"#).await;
    }
    // Neither the id nor a place among the calls is taken, and late replies harm nobody.
    for _ in 0..10 {
        other.send(result(1, "0")).await;
    }
    settle().await;
    let protocol = json();
    let (reply, ()) = tokio::join!(ask::<u64>(&peer, &*protocol, 1, "m", ()), async {
        other.receive().await.unwrap();
        other.send(result(1, "9")).await;
    });
    assert_eq!(reply, 9);

    // A call that was given up before it was sent is not sent.
    {
        let mut early = Box::pin(peer.call(7.into(), call(&*json(), 7, "early", ())));
        assert!(poll_now(&mut early).await.is_pending());
    }
    soon(peer.notify("last".into())).await.unwrap();
    other.expect("last").await;
    drop(peer);
    assert_eq!(other.receive().await, None);
    drop(other);
    soon(driver).await.unwrap().unwrap();
}

#[tokio::test]
async fn ids_are_not_used_twice_at_once() {
    let (here, there) = pair(1_000);
    let (peer, _driver) = start(here, json(), None, PeerSettings::new());
    let mut other = Raw(there);
    let first = peer.call(1.into(), "first".into());
    let second = async {
        other.expect("first").await;
        let twice = peer.call(1.into(), "second".into()).await;
        assert_eq!(kind(twice), TransportErrorKind::Setup);
        let batch = peer.batch(vec![Id::Number(2), Id::Number(1)], "third".into()).await;
        assert_eq!(batch.unwrap_err().kind(), TransportErrorKind::Setup);
        assert_eq!(kind(peer.call(Id::Null, "fourth".into()).await), TransportErrorKind::Setup);
        other.send(result(1, "1")).await;
    };
    let (reply, ()) = tokio::join!(soon(first), second);
    assert_eq!(value::<u64>(reply), 1);
}

#[tokio::test]
async fn calls_can_go_out_one_after_the_other() {
    let (here, there) = pair(1_000);
    let (peer, _driver) = start(here, json(), None, PeerSettings::new().with_one_in_flight(true));
    let mut other = Raw(there);
    let gone = Notify::new();
    let answers = async {
        for id in 1..=3 {
            other.expect(&format!("call {id}")).await;
            if id == 2 {
                // Giving a call up lets the next one go, after saying so.
                gone.notify_one();
                other.expect(r#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":2}}"#).await;
            } else {
                assert!(poll_now(other.receive()).await.is_pending());
                other.send(result(id, "true")).await;
            }
        }
    };
    let one = |id: u64| peer.call(id.into(), format!("call {id}").into());
    let second = async {
        tokio::select! {
            _ = one(2) => panic!("nobody answered"),
            () = gone.notified() => {}
        }
    };
    let (first, (), third, ()) = soon(async { tokio::join!(one(1), second, one(3), answers) }).await;
    assert!(value::<bool>(first) && value::<bool>(third));
}

#[tokio::test]
async fn no_more_calls_of_ours_are_under_way_than_allowed() {
    let (here, there) = pair(1_000);
    let (peer, _driver) = start(here, json(), None, PeerSettings::new().with_own_calls(3));
    let mut other = Raw(there);
    let calls = join_all((1..=9).map(|id| peer.call(id.into(), id.to_string().into())));
    let answers = async {
        for round in 0..3 {
            for id in 1..=3 {
                other.expect(&(round * 3 + id).to_string()).await;
            }
            settle().await;
            assert!(poll_now(other.receive()).await.is_pending());
            for id in 1..=3 {
                other.send(result(round * 3 + id, "1")).await;
            }
        }
    };
    soon(async { tokio::join!(calls, answers) }).await;
}
