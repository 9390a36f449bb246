//! Notifications. A Python server runs them and then never answers their request: a known fault of it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tinyrpc::CallError;
use tinyrpc::client::Client;

use super::Python;

/// How long our side waits for what will not come.
const PATIENCE: Duration = Duration::from_millis(400);
/// Well above it, and far below any other time limit.
const BOUND: Duration = Duration::from_secs(5);

/// That it timed out, as it must, and not much later than it may.
#[track_caller]
fn assert_gave_up(begun: Instant, ended: &CallError) {
    assert!(ended.is_timeout(), "{ended:?}");
    assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
}

/// That these notifications ran.
async fn assert_received(client: &Client, notifications: &[Value]) {
    let received: Vec<Value> = client.call("received", ()).await.unwrap();
    for notification in notifications {
        assert!(received.contains(notification), "{notification} is not among {received:?}");
    }
}

pub(super) async fn notification(python: Python) {
    let client = python.client().await;
    // So that a connection is there which is used again.
    assert_eq!(client.call::<i64>("add", (1, 2)).await.unwrap(), 3);
    let hurried = client.clone().with_timeout(PATIENCE);
    let begun = Instant::now();
    assert_gave_up(begun, &hurried.notify("update", (1, 2, 3)).await.unwrap_err());
    let one_way = hurried.proxy("notify_").one_way();
    assert_gave_up(begun, &one_way.call("hello", (7,)).await.unwrap_err());
    assert_received(&client, &[json!(["update", [1, 2, 3]]), json!(["notify_hello", [7]])]).await;
}

pub(super) async fn failing(python: Python) {
    let client = python.client().await;
    let hurried = client.clone().with_timeout(PATIENCE);
    let begun = Instant::now();
    assert_gave_up(begun, &hurried.notify("no_such_method", ()).await.unwrap_err());
    assert_gave_up(begun, &hurried.notify("fail", (99, "No funds")).await.unwrap_err());
    assert_eq!(client.call::<i64>("add", (1, 2)).await.unwrap(), 3);
}

pub(super) async fn batch_mixed(python: Python) {
    let client = python.client().await;
    let mut batch = client.batch();
    batch.notify("update", ("mixed", 1));
    let sum = batch.call::<i64>("add", (1, 2));
    batch.notify("no_such_method", ());
    batch.notify("notify_sum", (1, 2, 4));
    let mut replies = batch.send().await.unwrap();
    assert_eq!(replies.take(sum).unwrap(), 3);
    assert_received(&client, &[json!(["update", ["mixed", 1]]), json!(["notify_sum", [1, 2, 4]])]).await;
}

pub(super) async fn batch_of_notifications(python: Python) {
    let client = python.client().await;
    let hurried = client.clone().with_timeout(PATIENCE);
    let mut batch = hurried.batch();
    batch.notify("update", ("only", 1));
    batch.notify("notify_hello", ("only",));
    let begun = Instant::now();
    assert_gave_up(begun, &batch.send().await.unwrap_err());
    assert_received(&client, &[json!(["update", ["only", 1]]), json!(["notify_hello", ["only"]])]).await;
}
