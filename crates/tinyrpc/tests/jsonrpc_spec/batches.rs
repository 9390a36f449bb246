//! Batches: one answer an entry, in the order of the entries.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{answer, ask, error, invalid_request, methods, parse_error, result, service};
use tinyrpc::{JsonRpc, Limits, Service};

fn call(method: &str, id: usize) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":[{id}],"id":{id}}}"#)
}

fn notification(method: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":[0]}}"#)
}

/// A5: each entry that is no call gets an error of its own, and the others are served.
#[tokio::test]
async fn invalid_entries_are_answered_one_by_one() {
    let entries = [
        "1".to_owned(),
        call("sum", 2),
        r#"{"foo":1}"#.into(),
        "[]".into(),
        "null".into(),
        r#"{"jsonrpc":"2.0","id":6}"#.into(),
        r#"{"jsonrpc":"2.0","method":"sum","params":0}"#.into(),
        "[[1]]".into(),
        r#"{"jsonrpc":"2.0","result":0,"id":9}"#.into(),
        "{}".into(),
    ];
    let none = || invalid_request("null");
    let replies = [
        none(),
        result("2", "2"),
        none(),
        none(),
        none(),
        invalid_request("6"),
        error("null", -32602, "Invalid params: `params` must be an array or an object"),
        none(),
        invalid_request("9"),
        none(),
    ];
    assert_eq!(answer(format!("[{}]", entries.join(","))).await, format!("[{}]", replies.join(",")));
}

/// Replies keep the order of the calls, wherever the ones stand that take longer.
#[tokio::test]
async fn every_mixture_keeps_its_order() {
    let kinds = ["sum", "late", "blocking", "notify", "notify late", "unknown"];
    // All sequences of four of these.
    for number in 0..kinds.len().pow(4) {
        let chosen: Vec<_> = (0..4).map(|place| kinds[number / kinds.len().pow(place) % kinds.len()]).collect();
        let entries = chosen.iter().enumerate().map(|(at, kind)| match *kind {
            "notify" => notification("sum"),
            "notify late" => notification("late"),
            kind => call(kind, at),
        });
        let message = format!("[{}]", entries.collect::<Vec<_>>().join(","));
        let replies: Vec<_> = chosen
            .iter()
            .enumerate()
            .filter_map(|(at, kind)| match *kind {
                "notify" | "notify late" => None,
                "unknown" => Some(error(&at.to_string(), -32601, "Method not found")),
                _ => Some(result(&at.to_string(), &at.to_string())),
            })
            .collect();
        let expected = (!replies.is_empty()).then(|| format!("[{}]", replies.join(",")));
        assert_eq!(ask(&service(), message).await, expected, "{chosen:?}");
    }
}

#[tokio::test]
async fn an_empty_batch_is_one_error_and_white_space_is_allowed() {
    for text in ["[]", " [ ] ", "[\n]"] {
        assert_eq!(answer(text).await, invalid_request("null"));
    }
    let spaced = format!(" [ {} , {} ] ", call("sum", 1), call("sum", 2));
    assert_eq!(answer(spaced).await, format!("[{},{}]", result("1", "1"), result("2", "2")));
}

#[tokio::test]
async fn a_batch_may_be_as_long_as_the_limit() {
    let batch = |entries: usize| {
        let calls: Vec<_> = (0..entries).map(|id| call("sum", id)).collect();
        format!("[{}]", calls.join(","))
    };
    let few = Service::new(JsonRpc::new(), methods()).with_limits(Limits::default().with_batch(3));
    assert!(ask(&few, batch(3)).await.unwrap().starts_with("[{"));
    assert_eq!(ask(&few, batch(4)).await.unwrap(), invalid_request("null"));
    assert!(answer(batch(1000)).await.starts_with("[{"));
    assert_eq!(answer(batch(1001)).await, invalid_request("null"));
    // One that is too long is still read to its end: nothing of it has run when it turns out to be broken.
    assert_eq!(answer(format!("{}]", batch(1001))).await, parse_error());
    assert_eq!(answer(format!("[{}]", vec!["0"; 1_000_000].join(","))).await, invalid_request("null"));
}

/// No handler runs before the whole batch is known to be JSON.
#[tokio::test]
async fn a_broken_batch_runs_nothing() {
    let ran = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&ran);
    let mut methods = methods();
    methods.register("count", move |_: Vec<i64>| counter.fetch_add(1, Ordering::Relaxed)).unwrap();
    let service = Service::new(JsonRpc::new(), methods);
    for broken in ["{]", "{\"a\"}]", "1", "1]]"] {
        let message = format!("[{},{},{broken}", notification("count"), call("count", 1));
        assert_eq!(ask(&service, message).await.unwrap(), parse_error());
    }
    assert_eq!(ran.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn equal_ids_are_answered_each() {
    let one = call("sum", 1);
    assert_eq!(answer(format!("[{one},{one}]")).await, format!("[{0},{0}]", result("1", "1")));
}
