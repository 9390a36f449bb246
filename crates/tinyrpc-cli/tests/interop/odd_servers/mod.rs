//! Our client and servers that answer in odd, broken or hostile ways: each exchange ends as expected, in bounded time.

mod connections;
mod expected;
mod stats;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tinyrpc::{CallError, Client};
use tinyrpc_interop::{Peer, Row, odd_kinds, odd_servers};
use tokio::task::JoinSet;

use crate::support::Scenarios;
use expected::{BATCHES, CALLS, Ends, LOST_BATCHES, NOTIFICATIONS};

/// How long the client waits for a reply.
const PATIENCE: Duration = Duration::from_secs(2);
/// When every exchange must have ended, also on a busy machine.
const BOUND: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn each_exchange_ends_as_expected() {
    let row = Row::new("http", "jsonrpc", "our client, odd servers");
    let Some(peer) = odd_servers() else { return };
    let peer = Arc::new(peer);
    let mut exchanges = JoinSet::new();
    for &(kind, ends) in CALLS {
        let client = client(&peer, kind).await;
        exchanges.spawn(in_time(
            kind,
            "a call",
            async move { call(&client).await.and_then(|ended| ends.check(ended)) },
        ));
    }
    for &(kind, ends) in NOTIFICATIONS {
        let client = client(&peer, kind).await;
        exchanges.spawn(in_time(
            kind,
            "a notification",
            async move { ends.check(client.notify("update", (7,)).await) },
        ));
    }
    for &(kind, first, second) in BATCHES {
        let client = client(&peer, kind).await;
        exchanges.spawn(in_time(kind, "a batch", async move {
            let (one, two) = batch(&client).await.map_err(|error| format!("the batch: {error:?}"))?;
            first.check(one)?;
            second.check(two)
        }));
    }
    for &(kind, ends) in LOST_BATCHES {
        let client = client(&peer, kind).await;
        exchanges.spawn(in_time(kind, "a batch", async move { ends.check(batch(&client).await.map(|_| ())) }));
    }

    let mut scenarios = Scenarios::new(row);
    while let Some(ended) = exchanges.join_next().await {
        let (name, outcome) = ended.expect("nothing here panics");
        if let Err(why) = &outcome {
            println!("{name}: {why}");
        }
        scenarios.ended(&name, outcome.is_ok());
    }
    scenarios.ended("each message was sent once", sent_once(&peer));
    scenarios.ended("each kind of server was asked", all_asked());
    scenarios.end("");
}

async fn client(peer: &Peer, kind: &str) -> Client {
    let client = Client::connect(&format!("{}{kind}", peer.url())).await.expect("the URL can be used");
    client.with_timeout(PATIENCE)
}

/// Names an exchange, and fails it if it takes too long.
async fn in_time(
    kind: &'static str,
    what: &str,
    exchange: impl Future<Output = Result<(), String>>,
) -> (String, Result<(), String>) {
    let name = format!("{kind}, {what}");
    let begun = Instant::now();
    let outcome = match tokio::time::timeout(BOUND, exchange).await {
        Ok(outcome) => outcome.map_err(|why| format!("{why} after {:?}", begun.elapsed())),
        Err(_) => Err(format!("no end within {BOUND:?}")),
    };
    (name, outcome)
}

/// A call. `Err` when a result came but not the right one.
async fn call(client: &Client) -> Result<Result<(), CallError>, String> {
    match client.call::<Value>("echo", (7, "ü")).await {
        Ok(result) if result == serde_json::json!([7, "ü"]) => Ok(Ok(())),
        Ok(result) => Err(format!("the result is {result:.100}")),
        Err(error) => Ok(Err(error)),
    }
}

/// A batch of two calls, with a notification between them.
async fn batch(client: &Client) -> Result<(Result<[i64; 1], CallError>, Result<[i64; 1], CallError>), CallError> {
    let mut batch = client.batch();
    let one = batch.call::<[i64; 1]>("echo", (1,));
    batch.notify("update", (7,));
    let two = batch.call::<[i64; 1]>("echo", (2,));
    let mut replies = batch.send().await?;
    let (one, two) = (replies.take(one), replies.take(two));
    // Results that went to each other's call are no results.
    assert!(one.as_ref().is_ok_and(|result| *result == [1]) || one.is_err(), "{one:?}");
    assert!(two.as_ref().is_ok_and(|result| *result == [2]) || two.is_err(), "{two:?}");
    Ok((one, two))
}

impl Ends {
    /// `Err` with what came instead.
    fn check<T>(self, ended: Result<T, CallError>) -> Result<(), String> {
        let as_expected = match (self, &ended) {
            (Ends::Well, ended) => ended.is_ok(),
            (_, Ok(_)) => false,
            (Ends::Error(kind, code), Err(error)) => {
                error.kind() == kind && error.rpc_error().is_some_and(|error| error.code() == code)
            }
            (Ends::Badly(kind, words), Err(error)) => error.kind() == kind && error.to_string().contains(words),
            (Ends::Cut(kind, words), Err(error)) => {
                error.transport_error().is_some_and(|error| error.kind() == kind) && error.to_string().contains(words)
            }
        };
        if as_expected {
            return Ok(());
        }
        Err(match ended {
            Ok(_) => format!("expected {self:?}, but it ended well"),
            Err(error) => format!("expected {self:?}, got {error:?}"),
        })
    }
}

/// Whether the servers got as many requests as there were exchanges.
fn sent_once(peer: &Peer) -> bool {
    let mut sent = BTreeMap::new();
    let asked = asked().collect::<Vec<_>>();
    for kind in &asked {
        *sent.entry((*kind).to_owned()).or_insert(0_u64) += 1;
    }
    let got = stats::of(peer).requests;
    if got != sent {
        println!("sent {sent:?}\ngot {got:?}");
    }
    got == sent
}

/// Whether no kind of server was forgotten.
fn all_asked() -> bool {
    let asked: BTreeSet<&str> = asked().collect();
    let forgotten: Vec<String> = odd_kinds().into_iter().filter(|kind| !asked.contains(&**kind)).collect();
    if !forgotten.is_empty() {
        println!("forgotten: {forgotten:?}");
    }
    forgotten.is_empty()
}

/// The kinds of server, as often as they are asked.
fn asked() -> impl Iterator<Item = &'static str> {
    let ones = CALLS.iter().chain(NOTIFICATIONS).chain(LOST_BATCHES).map(|(kind, _)| *kind);
    ones.chain(BATCHES.iter().map(|(kind, ..)| *kind))
}
