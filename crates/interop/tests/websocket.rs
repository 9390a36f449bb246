//! WebSocket with Python's tinyrpc at the other end: patched as little as makes it work at all, and as it is shipped.

use std::collections::BTreeMap;
use std::time::Duration;

use tinyrpc::transport::ws::{WsServer, WsSettings};
use tinyrpc::{Client, Dispatcher, JsonRpc, MessagePackRpc, Server, Service};
use tinyrpc_interop::{Finished, Row, python_peer, python_program};
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

/// Serves until the client has ended, and gives what that printed.
async fn called_by_python(protocol: &'static str, more: &'static str) -> Option<Finished> {
    let settings = WsSettings::new().with_empty_reply_to_notifications(true);
    let transport = WsServer::bind("127.0.0.1:0").await.expect("a free port").with_settings(settings);
    let url = format!("ws://{}/", transport.address());
    let server = Server::new(service(protocol)).with_transport(transport);
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(server.run_until(async { drop(stopped.await) }));
    let calling = tokio::task::spawn_blocking(move || {
        let args = [url.as_str(), "--protocol", protocol, more];
        python_program("ws_client.py", &args, Duration::from_secs(60))
    });
    let finished = calling.await.expect("the client runs");
    drop(stop);
    serving.await.expect("no panic").expect("the server stops");
    finished
}

