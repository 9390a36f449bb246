//! A block of headers with `Content-Length` before each message, as language servers speak.

use std::io::Write;

use bytes::{Buf, Bytes, BytesMut};
use memchr::memchr;

use super::counted::Counted;
use super::{FrameError, Framing};

/// How many bytes the headers of one message may take.
const MAX_HEADERS: usize = 8 * 1024;

/// Headers, a blank line, then as many bytes of message as `Content-Length` says; it may be empty.
///
/// As in the base protocol of the Language Server Protocol, and somewhat laxer: names in any case and order, other
/// headers ignored, lines that end in LF alone, blank lines between messages. Headers of more than 8 KiB, or without
/// one sensible length, are fatal, as nothing tells where the next message begins; a message over the limit costs that
/// message only.
#[derive(Debug, Clone)]
pub struct Header {
    max_message: usize,
    place: Counted,
    /// Where the unfinished line of headers begins in the buffer.
    line: usize,
    /// How much of the buffer is known to hold no newline after that.
    searched: usize,
}

impl Header {
    /// Messages of at most `max_message` bytes, their headers not counted.
    pub fn new(max_message: usize) -> Self {
        Self { max_message, place: Counted::Head, line: 0, searched: 0 }
    }

    /// Takes a complete block of headers out of `buffer`, without the blank line that ends it.
    fn take_headers(&mut self, buffer: &mut BytesMut) -> Result<Option<BytesMut>, FrameError> {
        loop {
            let unsearched = buffer.get(self.searched..).unwrap_or_default();
            let found = memchr(b'\n', unsearched).map(|found| self.searched + found);
            if found.unwrap_or(buffer.len()) > MAX_HEADERS {
                return Err(fatal("more than 8 KiB of headers"));
            }
            let Some(newline) = found else {
                self.searched = buffer.len();
                return Ok(None);
            };
            let line = buffer.get(self.line..newline).unwrap_or_default();
            let (blank, start) = (matches!(line, b"" | b"\r"), self.line);
            (self.line, self.searched) = (newline + 1, newline + 1);
            if blank {
                let mut block = buffer.split_to(newline + 1);
                (self.line, self.searched) = (0, 0);
                // A blank line before any header belongs to no message.
                if start > 0 {
                    block.truncate(start);
                    return Ok(Some(block));
                }
            }
        }
    }
}

impl Framing for Header {
    fn name(&self) -> &'static str {
        "header"
    }

    fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
        loop {
            if let Some(message) = self.place.take(buffer) {
                return Ok(Some(message));
            }
            let Counted::Head = self.place else {
                return Ok(None);
            };
            let Some(headers) = self.take_headers(buffer)? else {
                return Ok(None);
            };
            self.place.announce(content_length(&headers)?, self.max_message)?;
        }
    }

    fn finish(&mut self, buffer: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
        match self.decode(buffer)? {
            Some(message) => Ok(Some(message)),
            None => {
                (self.line, self.searched) = (0, 0);
                self.place.finish(buffer)
            }
        }
    }

    fn encode(&self, message: &[u8], out: &mut Vec<u8>) -> Result<(), FrameError> {
        out.reserve(message.len() + 40);
        write!(out, "Content-Length: {}\r\n\r\n", message.len())
            .map_err(|error| FrameError::unencodable(error.to_string()))?;
        out.extend_from_slice(message);
        Ok(())
    }
}

/// The length that a block of headers announces.
fn content_length(mut headers: &[u8]) -> Result<u64, FrameError> {
    let mut announced = None;
    while headers.has_remaining() {
        let end = memchr(b'\n', headers).unwrap_or(headers.len());
        let (line, rest) = headers.split_at(end);
        headers = rest.get(1..).unwrap_or_default();
        let Some(colon) = memchr(b':', line) else {
            return Err(fatal("a header without a colon"));
        };
        let (name, value) = line.split_at(colon);
        if !name.trim_ascii().eq_ignore_ascii_case(b"content-length") {
            continue;
        }
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        let Some(length) = whole_number(value) else {
            return Err(fatal("a Content-Length that is no number of bytes"));
        };
        if announced.is_some_and(|earlier| earlier != length) {
            return Err(fatal("two different values of Content-Length"));
        }
        announced = Some(length);
    }
    announced.ok_or_else(|| fatal("headers without Content-Length"))
}

fn whole_number(digits: &[u8]) -> Option<u64> {
    // The standard parser would take a sign as well.
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn fatal(what: &str) -> FrameError {
    FrameError::malformed(format!("{what}: does the other side use `header` framing?")).into_fatal()
}
