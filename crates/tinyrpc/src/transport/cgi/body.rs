//! Reads the body of a request.

use std::io::Read;

use super::CgiRequest;

/// Why there is no message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Trouble {
    /// It has more bytes than allowed.
    TooLarge,
    /// Neither a length nor a byte came.
    NoLength,
    /// The length is no number.
    WrongLength,
    /// It ended before its length, or could not be read.
    Broken,
}

/// Reads as many bytes as the host promised, and never more: some hosts keep standard input open. A body without a
/// length, which some hosts pass when it came in chunks, ends where the input does.
///
/// Memory grows with what arrives, not with what was promised.
pub(super) fn read(request: &CgiRequest, body: impl Read, limit: usize) -> Result<Vec<u8>, Trouble> {
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    let length = match request.variable("CONTENT_LENGTH").map_or("", str::trim) {
        "" => None,
        digits if !digits.bytes().all(|byte| byte.is_ascii_digit()) => return Err(Trouble::WrongLength),
        // All digits, so only too many of them can be wrong.
        digits => Some(digits.parse::<u64>().map_err(|_| Trouble::TooLarge)?),
    };
    if length.is_some_and(|length| length > limit) {
        return Err(Trouble::TooLarge);
    }
    let mut message = Vec::new();
    let read = body.take(length.unwrap_or(limit.saturating_add(1))).read_to_end(&mut message);
    let read = read.ok().and_then(|read| u64::try_from(read).ok()).ok_or(Trouble::Broken)?;
    match length {
        Some(length) if read < length => Err(Trouble::Broken),
        None if read == 0 => Err(Trouble::NoLength),
        None if read > limit => Err(Trouble::TooLarge),
        _ => Ok(message),
    }
}

/// A body that begins with `%`, decoded; any other as it is. What follows a `%` and is no hexadecimal number stays.
pub(super) fn percent_decoded(body: Vec<u8>) -> Vec<u8> {
    if body.first() != Some(&b'%') {
        return body;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut out = Vec::with_capacity(body.len());
    let mut rest = &body[..];
    while let Some((&first, after)) = rest.split_first() {
        if first == b'%'
            && let [high, low, tail @ ..] = after
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
        {
            out.push(high << 4 | low);
            rest = tail;
        } else {
            out.push(first);
            rest = after;
        }
    }
    out
}
