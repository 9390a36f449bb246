//! Which connections our client uses again, and that it sends nothing twice.

use std::time::{Duration, Instant};

use tinyrpc::client::CallErrorKind::UnexpectedId;
use tinyrpc::transport::TransportErrorKind::Lost;
use tinyrpc_interop::{Row, odd_servers};

use super::{call, client, stats};
use crate::support::Scenarios;

/// Calls one after the other.
const CALLS: u64 = 4;

/// Kinds of server, and how many connections the calls need.
const KINDS: &[(&str, u64)] = &[
    ("plain", 1),
    ("two-writes", 1),
    ("chunked", 1),
    ("continue-100", 1),
    ("pretty-printed", 1),
    ("reply-under-404", 1),
    ("error-under-500", 1),
    ("error-as-text", 1),
    ("text-500", 1),
    ("unauthorised", 1),
    ("wrong-id", 1),
    ("not-json", 1),
    ("empty-body", 1),
    ("notified-204", 1),
    // The server ends them.
    ("until-close", CALLS),
    ("half-then-close", CALLS),
    ("close", CALLS),
    // Given up.
    ("terabyte", CALLS),
    ("endless", CALLS),
];

#[tokio::test(flavor = "multi_thread")]
async fn good_connections_are_used_again() {
    let row = Row::new("http", "jsonrpc", "our connections, odd servers");
    let Some(peer) = odd_servers() else { return };
    let mut scenarios = Scenarios::new(row);
    for &(kind, connections) in KINDS {
        let client = client(&peer, kind).await;
        let before = stats::of(&peer);
        for _ in 0..CALLS {
            // How it ends is another test's matter.
            let _ = call(&client).await;
        }
        let after = stats::of(&peer);
        let opened = after.connections - before.connections - 1;
        let got = after.requests.get(kind).copied().unwrap_or(0);
        if (opened, got) != (connections, CALLS) {
            println!("{kind}: {got} requests on {opened} connections");
        }
        scenarios.ended(kind, (opened, got) == (connections, CALLS));
    }
    scenarios.end("");
}

/// A server that writes head and body apart, without `TCP_NODELAY`, waits for the acknowledgement of the head, which
/// our side would delay by 40 ms.
#[tokio::test(flavor = "multi_thread")]
async fn no_call_waits_for_a_delayed_acknowledgement() {
    let Some(peer) = odd_servers() else { return };
    let client = client(&peer, "two-writes").await;
    let begun = Instant::now();
    for _ in 0..50 {
        call(&client).await.expect("a right result").expect("a result");
    }
    let took = begun.elapsed();
    assert!(took < Duration::from_millis(1_500), "50 calls took {took:?}");
}

/// What a server does between two calls may be seen before the next one is sent, or only after. In the first case
/// another connection is used; in the second the call fails, is not repeated, and never gets another call's result.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_between_calls_is_taken_for_no_reply() {
    let Some(peer) = odd_servers() else { return };
    for kind in ["reply-twice", "close-after-reply"] {
        let client = client(&peer, kind).await;
        for number in 0..20 {
            match client.call::<[i64; 1]>("echo", (number,)).await {
                Ok(result) => assert_eq!(result, [number], "{kind}"),
                Err(error) => {
                    let lost = error.transport_error().is_some_and(|error| error.kind() == Lost);
                    let is_known = if kind == "reply-twice" { error.kind() == UnexpectedId } else { lost };
                    assert!(is_known && number > 0, "{kind}: {error:?}");
                }
            }
        }
        // Fewer than were sent when the server had gone, or has not read them yet.
        let requests = stats::of(&peer).requests.get(kind).copied();
        assert!((1..=20).contains(&requests.unwrap_or(0)), "{kind}: {requests:?}");
    }
}
