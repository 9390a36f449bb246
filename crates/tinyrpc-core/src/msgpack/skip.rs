//! Steps over whole MessagePack values by counting, with no recursion.

use super::head::{known_length, plain};
use super::{Head, ReadError, ReadErrorKind};

/// The end of the value that begins at `start` and may nest `levels` deep.
#[inline(never)]
pub(super) fn skip(bytes: &[u8], start: usize, levels: usize) -> Result<usize, ReadError> {
    if let Some(&marker @ 0x90..=0x9f) = bytes.get(start)
        && levels > 0
    {
        return skip_inside(bytes, start + 1, u64::from(marker & 0x0f), levels);
    }
    match Head::of(after(bytes, start)) {
        Head::Flat(length) => step(bytes, start, length),
        Head::Nest { length, values } => {
            if levels == 0 {
                return Err(ReadError::new(ReadErrorKind::TooDeep, start));
            }
            skip_inside(bytes, step(bytes, start, length)?, values, levels)
        }
        odd => Err(refusal(odd, bytes, start)),
    }
}

/// The length of the value that `bytes` begin with, if all of it is there and it is made of values whose markers alone tell
/// how long they are, and of short arrays. Most messages are; what others are is for slower ways to find out.
///
/// Counts the values that are still to come and so needs no memory for nesting.
#[inline]
pub(crate) fn whole_and_plain(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut values) = (0, 1_usize);
    while values > 0 {
        let (length, inside) = plain(*bytes.get(at)?);
        if length == 0 {
            return None;
        }
        at += length;
        values = values - 1 + inside;
    }
    (at <= bytes.len()).then_some(at)
}

/// The end of an outermost container that has `values` values, the first of them at `at`.
#[inline(always)]
fn skip_inside(bytes: &[u8], mut at: usize, mut values: u64, levels: usize) -> Result<usize, ReadError> {
    while values != 0 {
        // One look is enough for most values. Past the end the next look finds nothing.
        if let Some(&marker) = bytes.get(at) {
            let length = known_length(marker);
            if length != 0 {
                at += length;
                values -= 1;
                continue;
            }
        }
        match Head::of(after(bytes, at)) {
            Head::Flat(length) => at = step(bytes, at, length)?,
            // Only nested containers need to remember counts.
            Head::Nest { .. } => return skip_nested(bytes, at, values, levels),
            odd => return Err(refusal(odd, bytes, at)),
        }
        values -= 1;
    }
    if at > bytes.len() {
        return Err(ReadError::new(ReadErrorKind::Incomplete, bytes.len()));
    }
    Ok(at)
}

/// The same for values that are containers themselves.
#[inline(never)]
fn skip_nested(bytes: &[u8], mut at: usize, mut values: u64, levels: usize) -> Result<usize, ReadError> {
    let mut outer = Counts::default();
    loop {
        while values == 0 {
            match outer.pop() {
                Some(left) => values = left,
                None => return Ok(at),
            }
        }
        values -= 1;
        match Head::of(after(bytes, at)) {
            Head::Flat(length) => at = step(bytes, at, length)?,
            Head::Nest { length, values: inside } => {
                // The outermost container is open as well.
                if outer.depth + 1 >= levels {
                    return Err(ReadError::new(ReadErrorKind::TooDeep, at));
                }
                at = step(bytes, at, length)?;
                outer.push(values);
                values = inside;
            }
            odd => return Err(refusal(odd, bytes, at)),
        }
    }
}

/// How many values the open containers still wait for, innermost last. Allocates only beyond eight levels.
#[derive(Debug, Default)]
struct Counts {
    depth: usize,
    near: [u64; 8],
    far: Vec<u64>,
}

impl Counts {
    #[inline(always)]
    fn push(&mut self, count: u64) {
        match self.near.get_mut(self.depth) {
            Some(place) => *place = count,
            None => self.far.push(count),
        }
        self.depth += 1;
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<u64> {
        self.depth = self.depth.checked_sub(1)?;
        match self.near.get(self.depth) {
            Some(count) => Some(*count),
            None => self.far.pop(),
        }
    }
}

#[inline(always)]
fn after(bytes: &[u8], at: usize) -> &[u8] {
    bytes.get(at..).unwrap_or_default()
}

/// `length` bytes on from `at`, if there are as many.
#[inline(always)]
fn step(bytes: &[u8], at: usize, length: u64) -> Result<usize, ReadError> {
    if length > (bytes.len() - at) as u64 {
        return Err(ReadError::new(ReadErrorKind::Incomplete, bytes.len()));
    }
    Ok(at + length as usize)
}

#[cold]
fn refusal(head: Head, bytes: &[u8], at: usize) -> ReadError {
    match head {
        Head::Reserved => ReadError::new(ReadErrorKind::Reserved, at),
        _ => ReadError::new(ReadErrorKind::Incomplete, bytes.len()),
    }
}
