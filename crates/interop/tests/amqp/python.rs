//! Our client and Python's tinyrpc as server, unmodified.

use std::collections::BTreeMap;
use std::time::Duration;

use tinyrpc::Client;
use tinyrpc_interop::{Broker, Peer, Row, python_peer};

use crate::support::broker;

fn python(broker: &Broker, queue: &str, protocol: &str) -> Option<Peer> {
    python_peer("amqp_server.py", &[&broker.url("%2F"), queue, "--protocol", protocol])
}

/// One call at a time, because the server keeps only the last of several that arrive together.
async fn client(peer: &Peer, protocol: &str, more: &str) -> Client {
    let url = format!("{}&in_flight=1&protocol={protocol}{more}", peer.url());
    Client::connect(&url).await.unwrap().with_timeout(Duration::from_secs(20))
}

#[tokio::test(flavor = "multi_thread")]
async fn python_serves_our_calls() {
    let Some(broker) = broker() else { return };
    for protocol in ["jsonrpc", "msgpack"] {
        let row = Row::new("rabbitmq", protocol, "our client, Python's server");
        let Some(peer) = python(broker, &format!("python-{protocol}"), protocol) else { return };
        for more in ["", "&reply_queue=true"] {
            let client = client(&peer, protocol, more).await;
            assert_eq!(client.call::<i64>("subtract", (42, 23)).await.unwrap(), 19);
            assert_eq!(client.call::<String>("reverse_string", ("né🦀",)).await.unwrap(), "🦀én");
            let large = "0123456789abcdef".repeat(1 << 16);
            assert_eq!(client.call::<String>("echo", (&large,)).await.unwrap(), large);
            let failed = client.call::<()>("fail", (99, "No funds", 5)).await.unwrap_err();
            let error = failed.rpc_error().unwrap_or_else(|| panic!("{failed:?}"));
            assert_eq!((error.code(), error.message()), (99, "No funds"));
            assert!(client.call::<()>("no_such_method", ()).await.unwrap_err().is_method_not_found());
            // Sent at once, one under way at a time.
            let sums = client.call_all::<i64, _>((0..50).map(|number| ("add", (number, 1)))).await;
            let sums: Vec<i64> = sums.into_iter().map(Result::unwrap).collect();
            assert_eq!(sums, (1..=50).collect::<Vec<_>>());
            if protocol == "jsonrpc" {
                let named = BTreeMap::from([("subtrahend", 23), ("minuend", 42)]);
                assert_eq!(client.call::<i64>("subtract", named).await.unwrap(), 19);
                let mut batch = client.batch();
                let sum = batch.call::<i64>("sum", (1, 2, 4));
                let unknown = batch.call::<()>("no_such_method", ());
                batch.notify("update", (1,));
                let mut replies = batch.send().await.unwrap();
                assert_eq!(replies.take(sum).unwrap(), 7);
                assert!(replies.take(unknown).unwrap_err().is_method_not_found());
            }
        }
        sixteen_clients(&peer, protocol).await;
        row.passed("one call at a time, 16 clients; no notifications, which that server repeats without end");
    }
}

async fn sixteen_clients(peer: &Peer, protocol: &str) {
    let mut tasks = Vec::new();
    for number in 0..16_i64 {
        let client = client(peer, protocol, "").await;
        tasks.push(tokio::spawn(async move {
            for other in 0..20 {
                assert_eq!(client.call::<i64>("add", (number, other)).await.unwrap(), number + other);
            }
        }));
    }
    for task in tasks {
        task.await.unwrap_or_else(|error| panic!("{error}; {}", peer.stderr()));
    }
}
