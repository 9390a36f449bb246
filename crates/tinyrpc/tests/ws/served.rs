//! Clients and servers that are made from URLs.

use tinyrpc::{Client, Dispatcher, JsonRpc, MessagePackRpc, Service};
use tokio::sync::oneshot;

use crate::support::{Server, dispatcher, soon};

async fn serve(url: &str) -> (String, oneshot::Sender<()>) {
    let service = Service::new(JsonRpc::new(), dispatcher().0).with_protocol(MessagePackRpc::new());
    let server = tinyrpc::Server::new(service).bind(url).await.unwrap();
    let endpoint = server.endpoints().concat();
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(server.run_until(async { drop(stopped.await) }));
    (endpoint, stop)
}

#[tokio::test]
async fn both_protocols_by_url() {
    for protocol in ["jsonrpc", "jsonrpc1", "msgpack"] {
        let (endpoint, _stop) = serve(&format!("ws://127.0.0.1:0/rpc?protocol={protocol}")).await;
        assert!(endpoint.starts_with("ws://127.0.0.1:") && endpoint.ends_with("/rpc"), "{endpoint}");
        let client = Client::connect(&format!("{endpoint}?protocol={protocol}")).await.unwrap();
        assert_eq!(soon(client.call::<i64>("add", (1, 2))).await.unwrap(), 3);
        client.notify("add", (1, 2)).await.unwrap();
        let long = "ä".repeat(500_000);
        assert_eq!(soon(client.call::<String>("echo", (&long,))).await.unwrap(), long);
        assert!(soon(client.call::<i64>("unknown", ())).await.is_err());
        let caller: String = soon(client.call("caller", ())).await.unwrap();
        assert!(caller.starts_with("127.0.0.1:"), "{caller}");
        let host: Option<String> = soon(client.call("header", ("host",))).await.unwrap();
        assert!(endpoint.contains(&host.unwrap()));
    }
}

#[tokio::test]
async fn a_hundred_clients_at_once() {
    let server = Server::start().await;
    let calls = (0..100_i64).map(|number| {
        let url = server.url();
        tokio::spawn(async move {
            let client = Client::connect(&url).await.unwrap();
            for turn in 0..10 {
                assert_eq!(client.call::<i64>("add", (number, turn)).await.unwrap(), number + turn);
            }
            let all = (0..50_i64).map(|turn| {
                let client = client.clone();
                async move { client.call::<i64>("add", (number, turn)).await.unwrap() == number + turn }
            });
            assert!(futures_util::future::join_all(all).await.into_iter().all(|right| right));
        })
    });
    for call in calls.collect::<Vec<_>>() {
        soon(call).await.unwrap();
    }
}

#[tokio::test]
async fn urls_that_cannot_be_bound() {
    let service = Service::new(JsonRpc::new(), Dispatcher::new());
    for url in ["ws://", "ws:///x", "ws://127.0.0.1:99999/"] {
        assert!(tinyrpc::Server::new(service.clone()).bind(url).await.is_err(), "{url}");
    }
}
