//! Ten thousand items and a consumer that does not take them, under each policy, on both sides.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::stream;
use tinyrpc::client::{Subscribe, Subscription, SubscriptionErrorKind};
use tinyrpc::peer::{PeerSettings, SlowConsumer};
use tinyrpc::subscription::{Offer, RegisterSubscription as _};
use tinyrpc::{Client, Dispatcher, JsonRpc, Limits};

use crate::support::*;

const ITEMS: u64 = 10_000;

/// Serves a stream of [`ITEMS`] numbers, each with `padding` bytes, and counts how many it has given.
fn counted(
    offer: Offer,
    padding: usize,
    capacity: usize,
) -> (Client, Arc<AtomicU64>, tinyrpc::transport::ShutdownTrigger) {
    let given = Arc::new(AtomicU64::new(0));
    let mut dispatcher = Dispatcher::new();
    let count = Arc::clone(&given);
    dispatcher.register("add", |(a, b): (u64, u64)| a + b).unwrap();
    dispatcher
        .register_subscription(offer, move || {
            let count = Arc::clone(&count);
            stream::iter((0..ITEMS).map(move |number| {
                count.fetch_add(1, Ordering::SeqCst);
                (number, "x".repeat(padding))
            }))
        })
        .unwrap();
    let settings = PeerSettings::new().with_write_buffer(1_000);
    let (link, trigger) = serve_with(dispatcher, Arc::new(JsonRpc::new()), settings, capacity);
    (Client::over_with(link, Arc::new(JsonRpc::new()), Limits::default(), PeerSettings::new()), given, trigger)
}

/// Takes all, and gives how many items there were, how many were said to be missing, and how it ended.
async fn take_all(ticks: &mut Subscription<(u64, String)>) -> (u64, u64, Option<SubscriptionErrorKind>) {
    let (mut items, mut missed, mut last) = (0, 0, None);
    loop {
        match next(ticks).await {
            Some(Ok((number, _))) => {
                assert!(last.is_none_or(|last| number > last), "{number} after {last:?}");
                last = Some(number);
                items += 1;
            }
            Some(Err(error)) if error.is_end() => return (items, missed, Some(error.kind())),
            Some(Err(error)) => missed += error.missed().unwrap(),
            None => return (items, missed, None),
        }
    }
}

