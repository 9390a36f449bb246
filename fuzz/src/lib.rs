//! What the parts that read a peer's bytes promise, as functions that panic if a promise is broken.
//!
//! Run by libFuzzer where cargo-fuzz can run, and by `seeded` everywhere; `scripts/fuzz.sh` picks.

pub mod framing;
pub mod jsonrpc;
pub mod msgpack;

use tinyrpc_core::message::{Incoming, Message, Rejection};

/// The check for one kind of bytes.
pub type Check = fn(&[u8]);

/// Each target by name.
pub const TARGETS: [(&str, Check); 3] =
    [("jsonrpc", jsonrpc::check), ("msgpack", msgpack::check), ("framing", framing::check)];

/// The rejections among what was read.
fn rejections<'i, 'm>(incoming: &'i Incoming<'m>) -> Vec<&'i Rejection<'m>> {
    let messages = match incoming {
        Incoming::One(message) => std::slice::from_ref(message),
        Incoming::Batch(messages) => messages,
        _ => panic!("messages come alone or in batches"),
    };
    let rejected = |message: &'i Message<'m>| match message {
        Message::Rejected(rejection) => Some(rejection),
        _ => None,
    };
    messages.iter().filter_map(rejected).collect()
}

/// Whether the whole message was refused as unreadable.
fn is_parse_error(incoming: &Incoming<'_>) -> bool {
    matches!(incoming, Incoming::One(Message::Rejected(rejection)) if rejection.error.code() == -32700)
}

/// The memory that reading a message may take at most, as the documentation of `Limits` says.
fn allowed(length: usize) -> i64 {
    // A little for the words of an error.
    i64::try_from(2 * length + 400 * 1000 + 1000).unwrap_or(i64::MAX)
}
