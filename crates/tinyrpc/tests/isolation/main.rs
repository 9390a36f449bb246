//! What one call does, however badly, harms no other call; and layers see each of them.
#![cfg(feature = "jsonrpc")]

mod endings;
mod failing;
mod layers;
mod order;
mod spans;

use std::sync::{Arc, Mutex};

use tinyrpc::{Dispatcher, JsonRpc, Origin, Service};

/// What has happened, in order.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Says in the log when it is dropped.
struct Dropped(Log, &'static str);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.add(self.1);
    }
}

fn service(methods: Dispatcher) -> Service {
    Service::new(JsonRpc::new(), methods)
}

async fn ask(service: &Service, message: impl Into<String>) -> Option<String> {
    let reply = service.exchange(Origin::new("test"), message.into()).await?;
    Some(String::from_utf8(reply.to_vec()).unwrap())
}

fn call(method: &str, id: u64) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","id":{id}}}"#)
}

fn notification(method: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}"}}"#)
}

fn result(id: u64, result: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#)
}

fn error(id: u64, code: i64, message: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":{code},"message":"{message}"}}}}"#)
}

fn internal(id: u64) -> String {
    error(id, -32603, "Internal error")
}
