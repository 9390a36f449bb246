//! Connections that are cut at every byte of an exchange, and ones whose bytes come one by one.

use std::sync::atomic::Ordering;

use tinyrpc::transport::TransportErrorKind;
use tinyrpc::{CallError, Client};

use crate::proxy::{Plan, Proxy};
use crate::support::{Running, adds, soon};

const LINKS: [(&str, &str); 4] = [
    ("tcp://127.0.0.1:0", "jsonrpc"),
    ("tcp://127.0.0.1:0", "msgpack"),
    ("ws://127.0.0.1:0/", "jsonrpc"),
    ("ws://127.0.0.1:0/", "msgpack"),
];

/// How calls may end.
#[derive(Debug, PartialEq)]
enum Ended {
    Answered,
    Lost,
}

fn ended(result: Result<i64, CallError>) -> Ended {
    match result {
        Ok(sum) => {
            assert_eq!(sum, 3);
            Ended::Answered
        }
        Err(error) if error.is_remote() => {
            assert_eq!(error.rpc_error().map(|error| error.code()), Some(99));
            Ended::Answered
        }
        Err(error) => {
            assert_eq!(error.transport_error().map(|error| error.kind()), Some(TransportErrorKind::Lost), "{error:?}");
            Ended::Lost
        }
    }
}

/// Three calls at once, one of which the method fails.
async fn exchange(client: &Client) -> [Ended; 3] {
    let all = async { tokio::join!(client.call("add", (1, 2)), client.call("fail", ()), client.call("add", (2, 1))) };
    let (one, two, three) = soon(all).await;
    [ended(one), ended(two), ended(three)]
}

#[tokio::test]
async fn every_call_ends_wherever_the_connection_is_cut() {
    for (url, protocol) in LINKS {
        let server = Running::start(url, protocol, 0).await;
        let whole = Proxy::start(server.address(), Plan::OPEN).await;
        let client = soon(server.connector().connect(&server.by_way_of(whole.address))).await.unwrap();
        assert_eq!(exchange(&client).await, [Ended::Answered, Ended::Answered, Ended::Answered]);
        let [up, down] = whole.passed();
        assert!(up > 15 && down > 15, "{up} up and {down} down");

        let plans = (0..=up).map(|cut| Plan { up: cut, ..Plan::OPEN });
        let plans = plans.chain((0..=down).map(|cut| Plan { down: cut, ..Plan::OPEN }));
        let (mut answered, mut lost, mut unconnected) = (0, 0, 0);
        for plan in plans {
            let proxy = Proxy::start(server.address(), plan).await;
            let client = match soon(server.connector().connect(&server.by_way_of(proxy.address))).await {
                Ok(client) => client,
                Err(error) => {
                    // WebSocket shakes hands first; that may be cut as well.
                    assert!(url.starts_with("ws:"), "{error:?}");
                    unconnected += 1;
                    continue;
                }
            };
            let all = exchange(&client).await;
            let count = all.iter().filter(|ended| **ended == Ended::Answered).count();
            if plan.down == down {
                assert_eq!(count, 3, "what came whole before the cut is not lost");
            }
            // The last line needs no end.
            if plan.down.saturating_add(1) < down {
                assert!(count < 3, "a part of the replies is missing when cut at {} of {down}", plan.down);
            }
            answered += count;
            lost += 3 - count;
        }
        println!("{url} {protocol}: {answered} answered, {lost} lost, {unconnected} not connected");
        assert!(answered > 0 && lost > 0);
        assert_eq!(unconnected > 0, url.starts_with("ws:"));
        adds(&server.client().await).await;
    }
}

#[tokio::test]
async fn one_byte_at_a_time_is_enough() {
    for (url, protocol) in LINKS {
        let server = Running::start(url, protocol, 0).await;
        let proxy = Proxy::start(server.address(), Plan { piece: 1, ..Plan::OPEN }).await;
        let client = soon(server.connector().connect(&server.by_way_of(proxy.address))).await.unwrap();
        assert_eq!(exchange(&client).await, [Ended::Answered, Ended::Answered, Ended::Answered]);
        let text = "né\u{1f980}\r\n\0".repeat(500);
        assert_eq!(soon(client.call::<String>("echo", (&text,))).await.unwrap(), text);
        soon(client.notify("add", (1, 2))).await.unwrap();
        adds(&client).await;
        assert!(proxy.passed[0].load(Ordering::SeqCst) > 5_000);
    }
}
