//! The place where a handler's result goes: straight into the reply's buffer.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::codec::{EncodeError, Payload};
use crate::error::RpcError;
use crate::id::Id;
use crate::protocol::Protocol;

/// Writes the reply to one call, or nothing when the call is a notification.
pub struct Reply<'r> {
    protocol: &'r Arc<dyn Protocol>,
    id: Option<&'r Id<'r>>,
    out: &'r mut Vec<u8>,
}

impl<'r> Reply<'r> {
    /// A reply to the call with this id, appended to `out`; without an id, to a notification.
    #[must_use]
    pub fn new(protocol: &'r Arc<dyn Protocol>, id: Option<&'r Id<'r>>, out: &'r mut Vec<u8>) -> Self {
        Self { protocol, id, out }
    }

    /// Whether anybody waits for the result; false for notifications.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.id.is_some()
    }

    /// The id of the call; `None` when it is a notification.
    #[must_use]
    pub fn id(&self) -> Option<&Id<'r>> {
        self.id
    }

    /// The protocol that the reply is written in.
    #[must_use]
    pub fn protocol(&self) -> &Arc<dyn Protocol> {
        self.protocol
    }

    /// Writes a successful reply.
    ///
    /// # Errors
    /// "Internal error" when the result cannot be expressed in the protocol's encoding; nothing is written then.
    #[inline]
    pub fn send<T: Serialize + ?Sized>(self, result: &T) -> Result<(), RpcError> {
        write(self.protocol, self.id, self.out, |protocol, out| protocol.codec().to_raw(result, out))
    }

    /// Writes a successful reply whose result is encoded already.
    ///
    /// # Errors
    /// "Internal error" when the result is in another encoding and cannot be converted; nothing is written then.
    pub fn send_payload(self, result: &Payload) -> Result<(), RpcError> {
        write(self.protocol, self.id, self.out, |protocol, out| result.encode_as(protocol.codec(), out))
    }

    /// Lets the reply outlive the call, for handlers that finish later.
    #[must_use]
    pub fn detach(self) -> DetachedReply {
        DetachedReply { protocol: Arc::clone(self.protocol), id: self.id.map(|id| id.clone().into_owned()) }
    }
}

impl fmt::Debug for Reply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("protocol", &self.protocol.name()).field("id", &self.id).finish_non_exhaustive()
    }
}

/// A [`Reply`] that owns what it needs, and returns the bytes that it makes.
#[derive(Clone, Debug)]
pub struct DetachedReply {
    protocol: Arc<dyn Protocol>,
    id: Option<Id<'static>>,
}

impl DetachedReply {
    /// Whether anybody waits for the result; false for notifications.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.id.is_some()
    }

    /// A buffer with room for a small reply, so that writing one does not grow it step by step.
    #[must_use]
    pub fn buffer(&self) -> Vec<u8> {
        if self.is_wanted() { Vec::with_capacity(128) } else { Vec::new() }
    }

    /// A reply that appends to `out`, for a call that is started later than it was received.
    #[must_use]
    pub fn attach<'r>(&'r self, out: &'r mut Vec<u8>) -> Reply<'r> {
        Reply { protocol: &self.protocol, id: self.id.as_ref(), out }
    }

    /// Makes a successful reply; empty when none is wanted.
    ///
    /// # Errors
    /// "Internal error" when the result cannot be expressed in the protocol's encoding.
    pub fn send<T: Serialize + ?Sized>(self, result: &T) -> Result<Vec<u8>, RpcError> {
        let mut out = self.buffer();
        self.attach(&mut out).send(result)?;
        Ok(out)
    }

    /// Makes a successful reply from a result that is encoded already; empty when none is wanted.
    ///
    /// # Errors
    /// "Internal error" when the result is in another encoding and cannot be converted.
    pub fn send_payload(self, result: &Payload) -> Result<Vec<u8>, RpcError> {
        let mut out = self.buffer();
        self.attach(&mut out).send_payload(result)?;
        Ok(out)
    }
}

#[inline]
fn write(
    protocol: &Arc<dyn Protocol>,
    id: Option<&Id<'_>>,
    out: &mut Vec<u8>,
    encode: impl FnOnce(&dyn Protocol, &mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<(), RpcError> {
    let Some(id) = id else { return Ok(()) };
    let start = out.len();
    protocol.open_result(id, out);
    match encode(&**protocol, out) {
        Ok(()) => {
            protocol.close_result(id, out);
            Ok(())
        }
        Err(error) => {
            out.truncate(start);
            Err(RpcError::internal(error))
        }
    }
}
