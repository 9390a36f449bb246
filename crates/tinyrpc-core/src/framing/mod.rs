//! How a byte stream is cut into messages, apart from what carries the bytes and what they mean.
//!
//! | framing | on the wire | for |
//! |---|---|---|
//! | [`Line`] | one message a line | JSON, the default |
//! | [`Header`] | `Content-Length: N`, a blank line, N bytes | language servers and their like |
//! | [`Length`] | four bytes of length, then the message | anything |
//! | [`Json`] | JSON values one after another | peers that do not frame at all |
//! | [`MessagePack`] | MessagePack values one after another | MessagePack-RPC, the default |
//!
//! ```
//! use tinyrpc_core::framing::{Framing, Line};
//!
//! let mut out = Vec::new();
//! Line::new(1024).encode(b"[1,2]", &mut out)?;
//! assert_eq!(out, b"[1,2]\n");
//!
//! let mut arrived = bytes::BytesMut::from("[1,2]\r\n\n[3");
//! let mut framing = Line::new(1024);
//! assert_eq!(framing.decode(&mut arrived)?.as_deref(), Some(&b"[1,2]"[..]));
//! assert_eq!(framing.decode(&mut arrived)?, None);
//! # Ok::<(), tinyrpc_core::framing::FrameError>(())
//! ```

mod counted;
mod error;
mod header;
mod json;
mod length;
mod line;
#[cfg(feature = "msgpack")]
mod msgpack;

use std::fmt::Debug;
use std::ops::Range;

use bytes::{Bytes, BytesMut};

pub use error::{FrameError, FrameErrorKind};
pub use header::Header;
pub use json::Json;
pub use length::Length;
pub use line::Line;
#[cfg(feature = "msgpack")]
pub use msgpack::MessagePack;

/// Cuts one direction of one connection into messages.
///
/// A framing does no I/O. Whoever drives it appends what was read to a buffer and calls [`decode`](Self::decode) until
/// that returns `Ok(None)`, then reads more. Between these calls the bytes left in the buffer belong to the framing: it
/// may remember how far it has looked, so they must only be added to. A framing that reads is used for one connection;
/// [`encode`](Self::encode) keeps no state.
///
/// What an implementation owes its callers:
/// - however the bytes arrive, the same messages come out of them;
/// - bytes are not looked at again from the start of a message each time more of it arrives;
/// - after `Ok(None)` or an error, the buffer holds no more than one message within the limit and its frame, so that
///   memory stays bounded by the limit and one read, whatever length the other side announces;
/// - nothing is reserved for bytes that have not come yet.
pub trait Framing: Debug + Send + 'static {
    /// The name of this framing in a URL, such as `line`.
    fn name(&self) -> &'static str;

    /// Takes the next complete message out of the front of `buffer`; `Ok(None)` if more bytes are needed.
    ///
    /// # Errors
    /// What is at the front is no message that can be delivered. Unless the error
    /// [is fatal](FrameError::is_fatal), the bad message has been dropped, or is being dropped as it arrives, and
    /// decoding goes on with the next call; it is reported once. After a fatal error nothing that follows on this
    /// stream can be understood.
    fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Bytes>, FrameError>;

    /// Where the next message is, if all of it stands at the front of `unread` and nothing but it has to be dealt with;
    /// the caller may then look at it in place, and drops its frame from the buffer before it decodes again.
    ///
    /// `None` says nothing, and is the default: [`decode`](Self::decode) tells then. Finding messages in this way is
    /// quicker where they are read at once and not kept, because none of them needs a handle to the buffer.
    fn peek(&self, unread: &[u8]) -> Option<Frame> {
        let _ = unread;
        None
    }

    /// Takes what is left in `buffer` after the last byte of the stream; call it until it returns `Ok(None)`.
    ///
    /// A message that needs no terminator, such as a last line, is delivered here. The rest of a message that was
    /// already refused is dropped without another error.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), and if the stream ended in the middle of a message.
    fn finish(&mut self, buffer: &mut BytesMut) -> Result<Option<Bytes>, FrameError>;

    /// Appends `message` to `out`, framed. The size limit is for reading only.
    ///
    /// # Errors
    /// If this framing cannot carry this message; `out` is as before then.
    fn encode(&self, message: &[u8], out: &mut Vec<u8>) -> Result<(), FrameError>;
}

/// A message in its frame, as [`Framing::peek`] finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Where the message is.
    pub message: Range<usize>,
    /// Where the frame ends; it begins at 0.
    pub end: usize,
}
