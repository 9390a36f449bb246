//! How such a client begins and ends, and what can be seen of it.

use std::time::Duration;

use tinyrpc::Client;
use tinyrpc::client::Connector;
use tinyrpc::client::reconnect::{Balance, Reconnect, State};
use tinyrpc::transport::TransportErrorKind;

use crate::support::{Dialer, Plan, Runs, backoff, hold, kind, service, soon, until};

#[tokio::test(start_paused = true)]
async fn the_first_attempt_tells_whether_the_address_is_right() {
    let dialer = Dialer::new(service("a", &Runs::default()).0);
    dialer.plan([Plan::Refuse, Plan::Misuse]);
    let error = dialer.connect(backoff()).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Unreachable);
    assert!(error.to_string().contains("nobody listens"), "{error}");
    assert_eq!(dialer.connect(backoff()).await.unwrap_err().kind(), TransportErrorKind::Setup);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(dialer.count(), 2, "nobody is there who would try again");

    for (urls, part) in [
        (vec!["inproc://here?protocol=jsonrpc", "inproc://here?protocol=jsonrpc1"], "another protocol"),
        (vec!["stdio:"], "cannot be connected to again"),
        (vec!["nothing://here"], "cannot be used"),
        (vec![], "no URL"),
    ] {
        let error = Connector::new().connect_any(&urls, Balance::Failover).await.err();
        // Two JSON-RPC protocols that only differ in their version share a name.
        if let Some(error) = error.filter(|_| urls.len() < 2) {
            assert_eq!(error.kind(), TransportErrorKind::Setup, "{error}");
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lazy_start_needs_no_server() {
    let dialer = Dialer::new(service("a", &Runs::default()).0);
    dialer.plan([Plan::Refuse, Plan::Refuse]);
    let client = dialer.connect(Reconnect::new().with_backoff(backoff()).with_lazy_start(true)).await.unwrap();
    assert_eq!(client.call::<u64>("run", (1,)).await.unwrap(), 1);
    assert_eq!(dialer.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn states_tell_the_story() {
    let dialer = Dialer::new(service("a", &Runs::default()).0);
    let client = dialer.connect(backoff()).await.unwrap();
    let mut states = client.states().unwrap();
    assert!(matches!(states.now(), State::Connected { generation: 1, .. }));
    assert_eq!(client.call::<u64>("run", (1,)).await.unwrap(), 1);
    dialer.plan([Plan::Refuse]);
    dialer.cut().await;
    let mut seen = Vec::new();
    while !matches!(seen.last(), Some(State::Connected { generation: 2, .. })) {
        let state = soon(states.changed()).await.unwrap();
        // Attempts in memory take no time, so that they may be over before anybody looks.
        if !matches!(state, State::Connecting { .. }) {
            seen.push(state);
        }
    }
    assert!(matches!(seen[0], State::Disconnected { attempt: 0, .. }), "{seen:?}");
    assert!(matches!(&seen[1], State::Disconnected { why, attempt: 1, .. } if **why == *"nobody listens"), "{seen:?}");
    assert_eq!(seen.len(), 3);
    let endpoints = states.endpoints();
    let [(url, State::Connected { generation: 2, .. })] = &endpoints[..] else { panic!("{endpoints:?}") };
    assert_eq!(url, "its endpoint");

    drop(client);
    assert!(matches!(soon(states.changed()).await, Some(State::Closed { .. })));
    assert!(soon(states.changed()).await.is_none());
    assert!(matches!(states.now(), State::Closed { .. }));
}

#[tokio::test(start_paused = true)]
async fn it_can_give_up() {
    let dialer = Dialer::new(service("a", &Runs::default()).0);
    let client = dialer.connect(backoff().with_attempts(3)).await.unwrap();
    dialer.plan(std::iter::repeat_with(|| Plan::Refuse).take(100));
    dialer.cut().await;
    let waiting = client.clone();
    let waiting = tokio::spawn(async move { waiting.call::<u64>("run", (1,)).await });
    until(&client, |state| matches!(state, State::Closed { .. })).await;
    let error = soon(waiting).await.unwrap().unwrap_err();
    assert!(error.is_unsent() && error.to_string().ends_with("gave up"), "{error}");
    assert!(client.call::<u64>("run", (1,)).await.unwrap_err().is_unsent());
    assert_eq!(dialer.count(), 3); // the one that broke is the first of three
}

#[tokio::test(start_paused = true)]
async fn closing_ends_all_calls_and_attempts() {
    let runs = Runs::default();
    let dialer = Dialer::new(service("a", &runs).0);
    let client = dialer.connect(backoff()).await.unwrap();
    let running = hold(&client, &runs, 1).await;
    soon(client.clone().close()).await;
    assert_eq!(kind(&soon(running).await.unwrap().unwrap_err()), TransportErrorKind::Closed);
    assert_eq!(kind(&client.call::<u64>("run", (1,)).await.unwrap_err()), TransportErrorKind::Closed);

    let client = dialer.connect(backoff()).await.unwrap();
    dialer.plan(std::iter::repeat_with(|| Plan::Refuse).take(1_000));
    dialer.cut().await;
    until(&client, |state| !state.is_connected()).await;
    let waiting = client.clone();
    let waiting = tokio::spawn(async move { waiting.call::<u64>("run", (1,)).await });
    tokio::task::yield_now().await;
    soon(client.close()).await;
    assert_eq!(kind(&soon(waiting).await.unwrap().unwrap_err()), TransportErrorKind::Closed);
    let count = dialer.count();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(dialer.count(), count);
}

#[tokio::test(start_paused = true)]
async fn the_last_clone_ends_the_attempts_and_sends_what_was_handed_over() {
    let runs = Runs::default();
    let dialer = Dialer::new(service("a", &runs).0);
    let client = dialer.connect(backoff()).await.unwrap();
    let states = client.states().unwrap(); // does not keep it
    client.notify("run", (1,)).await.unwrap();
    drop(client.clone());
    assert!(states.now().is_connected());
    drop(client);
    soon(async {
        while runs.of(1) == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(dialer.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_pinned_client_stays_with_its_connection() {
    let runs = Runs::default();
    let dialer = Dialer::new(service("a", &runs).0);
    let client = dialer.connect(backoff()).await.unwrap();
    let (pinned, generation) = client.pinned().await.unwrap();
    assert_eq!(generation, 1);
    assert_eq!(pinned.call::<u64>("run", (1,)).await.unwrap(), 1);
    let lost = hold(&pinned.idempotent(), &runs, 2).await;
    dialer.cut().await;
    assert_eq!(kind(&soon(lost).await.unwrap().unwrap_err()), TransportErrorKind::Lost);
    let (next, generation) = client.pinned().await.unwrap();
    assert_eq!(generation, 2);
    assert_eq!(next.call::<u64>("run", (3,)).await.unwrap(), 3);
    assert!(pinned.call::<u64>("run", (4,)).await.unwrap_err().is_unsent());
    assert_eq!((runs.of(2), runs.of(4)), (1, 0));
    assert!(next.states().is_none());
}

#[tokio::test(start_paused = true)]
async fn the_trace_hook_sees_every_connection() {
    let dialer = Dialer::new(service("a", &Runs::default()).0);
    let (sender, mut messages) = tokio::sync::mpsc::unbounded_channel();
    let client: Client = dialer.connect(backoff()).await.unwrap().with_trace(move |direction, _, message| {
        sender.send((direction, message.len())).unwrap();
    });
    for number in 0..2 {
        assert_eq!(client.call::<u64>("run", (number,)).await.unwrap(), number);
        assert!(messages.try_recv().is_ok() && messages.try_recv().is_ok() && messages.try_recv().is_err());
        dialer.cut().await;
    }
}
