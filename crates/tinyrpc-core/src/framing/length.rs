//! Four bytes of length before each message.

use bytes::{Buf, Bytes, BytesMut};

use super::counted::Counted;
use super::{Frame, FrameError, Framing};

/// Four bytes of length, unsigned and big-endian, then as many bytes of message; it may be empty.
///
/// A message over the limit costs that message only: it is dropped as it arrives.
#[derive(Debug, Clone)]
pub struct Length {
    max_message: usize,
    place: Counted,
}

impl Length {
    /// Messages of at most `max_message` bytes, the four before them not counted.
    pub fn new(max_message: usize) -> Self {
        Self { max_message, place: Counted::Head }
    }
}

impl Framing for Length {
    fn name(&self) -> &'static str {
        "length"
    }

    fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
        loop {
            if let Some(message) = self.place.take(buffer) {
                return Ok(Some(message));
            }
            let Counted::Head = self.place else {
                return Ok(None);
            };
            let Some(length) = buffer.first_chunk().copied().map(u32::from_be_bytes) else {
                return Ok(None);
            };
            buffer.advance(4);
            self.place.announce(length.into(), self.max_message)?;
        }
    }

    #[inline]
    fn peek(&self, unread: &[u8]) -> Option<Frame> {
        let Counted::Head = self.place else { return None };
        let length = usize::try_from(u32::from_be_bytes(*unread.first_chunk()?)).ok()?;
        let end = length.checked_add(4).filter(|end| *end <= unread.len())?;
        (length <= self.max_message).then_some(Frame { message: 4..end, end })
    }

    fn finish(&mut self, buffer: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
        match self.decode(buffer)? {
            Some(message) => Ok(Some(message)),
            None => self.place.finish(buffer),
        }
    }

    fn encode(&self, message: &[u8], out: &mut Vec<u8>) -> Result<(), FrameError> {
        let length = u32::try_from(message.len())
            .map_err(|_| FrameError::unencodable("a message of 4 GiB or more does not fit `length` framing"))?;
        out.reserve(4 + message.len());
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(message);
        Ok(())
    }
}
