//! One link that is made again and again, on a clock that the tests move.

use std::time::Duration;

use tinyrpc::client::reconnect::{Backoff, Reconnect, State};
use tinyrpc::transport::TransportErrorKind;

use crate::support::{Dialer, Plan, Runs, backoff, hold, kind, service, soon, until};

fn refused(times: usize) -> impl Iterator<Item = Plan> {
    std::iter::repeat_with(|| Plan::Refuse).take(times)
}

#[tokio::test(start_paused = true)]
async fn attempts_keep_to_the_waits() {
    let backoff = Backoff::new().with_longest(Duration::from_secs(2)).with_seed(42);
    let dialer = Dialer::new(service("a", &Runs::default()).0);
    let client = dialer.connect(backoff.clone()).await.unwrap();
    dialer.plan(refused(20));
    dialer.cut().await;
    until(&client, |state| matches!(state, State::Connected { generation: 2, .. })).await;
    let attempts = dialer.attempts.lock().unwrap().clone();
    assert_eq!(attempts.len(), 22);
    let mut waits = backoff.waits();
    for pair in attempts.windows(2) {
        let (waited, expected) = (pair[1] - pair[0], waits.next().unwrap());
        assert!(waited >= expected && waited < expected + Duration::from_millis(3), "{waited:?}, {expected:?}");
        assert!(waited <= Duration::from_secs(2) + Duration::from_millis(3));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_under_way_is_lost_and_the_next_one_runs() {
    let runs = Runs::default();
    let dialer = Dialer::new(service("a", &runs).0);
    let client = dialer.connect(backoff()).await.unwrap();
    let lost = hold(&client, &runs, 1).await;
    dialer.cut().await;
    let error = soon(lost).await.unwrap().unwrap_err();
    assert_eq!(kind(&error), TransportErrorKind::Lost);
    assert!(!error.is_unsent());
    assert_eq!(client.call::<u64>("run", (2,)).await.unwrap(), 2);
    assert_eq!((runs.of(1), runs.of(2), dialer.count()), (1, 1, 2));
}

#[tokio::test(start_paused = true)]
async fn what_does_no_harm_twice_is_made_again() {
    let runs = Runs::default();
    let (service, open) = service("a", &runs);
    let dialer = Dialer::new(service);
    let settings = Reconnect::new().with_backoff(backoff()).with_idempotent(["hold"]);
    let by_name = dialer.connect(settings).await.unwrap();
    let plain = Dialer::new(dialer_service(&runs, open.subscribe()));
    let by_view = plain.connect(backoff()).await.unwrap().idempotent();

    for (client, dialer, number) in [(by_name, dialer, 1), (by_view, plain, 2)] {
        dialer.plan(refused(3));
        let call = hold(&client, &runs, number).await;
        dialer.cut().await;
        soon(async {
            while runs.of(number) < 2 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
        open.send_replace(true);
        assert_eq!(soon(call).await.unwrap().unwrap(), number);
        assert_eq!((runs.of(number), dialer.count()), (2, 5));
        open.send_replace(false);
    }
}

/// `hold` as in the support, with a gate that another one opens.
fn dialer_service(runs: &Runs, opened: tokio::sync::watch::Receiver<bool>) -> tinyrpc::Service {
    let (service, open) = service("b", runs);
    tokio::spawn(async move {
        let mut opened = opened;
        while opened.changed().await.is_ok() {
            open.send_replace(*opened.borrow_and_update());
        }
    });
    service
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_made_again_in_vain_may_have_run() {
    let runs = Runs::default();
    let dialer = Dialer::new(service("a", &runs).0);
    let client = dialer.connect(backoff()).await.unwrap().idempotent().with_timeout(Duration::from_secs(1));
    let call = hold(&client, &runs, 1).await;
    dialer.plan(refused(100));
    dialer.cut().await;
    let error = soon(call).await.unwrap().unwrap_err();
    assert_eq!(kind(&error), TransportErrorKind::Lost, "not `Unreachable`, which would say that it did not run");
}

#[tokio::test(start_paused = true)]
async fn calls_wait_for_a_connection_within_their_timeout() {
    let runs = Runs::default();
    let dialer = Dialer::new(service("a", &runs).0);
    let client = dialer.connect(backoff()).await.unwrap();
    dialer.plan(refused(5)); // 0.1 + 0.2 + 0.4 + 0.8 + 1.6 s, and 3.2 s
    dialer.cut().await;
    until(&client, |state| matches!(state, State::Disconnected { attempt: 2, .. })).await;

    let error = client.clone().with_timeout(Duration::from_secs(1)).call::<u64>("run", (1,)).await.unwrap_err();
    assert_eq!(kind(&error), TransportErrorKind::Unreachable);
    assert!(error.is_unsent() && error.to_string().contains("nobody listens"), "{error}");
    assert_eq!(client.call::<u64>("run", (2,)).await.unwrap(), 2);
    assert_eq!((runs.of(1), runs.of(2)), (0, 1));

    dialer.plan(refused(1));
    dialer.cut().await;
    until(&client, |state| !state.is_connected()).await;
    client.notify("run", (3,)).await.unwrap();
    let mut batch = client.batch();
    let entry = batch.call::<u64>("run", (4,));
    assert_eq!(batch.send().await.unwrap().take(entry).unwrap(), 4);
    assert_eq!((runs.of(3), runs.of(4)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn calls_can_fail_at_once_instead() {
    let runs = Runs::default();
    let dialer = Dialer::new(service("a", &runs).0);
    let settings = Reconnect::new().with_backoff(backoff()).with_waiting(false);
    let client = dialer.connect(settings).await.unwrap();
    dialer.cut().await;
    until(&client, |state| !state.is_connected()).await;
    let before = tokio::time::Instant::now();
    let error = client.call::<u64>("run", (1,)).await.unwrap_err();
    assert!(error.is_unsent(), "{error}");
    assert_eq!(before.elapsed(), Duration::ZERO);
    until(&client, State::is_connected).await;
    assert_eq!(client.call::<u64>("run", (1,)).await.unwrap(), 1);
}

/// A connection that breaks before it was of use must not bring the waits back to the start.
#[tokio::test(start_paused = true)]
async fn an_endpoint_that_flaps_is_tried_less_and_less() {
    let dialer = Dialer::new(service("a", &Runs::default()).0);
    let client = dialer.connect(backoff()).await.unwrap();
    dialer.plan(std::iter::repeat_with(|| Plan::Flap).take(1_000));
    dialer.cut().await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    // 0.1, 0.2, … 6.4 s, then 10 s each.
    assert!((10..=13).contains(&dialer.count()), "{} attempts", dialer.count());
    drop(client);
}

#[tokio::test(start_paused = true)]
async fn an_answer_brings_the_waits_back_to_the_start() {
    let dialer = Dialer::new(service("a", &Runs::default()).0);
    let client = dialer.connect(backoff()).await.unwrap();
    for number in 0..20 {
        assert_eq!(client.call::<u64>("run", (number,)).await.unwrap(), number);
        let before = tokio::time::Instant::now();
        dialer.cut().await;
        until(&client, |state| matches!(state, State::Connected { generation, .. } if *generation == number + 2)).await;
        assert!(before.elapsed() < Duration::from_millis(150), "{:?}", before.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_lost_or_made_again_as_a_whole() {
    let runs = Runs::default();
    let (service, open) = service("a", &runs);
    let dialer = Dialer::new(service);
    let settings = Reconnect::new().with_backoff(backoff()).with_idempotent(["run", "hold"]);
    let client = dialer.connect(settings).await.unwrap();
    let again = {
        let client = client.clone();
        tokio::spawn(async move {
            let mut batch = client.batch();
            let entries = [batch.call::<u64>("run", (1,)), batch.call::<u64>("hold", (2,))];
            let mut replies = batch.send().await.unwrap();
            entries.map(|entry| replies.take(entry).unwrap())
        })
    };
    let lost = {
        let client = client.clone();
        tokio::spawn(async move {
            let mut batch = client.batch();
            let (_, held) = (batch.call::<String>("who", ()), batch.call::<u64>("hold", (3,)));
            let error = batch.send().await.unwrap().take(held).unwrap_err();
            assert_eq!(kind(&error), TransportErrorKind::Lost, "`who` was not said to be harmless");
        })
    };
    soon(async {
        while runs.of(2) + runs.of(3) < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    dialer.cut().await;
    soon(lost).await.unwrap();
    soon(async {
        while runs.of(2) < 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    open.send_replace(true);
    assert_eq!(soon(again).await.unwrap(), [1, 2]);
    assert_eq!((runs.of(1), runs.of(2), runs.of(3)), (2, 2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_loses_all_of_a_batch_was_of_no_use() {
    let runs = Runs::default();
    let dialer = Dialer::new(service("a", &runs).0);
    let client = dialer.connect(backoff()).await.unwrap();
    for number in 0..4 {
        let lost = tokio::spawn({
            let client = client.clone();
            async move {
                let mut batch = client.batch();
                let entries = ["run", "run", "hold"].map(|method| batch.call::<u64>(method, (number,)));
                let mut replies = batch.send().await.expect("it was sent, so what became of it stands in its entries");
                entries.map(|entry| kind(&replies.take(entry).unwrap_err()))
            }
        });
        soon(async {
            // The clock moves on only while everybody waits.
            while runs.of(number) < 3 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
        dialer.cut().await;
        assert_eq!(soon(lost).await.unwrap(), [TransportErrorKind::Lost; 3]);
        soon(client.states().unwrap().wait_for(|state| !state.is_connected())).await.unwrap();
    }
    until(&client, State::is_connected).await;
    // Nothing is made twice, and the waits grow as for a server that hangs up at once.
    assert!((0..4).all(|number| runs.of(number) == 3));
    let attempts = dialer.attempts.lock().unwrap().clone();
    let waits: Vec<_> = attempts.windows(2).map(|pair| (pair[1] - pair[0]).as_millis() / 10 * 10).collect();
    assert_eq!(waits, [100, 200, 400, 800]);
}

#[tokio::test(start_paused = true)]
async fn one_answer_to_a_batch_is_enough_for_a_connection_to_be_of_use() {
    let runs = Runs::default();
    let dialer = Dialer::new(service("a", &runs).0);
    let client = dialer.connect(backoff()).await.unwrap();
    for number in 0..4 {
        let mut batch = client.batch();
        let entry = batch.call::<u64>("run", (number,));
        assert_eq!(soon(batch.send()).await.unwrap().take(entry).unwrap(), number);
        dialer.cut().await;
        soon(client.states().unwrap().wait_for(|state| !state.is_connected())).await.unwrap();
    }
    until(&client, State::is_connected).await;
    let attempts = dialer.attempts.lock().unwrap().clone();
    let waits: Vec<_> = attempts.windows(2).map(|pair| (pair[1] - pair[0]).as_millis() / 10 * 10).collect();
    assert_eq!(waits, [100; 4]);
}
