//! Walks through a MessagePack message: step by step through its envelope, at once over the values inside.

use super::head::{length8, length16, length32};
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

/// The content of a string-like value, and which kind it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Text<'m> {
    /// A `str`, which should be UTF-8 but was not checked.
    Str(&'m [u8]),
    /// A `bin`.
    Bin(&'m [u8]),
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

    /// Steps over an integer that is not negative, in whatever width it was sent.
    #[inline]
    pub(crate) fn uint(&mut self) -> Result<u64, ReadError> {
        match self.peek() {
            Some(marker @ 0x00..=0x7f) => {
                self.at += 1;
                Ok(u64::from(marker))
            }
            _ => self.long_uint(),
        }
    }

    fn long_uint(&mut self) -> Result<u64, ReadError> {
        let Some(marker) = self.peek() else {
            return Err(self.cut_off());
        };
        let width = match marker {
            0xcc | 0xd0 => 1,
            0xcd | 0xd1 => 2,
            0xce | 0xd2 => 4,
            0xcf | 0xd3 => 8,
            _ => return Err(self.wrong("an unsigned integer")),
        };
        let digits = self.rest().get(1..=width);
        let digits = digits.ok_or_else(|| self.cut_off())?;
        let negative = marker >= 0xd0 && digits.first().is_some_and(|byte| *byte >= 0x80);
        if negative {
            return Err(self.wrong("an unsigned integer"));
        }
        self.at += 1 + width;
        Ok(digits.iter().fold(0, |value, digit| value << 8 | u64::from(*digit)))
    }

    /// Steps over a `str` or a `bin`; its content.
    #[inline]
    pub(crate) fn str_or_bin(&mut self) -> Result<Text<'m>, ReadError> {
        let rest = self.rest();
        let (bin, head, length) = match self.peek() {
            Some(marker @ 0xa0..=0xbf) => (false, 1, Some(u64::from(marker & 0x1f))),
            Some(0xd9) => (false, 2, length8(rest)),
            Some(0xda) => (false, 3, length16(rest)),
            Some(0xdb) => (false, 5, length32(rest)),
            Some(0xc4) => (true, 2, length8(rest)),
            Some(0xc5) => (true, 3, length16(rest)),
            Some(0xc6) => (true, 5, length32(rest)),
            _ => return Err(self.wrong("a string")),
        };
        let content =
            length.and_then(|length| usize::try_from(length).ok()).and_then(|length| rest.get(head..)?.get(..length));
        let content = content.ok_or_else(|| self.cut_off())?;
        self.at += head + content.len();
        Ok(if bin { Text::Bin(content) } else { Text::Str(content) })
    }

    /// Steps over one value of any kind; exactly its bytes.
    #[inline]
    pub(crate) fn value(&mut self) -> Result<&'m [u8], ReadError> {
        let start = self.at;
        self.at = skip(self.bytes, start, self.max_depth)?;
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
