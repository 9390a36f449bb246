//! Every medium that has no headers.

use std::sync::Arc;

use tinyrpc::client::Connector;
use tinyrpc::client::reconnect::Balance;
use tinyrpc::peer::PeerSettings;
use tinyrpc::transport::memory::{Memory, pair};
use tinyrpc::{Client, JsonRpc};

use crate::support::*;

async fn check(client: &Client, said: bool) {
    let right = |seen: &Seen| if said { says_all(seen) } else { *seen == (None, None) };
    let seen: Seen = soon(client.call("seen", ())).await.unwrap();
    assert!(right(&seen), "{seen:?}");
    let mut batch = client.batch();
    let entries = [batch.call::<Seen>("seen", ()), batch.call("seen", ())];
    batch.notify("seen", ());
    let mut replies = soon(batch.send()).await.unwrap();
    for entry in entries {
        let seen = replies.take(entry).unwrap();
        assert!(right(&seen), "{seen:?}");
    }
}

/// With and without, on one medium.
async fn everything(listen: &str) {
    let url = serve(listen, service(JsonRpc::new())).await;
    check(&connect(&format!("{url}?metadata=on")).await, true).await;
    check(&connect(&url).await, false).await;
    check(&connect(&format!("{url}?metadata=off")).await, false).await;
    let again = Connector::new().connect_any([format!("{url}?metadata=on")], Balance::Failover).await.unwrap();
    check(&with_a_minute(again), true).await;
}

#[tokio::test]
async fn tcp() {
    everything("tcp://127.0.0.1:0").await;
}

#[cfg(unix)]
#[tokio::test]
async fn unix() {
    let folder = std::env::temp_dir().join(format!("tinyrpc-metadata-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    everything(&format!("unix://{}/socket", folder.display())).await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn websocket() {
    everything("ws://127.0.0.1:0/").await;
}

#[tokio::test]
async fn zeromq() {
    everything("zmq+tcp://127.0.0.1:0").await;
}

#[tokio::test]
async fn in_memory() {
    everything(&format!("inproc://tinyrpc-metadata-{}", std::process::id())).await;
    for said in [true, false] {
        let protocol = || if said { JsonRpc::new().with_metadata(true) } else { JsonRpc::new() };
        let (here, there) = pair(1_000);
        let _served = Client::over_serving(there, service(JsonRpc::new()), PeerSettings::new());
        check(&with_a_minute(Client::over(here, protocol())), said).await;
        // The exchange has nothing beside its messages either.
        check(&with_a_minute(Client::new(Memory::new(service(JsonRpc::new())), protocol())), said).await;
    }
}

/// A server that has turned it off does not look at what comes, wherever it is told.
#[tokio::test]
async fn who_has_turned_it_off_ignores_it() {
    for listen in ["tcp://127.0.0.1:0", "ws://127.0.0.1:0/", "zmq+tcp://127.0.0.1:0"] {
        let url = serve(&format!("{listen}?metadata=off"), service(JsonRpc::new())).await;
        check(&connect(&format!("{url}?metadata=on")).await, false).await;
        let url = serve(listen, service(JsonRpc::new().with_metadata(false))).await;
        check(&connect(&format!("{url}?metadata=on")).await, false).await;
    }
}

/// Calls back say what is left of the call that they are made for.
#[tokio::test]
async fn calls_back_carry_it_too() {
    for listen in ["tcp://127.0.0.1:0", "ws://127.0.0.1:0/", "zmq+tcp://127.0.0.1:0"] {
        for on in [true, false] {
            let parameter = if on { "?metadata=on" } else { "" };
            let url = serve(&format!("{listen}{parameter}"), service(JsonRpc::new())).await;
            let connector = Connector::new()
                .with_protocol(Arc::new(JsonRpc::new().with_metadata(true)))
                .with_service(service(JsonRpc::new()));
            let client = with_a_minute(connector.connect(&url).await.unwrap());
            let seen: Seen = soon(client.call("back", ())).await.unwrap();
            assert_eq!(says_all(&seen), on, "{seen:?}");
        }
    }
}
