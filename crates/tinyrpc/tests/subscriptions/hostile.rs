//! Sides that lie about what they do, or do too much of it: calls on the same link end all the same.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream;
use tinyrpc::client::Subscribe;
use tinyrpc::layer::{Layer, Next};
use tinyrpc::peer::{Cancel, PeerSettings};
use tinyrpc::progress::{Progress, ProgressForm, ProgressToken};
use tinyrpc::subscription::RegisterSubscription as _;
use tinyrpc::transport::Shutdown;
use tinyrpc::{Call, Context, Dispatcher, JsonRpc, Origin, Outcome, Service};

use crate::support::*;

#[tokio::test]
async fn counts_of_dropped_items_are_added_up_without_overflow() {
    let (client, mut server) = client(65_536);
    let most = u64::MAX;
    let lying =
        format!(r#"{{"jsonrpc":"2.0","method":"ticks","params":{{"subscription":7,"result":1,"dropped":{most}}}}}"#);
    let last =
        format!(r#"{{"jsonrpc":"2.0","method":"ticks","params":{{"subscription":7,"error":null,"dropped":{most}}}}}"#);
    let serving = async {
        server.expect(OPEN).await;
        // The first ones come early; more than are kept.
        let early = vec![lying.as_str(); 300];
        server.send(&early).await;
        server.send(&[OPENED]).await;
        server.send(&[&lying, &lying, &lying, &last, &last]).await;
    };
    let to = Subscribe::new("subscribe_ticks").with_queue(2);
    let (ticks, ()) = soon(futures_util::future::join(client.subscribe::<u64>(to, ()), serving)).await;
    let mut ticks = ticks.unwrap();
    settle().await;
    let (mut items, mut missed) = (0, Vec::new());
    while let Some(next) = next(&mut ticks).await {
        match next {
            Ok(_) => items += 1,
            Err(error) => missed.push(error.missed().unwrap()),
        }
    }
    assert_eq!(items, 2);
    assert!(missed.contains(&most), "{missed:?}");
}

/// All runs on one thread: what the streams give is there whenever the link looks.
#[tokio::test]
async fn streams_that_never_pause_keep_nobody_else_waiting() {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (u64, u64)| a + b).unwrap();
    dispatcher.register_subscription("subscribe_ticks", || stream::iter(0_u64..)).unwrap();
    let (client, _trigger) = connect(dispatcher, Arc::new(JsonRpc::new()));
    let mut all = Vec::new();
    for _ in 0..8 {
        all.push(soon(client.subscribe::<u64>("subscribe_ticks", ())).await.unwrap());
    }
    let sum: u64 = soon(client.call("add", (1, 2))).await.unwrap();
    assert_eq!(sum, 3);
    for ticks in all {
        soon(ticks.unsubscribe()).await.unwrap();
    }
}

/// All runs on one thread: there is always something to be sent.
#[tokio::test]
async fn notifications_that_never_pause_keep_no_reply_waiting() {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (u64, u64)| a + b).unwrap().register("note", |(): ()| ()).unwrap();
    let (client, _trigger) = connect(dispatcher, Arc::new(JsonRpc::new()));
    let mut noisy = tokio::task::JoinSet::new();
    for _ in 0..600 {
        let client = client.clone();
        noisy.spawn(async move { while client.notify("note", ()).await.is_ok() {} });
    }
    settle().await;
    let sum: u64 = soon(client.call("add", (1, 2))).await.unwrap();
    assert_eq!(sum, 3);
    noisy.abort_all();
}

/// Reports come faster than they are looked at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_whose_reports_never_pause_ends_with_its_timeout() {
    let mut dispatcher = Dispatcher::new();
    dispatcher
        .register("work", |cx: Context, (token,): (Option<ProgressToken>,)| async move {
            let progress = Progress::new(&cx, token);
            for step in 0_u64.. {
                progress.report(step).await;
            }
        })
        .unwrap();
    let (client, _trigger) = connect(dispatcher, Arc::new(JsonRpc::new()));
    let timeout = Duration::from_millis(200);
    let began = Instant::now();
    let client = client.with_timeout(timeout);
    let slow = |_: u64| {
        assert!(began.elapsed() < Duration::from_secs(15), "the call should have ended");
        std::thread::sleep(Duration::from_millis(1));
    };
    let call = client.call_with_progress::<(), u64, _>(ProgressForm::Lsp, "work", |token| (token,), slow);
    assert!(soon(call).await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn a_subscription_is_not_opened_after_the_clients_deadline() {
    let (client, mut server) = client(65_536);
    let late = client.clone().with_deadline(Some(Instant::now()));
    let error = soon(late.subscribe::<u64>("subscribe_ticks", ())).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    drop((client, late));
    assert_eq!(server.receive().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_is_closed_after_the_deadline_that_its_call_had() {
    let (client, mut server) = client(65_536);
    let second = Duration::from_secs(1);
    let hurried = client.clone().with_deadline(Some(tokio::time::Instant::now().into_std() + second));
    let serving = async {
        server.expect(OPEN).await;
        server.send(&[OPENED]).await;
    };
    let (ticks, ()) = soon(futures_util::future::join(hurried.subscribe::<u64>("subscribe_ticks", ()), serving)).await;
    tokio::time::advance(2 * second).await;
    drop(ticks.unwrap());
    server.expect(r#"{"jsonrpc":"2.0","method":"unsubscribe_ticks","params":[7],"id":2}"#).await;
}

/// Keeps replies back for ever.
struct Keeps;

impl Layer for Keeps {
    fn call(&self, call: Call<'_>, next: Next<'_>) -> Outcome {
        match next.run(call) {
            Outcome::Future(work) => Outcome::Future(Box::pin(async {
                let _reply = work.await;
                std::future::pending().await
            })),
            other => other,
        }
    }
}

#[tokio::test]
async fn a_call_that_is_cancelled_without_an_answer_leaves_no_stream_behind() {
    let (open, mut opened) = tokio::sync::mpsc::unbounded_channel();
    let mut dispatcher = Dispatcher::new();
    dispatcher
        .register_subscription("subscribe_ticks", move || {
            let (sender, receiver) = tokio::sync::mpsc::unbounded_channel::<u64>();
            open.send(sender).unwrap();
            async { of(receiver) }
        })
        .unwrap();
    let (here, there) = tinyrpc::transport::memory::pair(65_536);
    let service = Service::new(JsonRpc::new(), dispatcher).with_layer(Keeps);
    let settings = PeerSettings::new().with_cancel(Some(Cancel::mcp()));
    let (_trigger, shutdown) = Shutdown::new();
    tokio::spawn(async move { service.link_until(&shutdown, Origin::new("memory"), there, settings).await });
    let mut other = Raw(here);
    other.send(&[OPEN]).await;
    let stream = soon(opened.recv()).await.unwrap();
    other.send(&[r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#]).await;
    soon(stream.closed()).await;
}