async fn python_calls_us(protocol: &'static str) {
    let row = Row::new("websocket", protocol, "Python's client, our server");
    let Some(finished) = called_by_python(protocol, "--notifications").await else { return };
    finished.assert_success();
    let scenarios = finished.stdout.lines().count();
    assert_eq!(scenarios, 8, "{}", finished.stdout);
    row.passed(format!("{scenarios} scenarios, 16 clients among them; the client patched by one line"));
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

async fn we_call_python(protocol: &'static str) {
    let row = Row::new("websocket", protocol, "our client, Python's server");
    let Some(peer) = python_peer("ws_server.py", &["--protocol", protocol]) else {
        return;
    };
    let url = format!("{}?protocol={protocol}", peer.url());
    let client = Client::connect(&url).await.expect("a connection");
    let sum: i64 = client.call("add", (1, 2)).await.expect("a result");
    assert_eq!(sum, 3);
    let text = "Grüße, 世界, \u{1f980} \u{0} \u{7f} \" \\".to_owned();
    assert_eq!(client.call::<String>("echo", (&text,)).await.expect("a result"), text);
    let long = "ä".repeat(500_000);
    assert_eq!(client.call::<String>("echo", (&long,)).await.expect("a result"), long);
    let error = client.call::<i64>("fail", (99, "no")).await.expect_err("an error");
    assert!(error.is_remote(), "{error:?}");
    assert!(client.call::<i64>("unknown", ()).await.expect_err("an error").is_method_not_found());
    if protocol == "jsonrpc" {
        let named = BTreeMap::from([("subtrahend", 23), ("minuend", 42)]);
        assert_eq!(client.call::<i64>("subtract", named).await.expect("a result"), 19);
        let mut batch = client.batch();
        let sum = batch.call::<i64>("sum", (1, 2, 4));
        batch.notify("update", (1,));
        let unknown = batch.call::<i64>("unknown", ());
        let mut replies = batch.send().await.expect("replies");
        assert_eq!(replies.take(sum).expect("a result"), 7);
        assert!(replies.take(unknown).expect_err("an error").is_method_not_found());
    }
    let calls = (0..64_i64).map(|number| {
        let client = client.clone();
        async move { client.call::<i64>("add", (number, 1)).await.expect("a result") == number + 1 }
    });
    assert!(futures_util::future::join_all(calls).await.into_iter().all(|right| right));
    let clients = (0..16_i64).map(|number| {
        let url = url.clone();
        tokio::spawn(async move {
            let client = Client::connect(&url).await.expect("a connection");
            for turn in 0..20 {
                assert_eq!(client.call::<i64>("add", (number, turn)).await.expect("a result"), number + turn);
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.expect("no panic");
    }

    // A notification runs, and then its connection is stuck. Nobody waits for it.
    let hasty = Client::connect(&url).await.expect("a connection").with_timeout(Duration::from_millis(300));
    hasty.notify("update", ("stuck",)).await.expect("it is sent");
    assert!(hasty.call::<i64>("add", (1, 2)).await.expect_err("no reply").is_timeout());
    let received: Vec<(String, Vec<serde_json::Value>)> = client.call("received", ()).await.expect("a result");
    assert!(received.contains(&("update".to_owned(), vec!["stuck".into()])), "{received:?}");
    row.passed("calls, 1 MB, 16 clients; the server patched; a notification runs and sticks its connection");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn we_call_python_in_json() {
    we_call_python("jsonrpc").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn we_call_python_in_message_pack() {
    we_call_python("msgpack").await;
}

/// Python's server reads the next message of a connection when it has answered the one before, and a notification it never
/// answers. So the default is not to tell it of calls that are given up, which it has never asked for.
async fn we_give_up_calls_of_python(protocol: &'static str) {
    let row = Row::new("websocket", protocol, "our client gives up, Python's server");
    let Some(peer) = python_peer("ws_server.py", &["--protocol", protocol]) else { return };
    for (cancel, works) in [("", true), ("&cancel=off", true), ("&cancel=lsp", false)] {
        let url = format!("{}?protocol={protocol}{cancel}", peer.url());
        let client = Client::connect(&url).await.expect("a connection");
        let hasty = client.clone().with_timeout(Duration::from_millis(50));
        assert!(hasty.call::<()>("sleep", (200,)).await.expect_err("no reply in time").is_timeout(), "{cancel}");
        let dropped = tokio::time::timeout(Duration::from_millis(50), client.call::<()>("sleep", (200,))).await;
        dropped.expect_err("no reply in time");
        let patience = if works { Duration::from_secs(20) } else { Duration::from_secs(1) };
        match client.with_timeout(patience).call::<i64>("add", (1, 2)).await {
            Ok(sum) => assert!(works && sum == 3, "{cancel} {sum}"),
            Err(error) => assert!(!works && error.is_timeout(), "{cancel} {error:?}"),
        }
    }
    row.passed(
        "calls that time out or are dropped; with `cancel=lsp` the connection is stuck, as with any notification",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn we_give_up_calls_of_python_in_json() {
    we_give_up_calls_of_python("jsonrpc").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn we_give_up_calls_of_python_in_message_pack() {
    we_give_up_calls_of_python("msgpack").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pythons_client_as_it_is_shipped_calls_nobody() {
    for protocol in ["jsonrpc", "msgpack"] {
        let row = Row::new("websocket", protocol, "Python's as shipped, ours");
        let Some(finished) = called_by_python(protocol, "--unpatched").await else { return };
        assert_eq!(finished.status.code(), Some(1), "{finished:?}");
        assert!(finished.stdout.lines().all(|line| line.contains("AttributeError")), "{}", finished.stdout);
        row.cannot_be("the client fails before it connects (AttributeError)");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pythons_server_as_it_is_shipped_serves_nobody() {
    for protocol in ["jsonrpc", "msgpack"] {
        let row = Row::new("websocket", protocol, "ours, Python's as shipped");
        let Some(peer) = python_peer("ws_server.py", &["--protocol", protocol, "--unpatched"]) else { return };
        // It may say so when shaking hands or afterwards; what counts is that the call ends.
        let called = match Client::connect(&format!("{}?protocol={protocol}", peer.url())).await {
            Ok(client) => client.call::<i64>("add", (1, 2)).await.map_err(|error| error.is_timeout()),
            Err(_) => Err(false),
        };
        assert_eq!(called, Err(false), "an error, and at once");
        row.cannot_be("the server finds no application; our client gets an error at once");
    }
}

/// What needs no test with Python, because there is nothing to test with.
#[test]
fn python_has_no_byte_streams() {
    let row = Row::new("streams", "both", "either");
    let Some(listed) = python_program("transports.py", &[], Duration::from_secs(30)) else { return };
    let transports: Vec<&str> = listed.stdout.lines().collect();
    assert!(transports.contains(&"http") && transports.contains(&"callback"), "{transports:?}");
    for stream in ["tcp", "socket", "unix", "stdio", "stream", "exec"] {
        assert!(!transports.contains(&stream), "{transports:?}");
    }
    row.cannot_be("Python's tinyrpc has no TCP, unix socket, stdio or child process");
}
