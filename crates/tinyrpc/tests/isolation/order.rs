//! With one call at a time, calls run in the order of their arrival.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};

use futures_util::future::join_all;
use tinyrpc::{Answered, Dispatcher, Origin, Service, blocking};

use super::{Log, ask, call, notification, service};

fn methods(log: &Log) -> Dispatcher {
    let mut methods = Dispatcher::new();
    for name in ["a", "b", "c", "d"] {
        let shared = log.clone();
        methods
            .register(name, move || {
                let log = shared.clone();
                async move {
                    log.add(format!("{name} begins"));
                    tokio::task::yield_now().await;
                    log.add(format!("{name} ends"));
                }
            })
            .unwrap();
        let shared = log.clone();
        methods.register(&format!("{name} now"), move || shared.add(format!("{name} now"))).unwrap();
        let shared = log.clone();
        methods
            .register(&format!("{name} blocks"), blocking(move |(): ()| shared.add(format!("{name} blocks"))))
            .unwrap();
    }
    methods
}

/// Starts the message's calls; the service must wait for something.
fn start(service: &Service, message: &str) -> tinyrpc::Pending {
    let protocol = service.protocols()[0].clone();
    match service.answer(&protocol, &Origin::new("test").into(), message.as_bytes(), &mut Vec::new()) {
        Answered::Later(pending) => pending,
        other => panic!("{message}: {other:?}"),
    }
}

#[tokio::test]
async fn whoever_is_asked_first() {
    let log = Log::default();
    let service = service(methods(&log)).with_concurrency(1);
    let messages =
        [call("a", 1), call("b", 2), notification("c"), call("d now", 3), call("a blocks", 4), notification("b now")];
    let mut pending: Vec<_> = messages.iter().map(|message| start(&service, message)).collect();
    // The last to arrive is looked after first.
    pending.reverse();
    join_all(pending).await;
    let expected = ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends", "d now", "a blocks", "b now"];
    assert_eq!(log.take(), expected);
}

/// On several threads, where notifications may start at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn also_inside_a_batch() {
    let log = Log::default();
    let service = service(methods(&log)).with_concurrency(1);
    let batch = [
        call("a", 1),
        call("b now", 2),
        notification("c"),
        notification("d now"),
        call("a blocks", 3),
        notification("b"),
        call("c now", 4),
    ];
    let expected =
        ["a begins", "a ends", "b now", "c begins", "c ends", "d now", "a blocks", "b begins", "b ends", "c now"];
    for _ in 0..200 {
        let reply = ask(&service, format!("[{}]", batch.join(","))).await.unwrap();
        let ids: Vec<_> = reply.matches("\"id\":").map(|_| ()).collect();
        assert_eq!(ids.len(), 4);
        assert_eq!(log.take(), expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_more_than_the_limit_run_at_once() {
    for limit in [1, 3] {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut methods = Dispatcher::new();
        let (running, peak) = (Arc::clone(&now), Arc::clone(&most));
        methods
            .register("work", move || {
                let (running, peak) = (Arc::clone(&running), Arc::clone(&peak));
                async move {
                    peak.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    for _ in 0..10 {
                        tokio::task::yield_now().await;
                    }
                    running.fetch_sub(1, Ordering::SeqCst);
                }
            })
            .unwrap();
        let service = service(methods).with_concurrency(limit);
        let batch = [&*[call("work", 1), notification("work")].join(","); 20].join(",");
        let tasks = (0..8).map(|_| {
            let (service, message) = (service.clone(), format!("[{batch}]"));
            tokio::spawn(async move { ask(&service, message).await.unwrap() })
        });
        for reply in join_all(tasks).await {
            assert_eq!(reply.unwrap().matches("null").count(), 20);
        }
        assert_eq!((now.load(Ordering::SeqCst), most.load(Ordering::SeqCst)), (0, limit));
    }
}

/// A limit of none would answer nobody.
#[tokio::test]
async fn the_least_limit_is_one() {
    let service = service(methods(&Log::default())).with_concurrency(0);
    let mut exchange = pin!(ask(&service, call("a now", 1)));
    assert!(exchange.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
}
