//! Subscriptions that outlive their connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::stream::{self, Stream};
use tinyrpc::client::reconnect::Reconnect;
use tinyrpc::client::{Connector, Subscription, SubscriptionErrorKind};
use tinyrpc::progress::ProgressForm;
use tinyrpc::subscription::{Offer, RegisterSubscription as _};
use tinyrpc::transport::TransportErrorKind;
use tinyrpc::{Dispatcher, JsonRpc, RpcError, Service};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::support::{Dialer, Plan, backoff, soon, until};

/// What each subscription is opened with, and what feeds it.
type Opened = mpsc::UnboundedReceiver<(u64, mpsc::UnboundedSender<u64>)>;

fn of(receiver: mpsc::UnboundedReceiver<u64>) -> impl Stream<Item = u64> {
    stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|item| (item, receiver)) })
}

/// A service with `subscribe_ticks(number)`, which refuses when the flag is set.
fn fed() -> (Dialer, Opened, Arc<AtomicBool>) {
    let ((open, opened), refusing) = (mpsc::unbounded_channel(), Arc::new(AtomicBool::new(false)));
    let refuses = Arc::clone(&refusing);
    let mut dispatcher = Dispatcher::new();
    dispatcher
        .register_subscription(Offer::new("subscribe_ticks"), move |(number,): (u64,)| {
            if refuses.load(Ordering::SeqCst) {
                return Err(RpcError::new(7, "no more"));
            }
            let (sender, receiver) = mpsc::unbounded_channel();
            open.send((number, sender)).unwrap();
            Ok(of(receiver))
        })
        .unwrap();
    (Dialer::new(Service::new(JsonRpc::new(), dispatcher)), opened, refusing)
}

async fn item(ticks: &mut Subscription<u64>) -> u64 {
    soon(ticks.next()).await.unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_over_the_next_connection_and_says_that_there_was_a_gap() {
    let (dialer, mut opened, _) = fed();
    let client = dialer.connect(backoff()).await.unwrap();
    let mut ticks = client.subscribe::<u64>("subscribe_ticks", (5,)).await.unwrap();
    for round in 0..3 {
        let (number, feed) = soon(opened.recv()).await.unwrap();
        assert_eq!(number, 5, "it is opened again with the same arguments");
        feed.send(round).unwrap();
        assert_eq!(item(&mut ticks).await, round);
        dialer.plan([Plan::Refuse, Plan::Flap, Plan::Refuse]);
        dialer.cut().await;
        soon(feed.closed()).await;
        let gap = soon(ticks.next()).await.unwrap().unwrap_err();
        assert_eq!(gap.kind(), SubscriptionErrorKind::Gap);
        assert!(!gap.is_end(), "{gap}");
    }
    let (_, feed) = soon(opened.recv()).await.unwrap();
    feed.send(9).unwrap();
    assert_eq!(item(&mut ticks).await, 9);
    soon(ticks.unsubscribe()).await.unwrap();
    soon(feed.closed()).await;
    assert!(opened.try_recv().is_err(), "it was opened once a connection");
}

#[tokio::test(start_paused = true)]
async fn what_came_before_the_gap_is_not_lost() {
    let (dialer, mut opened, _) = fed();
    let client = dialer.connect(backoff()).await.unwrap();
    let mut ticks = client.subscribe::<u64>("subscribe_ticks", (1,)).await.unwrap();
    let (_, feed) = soon(opened.recv()).await.unwrap();
    for number in 0..5 {
        feed.send(number).unwrap();
    }
    soon(client.call::<()>("nothing", ())).await.unwrap_err(); // answered after the items
    dialer.cut().await;
    for number in 0..5 {
        assert_eq!(item(&mut ticks).await, number);
    }
    assert_eq!(soon(ticks.next()).await.unwrap().unwrap_err().kind(), SubscriptionErrorKind::Gap);
}

#[tokio::test(start_paused = true)]
async fn it_ends_when_it_is_refused_and_when_the_client_is_closed_or_gives_up() {
    let (dialer, mut opened, refusing) = fed();
    let client = dialer.connect(backoff()).await.unwrap();
    let mut ticks = client.subscribe::<u64>("subscribe_ticks", (1,)).await.unwrap();
    refusing.store(true, Ordering::SeqCst);
    dialer.cut().await;
    let end = soon(ticks.next()).await.unwrap().unwrap_err();
    assert!(end.is_end());
    assert_eq!(end.rpc_error().map(RpcError::code), Some(7));
    assert!(soon(ticks.next()).await.is_none());
    refusing.store(false, Ordering::SeqCst);

    let mut ticks = client.subscribe::<u64>("subscribe_ticks", (2,)).await.unwrap();
    soon(client.close()).await;
    let end = soon(ticks.next()).await.unwrap().unwrap_err();
    assert_eq!(end.transport_error().map(|error| error.kind()), Some(TransportErrorKind::Closed));

    let client = dialer.connect(backoff().with_attempts(3)).await.unwrap();
    let mut ticks = client.subscribe::<u64>("subscribe_ticks", (3,)).await.unwrap();
    dialer.plan(std::iter::repeat_with(|| Plan::Refuse).take(10));
    dialer.cut().await;
    let end = soon(ticks.next()).await.unwrap().unwrap_err();
    assert!(end.is_end() && end.kind() == SubscriptionErrorKind::Lost, "{end}");
    while opened.try_recv().is_ok() {}
}

#[tokio::test(start_paused = true)]
async fn dropped_between_connections_it_is_not_opened_again() {
    let (dialer, mut opened, _) = fed();
    let client = dialer.connect(backoff()).await.unwrap();
    let mut ticks = client.subscribe::<u64>("subscribe_ticks", (1,)).await.unwrap();
    soon(opened.recv()).await.unwrap();
    dialer.plan([Plan::Refuse]);
    dialer.cut().await;
    until(&client, |state| !state.is_connected()).await;
    assert!(tokio::time::timeout(Duration::from_millis(50), ticks.next()).await.is_err());
    drop(ticks);
    until(&client, tinyrpc::client::reconnect::State::is_connected).await;
    soon(client.call::<()>("nothing", ())).await.unwrap_err();
    assert!(opened.try_recv().is_err());
}

/// The wait for a connection is a part of the time that subscribing, or a call that tells of its progress, may take.
#[tokio::test(start_paused = true)]
async fn the_wait_for_a_connection_counts() {
    let silent = || async {
        tokio::time::sleep(Duration::from_secs(6)).await;
        let (here, there) = tinyrpc::transport::memory::pair(65_536);
        // Nobody answers, and nobody hangs up.
        std::mem::forget(there);
        Ok(here)
    };
    let connector = Connector::new().with_reconnect(Reconnect::new().with_lazy_start(true));
    let client = connector.connect_by(silent).await.unwrap().with_timeout(Duration::from_secs(10));
    let start = Instant::now();
    let error = soon(client.subscribe::<u64>("subscribe_x", ())).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(start.elapsed().as_secs(), 10);

    let client = connector.connect_by(silent).await.unwrap().with_timeout(Duration::from_secs(10));
    let start = Instant::now();
    let call = client.call_with_progress::<u64, u64, _>(ProgressForm::Lsp, "x", |_| (), |_| ());
    let error = soon(call).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(start.elapsed().as_secs(), 10);
}
