//! Cancels calls of the other side: at once, whatever is running.

use tinyrpc_core::{Id, Incoming, Message, RpcError};

use super::Inbound;
use crate::peer::outbound::Outbound;

impl Inbound {
    /// Whether a message cancels any call.
    #[inline]
    pub(super) fn cancels(&self, incoming: &Incoming<'_>) -> bool {
        let Some(cancel) = &self.cancel else { return false };
        let is_one = |message: &Message<'_>| matches!(message, Message::Request(request) if cancel.is(request));
        match incoming {
            Incoming::One(message) => is_one(message),
            Incoming::Batch(messages) => messages.iter().any(is_one),
            _ => false,
        }
    }

    /// Cancels the calls that a message names, and gives what else is in it.
    #[cold]
    pub(super) fn cancel_all<'m>(&mut self, incoming: Incoming<'m>, out: &mut Outbound) -> Option<Incoming<'m>> {
        let cancel = self.cancel.clone()?;
        let (messages, batched) = match incoming {
            Incoming::One(message) => (vec![message], false),
            Incoming::Batch(messages) => (messages, true),
            other => return Some(other),
        };
        let mut others = Vec::new();
        for message in messages {
            match message {
                Message::Request(request) if cancel.is(&request) => match cancel.call(&request) {
                    Some(id) => self.cancel(&id, cancel.error().as_ref(), out),
                    None => tracing::debug!("a cancellation came that names no call"),
                },
                other => others.push(other),
            }
        }
        match others.pop() {
            Some(other) if !batched => Some(Incoming::One(other)),
            Some(last) => {
                others.push(last);
                Some(Incoming::Batch(others))
            }
            None => None,
        }
    }

    /// Drops the handler of a call, or the call itself if it has not begun. `error` is the reply, if there is to be one.
    fn cancel(&mut self, id: &Id<'static>, error: Option<&RpcError>, out: &mut Outbound) {
        let mut running = self.running.iter_mut().chain(self.barrier.as_deref_mut());
        if running.any(|running| running.calls.cancel(id, error)) {
            if error.is_none() {
                out.unanswered(id);
            }
        } else if self.queue.cancel(id)
            && let Some(error) = error
        {
            self.scratch.clear();
            self.protocol.write_error(id, error, &mut self.scratch);
            out.reply(&self.scratch);
        }
    }
}
