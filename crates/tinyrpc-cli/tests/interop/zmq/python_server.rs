//! Our client calls unmodified Python tinyrpc over ZeroMQ.

use std::sync::Arc;

use serde_json::{Value, json};
use tinyrpc::client::{CallErrorKind, Client};
use tinyrpc::peer::PeerSettings;
use tinyrpc::transport::zmq::ZmqClient;
use tinyrpc::{Limits, protocol_named};
use tinyrpc_interop::{Peer, Row, python_peer};

use crate::support::Scenarios;

#[tokio::test(flavor = "multi_thread")]
async fn json_rpc() {
    let Some((python, mut scenarios)) = both("jsonrpc").await else { return };
    scenarios.run("named", named(python.client().await)).await;
    scenarios.run("a batch", batch(python.client().await)).await;
    scenarios.end("; notifications run, and nothing waits for them");
}

#[tokio::test(flavor = "multi_thread")]
async fn message_pack_rpc() {
    let Some((_python, scenarios)) = both("msgpack").await else { return };
    scenarios.end("; notifications run, and nothing waits for them");
}

/// A REP socket, which answers one message after the other and cannot leave one without an answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_plain_rep_socket() {
    for protocol in ["jsonrpc", "msgpack"] {
        let row = Row::new("zmq", protocol, "our client, a REP socket");
        let Some(server) = python_peer("zmq_rep.py", &["--protocol", protocol]) else { return };
        let python = Python { protocol, server };
        let mut scenarios = Scenarios::new(row);
        scenarios.run("positional", positional(python.client().await)).await;
        scenarios.run("strings of 1 MB", large(python.client().await)).await;
        scenarios.run("errors", errors(python.client().await)).await;
        scenarios.run("notifications", notifications(python.client().await)).await;
        scenarios.run("64 calls at once", at_once(python.client().await)).await;
        scenarios.end("; the empty replies to notifications are passed over");
    }
}

/// What both protocols have.
async fn both(protocol: &'static str) -> Option<(Python, Scenarios)> {
    let row = Row::new("zmq", protocol, "our client, Python's server");
    let server = python_peer("zmq_server.py", &["--protocol", protocol])?;
    let python = Python { protocol, server };
    let mut scenarios = Scenarios::new(row);
    scenarios.run("positional", positional(python.client().await)).await;
    scenarios.run("values", values(python.client().await)).await;
    scenarios.run("strings of 1 MB", large(python.client().await)).await;
    scenarios.run("errors", errors(python.client().await)).await;
    scenarios.run("notifications", notifications(python.client().await)).await;
    scenarios.run("64 calls at once", at_once(python.client().await)).await;
    scenarios.run("a slow call does not hold up others", overtaking(python.client().await)).await;
    scenarios.run("one in flight", at_once(python.one_in_flight().await)).await;
    let mut clients = Vec::new();
    for _ in 0..16 {
        clients.push(python.client().await);
    }
    scenarios.run("16 clients", sixteen(clients)).await;
    Some((python, scenarios))
}

struct Python {
    protocol: &'static str,
    server: Peer,
}

impl Python {
    async fn client(&self) -> Client {
        Client::connect(&format!("{}?protocol={}", self.server.url(), self.protocol)).await.unwrap()
    }

    async fn one_in_flight(&self) -> Client {
        let link = ZmqClient::new(self.server.url()).link().await.unwrap();
        let protocol = protocol_named(self.protocol).unwrap();
        Client::over_with(link, protocol, Limits::default(), PeerSettings::new().with_one_in_flight(true))
    }
}

async fn positional(client: Client) {
    assert_eq!(client.call::<i64>("subtract", (42, 23)).await.unwrap(), 19);
    assert_eq!(client.call::<i64>("sum", vec![1, 2, 4]).await.unwrap(), 7);
    assert_eq!(client.call::<(String, i64)>("get_data", ()).await.unwrap(), ("hello".to_owned(), 5));
    assert_eq!(client.call::<Value>("site.get_user_info", ("al",)).await.unwrap(), json!({"user": "al"}));
}

