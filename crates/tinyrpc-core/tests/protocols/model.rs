//! What a JSON-RPC 2.0 message means, told again from a tree of values and as simply as possible.

use serde_json::Value;
use tinyrpc_core::message::{Incoming, Message};
use tinyrpc_core::{Id, JsonRpc, Protocol};

/// What a message is; ids, params and results as values.
#[derive(Debug, PartialEq)]
pub(crate) enum Meaning {
    Call { id: Option<Value>, method: String, params: Option<Value> },
    Result { id: Option<Value>, result: Value },
    Error { id: Option<Value> },
    Refused { id: Value, code: i64 },
}

#[derive(Debug, PartialEq)]
pub(crate) enum Meanings {
    One(Meaning),
    Batch(Vec<Meaning>),
}

pub(crate) fn expected(message: &Value) -> Meanings {
    match message {
        Value::Array(entries) if !entries.is_empty() => Meanings::Batch(entries.iter().map(one).collect()),
        _ => Meanings::One(one(message)),
    }
}

fn one(message: &Value) -> Meaning {
    let refused = |id: &Value, code: i64| Meaning::Refused { id: id.clone(), code };
    let Some(message) = message.as_object() else { return refused(&Value::Null, -32600) };
    let is_id = |id: &Value| id.is_string() || id.is_number() || id.is_null();
    let given = message.get("id").cloned();
    let id = given.clone().filter(is_id).unwrap_or_default();
    let Some(method) = message.get("method") else {
        let given = given.map(|_| id.clone());
        return match (message.get("result"), message.get("error")) {
            (None, None) => refused(&id, -32600),
            (_, Some(error)) if !error.is_null() => Meaning::Error { id: given },
            (result, _) => Meaning::Result { id: given, result: result.cloned().unwrap_or_default() },
        };
    };
    let version = message.get("jsonrpc").and_then(Value::as_str);
    match (version, method.as_str(), message.get("params")) {
        _ if given.as_ref().is_some_and(|id| !is_id(id)) => refused(&Value::Null, -32600),
        (Some("2.0"), Some(method), params) => match params {
            Some(Value::Array(_) | Value::Object(_) | Value::Null) | None => Meaning::Call {
                id: given,
                method: method.into(),
                params: params.filter(|params| !params.is_null()).cloned(),
            },
            Some(_) => refused(&id, -32602),
        },
        _ => refused(&id, -32600),
    }
}

pub(crate) fn actual(incoming: &Incoming<'_>) -> Meanings {
    match incoming {
        Incoming::One(message) => Meanings::One(told(message)),
        Incoming::Batch(messages) => Meanings::Batch(messages.iter().map(told).collect()),
        _ => panic!("messages come alone or in batches"),
    }
}

fn told(message: &Message<'_>) -> Meaning {
    match message {
        Message::Request(request) => Meaning::Call {
            id: request.id.as_ref().map(value_of),
            method: request.method.to_string(),
            params: (!request.params.raw().is_empty()).then(|| parse(request.params.raw())),
        },
        Message::Answer(answer) => {
            let id = answer.id.as_ref().map(value_of);
            match answer.outcome {
                Ok(result) => Meaning::Result { id, result: parse(result) },
                Err(_) => Meaning::Error { id },
            }
        }
        Message::Rejected(rejection) => {
            assert!(rejection.owed, "what is wrong is always answered");
            Meaning::Refused { id: value_of(&rejection.id), code: rejection.error.code() }
        }
        _ => panic!("there are no other messages"),
    }
}

/// The id as it would be written into a reply.
fn value_of(id: &Id<'_>) -> Value {
    let mut reply = Vec::new();
    JsonRpc::new().open_result(id, &mut reply);
    reply.extend_from_slice(b"0}");
    parse(&reply)["id"].take()
}

fn parse(raw: &[u8]) -> Value {
    serde_json::from_slice(raw).expect("what is handed on is JSON")
}
