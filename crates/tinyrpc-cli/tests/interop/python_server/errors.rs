//! Errors of the Python side, and what it makes of broken messages.

use bytes::Bytes;
use serde_json::{Value, json};
use tinyrpc::call::BoxFuture;
use tinyrpc::client::{CallErrorKind, Client};
use tinyrpc::transport::http::HttpClient;
use tinyrpc::transport::{ClientTransport, Outgoing, TransportError, TransportErrorKind};
use tinyrpc::{JsonRpc, MessagePackRpc};

use super::{Python, assert_refused, connect};

pub(super) async fn code_and_message(python: Python) {
    let client = python.client().await;
    for (code, message) in [(99, "No funds"), (-5, "m\u{fc}de \u{1f980}")] {
        let ended = client.call::<i64>("fail", (code, message)).await;
        assert_refused(ended, CallErrorKind::Remote, code, message);
    }
}

pub(super) async fn data(python: Python) {
    let client = python.client().await;
    let sent = json!({"needed": 5, "of": ["\u{1f980}", null]});
    let error = client.call::<i64>("fail", (99, "No funds", &sent)).await.unwrap_err();
    assert_eq!(error.rpc_error().unwrap().data::<Value>().unwrap().unwrap(), sent);
}

pub(super) async fn unknown_method(python: Python) {
    let client = python.client().await;
    for method in ["no_such_method", "site.no_such_method", "get_user_info"] {
        let ended = client.call::<i64>(method, (1,)).await;
        assert_refused(ended, CallErrorKind::MethodNotFound, -32601, "Method not found");
    }
}

pub(super) async fn wrong_arguments(python: Python) {
    let client = python.client().await;
    for arguments in [vec![1], vec![1, 2, 3]] {
        let ended = client.call::<i64>("subtract", arguments).await;
        match python.is_json() {
            true => assert_refused(ended, CallErrorKind::InvalidParams, -32602, "Invalid params"),
            // Python's tinyrpc tells no more in MessagePack-RPC.
            false => assert_refused(ended, CallErrorKind::Remote, -32000, ""),
        }
    }
    if python.is_json() {
        let ended = client.call::<i64>("subtract", json!({"minuend": 1, "more": 2})).await;
        assert_refused(ended, CallErrorKind::InvalidParams, -32602, "Invalid params");
    }
}

pub(super) async fn named(python: Python) {
    let client = python.client().await;
    let ended = client.call::<i64>("subtract", json!({"minuend": 42, "subtrahend": 23})).await;
    assert_eq!(ended.unwrap_err().kind(), CallErrorKind::Arguments);
}

/// Loses the last byte of each message.
#[derive(Debug)]
struct Torn(HttpClient);

impl ClientTransport for Torn {
    fn exchange(&self, mut outgoing: Outgoing<'_>) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        outgoing.message.truncate(outgoing.message.len() - 1);
        self.0.exchange(outgoing)
    }
}

pub(super) async fn parse_error(python: Python) {
    let torn = Torn(HttpClient::new(python.server.url()).unwrap());
    let client = match python.is_json() {
        true => Client::new(torn, JsonRpc::new()),
        false => Client::new(torn, MessagePackRpc::new()),
    };
    // The server cannot tell which call it was; there was only one.
    assert_refused(client.call::<i64>("add", (1, 2)).await, CallErrorKind::InvalidRequest, -32700, "Parse error");
}

pub(super) async fn version_1(python: Python) {
    let client = connect(&python.server, "jsonrpc1").await;
    assert_refused(client.call::<i64>("add", (1, 2)).await, CallErrorKind::InvalidRequest, -32600, "Invalid Request");
}

pub(super) async fn too_long(python: Python) {
    let client = connect(&python.narrow, python.protocol).await;
    let error = client.call::<String>("echo", ("x".repeat(4_096),)).await.unwrap_err();
    let transport = error.transport_error().expect("a transport's error");
    assert_eq!(transport.kind(), TransportErrorKind::Refused);
    assert!(error.to_string().contains("HTTP 500 Internal Server Error"), "{error}");
    // The server closed the connection; the next call opens another.
    let text = "x".repeat(3_900);
    assert_eq!(client.call::<String>("echo", (&text,)).await.unwrap(), text);
}

pub(super) async fn other_protocol(python: Python) {
    let client = connect(&python.server, "jsonrpc").await;
    let error = client.call::<i64>("add", (1, 2)).await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::InvalidReply, "{error:?}");
}