async fn named(client: Client) {
    assert_eq!(client.call::<i64>("subtract", json!({"minuend": 23, "subtrahend": 42})).await.unwrap(), -19);
}

async fn values(client: Client) {
    let text = "Grüße, 世界, \u{1f980} \u{1d11e} \u{2028} \0 \u{7f} \" \\ /";
    for value in [json!(null), json!(0), json!(""), json!([null, [true, {"a": [1.5]}]]), json!(text)] {
        assert_eq!(client.call::<Value>("echo", (&value,)).await.unwrap(), value);
    }
    assert_eq!(client.call::<u64>("echo", (u64::MAX,)).await.unwrap(), u64::MAX);
    assert_eq!(client.call::<i64>("echo", (i64::MIN,)).await.unwrap(), i64::MIN);
}

async fn large(client: Client) {
    let text = "0123456789".repeat(100_000);
    assert_eq!(client.call::<String>("echo", (&text,)).await.unwrap(), text);
    assert_eq!(client.call::<String>("reverse_string", (&text,)).await.unwrap().len(), text.len());
}

async fn errors(client: Client) {
    let error = client.call::<()>("fail", (99, "No funds", json!({"needed": 5}))).await.unwrap_err();
    assert_eq!(error.rpc_error().map(|error| (error.code(), error.message())), Some((99, "No funds")));
    let error = client.call::<()>("no_such_method", ()).await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::MethodNotFound, "{error}");
}

async fn notifications(client: Client) {
    client.notify("update", (1, "zmq")).await.unwrap();
    client.notify("no_such_method", ()).await.unwrap();
    let received: Vec<Value> = client.call("received", ()).await.unwrap();
    assert!(received.contains(&json!(["update", [1, "zmq"]])), "{received:?}");
}

async fn batch(client: Client) {
    let mut batch = client.batch();
    batch.notify("update", ("in a batch",));
    let sum = batch.call::<i64>("add", (1, 2));
    let unknown = batch.call::<i64>("no_such_method", ());
    let mut replies = batch.send().await.unwrap();
    assert_eq!(replies.take(sum).unwrap(), 3);
    assert_eq!(replies.take(unknown).unwrap_err().kind(), CallErrorKind::MethodNotFound);

    let mut batch = client.batch();
    batch.notify("update", ("alone",));
    batch.notify("notify_hello", (7,));
    batch.send().await.unwrap();
    let received: Vec<Value> = client.call("received", ()).await.unwrap();
    for notification in [json!(["update", ["in a batch"]]), json!(["update", ["alone"]]), json!(["notify_hello", [7]])]
    {
        assert!(received.contains(&notification), "{notification} is not among {received:?}");
    }
}

async fn at_once(client: Client) {
    let sums = client.call_all::<i64, _>((0..64).map(|number| ("add", (number, 1)))).await;
    for (number, sum) in (1..).zip(sums) {
        assert_eq!(sum.unwrap(), number);
    }
}

async fn overtaking(client: Client) {
    let slow = client.clone();
    let mut slow = std::pin::pin!(slow.call::<()>("sleep", (2_000,)));
    tokio::select! {
        biased;
        ended = &mut slow => panic!("it ended first: {ended:?}"),
        sum = client.call::<i64>("add", (1, 2)) => assert_eq!(sum.unwrap(), 3),
    }
    slow.await.unwrap();
}

async fn sixteen(clients: Vec<Client>) {
    let tasks: Vec<_> = (0..)
        .zip(clients.into_iter().map(Arc::new))
        .map(|(number, client): (i64, Arc<Client>)| {
            tokio::spawn(async move {
                for turn in 0..50 {
                    assert_eq!(client.call::<i64>("add", (number, turn)).await.unwrap(), number + turn);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}
