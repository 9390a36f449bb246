//! Walks through a JSON text: step by step through its envelope, at once over the values inside.

use super::lex::Cursor;
use super::nesting::{Deep, Nesting, Shallow};
use super::{RawStr, ScanError, ScanErrorKind};

const A_VALUE: &str = "a value";
const A_KEY: &str = "a key in quotes";

/// A strict pull scanner of RFC 8259.
///
/// It neither recurses nor allocates (beyond one bit a level for values nested more than 63 deep), and what it has
/// stepped over is checked completely. Duplicate keys are let pass: the grammar allows them.
#[derive(Debug)]
pub(crate) struct Scanner<'m> {
    here: Cursor<'m>,
    /// Containers that were begun and not ended.
    depth: usize,
    max_depth: usize,
}

impl<'m> Scanner<'m> {
    /// Starts at the beginning of `text`, which may hold at most `max_depth` containers inside one another.
    #[inline]
    pub(crate) fn new(text: &'m str, max_depth: usize) -> Self {
        Self { here: Cursor::new(text), depth: 0, max_depth }
    }

    /// Skips white space; the byte that comes next, not consumed.
    #[inline(always)]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        self.here.peek()
    }

    /// Steps over one value of any kind; exactly its text.
    #[inline]
    pub(crate) fn value(&mut self) -> Result<&'m str, ScanError> {
        // On a copy, which the compiler can keep in registers.
        let mut here = self.here;
        let first = here.peek();
        let start = here.offset();
        match first {
            Some(b'{' | b'[') => {
                here = skip_container(here, self.max_depth.saturating_sub(self.depth))?;
            }
            _ => scalar(&mut here, first)?,
        }
        self.here = here;
        Ok(here.since(start))
    }

    /// Steps over a string.
    #[inline(always)]
    pub(crate) fn string(&mut self) -> Result<RawStr<'m>, ScanError> {
        if self.here.peek() != Some(b'"') {
            return Err(self.here.expected("a string"));
        }
        self.here.string()
    }

    /// Steps into an object; `next_key` leads through it.
    #[inline]
    pub(crate) fn begin_object(&mut self) -> Result<(), ScanError> {
        self.begin(b'{', "an object")
    }

    /// Steps into an array; `next_element` leads through it.
    #[inline]
    pub(crate) fn begin_array(&mut self) -> Result<(), ScanError> {
        self.begin(b'[', "an array")
    }

    #[inline(always)]
    fn begin(&mut self, bracket: u8, expected: &'static str) -> Result<(), ScanError> {
        if self.here.peek() != Some(bracket) {
            return Err(self.here.expected(expected));
        }
        if self.depth >= self.max_depth {
            return Err(too_deep(self.here));
        }
        self.depth += 1;
        self.here.bump();
        Ok(())
    }

    /// The next key of the object, with its `:` consumed; `None` after stepping out of it.
    ///
    /// `first` is true before the first call; each value must have been consumed before the next call.
    #[inline(always)]
    pub(crate) fn next_key(&mut self, first: &mut bool) -> Result<Option<RawStr<'m>>, ScanError> {
        match self.here.peek() {
            Some(b'}') => {
                self.here.bump();
                self.depth = self.depth.saturating_sub(1);
                return Ok(None);
            }
            Some(b',') if !*first => {
                self.here.bump();
                self.here.peek();
            }
            _ if *first => {}
            _ => return Err(self.here.expected("`,` or `}`")),
        }
        *first = false;
        key(&mut self.here).map(Some)
    }

    /// Whether the object goes on with a member spelled just so; if it does, its key has been stepped over.
    ///
    /// A short cut past `next_key` for the members that are expected next: a fifth of its price. `spelled` is the key with
    /// quotes and colon, as `"id":`, and may take in a whole value, as `"jsonrpc":"2.0"`. White space is let pass before
    /// it only. After `false` nothing has moved, and `next_key` reads the same member however it is spelled.
    #[inline(always)]
    pub(crate) fn next_is(&mut self, first: &mut bool, spelled: &'static str) -> bool {
        let mut here = self.here;
        if !*first {
            if here.peek() != Some(b',') {
                return false;
            }
            here.bump();
        }
        here.peek();
        if !here.eat(spelled) {
            return false;
        }
        *first = false;
        self.here = here;
        true
    }

    /// Whether the array has another element, which then comes next; after `false` it has been stepped out of.
    ///
    /// `first` is true before the first call; each element must have been consumed before the next call.
    #[inline]
    pub(crate) fn next_element(&mut self, first: &mut bool) -> Result<bool, ScanError> {
        match self.here.peek() {
            Some(b']') => {
                self.here.bump();
                self.depth = self.depth.saturating_sub(1);
                return Ok(false);
            }
            Some(b',') if !*first => {
                self.here.bump();
                // So that `[1,]` is refused here too, not only by a caller that goes on to read a value.
                if self.here.peek() == Some(b']') {
                    return Err(self.here.expected(A_VALUE));
                }
            }
            Some(_) if *first => {}
            _ => return Err(self.here.expected("`,` or `]`")),
        }
        *first = false;
        Ok(true)
    }

    /// Where the next byte stands, to hand to [`since`](Self::since).
    #[inline(always)]
    pub(crate) fn offset(&self) -> usize {
        self.here.offset()
    }

    /// How many bytes there are from here on.
    #[inline]
    pub(crate) fn rest(&self) -> usize {
        self.here.rest().len()
    }

    /// The text from an earlier offset up to here.
    #[inline]
    pub(crate) fn since(&self, offset: usize) -> &'m str {
        self.here.since(offset)
    }

    /// Makes sure that only white space remains.
    #[inline]
    pub(crate) fn end(&mut self) -> Result<(), ScanError> {
        match self.here.peek() {
            None => Ok(()),
            Some(_) => Err(self.here.expected("the end of the text")),
        }
    }
}

