//! JSON-RPC as a sensible engineer writes it with serde_json alone, for five functions and no library.
//!
//! Fair because nothing is wasted and nothing is left out that a server owes: strings are borrowed, params and
//! id stay raw until they are needed, params go straight into the function's types, a null id is a request, each
//! broken batch entry gets its own error. It has no limits, no context, no layers and no table of methods.

use super::Peer;
use crate::case::Wire;
use crate::methods;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;

#[derive(Deserialize)]
struct Request<'a> {
    jsonrpc: &'a str,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
}

/// Keeps `"id": null` apart from no id at all.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(from: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(from).map(Some)
}

#[derive(Serialize)]
struct Success<'a, T> {
    jsonrpc: &'static str,
    result: T,
    id: &'a RawValue,
}

#[derive(Serialize)]
struct Failed<'a> {
    jsonrpc: &'static str,
    error: ErrorObject,
    id: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct ErrorObject {
    code: i32,
    message: &'static str,
}

const PARSE_ERROR: ErrorObject = ErrorObject { code: -32700, message: "Parse error" };
const INVALID_REQUEST: ErrorObject = ErrorObject { code: -32600, message: "Invalid Request" };
const METHOD_NOT_FOUND: ErrorObject = ErrorObject { code: -32601, message: "Method not found" };
const INVALID_PARAMS: ErrorObject = ErrorObject { code: -32602, message: "Invalid params" };

/// Answers one message into `out`, which stays empty if nothing is owed.
pub fn answer(message: &[u8], out: &mut Vec<u8>) {
    // Checked as text once: serde_json then need not check each string and raw value again.
    let Ok(message) = std::str::from_utf8(message) else {
        return fail(out, PARSE_ERROR, None);
    };
    if message.trim_ascii_start().starts_with('[') {
        return answer_batch(message, out);
    }
    match serde_json::from_str(message) {
        Ok(request) => dispatch(&request, out),
        Err(error) => fail(out, kind(&error), None),
    }
}

fn answer_batch(message: &str, out: &mut Vec<u8>) {
    let entries: Vec<&RawValue> = match serde_json::from_str(message) {
        Ok(entries) => entries,
        Err(_) => return fail(out, PARSE_ERROR, None),
    };
    if entries.is_empty() {
        return fail(out, INVALID_REQUEST, None);
    }
    out.push(b'[');
    for entry in entries {
        let before = out.len();
        match serde_json::from_str(entry.get()) {
            Ok(request) => dispatch(&request, out),
            Err(_) => fail(out, INVALID_REQUEST, None),
        }
        if out.len() > before {
            out.push(b',');
        }
    }
    match out.last_mut() {
        Some(last) if *last == b',' => *last = b']',
        _ => out.clear(),
    }
}

fn kind(error: &serde_json::Error) -> ErrorObject {
    if error.is_data() { INVALID_REQUEST } else { PARSE_ERROR }
}

fn dispatch(request: &Request<'_>, out: &mut Vec<u8>) {
    if request.jsonrpc != "2.0" {
        return fail(out, INVALID_REQUEST, request.id);
    }
    match &*request.method {
        "add" => call(request, out, |(a, b)| methods::add(a, b)),
        "subtract" => call(request, out, |(a, b)| methods::subtract(a, b)),
        "echo" => call(request, out, |(text,)| methods::echo(text)),
        "numbers" => call(request, out, |(values,)| methods::numbers(values)),
        "reverse" => call(request, out, |(text,)| methods::reverse(text)),
        _ if request.id.is_none() => {}
        _ => fail(out, METHOD_NOT_FOUND, request.id),
    }
}

fn call<'a, P, R>(request: &Request<'a>, out: &mut Vec<u8>, function: impl FnOnce(P) -> R)
where
    P: Deserialize<'a>,
    R: Serialize,
{
    let params = request.params.map_or("[]", RawValue::get);
    match (serde_json::from_str(params), request.id) {
        (Ok(params), Some(id)) => write(out, &Success { jsonrpc: "2.0", result: function(params), id }),
        (Ok(params), None) => drop(function(params)),
        (Err(_), Some(id)) => fail(out, INVALID_PARAMS, Some(id)),
        (Err(_), None) => {}
    }
}

fn fail(out: &mut Vec<u8>, error: ErrorObject, id: Option<&RawValue>) {
    write(out, &Failed { jsonrpc: "2.0", error, id });
}

fn write(out: &mut Vec<u8>, reply: &impl Serialize) {
    // The replies above always serialise; a real server would log here.
    let _ = serde_json::to_writer(out, reply);
}

/// A new buffer for each reply, of the size that `serde_json::to_vec` begins with.
pub(super) struct Fresh;

impl Peer for Fresh {
    const WIRE: Wire = Wire::Json;

    fn answer(&mut self, request: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let mut out = Vec::with_capacity(128);
        answer(request, &mut out);
        sink(&out);
    }
}

/// One buffer for all replies.
#[derive(Default)]
pub(super) struct Reused {
    out: Vec<u8>,
}

impl Peer for Reused {
    const WIRE: Wire = Wire::Json;

    fn answer(&mut self, request: &[u8], sink: &mut dyn FnMut(&[u8])) {
        self.out.clear();
        answer(request, &mut self.out);
        sink(&self.out);
    }
}
