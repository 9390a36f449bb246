//! A string as it stands in the text, unescaped only when somebody needs that.

use std::borrow::Cow;

use super::{ScanError, ScanErrorKind};

/// The text between the quotes of a JSON string whose escapes are known to be well formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawStr<'m> {
    // Cut out when asked for: many strings are only compared, and a `str` cut costs two looks at its boundaries.
    text: &'m str,
    start: usize,
    end: usize,
    escaped: bool,
}

impl<'m> RawStr<'m> {
    /// The string whose quotes stand around `start..end` of `text`.
    #[inline(always)]
    pub(super) fn new(text: &'m str, start: usize, end: usize, escaped: bool) -> Self {
        Self { text, start, end, escaped }
    }

    /// The string's value if that is the text itself; `None` if it holds escapes.
    #[inline(always)]
    pub(crate) fn plain(&self) -> Option<&'m str> {
        if self.escaped { None } else { Some(self.raw()) }
    }

    /// The text between the quotes, escapes and all.
    #[inline(always)]
    pub(crate) fn raw(&self) -> &'m str {
        // Quotes stand around it, so these are character boundaries.
        self.text.get(self.start..self.end).unwrap_or_default()
    }

    /// The string's value.
    ///
    /// # Errors
    /// If an escape is half of a surrogate pair: RFC 8259's grammar has it (section 8.2), a `str` cannot.
    #[inline]
    pub(crate) fn unescape(&self) -> Result<Cow<'m, str>, ScanError> {
        match self.plain() {
            Some(plain) => Ok(Cow::Borrowed(plain)),
            None => self.decode().map(Cow::Owned),
        }
    }

    #[inline(never)]
    fn decode(&self) -> Result<String, ScanError> {
        // The value is never longer than its escaped text.
        let mut value = String::with_capacity(self.raw().len());
        let mut rest = self.raw();
        while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
            let (before, escape) = rest.split_at(at);
            value.push_str(before);
            let mark = escape.as_bytes().get(1).copied().unwrap_or_default();
            let (decoded, length) = match mark {
                b'b' => ('\u{8}', 2),
                b'f' => ('\u{c}', 2),
                b'n' => ('\n', 2),
                b'r' => ('\r', 2),
                b't' => ('\t', 2),
                b'u' => self.unicode(escape)?,
                // `"`, `\` and `/` stand for themselves; the scanner let nothing else pass.
                itself => (char::from(itself), 2),
            };
            value.push(decoded);
            rest = escape.get(length..).unwrap_or_default();
        }
        value.push_str(rest);
        Ok(value)
    }

    /// The character that a `\uXXXX` or a pair of them stands for, and how long that is.
    fn unicode(&self, escape: &str) -> Result<(char, usize), ScanError> {
        let Some(first) = hex_unit(escape) else {
            return Err(self.lone(escape));
        };
        if let Some(decoded) = char::from_u32(first) {
            return Ok((decoded, 6));
        }
        let second = escape.get(6..).and_then(hex_unit);
        match (first, second) {
            (0xd800..0xdc00, Some(second @ 0xdc00..0xe000)) => {
                let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                Ok((char::from_u32(code).unwrap_or_default(), 12))
            }
            _ => Err(self.lone(escape)),
        }
    }

    fn lone(&self, escape: &str) -> ScanError {
        let offset = self.end - escape.len();
        ScanError::new(ScanErrorKind::LoneSurrogate, offset)
    }
}

/// The UTF-16 code unit of the `\uXXXX` that `text` begins with.
fn hex_unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok()
}
