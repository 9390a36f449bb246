//! Both sides together, in every protocol, with other things going on.

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use tinyrpc::client::SubscriptionErrorKind;
use tinyrpc::peer::PeerSettings;
use tinyrpc::subscription::Offer;
use tinyrpc::{Client, JsonRpc, Limits};

use crate::support::*;

#[tokio::test]
async fn every_protocol_carries_streams() {
    for protocol in protocols() {
        let (client, _trigger) = connect(numbers("subscribe_numbers"), protocol);
        let numbers = soon(client.subscribe::<u64>("subscribe_numbers", (0, 10_000))).await.unwrap();
        let all: Vec<_> = soon(numbers.map(Result::unwrap).take(500).collect()).await;
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
        let sum: u64 = soon(client.call("add", (1, 2))).await.unwrap();
        assert_eq!(sum, 3);
    }
}

#[tokio::test]
async fn dropping_a_subscription_drops_the_stream() {
    for protocol in protocols() {
        let Fed { dispatcher, mut opened } = fed(Offer::new("subscribe_ticks"));
        let (client, _trigger) = connect(dispatcher, protocol);
        let mut kept = soon(client.subscribe::<u64>("subscribe_ticks", ())).await.unwrap();
        let other = soon(client.subscribe::<u64>("subscribe_ticks", ())).await.unwrap();
        let (keeps, drops) = (soon(opened.recv()).await.unwrap(), soon(opened.recv()).await.unwrap());
        drop(other);
        soon(drops.closed()).await;
        keeps.send(5).unwrap();
        assert_eq!(value(&mut kept).await, 5);
        soon(kept.unsubscribe()).await.unwrap();
        soon(keeps.closed()).await;
    }
}

#[tokio::test]
async fn an_orderly_end_is_the_end_of_the_stream() {
    for protocol in protocols() {
        let (client, _trigger) = connect(numbers("subscribe_numbers"), protocol);
        let mut numbers = soon(client.subscribe::<u64>("subscribe_numbers", (3, 5))).await.unwrap();
        assert_eq!((value(&mut numbers).await, value(&mut numbers).await), (3, 4));
        assert!(next(&mut numbers).await.is_none());
        assert!(next(&mut numbers).await.is_none());
    }
}

#[tokio::test]
async fn a_server_that_shuts_down_is_a_reason() {
    let Fed { dispatcher, mut opened } = fed(Offer::new("subscribe_ticks"));
    let (client, trigger) = connect(dispatcher, Arc::new(JsonRpc::new()));
    let mut ticks = soon(client.subscribe::<u64>("subscribe_ticks", ())).await.unwrap();
    soon(opened.recv()).await.unwrap().send(1).unwrap();
    assert_eq!(value(&mut ticks).await, 1);
    trigger.drain();
    let mut error = next(&mut ticks).await;
    while let Some(Ok(_)) = error {
        error = next(&mut ticks).await;
    }
    // The stream was dropped by the one who fed it, or by the service; either way it ended in order.
    if let Some(Err(error)) = error {
        assert_eq!(error.kind(), SubscriptionErrorKind::Failed);
    }
}

#[tokio::test]
async fn two_clients_and_calls_between_do_not_mix() {
    let protocol: Arc<dyn tinyrpc::Protocol> = Arc::new(JsonRpc::new());
    let clients: Vec<_> = (0..2)
        .map(|_| {
            let (link, trigger) =
                serve_with(numbers("subscribe_numbers"), Arc::clone(&protocol), PeerSettings::new(), 4_096);
            (Client::over_with(link, Arc::clone(&protocol), Limits::default(), PeerSettings::new()), trigger)
        })
        .collect();
    let work = clients.iter().enumerate().flat_map(|(number, (client, _))| {
        (0..5).map(move |stream| async move {
            let from = (number * 1_000 + stream * 100) as u64;
            let mut numbers = client.subscribe::<u64>("subscribe_numbers", (from, from + 100)).await.unwrap();
            for expected in from..from + 100 {
                assert_eq!(numbers.next().await.unwrap().unwrap(), expected);
                if expected % 10 == 0 {
                    assert_eq!(client.call::<u64>("add", (expected, 1)).await.unwrap(), expected + 1);
                }
            }
            assert!(numbers.next().await.is_none());
        })
    });
    soon(join_all(work)).await;
}

#[tokio::test]
async fn a_link_with_a_subscription_is_not_idle() {
    let Fed { dispatcher, mut opened } = fed(Offer::new("subscribe_ticks"));
    let idle = PeerSettings::new().with_idle_timeout(Some(std::time::Duration::from_millis(20)));
    let (link, _trigger) = serve_with(dispatcher, Arc::new(JsonRpc::new()), idle.clone(), 4_096);
    let client = Client::over_with(link, Arc::new(JsonRpc::new()), Limits::default(), idle);
    let mut ticks = soon(client.subscribe::<u64>("subscribe_ticks", ())).await.unwrap();
    let sender = soon(opened.recv()).await.unwrap();
    // Longer than both sides wait.
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    sender.send(1).unwrap();
    assert_eq!(value(&mut ticks).await, 1);
    // Without one it is.
    drop(ticks);
    soon(sender.closed()).await;
    let error = soon(async {
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            if let Err(error) = client.call::<u64>("add", (1, 2)).await {
                break error;
            }
        }
    })
    .await;
    assert!(error.transport_error().is_some());
}
