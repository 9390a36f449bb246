//! One message that came, and the envelope that its reply needs.

use omq_tokio::{Identity, Message, Payload, SocketType};

/// A message and where its reply goes.
pub(super) struct Request {
    pub(super) from: Identity,
    /// The frames as they came, without the sender's identity; the last one is the message.
    frames: Message,
}

impl Request {
    /// Takes a message as the socket gives it; `None` when it has no body.
    pub(super) fn new(mut message: Message) -> Option<Self> {
        let from = message.pop_identity()?;
        (!message.is_empty()).then_some(Self { from, frames: message })
    }

    /// The connection that it came on.
    pub(super) fn connection(&self) -> u64 {
        self.from.peer_info().connection_id
    }

    /// Whether both came from the same sender: on one connection, and behind a proxy under one envelope. Their bodies must
    /// have been taken.
    pub(super) fn has_sender_of(&self, other: &Self) -> bool {
        self.connection() == other.connection() && self.frames == other.frames
    }

    /// The message itself, which the request no longer holds then.
    pub(super) fn take_body(&mut self) -> Payload {
        let body = self.frames.last_payload().unwrap_or_default();
        self.frames.replace_last_payload(Payload::new());
        body
    }

    /// The reply under the same envelope.
    pub(super) fn reply(mut self, body: Payload) -> Message {
        self.frames.replace_last_payload(body);
        self.frames
    }

    /// Whether the sender can be called: a DEALER without a proxy between.
    pub(super) fn is_callable(&self) -> bool {
        let dealer = self.from.peer_info().peer_properties.socket_type == Some(SocketType::Dealer);
        dealer && self.frames.len() <= 1 + usize::from(self.is_delimited())
    }

    /// Whether there is an empty frame before the message.
    pub(super) fn is_delimited(&self) -> bool {
        let length = self.frames.len();
        length >= 2 && self.frames.get(length - 2).is_some_and(<[u8]>::is_empty)
    }

    /// Whether the sender waits until something comes back, even if nothing is owed.
    ///
    /// A REQ does. What came through a proxy may be from one: there is more before the empty frame that every REQ sends.
    pub(super) fn must_be_released(&self) -> bool {
        let requests = self.from.peer_info().peer_properties.socket_type == Some(SocketType::Req);
        self.is_delimited() && (requests || self.frames.len() > 2)
    }
}
