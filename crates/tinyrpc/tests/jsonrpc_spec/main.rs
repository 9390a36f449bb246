//! JSON-RPC, bytes to bytes through a service: what the specification asks for, and what it leaves to good sense.
#![cfg(feature = "jsonrpc")]

mod batches;
mod examples;
mod failures;
mod ids;
mod members;
mod texts;
mod version_one;

use serde::Deserialize;
use tinyrpc::{Dispatcher, JsonRpc, Origin, Payload, RpcError, Service, blocking};

#[derive(Deserialize)]
struct Subtraction {
    minuend: i64,
    subtrahend: i64,
}

/// The methods of the specification's examples, and some that end in unusual ways.
fn methods() -> Dispatcher {
    let mut methods = Dispatcher::new();
    let sample = |methods: &mut Dispatcher| {
        methods.register("subtract", |s: Subtraction| s.minuend - s.subtrahend)?;
        methods.register("sum", |all: Vec<i64>| all.iter().sum::<i64>())?;
        methods.register("get_data", || ("hello", 5))?;
        methods.register("update", |_: Vec<i64>| ())?;
        methods.register("notify_hello", |_: Vec<i64>| ())?;
        methods.register("notify_sum", |_: Vec<i64>| ())?;
        methods.register("echo", |params: Payload| params)?;
        methods.register("decode", |value: serde_json::Value| value)?;
        methods.register("late", |(value,): (i64,)| async move {
            tokio::task::yield_now().await;
            value
        })?;
        methods.register("blocking", blocking(|(value,): (i64,)| value))?;
        methods.register("fail", |(code, message): (i64, String)| Err::<(), _>(RpcError::new(code, message)))?;
        Ok::<_, tinyrpc::dispatch::RegisterError>(())
    };
    sample(&mut methods).expect("the names differ");
    methods
}

fn service() -> Service {
    Service::new(JsonRpc::new(), methods())
}

/// What `service` answers; `None` when nothing is owed.
async fn ask(service: &Service, message: impl AsRef<[u8]>) -> Option<String> {
    let reply = service.exchange(Origin::new("test"), message.as_ref().to_vec()).await?;
    let reply = String::from_utf8(reply.to_vec()).expect("replies are UTF-8");
    serde_json::from_str::<serde::de::IgnoredAny>(&reply).expect("replies are JSON");
    Some(reply)
}

/// The sample service's answer.
async fn answer(message: impl AsRef<[u8]>) -> String {
    ask(&service(), message).await.expect("a reply is owed")
}

fn error(id: &str, code: i64, message: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":{code},"message":"{message}"}}}}"#)
}

fn parse_error() -> String {
    error("null", -32700, "Parse error")
}

fn invalid_request(id: &str) -> String {
    error(id, -32600, "Invalid Request")
}

fn result(id: &str, result: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#)
}
