//! The tokens of RFC 8259: white space, strings, numbers and the three words.

use super::special::find_special;
use super::{RawStr, ScanError, ScanErrorKind};

/// A place in a text. Small and copied freely, so that loops keep it in registers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'m> {
    text: &'m str,
    at: usize,
}

impl<'m> Cursor<'m> {
    pub(super) fn new(text: &'m str) -> Self {
        Self { text, at: 0 }
    }

    #[inline(always)]
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    #[inline(always)]
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The text from `start` to here.
    #[inline(always)]
    pub(super) fn since(&self, start: usize) -> &'m str {
        // Both ends lie beside an ASCII token, hence on character boundaries.
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Skips white space; the byte there, not consumed.
    #[inline(always)]
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = self.byte(self.at)?;
            // One comparison settles the usual case.
            if byte > b' ' || !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    /// Steps over the byte that `peek` just saw.
    #[inline(always)]
    pub(super) fn bump(&mut self) {
        self.at += 1;
    }

    /// The error of finding something else here, or nothing at all.
    #[cold]
    #[inline(never)]
    pub(super) fn expected(self, what: &'static str) -> ScanError {
        let kind = if self.at < self.text.len() { ScanErrorKind::Syntax(what) } else { ScanErrorKind::UnexpectedEnd };
        ScanError::new(kind, self.at)
    }

    #[cold]
    #[inline(never)]
    fn expected_at(mut self, what: &'static str, at: usize) -> ScanError {
        self.at = at.min(self.text.len());
        self.expected(what)
    }

    /// A string, standing at its opening quote.
    #[inline(always)]
    pub(super) fn string(&mut self) -> Result<RawStr<'m>, ScanError> {
        let start = self.at + 1;
        let stop = find_special(self.text.as_bytes(), start);
        let (stop, escaped) =
            if self.byte(stop) == Some(b'"') { (stop, false) } else { (self.string_from(stop)?, true) };
        self.at = stop + 1;
        Ok(RawStr::new(self.text, start, stop, escaped))
    }

    /// The end of a string whose first special byte is at `at`.
    #[inline(never)]
    fn string_from(self, mut at: usize) -> Result<usize, ScanError> {
        loop {
            match self.byte(at) {
                Some(b'"') => return Ok(at),
                Some(b'\\') => at = find_special(self.text.as_bytes(), self.escape(at)?),
                _ => {
                    return Err(self.expected_at("an escape, not a bare control character,", at));
                }
            }
        }
    }

    /// Checks the escape whose backslash is at `at`; where it ends.
    #[inline(always)]
    fn escape(self, at: usize) -> Result<usize, ScanError> {
        match self.byte(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
            Some(b'u') => {
                for digit in at + 2..at + 6 {
                    if !self.byte(digit).is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(self.expected_at("four hexadecimal digits", digit));
                    }
                }
                Ok(at + 6)
            }
            _ => Err(self.expected_at("one of `\"\\/bfnrtu`", at + 1)),
        }
    }

    /// A number, standing at `first`, its `-` or first digit.
    #[inline(always)]
    pub(super) fn number(&mut self, first: u8) -> Result<(), ScanError> {
        self.at += 1;
        match first {
            // A digit after a leading zero is left for whoever looks what follows the number.
            b'0' => {}
            b'1'..=b'9' => self.digits(),
            _ => match self.byte(self.at) {
                Some(b'0') => self.at += 1,
                Some(b'1'..=b'9') => self.digits(),
                _ => return Err(self.expected("a digit")),
            },
        }
        if let Some(b'.' | b'e' | b'E') = self.byte(self.at) {
            self.at = self.fraction()?;
        }
        Ok(())
    }

    /// The end of a number whose `.` or `e` is here.
    // By value, as everything that is not inlined: a cursor whose address is taken lives in memory, not in registers.
    #[inline(never)]
    fn fraction(mut self) -> Result<usize, ScanError> {
        if self.byte(self.at) == Some(b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if let Some(b'e' | b'E') = self.byte(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte(self.at) {
                self.at += 1;
            }
            self.some_digits()?;
        }
        Ok(self.at)
    }

    #[inline(always)]
    fn some_digits(&mut self) -> Result<(), ScanError> {
        let start = self.at;
        self.digits();
        if self.at == start {
            return Err(self.expected("a digit"));
        }
        Ok(())
    }

    #[inline(always)]
    fn digits(&mut self) {
        while self.byte(self.at).is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    #[inline(always)]
    pub(super) fn rest(&self) -> &'m [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Steps over `exact` if the text goes on with just these bytes.
    #[inline(always)]
    pub(super) fn eat(&mut self, exact: &str) -> bool {
        let eaten = self.rest().starts_with(exact.as_bytes());
        if eaten {
            self.at += exact.len();
        }
        eaten
    }

    /// One of the words `true`, `false` and `null`, standing at its first letter.
    #[inline(always)]
    pub(super) fn word(&mut self, word: &'static str) -> Result<(), ScanError> {
        if self.eat(word) { Ok(()) } else { Err(self.not_the_word(word)) }
    }

    #[cold]
    #[inline(never)]
    fn not_the_word(self, word: &'static str) -> ScanError {
        let pairs = self.rest().iter().zip(word.bytes());
        let same = pairs.take_while(|(a, b)| **a == *b).count();
        self.expected_at(word, self.at + same)
    }
}
