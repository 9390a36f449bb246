//! What can be wrong with a MessagePack value, and where.

use std::fmt;

/// Why bytes are not MessagePack that we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReadError {
    pub(crate) kind: ReadErrorKind,
    /// Bytes from the start of the input to the marker at fault, or to the end where more bytes should be.
    pub(crate) offset: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadErrorKind {
    /// The value announces more bytes or elements than there are.
    Incomplete,
    /// More arrays and maps inside one another than the limit allows.
    TooDeep,
    /// The marker 0xc1, which the format never uses.
    Reserved,
    /// A value of another type should stand here: which, in words.
    WrongType(&'static str),
}

impl ReadError {
    // Cold, so that the paths of good messages stay together.
    #[cold]
    #[inline(never)]
    pub(super) fn new(kind: ReadErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ReadErrorKind::Incomplete => f.write_str("the value is cut off")?,
            ReadErrorKind::TooDeep => f.write_str("nested too deeply")?,
            ReadErrorKind::Reserved => f.write_str("the reserved marker 0xc1")?,
            ReadErrorKind::WrongType(expected) => write!(f, "expected {expected}")?,
        }
        write!(f, " at byte {}", self.offset)
    }
}

impl std::error::Error for ReadError {}
