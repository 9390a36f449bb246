//! Handlers that never return, and callers that go away.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::FutureExt;
use tinyrpc::layer::Timeout;
use tinyrpc::{Dispatcher, Service, blocking};
use tokio::sync::Notify;

use super::{Dropped, Log, ask, call, error, notification, result, service};

/// `never` never returns, `gated` returns when the gate is opened; both say in the log when they begin and end.
fn methods(log: &Log, gate: &Arc<Notify>) -> Dispatcher {
    let mut methods = Dispatcher::new();
    methods.register("good", || 1).unwrap();
    methods.register("good late", || async { tokio::task::yield_now().await }).unwrap();
    let shared = log.clone();
    methods
        .register("never", move || {
            let log = shared.clone();
            async move {
                log.add("begun");
                let _guard = Dropped(log, "dropped");
                std::future::pending::<i64>().await
            }
        })
        .unwrap();
    let (shared, gate) = (log.clone(), Arc::clone(gate));
    methods
        .register("gated", move || {
            let (log, gate) = (shared.clone(), Arc::clone(&gate));
            async move {
                log.add("begun");
                let _guard = Dropped(log.clone(), "dropped");
                gate.notified().await;
                log.add("ended");
            }
        })
        .unwrap();
    methods
}

fn setup() -> (Service, Log, Arc<Notify>) {
    let (log, gate) = (Log::default(), Arc::default());
    (service(methods(&log, &gate)), log, gate)
}

/// Polls once, with nobody to wake.
fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    future.poll_unpin(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn a_call_that_never_returns_keeps_nobody_else_waiting() {
    let (service, log, _) = setup();
    let mut stuck: Vec<_> = (0..100).map(|_| Box::pin(ask(&service, call("never", 1)))).collect();
    assert!(stuck.iter_mut().all(|stuck| poll(stuck).is_pending()));
    assert_eq!(log.take().len(), 100);
    assert_eq!(ask(&service, call("good", 2)).await.unwrap(), result(2, "1"));
    assert_eq!(ask(&service, call("good late", 2)).await.unwrap(), result(2, "null"));
    assert!(stuck.iter_mut().all(|stuck| poll(stuck).is_pending()));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_ends_it() {
    let (service, log, _) = setup();
    let service = service.with_layer(Timeout::new(Duration::from_secs(5)));
    let started = tokio::time::Instant::now();
    let late = error(1, -32002, "The call took too long");
    assert_eq!(ask(&service, call("never", 1)).await.unwrap(), late);
    assert_eq!(log.take(), ["begun", "dropped"]);
    let batch = [call("never", 1), call("good", 2), notification("never"), call("good late", 3)].join(",");
    let replies = [late, result(2, "1"), result(3, "null")].join(",");
    assert_eq!(ask(&service, format!("[{batch}]")).await.unwrap(), format!("[{replies}]"));
    assert_eq!(log.take(), ["begun", "begun", "dropped", "dropped"]);
    assert_eq!(ask(&service, notification("never")).await, None);
    assert_eq!(started.elapsed().as_secs(), 15);
}

#[tokio::test]
async fn a_timeout_ends_the_wait_for_one_that_blocks() {
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let mut methods = Dispatcher::new();
    methods.register("block", blocking(move |(): ()| wait.lock().unwrap().recv().is_ok())).unwrap();
    let service = service(methods).with_layer(Timeout::new(Duration::from_millis(10)));
    let reply = ask(&service, call("block", 1)).await.unwrap();
    assert_eq!(reply, error(1, -32002, "The call took too long"));
    drop(release);
}

#[tokio::test]
async fn the_longest_timeout_is_none() {
    let (service, ..) = setup();
    let service = service.with_layer(Timeout::new(Duration::MAX));
    assert_eq!(ask(&service, call("good", 1)).await.unwrap(), result(1, "1"));
    assert_eq!(ask(&service, call("good late", 1)).await.unwrap(), result(1, "null"));
}

#[tokio::test]
async fn a_caller_that_goes_away_cancels_its_call() {
    let (service, log, _) = setup();
    let mut exchange = Box::pin(ask(&service, call("never", 1)));
    assert!(poll(&mut exchange).is_pending());
    assert_eq!(log.take(), ["begun"]);
    drop(exchange);
    assert_eq!(log.take(), ["dropped"]);
    assert_eq!(ask(&service, call("good", 2)).await.unwrap(), result(2, "1"));
}

#[tokio::test]
async fn notifications_run_on_when_their_sender_goes_away() {
    let (service, log, gate) = setup();
    for message in [notification("gated"), format!("[{}]", notification("gated"))] {
        let mut exchange = Box::pin(ask(&service, message));
        assert!(poll(&mut exchange).is_pending());
        drop(exchange);
        gate.notify_one();
        while log.0.lock().unwrap().len() < 3 {
            tokio::task::yield_now().await;
        }
        assert_eq!(log.take(), ["begun", "ended", "dropped"]);
    }
}

#[tokio::test]
async fn in_a_batch_calls_are_cancelled_and_notifications_run_on() {
    let (service, log, gate) = setup();
    let batch = [call("never", 1), notification("gated"), call("good", 2), call("never", 3)].join(",");
    let mut exchange = Box::pin(ask(&service, format!("[{batch}]")));
    assert!(poll(&mut exchange).is_pending());
    tokio::task::yield_now().await;
    assert_eq!(log.take(), ["begun"; 3]);
    drop(exchange);
    assert_eq!(log.take(), ["dropped"; 2]);
    gate.notify_one();
    while log.0.lock().unwrap().len() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(log.take(), ["ended", "dropped"]);
}

/// With one at a time, a place that somebody has given up is the next one's.
#[tokio::test]
async fn a_caller_that_goes_away_gives_its_place_up() {
    let (service, log, _) = setup();
    let service = service.with_concurrency(1);
    let mut running = Box::pin(ask(&service, call("never", 1)));
    assert!(poll(&mut running).is_pending());
    let mut waiting = Box::pin(ask(&service, call("never", 2)));
    let mut next = Box::pin(ask(&service, call("good", 3)));
    assert!(poll(&mut waiting).is_pending() && poll(&mut next).is_pending());
    // One that waits goes away first, and then the one that runs.
    drop(waiting);
    assert!(poll(&mut next).is_pending());
    drop(running);
    assert_eq!(next.await.unwrap(), result(3, "1"));
    assert_eq!(log.take(), ["begun", "dropped"]);
    // The place was the waiting one's already, who never took it.
    let mut running = Box::pin(ask(&service, call("never", 1)));
    assert!(poll(&mut running).is_pending());
    let mut waiting = Box::pin(ask(&service, call("never", 2)));
    assert!(poll(&mut waiting).is_pending());
    drop(running);
    drop(waiting);
    assert_eq!(ask(&service, call("good", 3)).await.unwrap(), result(3, "1"));
}

/// Whoever drops it may be serving others.
#[tokio::test]
async fn a_handler_that_panics_when_it_is_cancelled_harms_nobody() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let mut methods = Dispatcher::new();
    methods
        .register("never", || async {
            let _panics = Panics;
            std::future::pending::<()>().await;
        })
        .unwrap();
    let service = service(methods);
    for message in [call("never", 1), format!("[{},{}]", call("never", 1), call("never", 2))] {
        let mut gone = Box::pin(ask(&service, message));
        assert!(poll(&mut gone).is_pending());
        drop(gone);
    }
}
