//! Finds the bytes that end the plain part of a JSON string: `"`, `\` and control characters.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * ONES;

/// Where the first special byte at or after `from` is; the length of `bytes` if there is none.
#[inline(always)]
pub(super) fn find_special(bytes: &[u8], from: usize) -> usize {
    // Most keys and method names end within their first word, so that step alone is inlined.
    if let Some(word) = bytes.get(from..).and_then(<[u8]>::first_chunk) {
        let hits = special_bytes(*word);
        if hits != 0 {
            return from + first_hit(hits);
        }
        find_far(bytes, from + 8)
    } else {
        find_near_end(bytes, from)
    }
}

/// Words first, as most strings are short; from then on blocks that the compiler makes vector code of.
#[inline(never)]
fn find_far(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    let mut words = 0;
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let hits = special_bytes(*word);
        if hits != 0 {
            return at + first_hit(hits);
        }
        at += 8;
        words += 1;
        if words % 8 == 7 {
            while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
                if block_has_special(block) {
                    break;
                }
                at += BLOCK;
            }
        }
    }
    find_near_end(bytes, at)
}

const BLOCK: usize = 64;

#[inline(always)]
fn block_has_special(block: &[u8; BLOCK]) -> bool {
    // No early exit: the same work for each byte is what becomes vector code.
    block.iter().fold(0u8, |any, &byte| any | u8::from(is_special(byte))) != 0
}

#[inline]
fn find_near_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        if is_special(byte) {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

#[inline(always)]
fn is_special(byte: u8) -> bool {
    // Flipping bit 1 takes `"` (0x22) to 0x20 and keeps the control characters below it; space goes to 0x22.
    (byte ^ 0x02 < 0x21) | (byte == b'\\')
}

/// A word whose lowest set bit belongs to the first special byte; zero if there is none.
///
/// Subtracting may borrow into the bytes *after* a hit, so only the first hit means anything.
#[inline(always)]
fn special_bytes(word: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(word);
    let quote_or_control = (word ^ (0x02 * ONES)).wrapping_sub(0x21 * ONES);
    let backslash = (word ^ (0x5c * ONES)).wrapping_sub(ONES);
    (quote_or_control | backslash) & !word & HIGH
}

#[inline(always)]
fn first_hit(hits: u64) -> usize {
    (hits.trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_at_every_place_is_seen() {
        for length in (0..40).chain(100..140).chain([1000]) {
            for filler in [b'a', b' ', b'!', b'#', 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
                let mut bytes = vec![filler; length];
                assert_eq!(find_special(&bytes, 0), length);
                for at in 0..length {
                    for byte in [b'"', b'\\', 0, 0x1f, b'\n', 0x02] {
                        bytes[at] = byte;
                        assert_eq!(find_special(&bytes, 0), at);
                        assert_eq!(find_special(&bytes, at), at);
                    }
                    bytes[at] = filler;
                }
            }
        }
    }

    #[test]
    fn only_quote_backslash_and_controls_are_special() {
        for byte in 0..=255u8 {
            let expected = byte < 0x20 || byte == b'"' || byte == b'\\';
            assert_eq!(is_special(byte), expected, "{byte:#x}");
            assert_eq!(special_bytes([byte; 8]) != 0, expected, "{byte:#x}");
        }
    }
}
