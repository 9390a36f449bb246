//! What goes wrong when a stream is cut into messages, and whether the stream survives it.

use std::borrow::Cow;
use std::fmt;

/// A message that could not be cut out of a stream, or put into one.
///
/// Framings of your own make these with the functions named after the [kinds](FrameErrorKind).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameError {
    kind: FrameErrorKind,
    fatal: bool,
    text: Cow<'static, str>,
}

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FrameErrorKind {
    /// The message is larger than the limit.
    TooLarge,
    /// The bytes are not what this framing expects.
    Malformed,
    /// The stream ended in the middle of a message.
    CutOff,
    /// The framing has no way to carry this message.
    Unencodable,
}

impl FrameError {
    /// A message of more than `limit` bytes. Not fatal.
    pub fn too_large(limit: usize) -> Self {
        let text = format!(
            "message larger than the limit of {limit} bytes: send less at once, or raise the limit on the receiving side"
        );
        Self::new(FrameErrorKind::TooLarge, text.into())
    }

    /// Bytes that this framing does not expect; `text` says which, and what to look at. Not fatal.
    pub fn malformed(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(FrameErrorKind::Malformed, text.into())
    }

    /// The end of the stream in the middle of a message. Fatal.
    pub fn cut_off() -> Self {
        let text = "connection closed in the middle of a message: \
                    the other side stopped sending, or uses another framing";
        Self::new(FrameErrorKind::CutOff, text.into()).into_fatal()
    }

    /// A message that this framing cannot carry; `text` says why. Not fatal.
    pub fn unencodable(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(FrameErrorKind::Unencodable, text.into())
    }

    fn new(kind: FrameErrorKind, text: Cow<'static, str>) -> Self {
        Self { kind, fatal: false, text }
    }

    /// The same error, after which the stream cannot be read any further.
    #[must_use]
    pub fn into_fatal(mut self) -> Self {
        self.fatal = true;
        self
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> FrameErrorKind {
        self.kind
    }

    /// Whether nothing that follows on the stream can be read. Otherwise only one message is lost.
    pub fn is_fatal(&self) -> bool {
        self.fatal
    }

    /// Whether the message was larger than the limit.
    pub fn is_too_large(&self) -> bool {
        self.kind == FrameErrorKind::TooLarge
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for FrameError {}
