//! Three worker processes share a queue, while one of them is killed and the broker is restarted.
//!
//! What is promised, and shown here:
//! - Each call ends once: with its result, or with an error that says whether it may have run.
//! - The client never sends a message twice by itself. `is_unsent` errors mean that the call surely did not run, so that
//!   anybody may make it again. Calls that were under way when the broker went down end as `Lost`: only who knows that his
//!   method may run twice makes them again, as here, where it computes a square.
//! - Killing a worker loses no call: the broker gives its unfinished ones to another worker. So a method may run twice, but
//!   only for calls that the killed worker had under way or that were lost with the broker.

#![allow(clippy::unwrap_used)]

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tinyrpc::transport::TransportErrorKind;
use tinyrpc::{Client, Direction};
use tinyrpc_interop::{Broker, Peer, program_peer};
use tokio::sync::{Notify, mpsc};

const CALLS: u64 = 10_000;
const CALLERS: usize = 64;
const PREFETCH: u64 = 16;

/// What the callers met.
#[derive(Default)]
struct Met {
    ended: AtomicU64,
    attempts: AtomicU64,
    lost: AtomicU64,
    unsent: AtomicU64,
    milestone: Notify,
}

#[tokio::test(flavor = "multi_thread")]
async fn three_workers_share_a_queue_while_one_is_killed_and_the_broker_restarts() {
    let Some(mut broker) = Broker::start() else { return };
    let url = broker.url(&format!("?queue=squares&prefetch={PREFETCH}"));
    let log = std::env::temp_dir().join(format!("tinyrpc-squares-{}", std::process::id()));
    let mut workers: Vec<Peer> = (0..3).map(|_| worker(&url, &log)).collect();

    let replies: Arc<Mutex<HashMap<String, u64>>> = Arc::default();
    let sent = Arc::new(AtomicU64::new(0));
    let client = Client::connect(&url).await.unwrap().with_timeout(Duration::from_secs(60)).with_trace({
        let (replies, sent) = (Arc::clone(&replies), Arc::clone(&sent));
        move |direction, _, message| match direction {
            Direction::Received => {
                let reply: serde_json::Value = serde_json::from_slice(message).unwrap();
                *replies.lock().unwrap().entry(reply["id"].to_string()).or_default() += 1;
            }
            _ => {
                sent.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    let pids: HashSet<u32> =
        client.call_all::<u32, _>((0..300).map(|_| ("pid", ()))).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(pids.len(), 3, "all three workers take part");
    replies.lock().unwrap().clear();
    sent.store(0, Ordering::Relaxed);

    let met = Arc::new(Met::default());
    let (todo, numbers) = mpsc::channel(CALLS as usize);
    for number in 0..CALLS {
        todo.try_send(number).unwrap();
    }
    drop(todo);
    let numbers = Arc::new(tokio::sync::Mutex::new(numbers));
    let callers: Vec<_> =
        (0..CALLERS).map(|_| tokio::spawn(work(client.clone(), Arc::clone(&numbers), Arc::clone(&met)))).collect();

    reached(&met, 3_000).await;
    workers.remove(0).kill();
    reached(&met, 6_000).await;
    let broker = tokio::task::spawn_blocking(move || {
        broker.restart();
        broker
    })
    .await
    .unwrap();

    let mut results = HashMap::new();
    for caller in callers {
        for (number, square) in caller.await.unwrap() {
            assert_eq!(square, number * number);
            assert!(results.insert(number, square).is_none(), "{number} was answered twice");
        }
    }
    assert_eq!(results.len() as u64, CALLS);

    let (attempts, lost, unsent) =
        [&met.attempts, &met.lost, &met.unsent].map(|count| count.load(Ordering::Relaxed)).into();
    println!("{attempts} calls for {CALLS} results: {lost} lost with the broker, {unsent} not sent");
    // Every attempt ended once, and sent one message at most.
    assert_eq!(attempts, CALLS + lost + unsent);
    assert!(sent.load(Ordering::Relaxed) <= attempts);
    let replies = replies.lock().unwrap();
    assert!(replies.values().all(|count| *count == 1), "no call got two replies");
    assert_eq!(replies.len() as u64, CALLS);
    // The restart was noticed, and only by calls that were under way, of each caller one.
    assert!((1..=CALLERS as u64).contains(&lost), "{lost}");

    // Every number was computed; twice at most what the killed worker or the broker had when they went.
    let mut runs: HashMap<u64, u64> = HashMap::new();
    for line in std::fs::read_to_string(&log).unwrap().lines() {
        *runs.entry(line.parse().unwrap()).or_default() += 1;
    }
    assert_eq!(runs.len() as u64, CALLS);
    let again: u64 = runs.values().map(|runs| runs - 1).sum();
    println!("{again} ran again");
    assert!(again <= PREFETCH + lost, "{again} ran again");

    drop(workers);
    drop(broker);
    std::fs::remove_file(&log).unwrap();
}

fn worker(url: &str, log: &std::path::Path) -> Peer {
    program_peer(env!("CARGO_BIN_EXE_amqp_worker"), &[url, log.to_str().unwrap()])
}

/// One of the callers: takes numbers until there are none, and asks for their squares.
async fn work(client: Client, numbers: Arc<tokio::sync::Mutex<mpsc::Receiver<u64>>>, met: Arc<Met>) -> Vec<(u64, u64)> {
    let mut done = Vec::new();
    loop {
        let Some(number) = numbers.lock().await.recv().await else { return done };
        done.push((number, square(&client, number, &met).await));
        met.ended.fetch_add(1, Ordering::SeqCst);
        met.milestone.notify_one();
    }
}

/// Calls until there is a result. What the method does may be done twice, so it may be called again when a call was lost.
async fn square(client: &Client, number: u64, met: &Met) -> u64 {
    loop {
        met.attempts.fetch_add(1, Ordering::Relaxed);
        let error = match client.call::<u64>("square", (number,)).await {
            Ok(square) => return square,
            Err(error) => error,
        };
        match error.transport_error().map(tinyrpc::transport::TransportError::kind) {
            Some(TransportErrorKind::Lost) => met.lost.fetch_add(1, Ordering::Relaxed),
            // The client was back at the broker before the workers, and so before the queue.
            Some(TransportErrorKind::Unreachable) => met.unsent.fetch_add(1, Ordering::Relaxed),
            _ => panic!("{number}: {error}"),
        };
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn reached(met: &Met, calls: u64) {
    while met.ended.load(Ordering::SeqCst) < calls {
        met.milestone.notified().await;
    }
}
