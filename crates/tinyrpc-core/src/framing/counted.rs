//! The part that framings share which announce a message's length before it.

use bytes::{Buf, Bytes, BytesMut};

use super::FrameError;

/// Where in a frame the stream stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Counted {
    /// Before or in what announces the length.
    #[default]
    Head,
    /// Before a message of so many bytes.
    Message(usize),
    /// In a message over the limit, of which so many bytes are still to be dropped.
    Dropping(u64),
}

impl Counted {
    /// Begins the message of `length` bytes that was just announced.
    pub(super) fn announce(&mut self, length: u64, limit: usize) -> Result<(), FrameError> {
        match usize::try_from(length) {
            Ok(length) if length <= limit => {
                *self = Self::Message(length);
                Ok(())
            }
            _ => {
                *self = Self::Dropping(length);
                Err(FrameError::too_large(limit))
            }
        }
    }

    /// The message, once all of it is there. Whether a head comes next is for the caller to look at.
    pub(super) fn take(&mut self, buffer: &mut BytesMut) -> Option<Bytes> {
        match *self {
            Self::Head => None,
            Self::Message(length) if buffer.len() < length => None,
            Self::Message(length) => {
                *self = Self::Head;
                Some(buffer.split_to(length).freeze())
            }
            Self::Dropping(left) => {
                let here = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                buffer.advance(here);
                *self = match left - here as u64 {
                    0 => Self::Head,
                    left => Self::Dropping(left),
                };
                None
            }
        }
    }

    /// Ends the stream with what is left in `buffer`.
    pub(super) fn finish(&mut self, buffer: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
        let outcome = match self {
            Self::Head if buffer.is_empty() => Ok(None),
            Self::Head | Self::Message(_) => Err(FrameError::cut_off()),
            // That message has been refused already.
            Self::Dropping(_) => Ok(None),
        };
        *self = Self::Head;
        buffer.clear();
        outcome
    }
}
