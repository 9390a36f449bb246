//! How a caller says that it reads the data of errors.
//!
//! An error is any value in MessagePack-RPC, but Python's tinyrpc finds code and message in an array of two elements only:
//! there is no place for data that it would pass over. So whoever reads a third element has to say so, in something that
//! every server sends back untouched and that is valid everywhere: the id, an unsigned 32-bit integer.

use crate::id::Id;

/// What such an id has in its upper four bits: ids stay below 2^31, which some servers want, and who counts from 1 makes
/// 1.3 billion calls before.
const ASKING: u64 = 0x5000_0000;
/// The bits that tell calls apart.
const COUNTER: u64 = 0x0fff_ffff;

/// The id that asks. Calls that are under way together keep different ones, as long as none outlasts 268 million others.
pub(super) fn ask(id: Id<'static>) -> Id<'static> {
    match id {
        Id::Number(number) => Id::Number(ASKING | number & COUNTER),
        other => other,
    }
}

/// Whether the caller with this id asked.
pub(super) fn asks(id: &Id<'_>) -> bool {
    matches!(id, Id::Number(number) if number & !COUNTER == ASKING)
}
