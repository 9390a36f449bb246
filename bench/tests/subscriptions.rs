//! Subscriptions with jsonrpsee at the other end, in both roles.

use std::time::Duration;

use futures_util::stream;
use jsonrpsee_core::client::{ClientT as _, Subscription, SubscriptionClientT as _};
use jsonrpsee_core::rpc_params;
use jsonrpsee_core::server::{RpcModule, SubscriptionMessage};
use jsonrpsee_server::ServerBuilder;
use jsonrpsee_ws_client::WsClientBuilder;
use tinyrpc::subscription::{Offer, RegisterSubscription as _};
use tinyrpc::{Client, Dispatcher, JsonRpc, RpcError, Server, Service};

async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("in time")
}

#[tokio::test]
async fn our_client_subscribes_to_jsonrpsee() {
    let server = ServerBuilder::default().build("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap();
    let mut module = RpcModule::new(());
    let (ended, mut end) = tokio::sync::mpsc::unbounded_channel();
    module
        .register_subscription::<Result<(), jsonrpsee_core::SubscriptionError>, _, _>(
            "subscribe_numbers",
            "numbers",
            "unsubscribe_numbers",
            move |params, pending, _, _| {
                let ended = ended.clone();
                async move {
                    let (from, to): (u64, u64) = params.parse().unwrap();
                    let sink = pending.accept().await.unwrap();
                    for number in from..to {
                        let raw = serde_json::value::to_raw_value(&number).unwrap();
                        if sink.send(SubscriptionMessage::from(raw)).await.is_err() {
                            break;
                        }
                    }
                    if to > 1_000_000 {
                        sink.closed().await;
                        ended.send(()).unwrap();
                        return Ok(());
                    }
                    Err("that was all".into())
                }
            },
        )
        .unwrap();
    let handle = server.start(module);
    let client = Client::connect(&format!("ws://{address}/")).await.unwrap();
    let mut numbers = soon(client.subscribe::<u64>("subscribe_numbers", (0, 100))).await.unwrap();
    for number in 0..100 {
        assert_eq!(soon(numbers.next()).await.unwrap().unwrap(), number);
    }
    let error = soon(numbers.next()).await.unwrap().unwrap_err();
    assert!(error.rpc_error().unwrap().message().contains("that was all"));
    let mut numbers = soon(client.subscribe::<u64>("subscribe_numbers", (0, 1_000_001))).await.unwrap();
    let mut seen = 0;
    while seen < 100_000 {
        match soon(numbers.next()).await.unwrap() {
            Ok(_) => seen += 1,
            Err(error) => assert!(error.missed().is_some(), "{error}"),
        }
    }
    soon(numbers.unsubscribe()).await.unwrap();
    soon(end.recv()).await.unwrap();
    handle.stop().unwrap();
}

#[tokio::test]
async fn jsonrpsee_subscribes_to_us() {
    let (open, mut opened) = tokio::sync::mpsc::unbounded_channel();
    let mut dispatcher = Dispatcher::new();
    dispatcher
        .register_subscription("subscribe_numbers", |(from, to): (u64, u64)| stream::iter(from..to))
        .unwrap()
        .register_subscription(Offer::new("subscribe_failing").with_notification("f"), || {
            stream::iter([Ok(1), Err(RpcError::new(7, "broken"))])
        })
        .unwrap()
        .register_subscription("subscribe_held", move || {
            let (sender, receiver) = tokio::sync::mpsc::unbounded_channel::<u64>();
            open.send(sender).unwrap();
            stream::unfold(receiver, |mut receiver| async { receiver.recv().await.map(|item| (item, receiver)) })
        })
        .unwrap();
    let server = Server::new(Service::new(JsonRpc::new(), dispatcher)).bind("ws://127.0.0.1:0/").await.unwrap();
    let url = server.endpoints()[0].clone();
    tokio::spawn(server.run());
    let client = WsClientBuilder::default().build(&url).await.unwrap();
    let mut numbers: Subscription<u64> =
        soon(client.subscribe("subscribe_numbers", rpc_params![0, 500], "unsubscribe_numbers")).await.unwrap();
    for number in 0..500 {
        assert_eq!(soon(numbers.next()).await.unwrap().unwrap(), number);
    }
    // The end is understood.
    assert!(soon(numbers.next()).await.is_none());
    let mut failing: Subscription<u64> =
        soon(client.subscribe("subscribe_failing", rpc_params![], "unsubscribe_failing")).await.unwrap();
    assert_eq!(soon(failing.next()).await.unwrap().unwrap(), 1);
    assert!(soon(failing.next()).await.is_none());
    let mut held: Subscription<u64> =
        soon(client.subscribe("subscribe_held", rpc_params![], "unsubscribe_held")).await.unwrap();
    let sender = soon(opened.recv()).await.unwrap();
    sender.send(4).unwrap();
    assert_eq!(soon(held.next()).await.unwrap().unwrap(), 4);
    drop(held);
    soon(sender.closed()).await;
    assert!(client.is_connected());
    let _: Result<u64, _> = client.request("nonsense", rpc_params![]).await;
}
