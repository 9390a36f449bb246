//! Calls of every kind, over a real broker.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tinyrpc::transport::amqp::{AmqpClient, AmqpServer};
use tinyrpc::{Client, Context, JsonRpc, Limits, MessagePackRpc, TraceContext};
use tokio::sync::Barrier;

use crate::support::{broker, dispatcher, kind, serve};

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_every_kind() {
    let Some(broker) = broker() else { return };
    let url = broker.url("?queue=every%20kind");
    let notified = Arc::new(AtomicU64::new(0));
    let mut served = dispatcher();
    let counter = Arc::clone(&notified);
    served
        .register("note", move |(number,): (u64,)| {
            counter.fetch_add(number, Ordering::SeqCst);
        })
        .unwrap();
    let server = serve(AmqpServer::bind(&url).await.unwrap(), served);

    for own_queue in [false, true] {
        for protocol in ["jsonrpc", "msgpack"] {
            let transport = AmqpClient::new(&url).unwrap().with_reply_queue(own_queue);
            let client = match protocol {
                "msgpack" => Client::new(transport, MessagePackRpc::new()),
                _ => Client::new(transport, JsonRpc::new()),
            };
            assert_eq!(client.call::<i64>("add", (1, 2)).await.unwrap(), 3);
            let large = "0123456789abcdef".repeat(1 << 16);
            assert_eq!(client.call::<String>("echo", (&large,)).await.unwrap(), large);
            let small = Limits::default().with_message(1000);
            let limited = client.clone().with_limits(small);
            assert_eq!(
                kind(limited.call::<String>("echo", (&large,)).await),
                tinyrpc::transport::TransportErrorKind::TooLarge
            );
            assert!(client.call::<()>("nothing", ()).await.unwrap_err().is_method_not_found());
            let before = notified.load(Ordering::SeqCst);
            client.notify("note", (5,)).await.unwrap();
            // Comes after the notification, which is run in order, on the same queue.
            client.call::<i64>("add", (1, 2)).await.unwrap();
            assert_eq!(notified.load(Ordering::SeqCst), before + 5);
        }
    }

    let client = Client::connect(&url).await.unwrap();
    let mut batch = client.batch();
    let sum = batch.call::<i64>("add", (1, 2));
    batch.notify("note", (1,));
    let mut replies = batch.send().await.unwrap();
    assert_eq!(replies.take(sum).unwrap(), 3);
    assert!(client.call::<String>("origin", ()).await.unwrap().starts_with("amqp amqp://127.0.0.1"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_calls_are_in_flight_at_once() {
    let Some(broker) = broker() else { return };
    let url = broker.url("?queue=sixty-four");
    let barrier = Arc::new(Barrier::new(64));
    let mut served = dispatcher();
    served
        .register("meet", move |(): ()| {
            let barrier = Arc::clone(&barrier);
            // Ends only when 64 calls run at the same time.
            async move { barrier.wait().await.is_leader() }
        })
        .unwrap();
    let server = serve(AmqpServer::bind(&url).await.unwrap(), served);
    let client = Client::connect(&url).await.unwrap();
    let met = client.call_all::<bool, _>((0..64).map(|_| ("meet", ()))).await;
    assert_eq!(met.into_iter().filter(|met| *met.as_ref().unwrap()).count(), 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_in_flight_is_one_in_flight() {
    let Some(broker) = broker() else { return };
    let url = broker.url("?queue=one-by-one");
    let (running, most) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut served = dispatcher();
    let seen = Arc::clone(&most);
    served
        .register("work", move |(): ()| {
            let (running, seen) = (Arc::clone(&running), Arc::clone(&seen));
            async move {
                seen.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(5)).await;
                running.fetch_sub(1, Ordering::SeqCst);
            }
        })
        .unwrap();
    let server = serve(AmqpServer::bind(&url).await.unwrap(), served);
    let client = Client::connect(&format!("{url}&in_flight=1")).await.unwrap();
    let done = client.call_all::<(), _>((0..20).map(|_| ("work", ()))).await;
    assert!(done.iter().all(Result::is_ok));
    assert_eq!(most.load(Ordering::SeqCst), 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_finishes_its_calls_and_gives_back_the_rest() {
    let Some(broker) = broker() else { return };
    let url = broker.url("?queue=stops");
    let begun = Arc::new(tokio::sync::Notify::new());
    let mut served = dispatcher();
    let tell = Arc::clone(&begun);
    served
        .register("slow", move |(): ()| {
            tell.notify_one();
            async { tokio::time::sleep(Duration::from_millis(300)).await }
        })
        .unwrap();
    let server = serve(AmqpServer::bind(&url).await.unwrap().with_prefetch(1), served);
    let client = Client::connect(&url).await.unwrap();
    let slow = tokio::spawn({
        let client = client.clone();
        async move { client.call::<()>("slow", ()).await }
    });
    begun.notified().await;
    let waiting = tokio::spawn(async move { client.call::<i64>("add", (2, 3)).await });
    server.stop().await;
    slow.await.unwrap().unwrap();
    // The second call was still in the queue, and the next server finds it there.
    assert!(!waiting.is_finished());
    let server = serve(AmqpServer::bind(&url).await.unwrap(), dispatcher());
    assert_eq!(waiting.await.unwrap().unwrap(), 5);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_that_is_left_and_the_trace_travel_along() {
    let Some(broker) = broker() else { return };
    let url = broker.url("?queue=beside");
    let mut served = dispatcher();
    served
        .register("beside", |cx: Context, (): ()| {
            let left = cx.deadline().map(|deadline| deadline.saturating_duration_since(Instant::now()).as_millis());
            let trace = cx.trace().map(|trace| (trace.traceparent().to_owned(), trace.tracestate().map(str::to_owned)));
            (left.map(|left| left as u64), trace)
        })
        .unwrap();
    let dropped = Arc::new(tokio::sync::Semaphore::new(0));
    let tell = Arc::clone(&dropped);
    served
        .register("never", move |cx: Context, (): ()| {
            let tell = Arc::clone(&tell);
            let told = cx.cancelled();
            tokio::spawn(async move {
                told.await;
                tell.add_permits(1);
            });
            std::future::pending::<()>()
        })
        .unwrap();
    let server = serve(AmqpServer::bind(&url).await.unwrap(), served);
    type Beside = (Option<u64>, Option<(String, Option<String>)>);
    let client = Client::connect(&url).await.unwrap().with_timeout(Duration::from_secs(20));
    let (left, none): Beside = client.call("beside", ()).await.unwrap();
    assert!(left.is_some_and(|left| left <= 20_000 && left > 1_000), "{left:?}");
    assert_eq!(none, None);
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let traced = client.clone().with_trace_context(TraceContext::parse(parent, Some("a=1")));
    let (_, trace): Beside = traced.call("beside", ()).await.unwrap();
    assert_eq!(trace, Some((parent.to_owned(), Some("a=1".to_owned()))));
    // The worker is free again when nobody waits any more.
    let hasty = client.with_timeout(Duration::from_millis(300));
    assert!(hasty.call::<()>("never", ()).await.unwrap_err().is_timeout());
    dropped.acquire().await.unwrap().forget();
    server.stop().await;
}
