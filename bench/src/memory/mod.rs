//! In memory, bytes to bytes: one request into a peer, its reply out, over and over.

pub mod handwritten;
mod handwritten_msgpack;
mod jsonrpsee;
mod ours;
mod typed;

use crate::case::{Case, Wire};
use crate::{Failure, Reading, Spent};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The names of the peers that speak JSON-RPC, in the order of the tables.
pub const JSON: [&str; 9] = [
    "handwritten-typed",
    "handwritten",
    "handwritten-reused",
    "jsonrpsee",
    "jsonrpsee-service",
    "ours",
    "ours-reused",
    "ours-exchange",
    "ours-async",
];
/// The names of the peers that speak MessagePack-RPC, in the order of the tables.
pub const MSGPACK: [&str; 6] = [
    "handwritten-msgpack",
    "handwritten-msgpack-reused",
    "handwritten-msgpack-dispatch",
    "ours-msgpack",
    "ours-msgpack-reused",
    "ours-msgpack-async",
];

/// A thing that answers messages.
trait Peer {
    /// The wire format it speaks.
    const WIRE: Wire;

    /// Answers one message; the reply, if one is owed, goes into `sink` in whatever buffer the peer keeps it.
    fn answer(&mut self, request: &[u8], sink: &mut dyn FnMut(&[u8]));
}

/// Sends `case` through the peer of that name `iterations` times.
///
/// # Errors
/// When the peer is unknown, cannot do the case at all, or answers it wrongly.
pub fn run(peer: &str, case: Case, iterations: u64) -> Result<Spent, Failure> {
    match peer {
        "handwritten-typed" => repeat(typed::Typed::new(case), case, iterations),
        "handwritten" => repeat(handwritten::Fresh, case, iterations),
        "handwritten-reused" => repeat(handwritten::Reused::default(), case, iterations),
        "jsonrpsee" => repeat(jsonrpsee::Module::new(case)?, case, iterations),
        "jsonrpsee-service" => repeat(jsonrpsee::Service::new()?, case, iterations),
        "handwritten-msgpack" => repeat(handwritten_msgpack::Straight::fresh(case), case, iterations),
        "handwritten-msgpack-reused" => repeat(handwritten_msgpack::Straight::reused(case), case, iterations),
        "handwritten-msgpack-dispatch" => repeat(handwritten_msgpack::Dispatch, case, iterations),
        "ours" => repeat(ours::Answer::<ours::Json>::fresh()?, case, iterations),
        "ours-reused" => repeat(ours::Answer::<ours::Json>::reused()?, case, iterations),
        "ours-exchange" => repeat(ours::Exchange::new(case)?, case, iterations),
        "ours-async" => repeat(ours::Answer::<ours::Json>::asynchronous(case)?, case, iterations),
        "ours-msgpack" => repeat(ours::Answer::<ours::MsgPack>::fresh()?, case, iterations),
        "ours-msgpack-reused" => repeat(ours::Answer::<ours::MsgPack>::reused()?, case, iterations),
        "ours-msgpack-async" => repeat(ours::Answer::<ours::MsgPack>::asynchronous(case)?, case, iterations),
        name => Err(format!("no peer {name}").into()),
    }
}

/// Polls by hand, so that no executor is charged to a peer whose answer is ready at once.
fn ready<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

fn repeat<P: Peer>(mut peer: P, case: Case, iterations: u64) -> Result<Spent, Failure> {
    let request = case.request(P::WIRE).ok_or("no such message")?;
    let mut first = None;
    peer.answer(&request, &mut |reply| first = Some(reply.to_vec()));
    case.check(P::WIRE, first.as_deref())?;
    drop(first);

    let reading = Reading::start()?;
    for _ in 0..iterations {
        peer.answer(black_box(&request), &mut |reply| {
            black_box(reply);
        });
    }
    reading.spent(iterations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_peer_answers_what_it_can_rightly() {
        for peer in JSON.iter().chain(&MSGPACK) {
            for case in Case::ALL {
                match run(peer, case, 2) {
                    Ok(spent) => assert_eq!(spent.calls, 2),
                    Err(why) => assert!(is_a_known_gap(peer, case), "{peer} {}: {why}", case.name()),
                }
            }
        }
    }

    fn is_a_known_gap(peer: &str, case: Case) -> bool {
        match case {
            Case::Batch100 => peer == "jsonrpsee" || MSGPACK.contains(&peer),
            Case::Notify => peer == "jsonrpsee" || peer.ends_with("-async"),
            _ => false,
        }
    }
}
