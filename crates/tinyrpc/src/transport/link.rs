//! A duplex stream of whole messages.

use std::fmt;
use std::ops::Deref;
use std::task::{Context, Poll};

use bytes::Bytes;

use super::TransportError;

/// Both directions of a connection that carries messages.
pub struct Link {
    /// Where messages go out.
    pub sink: Box<dyn MessageSink>,
    /// Where messages come in.
    pub source: Box<dyn MessageSource>,
}

impl Link {
    /// A link made of its two directions.
    pub fn new(sink: impl MessageSink, source: impl MessageSource) -> Self {
        Self { sink: Box::new(sink), source: Box::new(source) }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link")
    }
}

/// The outgoing direction of a link. Used by one task.
///
/// Messages are buffered first and flushed together, so that a burst of replies costs one write.
pub trait MessageSink: Send + 'static {
    /// Buffers one message. Callers keep the buffer bounded: they flush when [`buffered`](Self::buffered) grows.
    ///
    /// # Errors
    /// When this message cannot be sent on this link, such as one with a newline on newline framing; the link goes on.
    fn send(&mut self, message: &[u8]) -> Result<(), TransportError>;

    /// How many bytes wait to be flushed, about.
    fn buffered(&self) -> usize;

    /// Whether calls and notifications of ours may be buffered now. While a medium that connects by itself is not
    /// connected, it says no, and they wait. Its source wakes the task when that changes.
    fn is_ready(&self) -> bool {
        true
    }

    /// Gives everything buffered to the other side. May be given up and called again.
    ///
    /// # Errors
    /// When the link is broken for good.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>>;

    /// Flushes and tells the other side that no more is coming.
    ///
    /// # Errors
    /// When the link broke before that.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>>;
}

/// A message from [`MessageSource::poll_lend`]; it dereferences to its bytes.
#[derive(Debug)]
#[non_exhaustive]
pub enum Received<'s> {
    /// It belongs to the receiver.
    Given(Bytes),
    /// It stands in the source's buffer, until the source is asked for the next one.
    Lent(&'s [u8]),
}

impl Received<'_> {
    /// The message, to be kept: a copy if it was lent.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Self::Given(message) => message.clone(),
            Self::Lent(message) => Bytes::copy_from_slice(message),
        }
    }
}

impl Deref for Received<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            Self::Given(message) => message,
            Self::Lent(message) => message,
        }
    }
}

/// The incoming direction of a link. Used by one task.
pub trait MessageSource: Send + 'static {
    /// Gives the next message; `None` when the other side has ended the link. Nothing is lost when a caller gives up and
    /// polls again later.
    ///
    /// An error with kind [`TooLarge`](super::TransportErrorKind::TooLarge) or
    /// [`Invalid`](super::TransportErrorKind::Invalid) costs one message and the link goes on; any other ends it, unless
    /// the medium [reconnects](Self::reconnects).
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>>;

    /// The same for somebody who deals with the message before asking for the next one: then it may be lent instead of
    /// given away, which costs a byte stream less. The default gives it. A message of which [`may_be_cut`](Self::may_be_cut)
    /// is true must not be lent.
    fn poll_lend(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Received<'_>, TransportError>>> {
        self.poll_recv(cx).map(|received| received.map(|received| received.map(Received::Given)))
    }

    /// Whether the message that was given last stood at the very end, without what ends a message, such as a last line
    /// without a newline. If it cannot be read it is a part of one, and the link was cut there.
    fn may_be_cut(&self) -> bool {
        false
    }

    /// Whether the medium connects by itself, again and again. Then an error with kind
    /// [`Lost`](super::TransportErrorKind::Lost) ends the calls that have been sent, one with kind
    /// [`Unreachable`](super::TransportErrorKind::Unreachable) those that have not, and the link goes on.
    fn reconnects(&self) -> bool {
        false
    }

    /// Whether the other side is known to bear a notification that it has not asked for: that a call is given up. If not,
    /// and nobody has said [how](crate::peer::PeerSettings::with_cancel) calls are to be cancelled, it gets none before it
    /// has sent a call or a notification itself. A source around another one passes on what that says.
    fn takes_cancellations(&self) -> bool {
        true
    }
}
