//! Properties that both protocols keep, whatever is thrown at them.
#![cfg(all(feature = "jsonrpc", feature = "msgpack"))]

mod conversions;
mod jsonrpc;
mod memory;
mod metadata;
mod model;
mod msgpackrpc;
mod round_trips;

use proptest::prelude::*;
use tinyrpc_core::message::{Incoming, Message};
use tinyrpc_core::{Limits, Protocol};

/// So that the peaks that `memory` bounds can be seen.
#[global_allocator]
static ALLOCATOR: tinyrpc_alloc_counter::Counting = tinyrpc_alloc_counter::Counting;

/// A change to a message's bytes.
#[derive(Clone, Debug)]
enum Change {
    Replace(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index),
    Cut(prop::sample::Index),
    Repeat(prop::sample::Index, prop::sample::Index),
}

/// Changes whose new bytes are mostly among `telling`.
fn changes(telling: &'static [u8]) -> impl Strategy<Value = Vec<Change>> {
    let index = any::<prop::sample::Index>;
    let byte = || prop_oneof![4 => prop::sample::select(telling), 1 => any::<u8>()];
    let change = prop_oneof![
        (index(), byte()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        (index(), byte()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        index().prop_map(Change::Remove),
        index().prop_map(Change::Cut),
        (index(), index()).prop_map(|(from, to)| Change::Repeat(from, to)),
    ];
    prop::collection::vec(change, 0..4)
}

fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        let places = bytes.len() + 1;
        match change {
            Change::Insert(at, byte) => bytes.insert(at.index(places), *byte),
            _ if bytes.is_empty() => {}
            Change::Replace(at, byte) => bytes[at.index(places - 1)] = *byte,
            Change::Remove(at) => drop(bytes.remove(at.index(places - 1))),
            Change::Cut(at) => bytes.truncate(at.index(places)),
            Change::Repeat(from, to) => {
                let (from, to) = (from.index(places), to.index(places));
                bytes.extend_from_within(from.min(to)..from.max(to));
            }
        }
    }
    bytes
}

/// Reads a message, and gives the reply that is owed to what is wrong with it, if it is wrong as a whole.
fn refusal(protocol: &dyn Protocol, message: &[u8], limits: &Limits) -> Option<(i64, Vec<u8>)> {
    match protocol.read(message, limits) {
        Incoming::One(Message::Rejected(rejection)) if rejection.owed => {
            let mut reply = Vec::new();
            protocol.write_error(&rejection.id, &rejection.error, &mut reply);
            Some((rejection.error.code(), reply))
        }
        _ => None,
    }
}