#[tokio::test]
async fn waiting_on_both_sides_loses_nothing_and_stops_the_source() {
    let (client, given, _trigger) = counted(Offer::new("subscribe_ticks").with_queue(8), 100, 1_000);
    let to = Subscribe::new("subscribe_ticks").with_slow_consumer(SlowConsumer::Wait).with_queue(10);
    let mut ticks = soon(client.subscribe(to, ())).await.unwrap();
    settle().await;
    let early = given.load(Ordering::SeqCst);
    assert!((10..=60).contains(&early), "{early} items were taken from the source");
    assert_eq!(take_all(&mut ticks).await, (ITEMS, 0, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn waiting_loses_nothing_among_several_threads() {
    for queue in [1, 2, 7, 100] {
        let (client, _, _trigger) = counted(Offer::new("subscribe_ticks").with_queue(queue), 10, 500);
        let to = || Subscribe::new("subscribe_ticks").with_slow_consumer(SlowConsumer::Wait).with_queue(queue);
        let one = async {
            let mut ticks = soon(client.subscribe(to(), ())).await.unwrap();
            assert_eq!(take_all(&mut ticks).await, (ITEMS, 0, None));
        };
        let two = async {
            let mut ticks = soon(client.subscribe(to(), ())).await.unwrap();
            assert_eq!(take_all(&mut ticks).await, (ITEMS, 0, None));
        };
        futures_util::future::join(one, two).await;
    }
}

#[tokio::test]
async fn a_consumer_that_makes_the_link_wait_holds_up_calls() {
    let (client, _, _trigger) = counted(Offer::new("subscribe_ticks").with_queue(8), 100, 1_000);
    let to = Subscribe::new("subscribe_ticks").with_slow_consumer(SlowConsumer::Wait).with_queue(10);
    let ticks = soon(client.subscribe::<(u64, String)>(to, ())).await.unwrap();
    settle().await;
    let call = tokio::spawn({
        let client = client.clone();
        async move { client.call::<u64>("add", (1, 2)).await }
    });
    settle().await;
    assert!(!call.is_finished());
    // Giving the subscription up lets the link go on.
    drop(ticks);
    assert_eq!(soon(call).await.unwrap().unwrap(), 3);
}

#[tokio::test]
async fn dropping_the_oldest_tells_how_many() {
    let (client, given, _trigger) = counted(Offer::new("subscribe_ticks"), 100, 1_000);
    let to = Subscribe::new("subscribe_ticks").with_queue(50);
    let mut ticks = soon(client.subscribe(to, ())).await.unwrap();
    // Others are not held up, and the source runs to its end.
    while given.load(Ordering::SeqCst) < ITEMS {
        assert_eq!(soon(client.call::<u64>("add", (1, 2))).await.unwrap(), 3);
    }
    let first = next(&mut ticks).await.unwrap().unwrap_err();
    assert_eq!(first.kind(), SubscriptionErrorKind::Lagged);
    let (items, missed, end) = take_all(&mut ticks).await;
    assert_eq!((items + missed + first.missed().unwrap(), end), (ITEMS, None));
    assert!((50..1_000).contains(&items), "{items}");
}

#[tokio::test]
async fn a_queue_is_bounded_by_bytes_too() {
    let (client, given, _trigger) = counted(Offer::new("subscribe_ticks"), 1_000, 100_000);
    let to = Subscribe::new("subscribe_ticks").with_queue_bytes(20_000).with_queue(100_000);
    let mut ticks = soon(client.subscribe(to, ())).await.unwrap();
    while given.load(Ordering::SeqCst) < ITEMS {
        settle().await;
    }
    settle().await;
    let missed = next(&mut ticks).await.unwrap().unwrap_err().missed().unwrap();
    assert!(missed > ITEMS - 200, "{missed}");
    let (items, more, end) = take_all(&mut ticks).await;
    assert_eq!((items + more + missed, end), (ITEMS, None));
}

#[tokio::test]
async fn closing_keeps_what_is_there_and_tells_the_other_side() {
    let Fed { dispatcher, mut opened } = fed(Offer::new("subscribe_ticks"));
    let (client, _trigger) = connect(dispatcher, Arc::new(JsonRpc::new()));
    let to = Subscribe::new("subscribe_ticks").with_slow_consumer(SlowConsumer::Close).with_queue(10);
    let mut ticks = soon(client.subscribe::<u64>(to, ())).await.unwrap();
    let sender = soon(opened.recv()).await.unwrap();
    for number in 0..ITEMS {
        // Once the other side has been told, nobody takes them.
        let _ = sender.send(number);
    }
    soon(sender.closed()).await;
    for number in 0..10 {
        assert_eq!(value(&mut ticks).await, number);
    }
    let error = next(&mut ticks).await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.is_end()), (SubscriptionErrorKind::TooSlow, true));
    assert!(next(&mut ticks).await.is_none());
    assert_eq!(soon(client.call::<u64>("add", (1, 2))).await.unwrap(), 3);
}

#[tokio::test]
async fn the_serving_side_drops_the_oldest_and_tells_how_many() {
    let offer = Offer::new("subscribe_ticks").with_slow_consumer(SlowConsumer::DropOldest).with_queue(20);
    let (client, given, _trigger) = counted(offer, 100, 1_000);
    // The link is not read, so that the serving side has to deal with it.
    let to = Subscribe::new("subscribe_ticks").with_slow_consumer(SlowConsumer::Wait).with_queue(5);
    let mut ticks = soon(client.subscribe(to, ())).await.unwrap();
    while given.load(Ordering::SeqCst) < ITEMS {
        settle().await;
    }
    let (items, missed, end) = take_all(&mut ticks).await;
    assert_eq!((items + missed, end), (ITEMS, None));
    assert!((20..100).contains(&items), "{items}");
}

#[tokio::test]
async fn the_serving_side_closes_with_a_reason() {
    let offer = Offer::new("subscribe_ticks").with_slow_consumer(SlowConsumer::Close).with_queue(20);
    let (client, given, _trigger) = counted(offer, 100, 1_000);
    let to = Subscribe::new("subscribe_ticks").with_slow_consumer(SlowConsumer::Wait).with_queue(5);
    let mut ticks = soon(client.subscribe::<(u64, String)>(to, ())).await.unwrap();
    settle().await;
    let mut items = 0;
    let error = loop {
        match next(&mut ticks).await.expect("it ends with a reason") {
            Ok((number, _)) => assert_eq!(number, std::mem::replace(&mut items, number + 1)),
            Err(error) if error.is_end() => break error,
            Err(lagged) => assert_eq!(lagged.missed(), Some(1)),
        }
    };
    assert_eq!(error.rpc_error().unwrap().code(), tinyrpc::code::TOO_BUSY);
    assert!((20..100).contains(&items), "{items}");
    assert!(given.load(Ordering::SeqCst) < 100, "the stream was dropped");
}
