//! What a client offers when it connects again.

use super::States;
use crate::client::backend::Backend;
use crate::client::deadline::Deadline;
use crate::client::{CallError, Client};

impl Client {
    /// A view of this client whose calls do no harm if they run twice: when a connection is lost they are made again,
    /// within their timeout. That takes a client that [connects again](super); with another it changes nothing.
    #[must_use]
    pub fn idempotent(&self) -> Self {
        Self { idempotent: true, ..self.clone() }
    }

    /// Watches the connections of a client that [connects again](super); `None` for one that does not.
    #[must_use]
    pub fn states(&self) -> Option<States> {
        match &self.inner.backend {
            Backend::One(_) => None,
            Backend::Any(endpoints, _) => Some(endpoints.states()),
        }
    }

    /// A client of the connection that the next call would take, which does not change to another one, and the
    /// connection's generation, which grows from one to the next: for what belongs to one connection, such as a
    /// subscription. Calls of it that have been lost stay lost. Waits for a connection as a call does.
    ///
    /// A client that does not [connect again](super) gives itself, with generation 0.
    ///
    /// # Errors
    /// When there is no connection within the client's timeout.
    pub async fn pinned(&self) -> Result<(Self, u64), CallError> {
        let Backend::Any(endpoints, _) = &self.inner.backend else { return Ok((self.clone(), 0)) };
        let (carrier, generation) = endpoints.pin(Deadline::after(self.patience())).await?;
        let mut client = self.clone();
        client.change().backend = Backend::One(carrier);
        Ok((client, generation))
    }
}
