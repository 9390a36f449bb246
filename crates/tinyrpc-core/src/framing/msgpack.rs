//! MessagePack values one after another: each says itself where it ends.

use bytes::{Buf, Bytes, BytesMut};

use super::{Frame, FrameError, Framing};
use crate::msgpack::{Head, whole_and_plain};

/// MessagePack values one after another, as MessagePack-RPC sends them.
///
/// Values are counted, not read: nesting takes no memory here. A value over the limit is refused as soon as what it
/// announces is too much, and costs that value only. The marker 0xc1, which the format never uses, is fatal.
#[derive(Debug, Clone)]
pub struct MessagePack {
    max_message: usize,
    /// Values still to come before the message is whole, counting those inside of others.
    values: u64,
    /// Bytes still to come of the value or head that was looked at last.
    owed: u64,
    /// How much of the message in the buffer has been looked at.
    scanned: usize,
    /// Whether the message is over the limit and dropped as it arrives.
    dropping: bool,
    within: bool,
}

impl MessagePack {
    /// Messages of at most `max_message` bytes.
    pub fn new(max_message: usize) -> Self {
        Self { max_message, values: 0, owed: 0, scanned: 0, dropping: false, within: false }
    }

    /// Goes on through the message; whether all of it is there.
    fn look(&mut self, bytes: &[u8]) -> Result<bool, FrameError> {
        loop {
            let here = bytes.len().saturating_sub(self.scanned);
            let passed = here.min(usize::try_from(self.owed).unwrap_or(usize::MAX));
            self.scanned += passed;
            self.owed -= passed as u64;
            if self.owed > 0 {
                return Ok(false);
            }
            if self.values == 0 {
                return Ok(true);
            }
            let inside = match Head::of(bytes.get(self.scanned..).unwrap_or_default()) {
                Head::Short => return Ok(false),
                Head::Reserved => {
                    return Err(fatal("the marker 0xc1, which MessagePack never uses"));
                }
                Head::Flat(length) => {
                    self.owed = length;
                    0
                }
                Head::Nest { length, values } => {
                    self.owed = length;
                    values
                }
            };
            self.values =
                (self.values - 1).checked_add(inside).ok_or_else(|| fatal("more values than can be counted"))?;
        }
    }

    /// The least size that the message can still have: each value to come takes a byte at least.
    fn least_size(&self) -> u64 {
        (self.scanned as u64).saturating_add(self.owed).saturating_add(self.values)
    }

    fn reset(&mut self) {
        *self = Self::new(self.max_message);
    }
}

impl Framing for MessagePack {
    fn name(&self) -> &'static str {
        "msgpack"
    }

    fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
        loop {
            if !self.within {
                if buffer.is_empty() {
                    return Ok(None);
                }
                if let Some(frame) = self.peek(buffer) {
                    return Ok(Some(buffer.split_to(frame.end).freeze()));
                }
                self.within = true;
                self.values = 1;
            }
            let whole = self.look(buffer)?;
            let refused = self.dropping;
            self.dropping |= self.least_size() > self.max_message as u64;
            if !self.dropping {
                if !whole {
                    return Ok(None);
                }
                let message = buffer.split_to(self.scanned);
                self.reset();
                return Ok(Some(message.freeze()));
            }
            buffer.advance(self.scanned);
            self.scanned = 0;
            if whole {
                self.reset();
            }
            if !refused {
                return Err(FrameError::too_large(self.max_message));
            }
            if !whole {
                return Ok(None);
            }
        }
    }

    #[inline]
    fn peek(&self, unread: &[u8]) -> Option<Frame> {
        if self.within {
            return None;
        }
        let end = whole_and_plain(unread).filter(|end| *end <= self.max_message)?;
        Some(Frame { message: 0..end, end })
    }

    fn finish(&mut self, buffer: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
        if let Some(message) = self.decode(buffer)? {
            return Ok(Some(message));
        }
        let cut_off = self.within && !self.dropping;
        self.reset();
        buffer.clear();
        if cut_off {
            return Err(FrameError::cut_off());
        }
        Ok(None)
    }

    fn encode(&self, message: &[u8], out: &mut Vec<u8>) -> Result<(), FrameError> {
        if message.is_empty() {
            return Err(FrameError::unencodable(
                "an empty message is no MessagePack value, so `msgpack` framing cannot carry it",
            ));
        }
        out.extend_from_slice(message);
        Ok(())
    }
}

fn fatal(what: &str) -> FrameError {
    FrameError::malformed(format!("{what}: does the other side speak MessagePack?")).into_fatal()
}
