//! Reads MessagePack in place: where each value begins and ends, without building a tree.

mod error;
mod head;
mod read;
mod skip;
#[cfg(test)]
mod tests;

pub(crate) use error::{ReadError, ReadErrorKind};
pub(crate) use head::Head;
pub(crate) use read::Reader;
pub(crate) use skip::whole_and_plain;
