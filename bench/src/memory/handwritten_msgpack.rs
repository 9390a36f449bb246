//! MessagePack-RPC written by hand with rmp-serde alone.
//!
//! `Straight` decodes the one expected call into its types and is what the goal is measured against: the
//! strictest peer there is. `Dispatch` reads the method's name first and then the params of that function, as
//! a server of more than one function must; it keeps no params raw, since the name comes before them.

use super::Peer;
use crate::case::{Case, Wire};
use crate::methods;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Room that the small replies never outgrow.
const REPLY: usize = 64;

fn write(out: &mut Vec<u8>, reply: &impl Serialize) {
    // The replies here always serialise.
    let _ = rmp_serde::encode::write(out, reply);
}

/// Knows beforehand which case is coming.
pub(super) struct Straight {
    case: Case,
    /// One buffer for all replies, or a new one for each.
    kept: Option<Vec<u8>>,
}

impl Straight {
    /// A new buffer for each reply.
    pub(super) fn fresh(case: Case) -> Straight {
        Straight { case, kept: None }
    }

    /// One buffer for all replies.
    pub(super) fn reused(case: Case) -> Straight {
        Straight { case, kept: Some(Vec::with_capacity(REPLY)) }
    }

    fn write(case: Case, request: &[u8], out: &mut Vec<u8>) -> Result<(), rmp_serde::decode::Error> {
        match case {
            Case::Add | Case::Batch100 => straight(request, out, |(a, b)| methods::add(a, b)),
            Case::String1m => straight(request, out, |(text,)| methods::echo(text)),
            Case::Numbers10k => straight(request, out, |(values,)| methods::numbers(values)),
            Case::Notify => straight_notification(request),
        }
    }
}

#[derive(Deserialize)]
struct Request<'a, P>(u8, u32, &'a str, P);

#[derive(Serialize)]
struct Reply<R>(u8, u32, (), R);

fn straight<'a, P, R>(
    message: &'a [u8],
    out: &mut Vec<u8>,
    function: impl FnOnce(P) -> R,
) -> Result<(), rmp_serde::decode::Error>
where
    P: Deserialize<'a>,
    R: Serialize,
{
    let Request(kind, id, method, params) = rmp_serde::from_slice(message)?;
    std::hint::black_box((kind, method));
    write(out, &Reply(1, id, (), function(params)));
    Ok(())
}

fn straight_notification(message: &[u8]) -> Result<(), rmp_serde::decode::Error> {
    let (_, _, (a, b)): (u8, &str, (i64, i64)) = rmp_serde::from_slice(message)?;
    std::hint::black_box(methods::add(a, b));
    Ok(())
}

impl Peer for Straight {
    const WIRE: Wire = Wire::MsgPack;

    fn answer(&mut self, request: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let mut fresh = Vec::new();
        let out = match &mut self.kept {
            Some(kept) => {
                kept.clear();
                kept
            }
            None => {
                // A notification is known to need no room.
                fresh.reserve(if self.case == Case::Notify { 0 } else { REPLY });
                &mut fresh
            }
        };
        if Straight::write(self.case, request, out).is_ok() {
            sink(out);
        }
    }
}

/// Serves all five functions.
pub(super) struct Dispatch;

impl Peer for Dispatch {
    const WIRE: Wire = Wire::MsgPack;

    fn answer(&mut self, request: &[u8], sink: &mut dyn FnMut(&[u8])) {
        let mut out = Vec::with_capacity(REPLY);
        let mut from = rmp_serde::Deserializer::from_read_ref(request);
        if Answer(&mut out).deserialize(&mut from).is_err() {
            out.clear();
            write(&mut out, &(1u8, (), (-32600, "Invalid request"), ()));
        }
        sink(&out);
    }
}

/// Answers while it reads.
struct Answer<'o>(&'o mut Vec<u8>);

impl<'de> DeserializeSeed<'de> for Answer<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Answer<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a MessagePack-RPC request or notification")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let id = match next(&mut seq)? {
            0u8 => Some(next::<u32, A>(&mut seq)?),
            2 => None,
            _ => return Err(A::Error::custom("neither request nor notification")),
        };
        match next(&mut seq)? {
            "add" => call(self.0, id, seq, |(a, b)| methods::add(a, b)),
            "subtract" => call(self.0, id, seq, |(a, b)| methods::subtract(a, b)),
            "echo" => call(self.0, id, seq, |(text,)| methods::echo(text)),
            "numbers" => call(self.0, id, seq, |(values,)| methods::numbers(values)),
            "reverse" => call(self.0, id, seq, |(text,)| methods::reverse(text)),
            _ => {
                next::<IgnoredAny, A>(&mut seq)?;
                fail(self.0, id, -32601, "Method not found");
                Ok(())
            }
        }
    }
}

fn next<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(seq: &mut A) -> Result<T, A::Error> {
    seq.next_element()?.ok_or_else(|| A::Error::custom("message too short"))
}

fn call<'de, P, R, A>(
    out: &mut Vec<u8>,
    id: Option<u32>,
    mut seq: A,
    function: impl FnOnce(P) -> R,
) -> Result<(), A::Error>
where
    P: Deserialize<'de>,
    R: Serialize,
    A: SeqAccess<'de>,
{
    match (seq.next_element(), id) {
        (Ok(Some(params)), Some(id)) => write(out, &(1u8, id, (), function(params))),
        (Ok(Some(params)), None) => drop(function(params)),
        _ => fail(out, id, -32602, "Invalid params"),
    }
    Ok(())
}

fn fail(out: &mut Vec<u8>, id: Option<u32>, code: i32, message: &str) {
    if let Some(id) = id {
        write(out, &(1u8, id, (code, message), ()));
    }
}
