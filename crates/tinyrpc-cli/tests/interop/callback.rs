//! Callbacks: unmodified Python tinyrpc behind its callback transport, and our callback server fed by a Python client.

#[path = "../../src/demo/mod.rs"]
#[allow(dead_code)] // it is served without its listing here
mod demo;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tinyrpc::client::{CallErrorKind, Client};
use tinyrpc::transport::callback::{CallbackClient, CallbackServer};
use tinyrpc::transport::{Expect, TransportError, TransportErrorKind};
use tinyrpc::{Context, JsonRpc, MessagePackRpc, Origin, Service, protocol_named};
use tinyrpc_interop::{Row, python_peer, python_program};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::support::Scenarios;

/// For all scenarios of the Python client.
const LIMIT: Duration = Duration::from_secs(120);

/// Writes a message as `frames.py` reads it.
async fn write(stream: &mut TcpStream, message: &[u8]) -> std::io::Result<()> {
    let length = u32::try_from(message.len()).expect("no test sends that much");
    stream.write_all(&[&length.to_be_bytes(), message].concat()).await
}

async fn read(stream: &mut TcpStream) -> std::io::Result<Bytes> {
    let mut message = vec![0; stream.read_u32().await? as usize];
    stream.read_exact(&mut message).await?;
    Ok(message.into())
}

/// Where the reply to one message goes: it travels with the message, and comes back with its reply.
type Slot = Mutex<Option<oneshot::Sender<Bytes>>>;

