//! Where a blocking client may be used: on many threads, within a runtime, within a handler.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use tinyrpc::blocking::{self, Client, block_on};
use tinyrpc::transport::memory::{Memory, pair};
use tinyrpc::{Dispatcher, JsonRpc, Origin, Service};

use crate::support::{Running, service};

#[test]
fn threads_share_a_client() {
    let running = Running::at("inproc://shared");
    let client = Client::connect(&running.url).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8_i64 {
            let client = &client;
            scope.spawn(move || {
                for n in 0..200 {
                    assert_eq!(client.call::<i64>("add", (thread, n)).unwrap(), thread + n);
                }
            });
        }
    });
}

/// More calls than the budget that a task has before it must give way, which never comes back while it is blocked.
#[tokio::test]
async fn it_works_within_a_runtime() {
    let running = Running::at("inproc://within");
    let client = Client::connect(&running.url).unwrap();
    for n in 0..1_000 {
        assert_eq!(client.call::<i64>("add", (n, 1)).unwrap(), n + 1);
    }
    let client = tokio::task::spawn_blocking(move || {
        assert_eq!(client.call::<i64>("add", (1, 1)).unwrap(), 2);
        client
    });
    drop(client.await.unwrap());
}

#[tokio::test]
async fn a_call_that_holds_up_its_own_server_ends_with_a_timeout() {
    let (here, there) = pair(65_536);
    let (served, _) = service();
    tokio::spawn(async move { served.link(Origin::new("test"), there).await });
    let client = Client::over(here, JsonRpc::new()).with_timeout(Duration::from_millis(50));
    assert!(client.call::<i64>("add", (1, 2)).unwrap_err().is_timeout());
    let client = client.with_timeout(Duration::from_secs(20));
    let sum = tokio::task::spawn_blocking(move || client.call::<i64>("add", (1, 2)));
    assert_eq!(sum.await.unwrap().unwrap(), 3);
}

#[test]
fn a_handler_may_use_one() {
    let running = Running::at("inproc://inner");
    let inner = Client::connect(&running.url).unwrap();
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("ask", move |(a, b): (i64, i64)| inner.call::<i64>("add", (a, b))).unwrap();
    let outer = Client::new(Memory::new(Service::new(JsonRpc::new(), dispatcher)), JsonRpc::new());
    assert_eq!(outer.call::<i64>("ask", (1, 2)).unwrap(), 3);
}

/// The thread in the background runs the tasks that are started here, and must not stand still while one of them waits.
#[test]
fn a_task_in_the_background_may_use_one() {
    let (end, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let (here, there) = pair(65_536);
        let client = Client::over(here, JsonRpc::new()).with_timeout(Duration::from_secs(15));
        let calls = block_on(async {
            let (served, _) = service();
            tokio::spawn(async move { served.link(Origin::new("test"), there).await });
            let calls = (0..3_i64).map(|n| {
                let client = client.clone();
                tokio::spawn(async move { client.call::<i64>("add", (n, 1)).map_err(|error| error.to_string()) })
            });
            futures_util::future::join_all(calls).await
        });
        end.send(calls.into_iter().map(Result::unwrap).collect::<Vec<_>>()).unwrap();
    });
    let calls = ended.recv_timeout(Duration::from_secs(20)).expect("nothing should hang");
    assert_eq!(calls, [Ok(1), Ok(2), Ok(3)]);
}

#[test]
fn who_waits_inside_takes_no_wake_up_of_who_waits_outside() {
    let mut first = true;
    let woken = block_on(poll_fn(|cx| {
        if !std::mem::take(&mut first) {
            return Poll::Ready("woken");
        }
        cx.waker().wake_by_ref();
        block_on(tokio::time::sleep(Duration::from_millis(5)));
        Poll::Pending
    }));
    assert_eq!(woken, "woken");
}

#[test]
fn a_future_that_panics_does_so_where_it_is_waited_for() {
    let panics = std::panic::catch_unwind(|| block_on(async { panic!("as told") }));
    assert!(panics.is_err());
    assert_eq!(blocking::block_on(async { 1 }), 1);
}
