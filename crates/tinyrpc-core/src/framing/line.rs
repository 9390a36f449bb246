//! One message a line: the framing of newline-delimited JSON.

use bytes::{Bytes, BytesMut};
use memchr::memchr;

use super::{Frame, FrameError, Framing};

/// One message a line, ended by LF or CR LF. Blank lines are skipped.
///
/// It suits messages that hold no raw newline, as compact JSON. A line over the limit costs that line only.
#[derive(Debug, Clone)]
pub struct Line {
    max_message: usize,
    /// How much of the buffer is known to hold no newline.
    searched: usize,
    /// Whether the rest of a line that was too large is being dropped.
    dropping: bool,
}

impl Line {
    /// Lines of at most `max_message` bytes, their end not counted.
    pub fn new(max_message: usize) -> Self {
        Self { max_message, searched: 0, dropping: false }
    }

    /// The message of a line whose LF is gone already; `None` if the line is blank.
    fn message(&self, mut line: BytesMut) -> Result<Option<Bytes>, FrameError> {
        if line.last() == Some(&b'\r') {
            line.truncate(line.len() - 1);
        }
        if is_blank(&line) {
            return Ok(None);
        }
        if line.len() > self.max_message {
            return Err(FrameError::too_large(self.max_message));
        }
        Ok(Some(line.freeze()))
    }
}

impl Framing for Line {
    fn name(&self) -> &'static str {
        "line"
    }

    fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
        loop {
            let unsearched = buffer.get(self.searched..).unwrap_or_default();
            let Some(found) = memchr(b'\n', unsearched) else {
                break;
            };
            let mut line = buffer.split_to(self.searched + found + 1);
            self.searched = 0;
            line.truncate(line.len() - 1);
            if std::mem::take(&mut self.dropping) {
                continue;
            }
            if let Some(message) = self.message(line)? {
                return Ok(Some(message));
            }
        }
        if self.dropping {
            buffer.clear();
            return Ok(None);
        }
        // One byte more may be the CR of a line that is just within the limit.
        if buffer.len() > self.max_message.saturating_add(1) {
            self.dropping = true;
            self.searched = 0;
            buffer.clear();
            return Err(FrameError::too_large(self.max_message));
        }
        self.searched = buffer.len();
        Ok(None)
    }

    #[inline]
    fn peek(&self, unread: &[u8]) -> Option<Frame> {
        if self.searched > 0 || self.dropping {
            return None;
        }
        let end = memchr(b'\n', unread)?;
        // What begins and ends like this is neither blank nor ended by CR LF.
        let is_plain = matches!(unread, [b'{' | b'[', ..]) && unread.get(end.wrapping_sub(1)) != Some(&b'\r');
        (is_plain && end <= self.max_message).then(|| Frame { message: 0..end, end: end + 1 })
    }

    fn finish(&mut self, buffer: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
        if let Some(message) = self.decode(buffer)? {
            return Ok(Some(message));
        }
        self.searched = 0;
        self.dropping = false;
        self.message(buffer.split())
    }

    fn encode(&self, message: &[u8], out: &mut Vec<u8>) -> Result<(), FrameError> {
        if memchr(b'\n', message).is_some() {
            return Err(FrameError::unencodable(
                "a message with a newline in it cannot be sent as a line: use `header` or `length` framing",
            ));
        }
        if is_blank(message) || message.last() == Some(&b'\r') {
            return Err(FrameError::unencodable(
                "a message that is blank or ends in CR would not arrive as it is sent on a line",
            ));
        }
        out.reserve(message.len() + 1);
        out.extend_from_slice(message);
        out.push(b'\n');
        Ok(())
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
}
