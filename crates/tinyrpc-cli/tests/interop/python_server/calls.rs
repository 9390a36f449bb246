//! Calls in every way that the protocols have.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Value, json};
use tinyrpc::CallError;
use tinyrpc::client::{CallErrorKind, Random};

use super::{Python, assert_refused};

/// An answer without the trap of the delayed acknowledgement comes within a millisecond; with it each takes 44 ms.
const FIFTY_CALLS: Duration = Duration::from_millis(1_500);

pub(super) async fn positional(python: Python) {
    let client = python.client().await;
    assert_eq!(client.call::<i64>("subtract", (42, 23)).await.unwrap(), 19);
    assert_eq!(client.call::<i64>("subtract", [23, 42]).await.unwrap(), -19);
    assert_eq!(client.call::<i64>("sum", vec![1, 2, 4]).await.unwrap(), 7);
    assert_eq!(client.call::<String>("reverse_string", ("Hello",)).await.unwrap(), "olleH");
}

pub(super) async fn named(python: Python) {
    #[derive(Serialize)]
    struct Difference {
        subtrahend: i64,
        minuend: i64,
    }
    let client = python.client().await;
    assert_eq!(client.call::<i64>("subtract", Difference { subtrahend: 23, minuend: 42 }).await.unwrap(), 19);
    assert_eq!(client.call::<i64>("subtract", json!({"minuend": 23, "subtrahend": 42})).await.unwrap(), -19);
}

pub(super) async fn no_arguments(python: Python) {
    let client = python.client().await;
    assert_eq!(client.call::<(String, i64)>("get_data", ()).await.unwrap(), ("hello".to_owned(), 5));
}

pub(super) async fn prefix(python: Python) {
    let client = python.client().await;
    let expected = json!({"user": "alice"});
    assert_eq!(client.call::<Value>("site.get_user_info", ("alice",)).await.unwrap(), expected);
    assert_eq!(client.proxy("site.").call::<Value>("get_user_info", ("alice",)).await.unwrap(), expected);
}

pub(super) async fn concurrent(python: Python) {
    let client = python.client().await;
    let sums = client.call_all::<i64, _>((0..20).map(|number| ("add", (number, 1)))).await;
    let sums: Result<Vec<i64>, CallError> = sums.into_iter().collect();
    assert_eq!(sums.unwrap(), (1..=20).collect::<Vec<_>>());
}

pub(super) async fn sixteen_clients(python: Python) {
    let clients = (0..16_i64).map(|number| {
        let python = python.clone();
        tokio::spawn(async move {
            let client = python.client().await;
            for turn in 0..20 {
                assert_eq!(client.call::<i64>("add", (number, turn)).await.unwrap(), number + turn);
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
}

pub(super) async fn text_ids(python: Python) {
    let client = python.client().await.with_ids(Random::new());
    let ended = client.call::<i64>("add", (1, 2)).await;
    match python.is_json() {
        true => assert_eq!(ended.unwrap(), 3),
        // Its specification has numbers only.
        false => assert_refused(ended, CallErrorKind::InvalidRequest, -32600, "Invalid request"),
    }
}

pub(super) async fn in_quick_succession(python: Python) {
    let client = python.client().await;
    assert_eq!(client.call::<i64>("add", (0, 0)).await.unwrap(), 0);
    let begun = Instant::now();
    for number in 0..50 {
        assert_eq!(client.call::<i64>("add", (number, number)).await.unwrap(), 2 * number);
    }
    let took = begun.elapsed();
    assert!(took < FIFTY_CALLS, "50 calls took {took:?}");
}

pub(super) async fn batch(python: Python) {
    let client = python.client().await;
    let mut batch = client.batch();
    let sum = batch.call::<i64>("add", (1, 2));
    let difference = batch.call::<i64>("subtract", json!({"minuend": 9, "subtrahend": 4}));
    let unknown = batch.call::<i64>("no_such_method", ());
    let failing = batch.call::<i64>("fail", (99, "No funds", json!({"needed": 5})));
    let data = batch.call::<(String, i64)>("get_data", ());

    let mut replies = batch.send().await.unwrap();
    assert_eq!(replies.take(sum).unwrap(), 3);
    assert_eq!(replies.take(difference).unwrap(), 5);
    assert_refused(replies.take(unknown), CallErrorKind::MethodNotFound, -32601, "Method not found");
    let failed = replies.take(failing).unwrap_err();
    let error = failed.rpc_error().expect("an error of the other side's");
    assert_eq!((error.code(), error.message()), (99, "No funds"));
    assert_eq!(error.data::<Value>().unwrap().unwrap(), json!({"needed": 5}));
    assert_eq!(replies.take(data).unwrap(), ("hello".to_owned(), 5));
}

pub(super) async fn batch_of_100(python: Python) {
    let client = python.client().await;
    let mut batch = client.batch();
    let entries: Vec<_> = (0..100).map(|number| batch.call::<i64>("add", (number, 1))).collect();
    let mut replies = batch.send().await.unwrap();
    for (number, entry) in (1..).zip(entries) {
        assert_eq!(replies.take(entry).unwrap(), number);
    }
}

pub(super) async fn no_batches(python: Python) {
    let client = python.client().await;
    let mut batch = client.batch();
    let _ = batch.call::<i64>("add", (1, 2));
    let error = batch.send().await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Arguments, "{error:?}");
}
