//! JSON values one after another, for peers that do not frame at all.

use bytes::{Buf, Bytes, BytesMut};
use memchr::{memchr, memchr2};

use super::{FrameError, Framing};

/// JSON values one after another, pretty-printed or not, with or without white space between them.
///
/// Only brackets and quotes are looked at, to find where a value ends; whether it is JSON all through is for the
/// protocol to say. A number or a word at the top level ends with the byte after it, or with the stream. What cannot
/// begin a value, and a string with a raw control character in it, costs the bytes up to the next newline; a value over
/// the limit costs that value. Nesting takes no memory here.
#[derive(Debug, Clone)]
pub struct Json {
    max_message: usize,
    place: Place,
    /// Brackets open in the value.
    depth: usize,
    /// How much of the value in the buffer has been looked at.
    scanned: usize,
    /// Whether the value is over the limit and dropped as it arrives.
    dropping: bool,
}

/// Where among the values the stream stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Between two of them.
    Between,
    /// In an array or object, outside strings.
    Nested,
    /// In a string.
    Text,
    /// In a string, after a backslash.
    Escape,
    /// In a number or word at the top level.
    Scalar,
    /// In something else; all up to the next newline is dropped.
    Lost,
}

/// What looking at more bytes of a value has shown.
enum Seen {
    /// The value ends after so many of them.
    End(usize),
    /// It goes on.
    More,
    /// It is broken at this one.
    Broken(usize),
}

impl Json {
    /// Values of at most `max_message` bytes, white space around them not counted.
    pub fn new(max_message: usize) -> Self {
        Self { max_message, place: Place::Between, depth: 0, scanned: 0, dropping: false }
    }

    /// Looks at the first byte of a value.
    fn begin(&mut self, first: u8) -> Result<(), FrameError> {
        (self.depth, self.scanned) = (0, 1);
        self.place = match first {
            b'{' | b'[' => {
                self.depth = 1;
                Place::Nested
            }
            b'"' => Place::Text,
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => Place::Scalar,
            _ => return Err(self.lose("bytes that begin no JSON value")),
        };
        Ok(())
    }

    fn lose(&mut self, what: &str) -> FrameError {
        self.place = Place::Lost;
        self.scanned = 0;
        FrameError::malformed(format!("{what}: all up to the next newline is skipped"))
    }

    /// Goes on through a value, over bytes that have not been looked at.
    fn look(&mut self, bytes: &[u8]) -> Seen {
        let mut at = 0;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            match self.place {
                Place::Nested => {
                    let is_mark = |byte: &u8| matches!(byte, b'"' | b'{' | b'[' | b'}' | b']');
                    let Some(found) = rest.iter().position(is_mark) else {
                        return Seen::More;
                    };
                    at += found + 1;
                    match rest.get(found) {
                        Some(b'"') => self.place = Place::Text,
                        Some(b'{' | b'[') => self.depth += 1,
                        _ => self.depth -= 1,
                    }
                    if self.depth == 0 {
                        return Seen::End(at);
                    }
                }
                Place::Text => {
                    let found = memchr2(b'"', b'\\', rest);
                    let plain = rest.get(..found.unwrap_or(rest.len())).unwrap_or_default();
                    if let Some(control) = plain.iter().position(|byte| *byte < 0x20) {
                        return Seen::Broken(at + control);
                    }
                    let Some(found) = found else {
                        return Seen::More;
                    };
                    at += found + 1;
                    self.place = match rest.get(found) {
                        Some(b'\\') => Place::Escape,
                        _ if self.depth == 0 => return Seen::End(at),
                        _ => Place::Nested,
                    };
                }
                Place::Escape => match rest.first() {
                    None => return Seen::More,
                    Some(..0x20) => return Seen::Broken(at),
                    Some(_) => {
                        at += 1;
                        self.place = Place::Text;
                    }
                },
                Place::Scalar => {
                    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                    return match rest.iter().position(|byte| !is_part(byte)) {
                        Some(end) => Seen::End(at + end),
                        None => Seen::More,
                    };
                }
                Place::Between | Place::Lost => return Seen::More,
            }
        }
    }

    /// Cuts the value that ends at `end` off the buffer; `None` if it was refused before.
    fn cut(&mut self, buffer: &mut BytesMut, end: usize) -> Result<Option<Bytes>, FrameError> {
        self.place = Place::Between;
        self.scanned = 0;
        let value = buffer.split_to(end.min(buffer.len()));
        if std::mem::take(&mut self.dropping) {
            return Ok(None);
        }
        if value.len() > self.max_message {
            return Err(FrameError::too_large(self.max_message));
        }
        Ok(Some(value.freeze()))
    }
}

impl Framing for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
        loop {
            if self.place == Place::Lost {
                let Some(newline) = memchr(b'\n', buffer) else {
                    buffer.clear();
                    return Ok(None);
                };
                buffer.advance(newline + 1);
                self.place = Place::Between;
            }
            if self.place == Place::Between {
                let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
                let space = buffer.iter().position(|byte| !is_space(byte));
                buffer.advance(space.unwrap_or(buffer.len()));
                match buffer.first() {
                    Some(first) => self.begin(*first)?,
                    None => return Ok(None),
                }
            }
            let unseen = buffer.get(self.scanned..).unwrap_or_default();
            match self.look(unseen) {
                Seen::End(length) => {
                    let end = self.scanned + length;
                    if let Some(value) = self.cut(buffer, end)? {
                        return Ok(Some(value));
                    }
                }
                Seen::Broken(length) => {
                    buffer.advance(self.scanned + length);
                    let error = self.lose("a control character in a JSON string");
                    if !std::mem::take(&mut self.dropping) {
                        return Err(error);
                    }
                }
                Seen::More => {
                    self.scanned = buffer.len();
                    let refused = self.dropping;
                    self.dropping |= self.scanned > self.max_message;
                    if self.dropping {
                        self.scanned = 0;
                        buffer.clear();
                    }
                    if self.dropping && !refused {
                        return Err(FrameError::too_large(self.max_message));
                    }
                    return Ok(None);
                }
            }
        }
    }

    fn finish(&mut self, buffer: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
        if let Some(value) = self.decode(buffer)? {
            return Ok(Some(value));
        }
        let place = std::mem::replace(&mut self.place, Place::Between);
        let rest = self.cut(buffer, usize::MAX)?;
        match place {
            Place::Between | Place::Lost => Ok(None),
            Place::Scalar => Ok(rest),
            // `None` if it was refused before.
            _ => rest.map_or(Ok(None), |_| Err(FrameError::cut_off())),
        }
    }

    fn encode(&self, message: &[u8], out: &mut Vec<u8>) -> Result<(), FrameError> {
        if message.trim_ascii().is_empty() {
            return Err(FrameError::unencodable(
                "an empty message is no JSON value, so `json` framing cannot carry it",
            ));
        }
        out.reserve(message.len() + 1);
        out.extend_from_slice(message);
        // Ends a number, and is kind to those who read by line.
        out.push(b'\n');
        Ok(())
    }
}
