//! Messages that have to wait for a notification's handler and hold items of subscriptions.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tinyrpc::Dispatcher;
use tinyrpc::client::{Caller, Subscription};
use tokio::sync::{Mutex, Notify};

use crate::support::*;

#[tokio::test]
async fn an_item_in_a_batch_that_waits_is_taken_once() {
    let (release, ticks, runs) = (Arc::new(Notify::new()), Arc::new(Mutex::new(None)), Arc::new(AtomicUsize::new(0)));
    let mut dispatcher = Dispatcher::new();
    let slot = Arc::clone(&ticks);
    dispatcher
        .register("watch", move |caller: Caller, (): ()| {
            let slot = Arc::clone(&slot);
            async move {
                let ticks: Subscription<u64> = caller.into_client().subscribe("subscribe_ticks", ()).await.unwrap();
                *slot.lock().await = Some(ticks);
            }
        })
        .unwrap();
    let released = Arc::clone(&release);
    dispatcher
        .register("wait", move || {
            let released = Arc::clone(&released);
            async move { released.notified().await }
        })
        .unwrap();
    // What is no item of any subscription is a notification like others.
    let count = Arc::clone(&runs);
    dispatcher.register("ticks", move |_: serde_json::Value| count.fetch_add(1, Ordering::SeqCst)).unwrap();
    dispatcher.register("now", || 1).unwrap();
    let (mut other, _trigger) = serve(dispatcher);

    other.send(&[r#"{"jsonrpc":"2.0","method":"watch","id":1}"#]).await;
    other.expect(OPEN).await;
    other.send(&[OPENED]).await;
    other.expect(r#"{"jsonrpc":"2.0","id":1,"result":null}"#).await;
    let mut ticks = ticks.lock().await.take().unwrap();

    let now = r#"{"jsonrpc":"2.0","method":"now","id":2}"#;
    let (own, rest) = (r#"{"jsonrpc":"2.0","method":"ticks","params":[0]}"#, [item("7", 1), item("7", 2)].join(","));
    other.send(&[r#"{"jsonrpc":"2.0","method":"wait"}"#, &format!("[{rest},{own},{now},{}]", item("7", 3))]).await;
    for number in 1..=3 {
        assert_eq!(value(&mut ticks).await, number);
    }
    release.notify_one();
    other.expect(r#"[{"jsonrpc":"2.0","id":2,"result":1}]"#).await;
    assert_eq!(runs.load(Ordering::SeqCst), 1, "only what is no item reaches a handler");
    other.send(&[&item("7", 4)]).await;
    assert_eq!(value(&mut ticks).await, 4);
}
