//! Walks through a MessagePack message: step by step through its envelope, at once over the values inside.

use super::head::{length16, length32};
use super::skip::skip;
use super::{ReadError, ReadErrorKind};

/// A pull reader that borrows everything from the message.
///
/// What it has stepped over is sound in structure: every length and count fits. That strings are UTF-8 is for the one
/// to check who reads them.
#[derive(Debug)]
pub(crate) struct Reader<'m> {
    bytes: &'m [u8],
    at: usize,
    max_depth: usize,
}

impl<'m> Reader<'m> {
    /// Starts at the beginning of `bytes`. `max_depth` is how deep a single `value` may nest; arrays and maps that
    /// the caller steps into itself are not counted.
    #[inline]
    pub(crate) fn new(bytes: &'m [u8], max_depth: usize) -> Self {
        Self { bytes, at: 0, max_depth }
    }

    /// How many bytes have been consumed.
    #[inline]
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// What has not been consumed yet.
    #[inline]
    pub(crate) fn rest(&self) -> &'m [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The marker of the value that comes next, not consumed.
    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Steps into an array; how many elements it announces, which may be a lie.
    #[inline]
    pub(crate) fn array_len(&mut self) -> Result<u32, ReadError> {
        match self.peek() {
            Some(marker @ 0x90..=0x9f) => {
                self.at += 1;
                Ok(u32::from(marker & 0x0f))
            }
            Some(0xdc) => self.long_count(length16(self.rest()), 3),
            Some(0xdd) => self.long_count(length32(self.rest()), 5),
            _ => Err(self.wrong("an array")),
        }
    }

    /// Steps into a map; how many pairs it announces, which may be a lie.
    #[inline]
    pub(crate) fn map_len(&mut self) -> Result<u32, ReadError> {
        match self.peek() {
            Some(marker @ 0x80..=0x8f) => {
                self.at += 1;
                Ok(u32::from(marker & 0x0f))
            }
            Some(0xde) => self.long_count(length16(self.rest()), 3),
            Some(0xdf) => self.long_count(length32(self.rest()), 5),
            _ => Err(self.wrong("a map")),
        }
    }

    fn long_count(&mut self, count: Option<u64>, head: usize) -> Result<u32, ReadError> {
        let count = count.ok_or_else(|| self.cut_off())?;
        self.at += head;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Steps over one value of any kind; exactly its bytes.
    #[inline]
    pub(crate) fn value(&mut self) -> Result<&'m [u8], ReadError> {
        let start = self.at;
        self.at = match self.peek() {
            Some(0x00..=0x7f | 0xe0..=0xff) => start + 1,
            _ => skip(self.bytes, start, self.max_depth)?,
        };
        Ok(self.bytes.get(start..self.at).unwrap_or_default())
    }

    #[cold]
    #[inline(never)]
    fn wrong(&self, expected: &'static str) -> ReadError {
        match self.peek() {
            None => self.cut_off(),
            Some(0xc1) => ReadError::new(ReadErrorKind::Reserved, self.at),
            Some(_) => ReadError::new(ReadErrorKind::WrongType(expected), self.at),
        }
    }

    #[cold]
    #[inline(never)]
    fn cut_off(&self) -> ReadError {
        ReadError::new(ReadErrorKind::Incomplete, self.bytes.len())
    }
}
