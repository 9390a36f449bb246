//! The serving side against a subscriber that is written by hand.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use tinyrpc::dispatch::Dispatch as _;
use tinyrpc::layer::Timeout;
use tinyrpc::peer::PeerSettings;
use tinyrpc::subscription::{Offer, RegisterSubscription as _};
use tinyrpc::{Context, Dispatcher, JsonRpc, Origin, RpcError, Service, State};

use crate::support::*;

fn open(id: u64, method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params},"id":{id}}}"#)
}

fn result(id: u64, result: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#)
}

#[tokio::test]
async fn the_reply_comes_first_then_the_items_then_the_end() {
    let (mut other, _trigger) = serve(numbers("subscribe_ticks"));
    other.send(&[&open(5, "subscribe_ticks", "[1,3]"), &open(6, "subscribe_ticks", "[7,7]")]).await;
    other.expect(&result(5, "1")).await;
    other.expect(&result(6, "2")).await;
    let mut rest = Vec::new();
    for _ in 0..4 {
        rest.push(other.receive().await.unwrap());
    }
    rest.sort();
    assert_eq!(rest, [end("1", "null"), item("1", 1), item("1", 2), end("2", "null")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_item_overtakes_its_reply_from_another_thread() {
    let (mut other, _trigger) = serve(numbers("subscribe_ticks"));
    for id in 1..=500_u64 {
        other.send(&[&open(id, "subscribe_ticks", "[0,2]")]).await;
        other.expect(&result(id, &id.to_string())).await;
        for expected in [item(&id.to_string(), 0), item(&id.to_string(), 1), end(&id.to_string(), "null")] {
            other.expect(&expected).await;
        }
    }
}

#[tokio::test]
async fn in_a_batch_and_behind_a_layer_the_reply_comes_first_too() {
    let dispatcher = {
        let mut dispatcher = numbers("subscribe_ticks");
        dispatcher
            .register("slow", || async {
                tokio::task::yield_now().await;
                tokio::time::sleep(Duration::from_millis(5)).await;
                "slow"
            })
            .unwrap();
        dispatcher
    };
    let (here, there) = tinyrpc::transport::memory::pair(65_536);
    let service = Service::new(JsonRpc::new(), dispatcher).with_layer(Timeout::new(Duration::from_secs(9)));
    tokio::spawn(async move { service.with_concurrency(10).link(Origin::new("memory"), there).await });
    let mut other = Raw(here);
    let calls = format!(
        r#"[{},{},{{"jsonrpc":"2.0","method":"add","params":[1,2]}}]"#,
        open(1, "subscribe_ticks", "[4,5]"),
        open(2, "slow", "[]")
    );
    other.send(&[&calls]).await;
    other.expect(&format!("[{},{}]", result(1, "1"), result(2, r#""slow""#))).await;
    other.expect(&item("1", 4)).await;
    other.expect(&end("1", "null")).await;
}

#[tokio::test]
async fn unsubscribing_drops_the_stream_and_what_it_has_given() {
    let Fed { dispatcher, mut opened } = fed(Offer::new("subscribe_ticks"));
    let (mut other, _trigger) = serve(dispatcher);
    other.send(&[&open(1, "subscribe_ticks", "[]"), &open(2, "subscribe_ticks", "[]")]).await;
    other.expect(&result(1, "1")).await;
    other.expect(&result(2, "2")).await;
    let (first, second) = (soon(opened.recv()).await.unwrap(), soon(opened.recv()).await.unwrap());
    first.send(10).unwrap();
    other.expect(&item("1", 10)).await;
    other.send(&[&open(3, "unsubscribe_ticks", "[1]")]).await;
    other.expect(&result(3, "true")).await;
    soon(first.closed()).await;
    second.send(20).unwrap();
    other.expect(&item("2", 20)).await;
    other.send(&[&open(4, "unsubscribe_ticks", "[1]"), &open(5, "unsubscribe_ticks", r#"{"subscription":2}"#)]).await;
    other.expect(&result(4, "false")).await;
    other.expect(&result(5, "true")).await;
    soon(second.closed()).await;
    other.send(&[&open(6, "unsubscribe_ticks", r#"["0xa"]"#)]).await;
    other.expect(&result(6, "false")).await;
    other.send(&[&open(7, "unsubscribe_ticks", "[]")]).await;
    assert!(other.receive().await.unwrap().contains("-32602"));
}

#[tokio::test]
async fn ids_may_be_those_of_chain_nodes() {
    let Fed { dispatcher, mut opened } = fed(Offer::new("subscribe_ticks").with_hex_ids(true));
    let (mut other, _trigger) = serve(dispatcher);
    for id in 1..=10 {
        other.send(&[&open(id, "subscribe_ticks", "[]")]).await;
        other.expect(&result(id, &format!(r#""{id:#x}""#))).await;
    }
    let mut senders = Vec::new();
    for _ in 0..10 {
        senders.push(soon(opened.recv()).await.unwrap());
    }
    let sender = senders.last().unwrap();
    sender.send(5).unwrap();
    other.expect(&item(r#""0xa""#, 5)).await;
    other.send(&[&open(11, "unsubscribe_ticks", r#"["0xa"]"#)]).await;
    other.expect(&result(11, "true")).await;
    soon(sender.closed()).await;
}

#[tokio::test]
async fn the_end_of_the_link_drops_all_streams() {
    let Fed { dispatcher, mut opened } = fed(Offer::new("subscribe_ticks"));
    let (mut other, _trigger) = serve(dispatcher);
    let mut senders = Vec::new();
    for id in 1..=10 {
        other.send(&[&open(id, "subscribe_ticks", "[]")]).await;
        other.expect(&result(id, &id.to_string())).await;
        senders.push(soon(opened.recv()).await.unwrap());
    }
    drop(other);
    for sender in senders {
        soon(sender.closed()).await;
    }
}

#[tokio::test]
async fn shutting_down_tells_the_subscribers() {
    let Fed { dispatcher, mut opened } = fed(Offer::new("subscribe_ticks"));
    let (mut other, trigger) = serve(dispatcher);
    other.send(&[&open(1, "subscribe_ticks", "[]")]).await;
    other.expect(&result(1, "1")).await;
    let sender = soon(opened.recv()).await.unwrap();
    sender.send(1).unwrap();
    settle().await;
    trigger.drain();
    other.expect(&item("1", 1)).await;
    other.expect(&end("1", r#"{"code":-32000,"message":"the link ends"}"#)).await;
    assert_eq!(other.receive().await, None);
    soon(sender.closed()).await;
}

#[tokio::test]
async fn a_side_that_only_listens_on_is_told_the_end() {
    let Fed { dispatcher, mut opened } = fed(Offer::new("subscribe_ticks"));
    let settings = PeerSettings::new().with_answers_after_end(true);
    let (here, _trigger) = serve_with(dispatcher, Arc::new(JsonRpc::new()), settings, 65_536);
    let mut other = Raw(here);
    other.send(&[&open(1, "subscribe_ticks", "[]")]).await;
    other.expect(&result(1, "1")).await;
    let sender = soon(opened.recv()).await.unwrap();
    sender.send(1).unwrap();
    settle().await;
    soon(std::future::poll_fn(|cx| other.0.sink.poll_close(cx))).await.unwrap();
    other.expect(&item("1", 1)).await;
    other.expect(&end("1", r#"{"code":-32000,"message":"the link ends"}"#)).await;
    assert_eq!(other.receive().await, None);
    soon(sender.closed()).await;
}

#[tokio::test]
async fn there_is_a_bound_on_subscriptions() {
    let Fed { dispatcher, mut opened } = fed(Offer::new("subscribe_ticks"));
    let (here, _trigger) =
        serve_with(dispatcher, Arc::new(JsonRpc::new()), PeerSettings::new().with_subscriptions(2), 65_536);
    let mut other = Raw(here);
    for id in 1..=2 {
        other.send(&[&open(id, "subscribe_ticks", "[]")]).await;
        other.expect(&result(id, &id.to_string())).await;
    }
    other.send(&[&open(3, "subscribe_ticks", "[]")]).await;
    let refused = other.receive().await.unwrap();
    assert!(refused.contains("-32001") && refused.contains("too many subscriptions"), "{refused}");
    let (first, _second, third) = (opened.recv().await.unwrap(), opened.recv().await, opened.recv().await.unwrap());
    soon(third.closed()).await;
    // One that has ended by itself makes room.
    drop(first);
    other.expect(&end("1", "null")).await;
    other.send(&[&open(4, "subscribe_ticks", "[]")]).await;
    other.expect(&result(4, "3")).await;
}

struct Base(u64);

#[tokio::test]
async fn handlers_take_what_other_handlers_take_and_may_fail() {
    let mut dispatcher = Dispatcher::new().with_state(Base(100));
    dispatcher
        .register_subscription("subscribe_a", |cx: Context, base: State<Base>, (to,): (u64,)| {
            let first = format!("{}+{}", cx.method(), base.0.0);
            stream::iter((0..to).map(move |number| format!("{first}+{number}")))
        })
        .unwrap()
        .register_subscription("subscribe_b", |(to,): (u64,)| match to {
            0 => Err(RpcError::new(4, "nothing to see")),
            _ => Ok(stream::iter([Ok(to), Err(RpcError::new(5, "broken")), Ok(to)])),
        })
        .unwrap()
        .register_subscription("subscribe_c", |(to,): (u64,)| async move {
            tokio::task::yield_now().await;
            if to == 0 { Err(RpcError::new(6, "too late")) } else { Ok(stream::iter([to])) }
        })
        .unwrap()
        .register_subscription(
            Offer::new("subscribe_d").with_end(false).with_notification("dd").with_unsubscribe("stop_d"),
            || stream::iter([1]),
        )
        .unwrap()
        .register_subscription("subscribe_e", || {
            stream::unfold(0, |number| async move {
                assert!(number < 1, "nobody else hears this");
                Some((number, number + 1))
            })
        })
        .unwrap();
    let taken = dispatcher.register_subscription("subscribe_a", || stream::iter([1])).unwrap_err();
    assert!(taken.is_duplicate());
    std::panic::set_hook(Box::new(|_| {}));

    let (mut other, _trigger) = serve(dispatcher);
    other.send(&[&open(1, "subscribe_a", "[1]")]).await;
    other.expect(&result(1, "1")).await;
    let note = |method: &str, params: &str| format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params}}}"#);
    other.expect(&note("a", r#"{"subscription":1,"result":"subscribe_a+100+0"}"#)).await;
    other.expect(&note("a", r#"{"subscription":1,"error":null}"#)).await;

    other.send(&[&open(2, "subscribe_b", "[0]")]).await;
    other.expect(r#"{"jsonrpc":"2.0","id":2,"error":{"code":4,"message":"nothing to see"}}"#).await;
    other.send(&[&open(3, "subscribe_b", "[1]")]).await;
    other.expect(&result(3, "2")).await;
    other.expect(&note("b", r#"{"subscription":2,"result":1}"#)).await;
    other.expect(&note("b", r#"{"subscription":2,"error":{"code":5,"message":"broken"}}"#)).await;

    other.send(&[&open(4, "subscribe_c", "[0]")]).await;
    other.expect(r#"{"jsonrpc":"2.0","id":4,"error":{"code":6,"message":"too late"}}"#).await;
    other.send(&[&open(5, "subscribe_c", "[8]")]).await;
    other.expect(&result(5, "3")).await;
    other.expect(&note("c", r#"{"subscription":3,"result":8}"#)).await;
    other.expect(&note("c", r#"{"subscription":3,"error":null}"#)).await;

    other.send(&[&open(6, "subscribe_c", r#"["x"]"#)]).await;
    assert!(other.receive().await.unwrap().contains("Invalid params: argument 1"));

    other.send(&[&open(7, "subscribe_d", "[]")]).await;
    other.expect(&result(7, "4")).await;
    other.expect(&note("dd", r#"{"subscription":4,"result":1}"#)).await;
    // Its end is not told, but it has one.
    settle().await;
    other.send(&[&open(8, "stop_d", "[4]")]).await;
    other.expect(&result(8, "false")).await;

    other.send(&[&open(9, "subscribe_e", "[]")]).await;
    other.expect(&result(9, "5")).await;
    other.expect(&note("e", r#"{"subscription":5,"result":0}"#)).await;
    other.expect(&note("e", r#"{"subscription":5,"error":{"code":-32603,"message":"Internal error"}}"#)).await;

    // A notification cannot open one: nobody would get its id.
    other.send(&[&note("subscribe_d", "[]"), &open(10, "stop_d", "[6]")]).await;
    other.expect(&result(10, "false")).await;
}

#[test]
fn both_methods_of_a_stream_are_registered_or_none() {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("unsubscribe_ticks", || "own").unwrap();
    let offer = |unsubscribe: &str| Offer::new("subscribe_ticks").with_unsubscribe(unsubscribe);
    for (unsubscribe, taken) in [
        ("unsubscribe_ticks", true),
        // The same name for both.
        ("subscribe_ticks", true),
        ("rpc.unsubscribe", false),
        ("", false),
    ] {
        let error = dispatcher.register_subscription(offer(unsubscribe), || stream::iter([1])).unwrap_err();
        assert_eq!(error.is_duplicate(), taken, "{error}");
        assert!(dispatcher.find("subscribe_ticks").is_none(), "{error}");
    }
    let no_state = |_: State<Base>, (): ()| stream::iter([1]);
    dispatcher.register_subscription(offer("stop_ticks"), no_state).unwrap_err();
    assert!(dispatcher.find("subscribe_ticks").is_none() && dispatcher.find("stop_ticks").is_none());
    // So one may try again.
    dispatcher.register_subscription(offer("stop_ticks"), || stream::iter([1])).unwrap();
    assert!(dispatcher.find("subscribe_ticks").is_some() && dispatcher.find("stop_ticks").is_some());
}