/// A key and its `:`.
#[inline(always)]
fn key<'m>(here: &mut Cursor<'m>) -> Result<RawStr<'m>, ScanError> {
    if here.peek() != Some(b'"') {
        return Err(here.expected(A_KEY));
    }
    let key = here.string()?;
    if here.peek() != Some(b':') {
        return Err(here.expected("`:`"));
    }
    here.bump();
    Ok(key)
}

/// A value that is no container and begins with `first`.
#[inline(always)]
fn scalar(here: &mut Cursor<'_>, first: Option<u8>) -> Result<(), ScanError> {
    match first {
        Some(b'"') => here.string().map(drop),
        Some(first @ (b'0'..=b'9' | b'-')) => here.number(first),
        Some(b't') => here.word("true"),
        Some(b'f') => here.word("false"),
        Some(b'n') => here.word("null"),
        _ => Err(here.expected(A_VALUE)),
    }
}

/// Steps over the array or object that begins here and nests at most `levels` deep.
#[inline(never)]
fn skip_container(here: Cursor<'_>, levels: usize) -> Result<Cursor<'_>, ScanError> {
    match skip_nested::<Shallow>(here, levels.min(Shallow::LEVELS)) {
        Err(error) if error.kind == ScanErrorKind::TooDeep && levels > Shallow::LEVELS => {
            skip_deeply_nested(here, levels)
        }
        outcome => outcome,
    }
}

// Once more from the start of the value, so that the usual way has no vector to set up and drop.
#[cold]
#[inline(never)]
fn skip_deeply_nested(here: Cursor<'_>, levels: usize) -> Result<Cursor<'_>, ScanError> {
    skip_nested::<Deep>(here, levels)
}

#[inline(always)]
fn skip_nested<N: Nesting>(mut here: Cursor<'_>, levels: usize) -> Result<Cursor<'_>, ScanError> {
    let mut open = N::default();
    loop {
        // A value begins here.
        match here.peek() {
            Some(bracket @ (b'{' | b'[')) => {
                if !open.has_room(levels) {
                    return Err(too_deep(here));
                }
                here.bump();
                let object = bracket == b'{';
                open.push(object);
                match (here.peek(), object) {
                    // Left to the closing below.
                    (Some(b'}'), true) | (Some(b']'), false) => {}
                    (_, true) => {
                        key(&mut here)?;
                        continue;
                    }
                    (_, false) => continue,
                }
            }
            first => scalar(&mut here, first)?,
        }
        // A value has ended, or an empty container is about to.
        loop {
            let next = here.peek();
            if open.in_object() {
                match next {
                    Some(b',') => {
                        here.bump();
                        key(&mut here)?;
                        break;
                    }
                    Some(b'}') => {}
                    _ => return Err(here.expected("`,` or `}`")),
                }
            } else {
                match next {
                    Some(b',') => {
                        here.bump();
                        break;
                    }
                    Some(b']') => {}
                    _ => return Err(here.expected("`,` or `]`")),
                }
            }
            here.bump();
            open.pop();
            if open.is_empty() {
                return Ok(here);
            }
        }
    }
}

#[cold]
#[inline(never)]
fn too_deep(here: Cursor<'_>) -> ScanError {
    ScanError::new(ScanErrorKind::TooDeep, here.offset())
}
