//! The transports that stay in the process pass the suites.

use tinyrpc::Origin;
use tinyrpc::transport::callback::CallbackClient;
use tinyrpc::transport::memory::{Memory, pair};

#[tokio::test]
async fn the_exchange_in_memory() {
    tinyrpc_conformance::exchange(async |service| Memory::new(service)).await;
}

#[tokio::test]
async fn the_link_in_memory() {
    for capacity in [1, 100_000] {
        tinyrpc_conformance::link(async || pair(capacity)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_link_in_memory_between_threads() {
    tinyrpc_conformance::link(async || pair(1_000)).await;
}

#[tokio::test]
async fn a_function() {
    for protocol in ["jsonrpc", "msgpack"] {
        tinyrpc_conformance::exchange_of(protocol, async |service| {
            CallbackClient::new(move |message| {
                let service = service.clone();
                async move { Ok(service.exchange(Origin::new("function"), message).await) }
            })
        })
        .await;
    }
}
