//! Subscriptions as chain nodes have them, with Python's WebSocket libraries at the other end.

use std::task::Poll;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tinyrpc::client::SubscriptionErrorKind;
use tinyrpc::subscription::{Offer, RegisterSubscription as _, Stream};
use tinyrpc::{Client, Dispatcher, JsonRpc, RpcError, Server, Service};
use tinyrpc_interop::{python_peer, python_program};
use tokio::sync::{mpsc, oneshot};

#[derive(Debug, serde::Deserialize)]
struct Head {
    number: String,
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future).await.expect("this should not take so long")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn we_subscribe_at_a_node() {
    let Some(node) = python_peer("eth_node.py", &[]) else {
        return;
    };
    let client = Client::connect(node.url()).await.expect("a connection");
    for (what, count) in [("newHeads", 5), ("early", 3)] {
        for _ in 0..20 {
            let mut heads = soon(client.subscribe::<Head>("eth_subscribe", (what,))).await.expect("a subscription");
            for number in 0..count {
                let head = soon(heads.next()).await.expect("a head").expect("a head");
                assert_eq!(head.number, format!("{number:#x}"));
            }
        }
    }
    let mut broken = soon(client.subscribe::<Head>("eth_subscribe", ("broken",))).await.expect("a subscription");
    assert_eq!(soon(broken.next()).await.expect("a head").expect("a head").number, "0x0");
    let error = soon(broken.next()).await.expect("a reason").expect_err("a reason");
    assert_eq!(error.rpc_error().map(RpcError::message), Some("the database is gone"));
    let error = soon(client.subscribe::<Head>("eth_subscribe", ("moons",))).await.expect_err("there are none");
    assert!(error.to_string().contains("invalid subscription moons"), "{error}");

    // Dropping them unsubscribes, in the background.
    soon(async { while client.call::<u64>("eth_subscriptions", ()).await.expect("a number") > 0 {} }).await;
    let heads = soon(client.subscribe::<Head>("eth_subscribe", ("never",))).await.expect("a subscription");
    assert_eq!(soon(client.call::<u64>("eth_subscriptions", ())).await.expect("a number"), 1);
    soon(heads.unsubscribe()).await.expect("the node confirms");
    assert_eq!(soon(client.call::<u64>("eth_subscriptions", ())).await.expect("a number"), 0);

    let mut heads = soon(client.subscribe::<Head>("eth_subscribe", ("newHeads",))).await.expect("a subscription");
    assert!(soon(client.call::<u64>("cut", ())).await.is_err());
    for _ in 0..5 {
        soon(heads.next()).await.expect("a head").expect("a head");
    }
    let error = soon(heads.next()).await.expect("a reason").expect_err("a reason");
    assert_eq!(error.kind(), SubscriptionErrorKind::Lost, "{error}");
}

/// What the client asks for.
#[derive(serde::Deserialize)]
struct Wanted {
    what: String,
    #[serde(default)]
    count: u64,
}

fn items(wanted: Wanted, dropped: mpsc::UnboundedSender<()>) -> Result<impl Stream<Item = u64>, RpcError> {
    match &*wanted.what {
        "count" => Ok(stream::iter(0..wanted.count).left_stream()),
        "held" => {
            let held = Held(dropped);
            let never = stream::poll_fn(move |_| {
                let Held(_) = &held;
                Poll::Pending
            });
            Ok(never.right_stream())
        }
        _ => Err(RpcError::invalid_params("there is no such stream")),
    }
}

/// Says that it is dropped.
struct Held(mpsc::UnboundedSender<()>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.send(()).expect("somebody counts");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_subscribes_at_ours() {
    let (dropped, mut drops) = mpsc::unbounded_channel();
    let mut dispatcher = Dispatcher::new();
    dispatcher
        .register_subscription(Offer::new("eth_subscribe").with_hex_ids(true), move |wanted: Wanted| {
            items(wanted, dropped.clone())
        })
        .expect("new names");
    let server = Server::new(Service::new(JsonRpc::new(), dispatcher));
    let server = server.bind("ws://127.0.0.1:0/").await.expect("a free port");
    let url = server.endpoints()[0].clone();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(server.run_until(async { drop(stopped.await) }));
    let calling =
        tokio::task::spawn_blocking(move || python_program("eth_client.py", &[&url], Duration::from_secs(60)));
    if let Some(finished) = calling.await.expect("the client runs") {
        finished.assert_success();
        assert_eq!(finished.stdout.trim(), r#"{"items": 1000}"#);
        soon(drops.recv()).await.expect("unsubscribing drops one");
        soon(drops.recv()).await.expect("the end of the link drops the other");
    }
    drop(stop);
    soon(serving).await.expect("no panic").expect("the server stops");
}