/// The sample service behind callbacks. `now`: its messages are not waited for.
async fn serve(protocol: &str, now: bool) -> SocketAddr {
    let mut dispatcher = demo::dispatcher();
    dispatcher.register("caller", |cx: Context, (): ()| cx.origin().to_string()).expect("the demo has no such method");
    let service = Service::new(JsonRpc::new(), dispatcher).speaking(protocol_named(protocol).expect("it is built in"));
    let server = CallbackServer::new(service, |from, reply| {
        let slot = from.extension::<Slot>().expect("what was given with the message comes with its reply");
        let slot = slot.lock().expect("nobody panics").take().expect("a message has one reply");
        // The client may have gone.
        let _ = slot.send(reply);
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move {
        while let Ok((stream, from)) = listener.accept().await {
            tokio::spawn(answer(server.clone(), stream, from, now));
        }
    });
    address
}

/// Feeds the server with the messages of one connection, and sends back what it writes.
async fn answer(server: CallbackServer, mut stream: TcpStream, from: SocketAddr, now: bool) {
    while let Ok(message) = read(&mut stream).await {
        let (slot, reply) = oneshot::channel();
        let origin = Origin::new("callback").with_address(from.to_string()).with_extension(Slot::new(Some(slot)));
        if now {
            server.receive_now(origin, message)
        } else {
            server.receive(origin, message).await
        }
        // The slot goes with its message when no reply is owed.
        let reply = reply.await.unwrap_or_default();
        if write(&mut stream, &reply).await.is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn python_calls_json_rpc() {
    python_calls("jsonrpc", 30).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python_calls_message_pack_rpc() {
    python_calls("msgpack", 20).await;
}

/// Runs every scenario against either kind of server; there must be at least so many scenarios.
async fn python_calls(protocol: &'static str, least: usize) {
    let row = Row::new("callback", protocol, "Python's client, our server");
    let mut scenarios = 0;
    for now in [true, false] {
        let address = serve(protocol, now).await;
        let calling = tokio::task::spawn_blocking(move || {
            let url = format!("tcp://{address}");
            let arguments = [&url, "--protocol", protocol, "--received", "--timeout", "30"];
            python_program("callback_client.py", &arguments, LIMIT)
        });
        let Some(finished) = calling.await.expect("no panic") else { return };
        println!("{}", finished.stdout);
        finished.assert_success();
        scenarios = finished.stdout.lines().count();
        assert!(scenarios >= least, "only {scenarios} scenarios");
        // A handler sees what was given with its message.
        let caller: String = client(address, protocol).call("caller", ()).await.expect("a result");
        assert!(caller.starts_with("callback 127.0.0.1:"), "{caller}");
    }
    row.passed(format!("{scenarios} scenarios, synchronous and asynchronous, the context with each message"));
}

/// A client whose function opens a connection for each message.
fn client(address: SocketAddr, protocol: &str) -> Client {
    let transport = CallbackClient::new_with(move |outgoing| {
        let (message, expect) = (outgoing.message, outgoing.expect);
        async move {
            let lost = |error| TransportError::new(TransportErrorKind::Lost, "the wire broke").with_source(error);
            let mut stream = TcpStream::connect(address).await.map_err(lost)?;
            write(&mut stream, &message).await.map_err(lost)?;
            match expect {
                Expect::Reply => read(&mut stream).await.map(Some).map_err(lost),
                Expect::Nothing => Ok(None),
            }
        }
    });
    match protocol {
        "msgpack" => Client::new(transport, MessagePackRpc::new()),
        _ => Client::new(transport, JsonRpc::new()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn we_call_json_rpc() {
    we_call("jsonrpc").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn we_call_message_pack_rpc() {
    we_call("msgpack").await;
}

async fn we_call(protocol: &'static str) {
    let row = Row::new("callback", protocol, "our client, Python's server");
    let Some(python) = python_peer("callback_server.py", &["--protocol", protocol]) else { return };
    let client = client(python.address().parse().expect("an address"), protocol);
    let mut scenarios = Scenarios::new(row);
    scenarios.run("calls", calls(client.clone())).await;
    scenarios.run("values, of 1 MB too", values(client.clone())).await;
    scenarios.run("errors", errors(client.clone())).await;
    scenarios.run("notifications", notifications(client.clone())).await;
    scenarios.run("16 clients", sixteen(client.clone())).await;
    if protocol == "jsonrpc" {
        scenarios.run("named", named(client.clone())).await;
        scenarios.run("batches", batches(client)).await;
    }
    scenarios.end("; notifications run, and nothing waits for them");
}

async fn calls(client: Client) {
    assert_eq!(client.call::<i64>("subtract", (42, 23)).await.unwrap(), 19);
    assert_eq!(client.call::<(String, i64)>("get_data", ()).await.unwrap(), ("hello".to_owned(), 5));
    assert_eq!(client.call::<Value>("site.get_user_info", ("al",)).await.unwrap(), json!({"user": "al"}));
}

async fn values(client: Client) {
    let large = "0123456789".repeat(100_000);
    for text in ["Grüße, 世界, \u{1f980} \u{2028} \0 \u{7f} \" \\ %41", "", &large] {
        assert!(client.call::<String>("echo", (text,)).await.unwrap() == text, "{text:.100}");
    }
    let value = json!([null, [true, {"ключ": [1.5, u64::MAX, i64::MIN]}]]);
    assert_eq!(client.call::<Value>("echo", (&value,)).await.unwrap(), value);
}

async fn errors(client: Client) {
    let error = client.call::<()>("fail", (99, "No funds", json!({"needed": 5}))).await.unwrap_err();
    assert_eq!(error.rpc_error().map(|error| (error.code(), error.message())), Some((99, "No funds")));
    let error = client.call::<()>("no_such_method", ()).await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::MethodNotFound, "{error}");
}

async fn notifications(client: Client) {
    client.notify("update", (1, "callback")).await.unwrap();
    client.notify("no_such_method", ()).await.unwrap();
    received(&client, &[json!(["update", [1, "callback"]])]).await;
}

/// That these notifications run. They come on connections of their own, so a call may overtake them.
async fn received(client: &Client, notifications: &[Value]) {
    loop {
        let received: Vec<Value> = client.call("received", ()).await.unwrap();
        if notifications.iter().all(|notification| received.contains(notification)) {
            return;
        }
        // Each call lets the server go on; the scenario's time bounds them.
        tokio::task::yield_now().await;
    }
}

async fn sixteen(client: Client) {
    let clients = (0..16_i64).map(|number| {
        let client = client.clone();
        tokio::spawn(async move {
            for turn in 0..20 {
                assert_eq!(client.call::<i64>("add", (number, turn)).await.unwrap(), number + turn);
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
}

async fn named(client: Client) {
    let arguments = BTreeMap::from([("subtrahend", 23), ("minuend", 42)]);
    assert_eq!(client.call::<i64>("subtract", arguments).await.unwrap(), 19);
}

async fn batches(client: Client) {
    let mut batch = client.batch();
    batch.notify("update", ("in a batch",));
    let sum = batch.call::<i64>("add", (1, 2));
    let unknown = batch.call::<i64>("no_such_method", ());
    let mut replies = batch.send().await.unwrap();
    assert_eq!(replies.take(sum).unwrap(), 3);
    assert_eq!(replies.take(unknown).unwrap_err().kind(), CallErrorKind::MethodNotFound);
    let mut batch = client.batch();
    batch.notify("update", ("alone",));
    batch.send().await.unwrap();
    received(&client, &[json!(["update", ["in a batch"]]), json!(["update", ["alone"]])]).await;
}
