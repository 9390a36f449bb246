//! Puts what travels with calls into their messages, where the protocol has a place for it and wants it there.

use bytes::Bytes;
use tinyrpc_core::{Metadata, WireMetadata};

use super::Client;
use super::deadline::Deadline;

/// A call or notification in a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    /// Where it ends.
    pub(super) end: usize,
    /// Whether somebody waits for its reply, for the time of the message and no longer.
    pub(super) waits: bool,
}

impl Client {
    /// The message of one call or notification, saying what is left of its time and its trace.
    #[inline]
    pub(super) fn carrying(&self, deadline: Deadline, message: Bytes, waits: bool) -> Bytes {
        if !self.inner.carries_metadata {
            return message;
        }
        let end = message.len();
        self.carrying_each(deadline, message, &[Written { end, waits }])
    }

    /// The same for several.
    pub(super) fn carrying_each(&self, deadline: Deadline, message: Bytes, calls: &[Written]) -> Bytes {
        let protocol = &*self.inner.protocol;
        let trace = Metadata::new().with_trace(self.trace_context.clone());
        let now = tokio::time::Instant::now().into_std();
        let waiting = WireMetadata::of(&trace.clone().with_deadline(deadline.system_time()), now);
        let others = WireMetadata::of(&trace, now);
        let of = |call: &Written| if call.waits { &waiting } else { &others };
        match calls {
            [one] if one.end == message.len() => {
                // Without a copy where nobody else has the message.
                let mut out = Vec::from(message);
                protocol.write_metadata(of(one), &mut out);
                out.into()
            }
            several => {
                let mut out = Vec::with_capacity(message.len() + 128 * several.len());
                let mut begin = 0;
                for call in several {
                    out.extend_from_slice(message.get(begin..call.end).unwrap_or_default());
                    protocol.write_metadata(of(call), &mut out);
                    begin = call.end;
                }
                out.extend_from_slice(message.get(begin..).unwrap_or_default());
                out.into()
            }
        }
    }
}
