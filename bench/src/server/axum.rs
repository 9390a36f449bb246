//! JSON-RPC in axum as its users write it: the `Json` extractor in, `Json` out, one route.
//!
//! Fair because the envelope keeps params and id raw; they are owned, since the extractor lends nothing. Only single
//! calls are answered.

use crate::{Failure, methods};
use axum::{Json, Router, routing::post, serve::ListenerExt};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use tokio::net::TcpListener;

#[derive(Deserialize)]
struct Request {
    method: String,
    params: Box<RawValue>,
    id: Box<RawValue>,
}

#[derive(Serialize)]
struct Reply {
    jsonrpc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorObject>,
    id: Box<RawValue>,
}

#[derive(Serialize)]
struct ErrorObject {
    code: i32,
    message: String,
}

pub(super) async fn serve(listener: TcpListener) -> Result<(), Failure> {
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, Router::new().route("/", post(answer))).await?;
    Ok(())
}

async fn answer(Json(request): Json<Request>) -> Json<Reply> {
    let (result, error) = match dispatch(&request) {
        Ok(result) => (Some(result), None),
        Err(error) => (None, Some(error)),
    };
    Json(Reply { jsonrpc: "2.0", result, error, id: request.id })
}

fn dispatch(request: &Request) -> Result<Box<RawValue>, ErrorObject> {
    match request.method.as_str() {
        "add" => call(&request.params, |(a, b)| methods::add(a, b)),
        "subtract" => call(&request.params, |(a, b)| methods::subtract(a, b)),
        "echo" => call(&request.params, |(text,)| methods::echo(text)),
        "numbers" => call(&request.params, |(values,)| methods::numbers(values)),
        "reverse" => call(&request.params, |(text,)| methods::reverse(text)),
        name => Err(ErrorObject { code: -32601, message: format!("Method not found: {name}") }),
    }
}

fn call<'a, P, R>(params: &'a RawValue, function: impl FnOnce(P) -> R) -> Result<Box<RawValue>, ErrorObject>
where
    P: Deserialize<'a>,
    R: Serialize,
{
    let invalid = |error: serde_json::Error| ErrorObject { code: -32602, message: error.to_string() };
    let params = serde_json::from_str(params.get()).map_err(invalid)?;
    to_raw_value(&function(params)).map_err(|error| ErrorObject { code: -32603, message: error.to_string() })
}
