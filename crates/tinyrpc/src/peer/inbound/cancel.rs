//! Cancels calls of the other side: at once, whatever is running.

use tinyrpc_core::{Id, Incoming, RpcError};

use super::Inbound;
use crate::peer::outbound::Outbound;

impl Inbound {
    /// Whether a message cancels any call.
    #[inline]
    pub(super) fn cancels(&self, incoming: &Incoming<'_>) -> bool {
        self.cancel.as_ref().is_some_and(|cancel| cancel.is_in(incoming))
    }

    /// Cancels the calls that a message names, and gives what else is in it.
    #[cold]
    pub(super) fn cancel_all<'m>(&mut self, incoming: Incoming<'m>, out: &mut Outbound) -> Option<Incoming<'m>> {
        let cancel = self.cancel.clone()?;
        let error = cancel.error();
        cancel.take(incoming, |id| self.cancel(&id, error.as_ref(), out))
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
