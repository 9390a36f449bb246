//! MessagePack-RPC, bytes to bytes through a service: what Python's tinyrpc writes, and what others do.
#![cfg(feature = "msgpack")]

mod errors;
mod messages;
mod tables;
mod values;

use rmpv::Value;
use tinyrpc::{Dispatcher, MessagePackRpc, Origin, Payload, RpcError, Service};

fn methods() -> Dispatcher {
    let mut methods = Dispatcher::new();
    let sample = |methods: &mut Dispatcher| {
        methods.register("add", |(a, b): (i64, i64)| a + b)?;
        methods.register("echo", |params: Payload| params)?;
        methods.register("nothing", || ())?;
        methods.register("late", |(value,): (i64,)| async move {
            tokio::task::yield_now().await;
            value
        })?;
        methods.register("fail", |(code, message): (i64, String)| {
            Err::<(), _>(RpcError::new(code, message).with_data("more"))
        })?;
        Ok::<_, tinyrpc::dispatch::RegisterError>(())
    };
    sample(&mut methods).expect("the names differ");
    methods
}

fn service() -> Service {
    Service::new(MessagePackRpc::new(), methods())
}

async fn ask(service: &Service, message: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    let reply = service.exchange(Origin::new("test"), message.as_ref().to_vec()).await?;
    let mut rest = &reply[..];
    rmpv::decode::read_value(&mut rest).expect("replies are MessagePack");
    assert!(rest.is_empty(), "replies are one value");
    Some(reply.to_vec())
}

async fn answer(message: impl AsRef<[u8]>) -> Vec<u8> {
    ask(&service(), message).await.expect("a reply is owed")
}

/// The bytes of a value as a stranger's library writes it.
fn pack(value: Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, &value).expect("written to memory");
    bytes
}

fn call(id: Value, method: &str, params: Vec<Value>) -> Vec<u8> {
    pack(Value::Array(vec![0.into(), id, method.into(), Value::Array(params)]))
}

fn result(id: Value, result: Value) -> Vec<u8> {
    pack(Value::Array(vec![1.into(), id, Value::Nil, result]))
}

fn error(id: Value, code: i64, message: &str) -> Vec<u8> {
    let error = Value::Array(vec![code.into(), message.into()]);
    pack(Value::Array(vec![1.into(), id, error, Value::Nil]))
}

fn parse_error() -> Vec<u8> {
    error(Value::Nil, -32700, "Parse error")
}

fn invalid_request(id: Value) -> Vec<u8> {
    error(id, -32600, "Invalid request")
}
