//! WebSocket with Python's tinyrpc at the other end, patched as little as makes it work at all.

use std::time::Duration;

use tinyrpc::transport::ws::{WsServer, WsSettings};
use tinyrpc::{Client, Dispatcher, JsonRpc, MessagePackRpc, Server, Service};
use tinyrpc_interop::{python_peer, python_program};
use tokio::sync::oneshot;

#[derive(serde::Deserialize)]
struct Difference {
    minuend: i64,
    subtrahend: i64,
}

/// What the Python client calls.
fn service(protocol: &str) -> Service {
    let mut dispatcher = Dispatcher::new();
    dispatcher.register("add", |(a, b): (i64, i64)| a + b).expect("a new name");
    dispatcher.register("echo", |(value,): (serde_json::Value,)| value).expect("a new name");
    dispatcher.register("subtract", |d: Difference| d.minuend - d.subtrahend).expect("a new name");
    dispatcher.register("notify_hello", |(_,): (i64,)| ()).expect("a new name");
    match protocol {
        "msgpack" => Service::new(MessagePackRpc::new(), dispatcher),
        _ => Service::new(JsonRpc::new(), dispatcher),
    }
}

async fn python_calls_us(protocol: &'static str) {
    let settings = WsSettings::new().with_empty_reply_to_notifications(true);
    let transport = WsServer::bind("127.0.0.1:0").await.expect("a free port").with_settings(settings);
    let url = format!("ws://{}/", transport.address());
    let server = Server::new(service(protocol)).with_transport(transport);
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(server.run_until(async { drop(stopped.await) }));
    let calling = tokio::task::spawn_blocking(move || {
        let args = [url.as_str(), "--protocol", protocol, "--notifications"];
        python_program("ws_client.py", &args, Duration::from_secs(60))
    });
    if let Some(finished) = calling.await.expect("the client runs") {
        finished.assert_success();
        assert_eq!(finished.stdout.lines().count(), 7, "{}", finished.stdout);
    }
    drop(stop);
    serving.await.expect("no panic").expect("the server stops");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_calls_us_in_json() {
    python_calls_us("jsonrpc").await;
}

/// All of it comes in text frames, which are not UTF-8.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_calls_us_in_message_pack() {
    python_calls_us("msgpack").await;
}

async fn we_call_python(protocol: &str) {
    let Some(peer) = python_peer("ws_server.py", &["--protocol", protocol]) else {
        return;
    };
    let client = Client::connect(&format!("{}?protocol={protocol}", peer.url())).await.expect("a connection");
    let sum: i64 = client.call("add", (1, 2)).await.expect("a result");
    assert_eq!(sum, 3);
    let text = "Grüße, 世界, \u{1f980} \u{0} \u{7f} \" \\".to_owned();
    assert_eq!(client.call::<String>("echo", (&text,)).await.expect("a result"), text);
    let long = "ä".repeat(500_000);
    assert_eq!(client.call::<String>("echo", (&long,)).await.expect("a result"), long);
    let error = client.call::<i64>("fail", (99, "no")).await.expect_err("an error");
    assert!(error.is_remote(), "{error:?}");
    assert!(client.call::<i64>("unknown", ()).await.expect_err("an error").is_method_not_found());
    let calls = (0..64_i64).map(|number| {
        let client = client.clone();
        async move { client.call::<i64>("add", (number, 1)).await.expect("a result") == number + 1 }
    });
    assert!(futures_util::future::join_all(calls).await.into_iter().all(|right| right));
    // A notification would leave the server's side of this connection stuck.
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn we_call_python_in_json() {
    we_call_python("jsonrpc").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn we_call_python_in_message_pack() {
    we_call_python("msgpack").await;
}
