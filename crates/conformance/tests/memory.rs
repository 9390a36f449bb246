//! The transports that stay in the process pass the suites.

use std::sync::Mutex;

use bytes::Bytes;
use tinyrpc::transport::callback::{CallbackClient, CallbackServer};
use tinyrpc::transport::memory::{Memory, named, pair};
use tinyrpc::{Origin, Server, Service};
use tokio::sync::oneshot;

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
async fn links_by_name() {
    tinyrpc_conformance::server(async |service| {
        let name = format!("conformance-{}", service.protocols()[0].name());
        let server = named::NamedServer::bind(&name).expect("nobody else has the name");
        tokio::spawn(Server::new(service).with_transport(server).run());
        named::connect(&name).await.expect("the server is there")
    })
    .await;
}

/// Where a reply goes: it travels with the message, as what its sender knows of it.
type Slot = Mutex<Option<oneshot::Sender<Bytes>>>;

/// Callbacks at both ends. `now`: the server gets its messages without waiting for what becomes of them.
fn callbacks(service: Service, now: bool) -> CallbackClient {
    let server = CallbackServer::new(service, |from, reply| {
        let slot = from.extension::<Slot>().expect("what was given with a message comes with its reply");
        let slot = slot.lock().expect("nobody panics").take().expect("a message has one reply");
        // Whoever waited may have given up.
        let _ = slot.send(reply);
    });
    CallbackClient::new(move |message| {
        let (slot, reply) = oneshot::channel();
        let from = Origin::new("callback").with_extension(Slot::new(Some(slot)));
        let server = server.clone();
        async move {
            if now {
                server.receive_now(from, message)
            } else {
                server.receive(from, message).await
            }
            // Closed without a reply when none is owed.
            Ok(reply.await.ok())
        }
    })
}

#[tokio::test]
async fn callbacks_at_both_ends() {
    for (protocol, now) in [("jsonrpc", false), ("jsonrpc", true), ("msgpack", false), ("msgpack", true)] {
        tinyrpc_conformance::exchange_of(protocol, async |service| callbacks(service, now)).await;
    }
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
