//! Subscriptions as chain nodes have them, with Python's WebSocket libraries at the other end, and those of pyzmq's sockets.

use std::task::Poll;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tinyrpc::client::SubscriptionErrorKind;
use tinyrpc::subscription::{Offer, RegisterSubscription as _, Stream};
use tinyrpc::{Client, Dispatcher, JsonRpc, RpcError, Server, Service, protocol_named};
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

/// Serves what a Python program subscribes to, and gives what the program has said. It opens so many streams without an
/// end, unsubscribes from the half of them, and goes away without a word of the others.
async fn subscribed_by(
    program: &'static str,
    offer: Offer,
    url: &str,
    protocol: &'static str,
    streams: usize,
) -> Option<String> {
    let (dropped, mut drops) = mpsc::unbounded_channel();
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (i64, i64)| a + b).expect("a new name");
    dispatcher.register_subscription(offer, move |wanted: Wanted| items(wanted, dropped.clone())).expect("new names");
    let service = Service::new(JsonRpc::new(), dispatcher).speaking(protocol_named(protocol).expect("it is built in"));
    let server = Server::new(service).bind(url).await.expect("a free port");
    let url = server.endpoints()[0].clone();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(server.run_until(async { drop(stopped.await) }));
    let arguments = move || match protocol {
        "jsonrpc" => vec![url.clone()],
        _ => vec![url.clone(), "--protocol".to_owned(), protocol.to_owned()],
    };
    let calling = tokio::task::spawn_blocking(move || {
        let arguments = arguments();
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        python_program(program, &arguments, Duration::from_secs(60))
    });
    let finished = calling.await.expect("the client runs")?;
    finished.assert_success();
    for _ in 0..streams {
        soon(drops.recv()).await.expect("unsubscribing and the end of the link drop them");
    }
    drop(stop);
    soon(serving).await.expect("no panic").expect("the server stops");
    Some(finished.stdout.trim().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_subscribes_at_ours() {
    let offer = Offer::new("eth_subscribe").with_hex_ids(true);
    if let Some(said) = subscribed_by("eth_client.py", offer, "ws://127.0.0.1:0/", "jsonrpc", 2).await {
        assert_eq!(said, r#"{"items": 1000}"#);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pyzmq_subscribes_at_ours() {
    for protocol in ["jsonrpc", "msgpack"] {
        let offer = Offer::new("subscribe");
        if let Some(said) = subscribed_by("zmq_subscriber.py", offer, "zmq+tcp://127.0.0.1:0", protocol, 4).await {
            assert_eq!(said, r#"{"subscribers": 2}"#);
        }
    }
}
