//! Our client calls unmodified Python tinyrpc over HTTP.

mod calls;
mod errors;
mod one_way;
mod values;

use std::future::Future;
use std::sync::Arc;

use tinyrpc::client::{CallErrorKind, Client};
use tinyrpc_interop::{Peer, Row, python_peer};

use crate::support::Scenarios;

#[tokio::test(flavor = "multi_thread")]
async fn json_rpc() {
    let Some(mut test) = Test::start("jsonrpc") else { return };
    all(&mut test).await;
    test.run("named", calls::named).await;
    test.run("a batch", calls::batch).await;
    test.run("a batch of 100", calls::batch_of_100).await;
    test.run("a batch with notifications", one_way::batch_mixed).await;
    test.run("a batch of notifications", one_way::batch_of_notifications).await;
    test.run("numbers beyond 64 bits", values::beyond_64_bits).await;
    test.run("data of an error", errors::data).await;
    test.run("JSON-RPC 1.0 is refused", errors::version_1).await;
    test.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn message_pack_rpc() {
    let Some(mut test) = Test::start("msgpack") else { return };
    all(&mut test).await;
    test.run("named arguments are refused", errors::named).await;
    test.run("batches are refused here", calls::no_batches).await;
    test.run("bytes and extensions", values::bytes_and_extensions).await;
    // The other way round Python dies of it silently: MessagePack is no UTF-8.
    test.run("calls in JSON", errors::other_protocol).await;
    test.end();
}

/// The scenarios that both protocols have.
async fn all(test: &mut Test) {
    test.run("positional", calls::positional).await;
    test.run("no arguments", calls::no_arguments).await;
    test.run("an instance under a prefix", calls::prefix).await;
    test.run("concurrent calls", calls::concurrent).await;
    test.run("16 clients", calls::sixteen_clients).await;
    test.run("ids that are text", calls::text_ids).await;
    test.run("50 calls on a connection that is kept", calls::in_quick_succession).await;
    test.run("plain values", values::plain).await;
    test.run("non-ASCII text", values::non_ascii).await;
    test.run("64-bit integers and floats", values::numbers).await;
    test.run("strings of 1 MB", values::large).await;
    test.run("a notification", one_way::notification).await;
    test.run("a notification that fails", one_way::failing).await;
    test.run("an error with code and message", errors::code_and_message).await;
    test.run("an unknown method", errors::unknown_method).await;
    test.run("wrong arguments", errors::wrong_arguments).await;
    test.run("a parse error", errors::parse_error).await;
    test.run("a request that is too long", errors::too_long).await;
}

/// A run of the scenarios against servers that they share.
struct Test {
    python: Python,
    scenarios: Scenarios,
}

impl Test {
    fn start(protocol: &'static str) -> Option<Self> {
        let row = Row::new("http", protocol, "our client, Python's server");
        let arguments = ["--protocol", protocol];
        let narrow = python_peer("http_server.py", &arguments)?;
        let server = python_peer("http_server.py", &[&arguments[..], &["--max-content-length", "10000000"]].concat())?;
        let python = Python { protocol, server: Arc::new(server), narrow: Arc::new(narrow) };
        Some(Self { python, scenarios: Scenarios::new(row) })
    }

    async fn run<F>(&mut self, name: &str, scenario: fn(Python) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.scenarios.run(name, scenario(self.python.clone())).await;
    }

    #[track_caller]
    fn end(self) {
        self.scenarios.end("; a notification runs, but Python leaves its request unanswered");
    }
}

/// The servers.
#[derive(Clone)]
struct Python {
    protocol: &'static str,
    /// Takes requests of up to 10 MB.
    server: Arc<Peer>,
    /// Takes requests of up to 4 kB, as tinyrpc does unless told otherwise.
    narrow: Arc<Peer>,
}

impl Python {
    /// A client of the usual server.
    async fn client(&self) -> Client {
        connect(&self.server, self.protocol).await
    }

    fn is_json(&self) -> bool {
        self.protocol == "jsonrpc"
    }
}

async fn connect(peer: &Peer, protocol: &str) -> Client {
    Client::connect(&format!("{}?protocol={protocol}", peer.url())).await.expect("the URL can be used")
}

/// That a call ended in an error of this kind with this code and message from the other side.
#[track_caller]
fn assert_refused<R>(ended: Result<R, tinyrpc::CallError>, kind: CallErrorKind, code: i64, message: &str) {
    let error = ended.err().expect("an error");
    let said = error.rpc_error().map(|error| (error.code(), error.message()));
    assert_eq!((error.kind(), said), (kind, Some((code, message))), "{error:?}");
}
