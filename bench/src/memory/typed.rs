//! The lower bound of serde_json: the one expected call decoded straight into its types, and nothing else.
//!
//! No dispatch, no errors, borrowed text: no server could be written this way, so it is no goal. Only who reads the
//! envelope without serde_json can be below it.

use super::Peer;
use crate::case::{Case, Wire};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Deserialize)]
struct Request<'a, P> {
    jsonrpc: &'a str,
    #[serde(borrow)]
    method: Cow<'a, str>,
    params: P,
    id: Option<u64>,
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] [Borrowed<'a>; 1]);

#[derive(Deserialize)]
struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Serialize)]
struct Reply<R> {
    jsonrpc: &'static str,
    result: R,
    id: u64,
}

/// Knows beforehand which case is coming.
pub(super) struct Typed {
    case: Case,
}

impl Typed {
    pub(super) fn new(case: Case) -> Typed {
        Typed { case }
    }
}

fn reply<'a, P: Deserialize<'a>, R: Serialize>(
    message: &'a str,
    function: impl FnOnce(P) -> R,
) -> serde_json::Result<Vec<u8>> {
    match compute(serde_json::from_str(message)?, function) {
        Some(reply) => serde_json::to_vec(&reply),
        None => Ok(Vec::new()),
    }
}

fn compute<P, R>(request: Request<'_, P>, function: impl FnOnce(P) -> R) -> Option<Reply<R>> {
    std::hint::black_box((request.jsonrpc, &request.method));
    let result = function(request.params);
    request.id.map(|id| Reply { jsonrpc: "2.0", result, id })
}

fn batch(message: &str) -> serde_json::Result<Vec<u8>> {
    let requests: Vec<Request<'_, (i64, i64)>> = serde_json::from_str(message)?;
    let replies: Vec<_> =
        requests.into_iter().filter_map(|request| compute(request, |(a, b)| a.wrapping_add(b))).collect();
    serde_json::to_vec(&replies)
}

impl Peer for Typed {
    const WIRE: Wire = Wire::Json;

    fn answer(&mut self, request: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let Ok(message) = std::str::from_utf8(request) else { return };
        let out = match self.case {
            Case::Add | Case::Notify => reply(message, |(a, b): (i64, i64)| a.wrapping_add(b)),
            Case::Batch100 => batch(message),
            Case::String1m => reply(message, |Text([Borrowed(text)])| text),
            Case::Numbers10k => reply(message, |(values,): (Vec<i64>,)| values),
        };
        if let Ok(out) = out {
            sink(&out);
        }
    }
}
