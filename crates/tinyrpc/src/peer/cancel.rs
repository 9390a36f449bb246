//! How one end tells the other that it waits for a call no longer.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use tinyrpc_core::message::Request;
use tinyrpc_core::{EncodeError, Id, Incoming, Message, Protocol, RpcError, code};

/// The notification that cancels a call: its method, and the form of its arguments.
///
/// Where arguments have no names, as in MessagePack-RPC, they are sent by position. Both are understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancel {
    method: Cow<'static, str>,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Lsp,
    Mcp,
}

impl Cancel {
    /// The form of the Language Server Protocol: `$/cancelRequest` with `{"id": …}`. The call is answered all the same, with
    /// code -32800 unless it was faster.
    #[must_use]
    pub const fn lsp() -> Self {
        Self { method: Cow::Borrowed("$/cancelRequest"), form: Form::Lsp }
    }

    /// The form of the Model Context Protocol: `notifications/cancelled` with `{"requestId": …, "reason": …}`. The call is
    /// not answered.
    #[must_use]
    pub const fn mcp() -> Self {
        Self { method: Cow::Borrowed("notifications/cancelled"), form: Form::Mcp }
    }

    /// The same form under another method's name.
    #[must_use]
    pub fn with_method(mut self, method: impl Into<Cow<'static, str>>) -> Self {
        self.method = method.into();
        self
    }

    /// What is usual for a protocol. Those of which it is known that a notification for which there is no method harms
    /// nobody have a form: servers of JSON-RPC 1.0 answer such ones.
    fn usual(protocol: &dyn Protocol) -> Option<Arc<Self>> {
        static USUAL: LazyLock<Arc<Cancel>> = LazyLock::new(|| Arc::new(Cancel::lsp()));
        matches!(protocol.name(), "jsonrpc" | "msgpack").then(|| Arc::clone(&USUAL))
    }

    /// Appends the notification about the call with this id.
    pub(super) fn write(&self, protocol: &dyn Protocol, id: &Id<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let codec = protocol.codec();
        let (mut call, mut reason) = (Vec::new(), Vec::new());
        id.encode(codec, &mut call)?;
        codec.to_raw("the caller waits no longer", &mut reason)?;
        let all = [(self.argument(), &*call), ("reason", &*reason)];
        let entries = match self.form {
            Form::Lsp => &all[..1],
            Form::Mcp => &all[..],
        };
        let write = &mut |out: &mut Vec<u8>| match protocol.capabilities().named_params {
            true => codec.map(entries, out),
            false => codec.array(&entries.iter().map(|(_, value)| *value).collect::<Vec<_>>(), out),
        };
        protocol.write_request(None, &self.method, write, out)
    }

    /// Whether a message is such a notification.
    pub(crate) fn is(&self, request: &Request<'_>) -> bool {
        request.id.is_none() && *request.method == *self.method
    }

    /// Whether what came holds such a notification.
    #[inline]
    pub(crate) fn is_in(&self, incoming: &Incoming<'_>) -> bool {
        let is_one = |message: &Message<'_>| matches!(message, Message::Request(request) if self.is(request));
        match incoming {
            Incoming::One(message) => is_one(message),
            Incoming::Batch(messages) => messages.iter().any(is_one),
            _ => false,
        }
    }

    /// Takes such notifications out of what came, tells which calls they are about, and gives the rest.
    #[cold]
    pub(crate) fn take<'m>(&self, incoming: Incoming<'m>, mut about: impl FnMut(Id<'static>)) -> Option<Incoming<'m>> {
        let mut is_other = |message: &Message<'_>| match message {
            Message::Request(request) if self.is(request) => {
                match self.call(request) {
                    Some(id) => about(id),
                    None => tracing::debug!("a cancellation came that names no call"),
                }
                false
            }
            _ => true,
        };
        match incoming {
            Incoming::One(message) => is_other(&message).then_some(Incoming::One(message)),
            Incoming::Batch(mut messages) => {
                messages.retain(is_other);
                (!messages.is_empty()).then_some(Incoming::Batch(messages))
            }
            other => Some(other),
        }
    }

    /// The call that such a notification is about; `None` when it does not say.
    fn call(&self, request: &Request<'_>) -> Option<Id<'static>> {
        let value = request.params.argument(0, self.argument()).ok()?;
        Some(Id::decode(value.codec(), value.raw()))
    }

    /// What a call that has been cancelled is answered with, if it is.
    pub(crate) fn error(&self) -> Option<RpcError> {
        match self.form {
            Form::Lsp => Some(RpcError::new(code::CANCELLED, "Request cancelled")),
            Form::Mcp => None,
        }
    }

    fn argument(&self) -> &'static str {
        match self.form {
            Form::Lsp => "id",
            Form::Mcp => "requestId",
        }
    }
}

/// Whether a message holds any call or notification: whoever sends one can bear one.
pub(super) fn asks(incoming: &Incoming<'_>) -> bool {
    match incoming {
        Incoming::One(message) => matches!(message, Message::Request(_)),
        Incoming::Batch(messages) => messages.iter().any(|message| matches!(message, Message::Request(_))),
        _ => false,
    }
}

/// What a peer is told to do about calls that are given up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Cancelling {
    /// What is usual for its protocol.
    #[default]
    Usual,
    Off,
    As(Arc<Cancel>),
}

impl Cancelling {
    /// Whether somebody has said what is to be done.
    pub(super) fn is_chosen(&self) -> bool {
        !matches!(self, Self::Usual)
    }

    /// The method of the notification that cancels a call, where the protocol is one that has it.
    #[cfg(feature = "ws")]
    pub(crate) fn method(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Usual => Some(Cancel::lsp().method),
            Self::Off => None,
            Self::As(cancel) => Some(cancel.method.clone()),
        }
    }

    pub(crate) fn of(&self, protocol: &dyn Protocol) -> Option<Arc<Cancel>> {
        match self {
            Self::Usual => Cancel::usual(protocol),
            Self::Off => None,
            Self::As(cancel) => Some(Arc::clone(cancel)),
        }
    }
}

impl From<Option<Cancel>> for Cancelling {
    fn from(cancel: Option<Cancel>) -> Self {
        cancel.map_or(Self::Off, |cancel| Self::As(Arc::new(cancel)))
    }
}
