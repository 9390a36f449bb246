//! Reads what a program prints: a head of a few lines, and the body (RFC 3875 §6).

use std::fmt;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::transport::{Expect, TransportError, TransportErrorKind};

/// The longest head, in bytes.
const HEAD: usize = 64 << 10;

/// How much is read at once, which also bounds what is read in vain.
const PIECE: usize = 16 << 10;

#[derive(Debug)]
pub(super) struct Answer {
    status: u16,
    body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, PartialEq)]
pub(super) enum Trouble {
    /// Nothing was printed.
    Empty,
    /// It ended in the head, or before its length.
    Broken,
    /// The body is longer than this.
    TooLarge(usize),
    /// What was printed is no CGI response.
    Invalid(&'static str),
}

impl Answer {
    /// The reply in it, if one is wanted.
    pub(super) fn outcome(self, expect: Expect, report: &str) -> Result<Option<Bytes>, TransportError> {
        if !(200..300).contains(&self.status) {
            let what = format!("{report}, with the status {}", self.status);
            let error = TransportError::new(TransportErrorKind::Refused, what);
            return Err(if self.body.is_empty() { error } else { error.with_body(self.body) });
        }
        Ok(Some(self.body).filter(|body| expect == Expect::Reply && !body.is_empty()))
    }
}

impl Trouble {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::Empty
    }

    pub(super) fn into_transport_error(self, report: &str) -> TransportError {
        let kind = match self {
            Self::Empty | Self::Broken => TransportErrorKind::Lost,
            Self::TooLarge(_) => TransportErrorKind::TooLarge,
            Self::Invalid(_) => TransportErrorKind::Invalid,
        };
        TransportError::new(kind, format!("{self}: {report}"))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("no response was printed"),
            Self::Broken => f.write_str("the response broke off"),
            Self::TooLarge(limit) => write!(f, "the reply is longer than {limit} bytes"),
            Self::Invalid(what) => write!(f, "this is no CGI response: {what}"),
        }
    }
}

/// Reads a response whose body has at most `limit` bytes. What comes beyond its length is left.
pub(super) async fn read(mut from: impl AsyncRead + Unpin, limit: usize) -> Result<Answer, Trouble> {
    let mut read = Vec::new();
    let (end, next) = loop {
        if let Some(found) = end_of_head(&read) {
            break found;
        }
        if read.len() > HEAD {
            return Err(Trouble::Invalid("its head does not end"));
        }
        if !more(&mut from, &mut read, PIECE).await? {
            return Err(if read.is_empty() { Trouble::Empty } else { Trouble::Broken });
        }
    };
    let head = read.get(..end).unwrap_or_default();
    let (status, length) = fields(head)?;
    if length.is_some_and(|length| length > limit) {
        return Err(Trouble::TooLarge(limit));
    }
    let mut body = read.split_off(next);
    // One byte more than may come tells whether there is more.
    let wanted = length.unwrap_or(limit.saturating_add(1));
    while body.len() < wanted {
        let room = PIECE.min(wanted - body.len());
        if !more(&mut from, &mut body, room).await? {
            break;
        }
    }
    match length {
        Some(length) if body.len() < length => return Err(Trouble::Broken),
        Some(length) => body.truncate(length),
        None if body.len() > limit => return Err(Trouble::TooLarge(limit)),
        None => {}
    }
    Ok(Answer { status, body: body.into() })
}

/// Whether something came.
async fn more(from: &mut (impl AsyncRead + Unpin), into: &mut Vec<u8>, most: usize) -> Result<bool, Trouble> {
    let mut piece = [0; PIECE];
    let piece = piece.get_mut(..most).unwrap_or_default();
    let count = from.read(piece).await.map_err(|_| Trouble::Broken)?;
    into.extend_from_slice(piece.get(..count).unwrap_or_default());
    Ok(count > 0)
}

/// Where the last line of the head ends, and where the body begins.
fn end_of_head(read: &[u8]) -> Option<(usize, usize)> {
    let mut line = 0;
    while let Some(length) = read.get(line..)?.iter().position(|byte| *byte == b'\n') {
        let next = line + length + 1;
        if matches!(read.get(line..next), Some(b"\n" | b"\r\n")) {
            return Some((line, next));
        }
        line = next;
    }
    None
}

/// The status and the length of the body.
fn fields(head: &[u8]) -> Result<(u16, Option<usize>), Trouble> {
    let head = std::str::from_utf8(head).map_err(|_| Trouble::Invalid("its head is no text"))?;
    let (mut status, mut length) = (200, None);
    for line in head.lines() {
        let (name, value) = line.split_once(':').ok_or(Trouble::Invalid("a line of its head is no header"))?;
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "status" => {
                let digits = value.split(' ').next().unwrap_or_default();
                status = digits.parse().map_err(|_| Trouble::Invalid("its status is no number"))?;
            }
            "content-length" => {
                length = Some(value.parse().map_err(|_| Trouble::Invalid("its length is no number"))?);
            }
            _ => {}
        }
    }
    Ok((status, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_now(printed: &[u8], limit: usize) -> Result<(u16, Bytes), Trouble> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(read(printed, limit)).map(|answer| (answer.status, answer.body))
    }

    #[test]
    fn heads_of_any_style_are_read() {
        for printed in [
            "Status: 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\nabc",
            "status:200\ncontent-length: 3\n\nabc\n",
            "Content-Type: application/json\n\nabc",
            "\nabc",
        ] {
            assert_eq!(read_now(printed.as_bytes(), 3), Ok((200, "abc".into())), "{printed}");
        }
        assert_eq!(read_now(b"Status: 404 Not Found\n\n", 3), Ok((404, Bytes::new())));
        assert_eq!(read_now(b"Status: 204\r\n\r\n", 3), Ok((204, Bytes::new())));
    }

    #[test]
    fn what_is_no_response_is_refused() {
        assert_eq!(read_now(b"", 9), Err(Trouble::Empty));
        for broken in ["S", "Status: 200 OK", "Status: 200\n", "Content-Length: 4\n\nabc"] {
            assert_eq!(read_now(broken.as_bytes(), 9), Err(Trouble::Broken), "{broken}");
        }
        for wrong in ["Traceback\n\n", "Status: x\n\n", "Content-Length: -1\n\n", "\u{1}\u{7f}\n\n"] {
            assert!(matches!(read_now(wrong.as_bytes(), 9), Err(Trouble::Invalid(_))), "{wrong}");
        }
        assert!(matches!(read_now(&[0xff, b'\n', b'\n'], 9), Err(Trouble::Invalid(_))));
        assert!(matches!(read_now(&vec![b'x'; HEAD + PIECE + 1], 9), Err(Trouble::Invalid(_))));
    }

    #[test]
    fn bodies_are_bounded() {
        for printed in ["\nabcd", "Content-Length: 4\n\nabcd", "Content-Length: 18446744073709551615\n\n"] {
            assert_eq!(read_now(printed.as_bytes(), 3), Err(Trouble::TooLarge(3)), "{printed}");
        }
        assert_eq!(read_now(b"\nabcd", 4), Ok((200, "abcd".into())));
    }
}
