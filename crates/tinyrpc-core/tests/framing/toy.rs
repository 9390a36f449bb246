//! A framing as a stranger would write it, with public API only: each message ends with a NUL byte.

use bytes::{Buf, Bytes, BytesMut};
use tinyrpc_core::framing::{FrameError, Framing};

#[derive(Debug)]
pub(crate) struct Nul {
    max_message: usize,
    searched: usize,
    dropping: bool,
}

impl Nul {
    pub(crate) fn new(max_message: usize) -> Self {
        Self { max_message, searched: 0, dropping: false }
    }
}

impl Framing for Nul {
    fn name(&self) -> &'static str {
        "nul"
    }

    fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
        while let Some(found) = buffer[self.searched..].iter().position(|byte| *byte == 0) {
            let message = buffer.split_to(self.searched + found).freeze();
            buffer.advance(1);
            self.searched = 0;
            if std::mem::take(&mut self.dropping) {
                continue;
            }
            if message.len() > self.max_message {
                return Err(FrameError::too_large(self.max_message));
            }
            return Ok(Some(message));
        }
        self.searched = buffer.len();
        if self.dropping || buffer.len() > self.max_message {
            buffer.clear();
            self.searched = 0;
            if !std::mem::replace(&mut self.dropping, true) {
                return Err(FrameError::too_large(self.max_message));
            }
        }
        Ok(None)
    }

    fn finish(&mut self, buffer: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
        if let Some(message) = self.decode(buffer)? {
            return Ok(Some(message));
        }
        self.searched = 0;
        self.dropping = false;
        if buffer.split().is_empty() { Ok(None) } else { Err(FrameError::cut_off()) }
    }

    fn encode(&self, message: &[u8], out: &mut Vec<u8>) -> Result<(), FrameError> {
        if message.contains(&0) {
            return Err(FrameError::unencodable("a message with a NUL byte cannot be sent in NUL framing"));
        }
        out.extend_from_slice(message);
        out.push(0);
        Ok(())
    }
}
