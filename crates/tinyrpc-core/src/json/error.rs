//! What can be wrong with a JSON text, and where.

use std::fmt;

/// Why a text is not JSON that we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScanError {
    pub(crate) kind: ScanErrorKind,
    /// Bytes from the start of the text to the place of the fault.
    pub(crate) offset: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanErrorKind {
    /// Something else should stand here: what, in words.
    Syntax(&'static str),
    /// More arrays and objects inside one another than the limit allows.
    TooDeep,
    /// The text stops before its value does.
    UnexpectedEnd,
    /// An escape names half of a surrogate pair, which no Rust string can hold.
    LoneSurrogate,
}

impl ScanError {
    // Cold, so that the paths of good messages stay together.
    #[cold]
    #[inline(never)]
    pub(super) fn new(kind: ScanErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ScanErrorKind::Syntax(expected) => write!(f, "expected {expected}")?,
            ScanErrorKind::TooDeep => f.write_str("nested too deeply")?,
            ScanErrorKind::UnexpectedEnd => f.write_str("unexpected end of text")?,
            ScanErrorKind::LoneSurrogate => f.write_str("half of a surrogate pair")?,
        }
        write!(f, " at byte {}", self.offset)
    }
}

impl std::error::Error for ScanError {}
