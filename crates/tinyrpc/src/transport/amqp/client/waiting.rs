//! The calls that wait for their replies, by correlation id.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::super::error::lost_because;
use crate::transport::TransportError;

type Outcome = Result<Bytes, TransportError>;

/// The calls of one connection. `None` once it is broken.
#[derive(Debug)]
pub(super) struct Waiting(Mutex<Option<HashMap<u64, oneshot::Sender<Outcome>>>>);

/// A call's place among them. Dropping it gives the place up.
#[derive(Debug)]
pub(super) struct Place {
    id: u64,
    waiting: Arc<Waiting>,
    outcome: oneshot::Receiver<Outcome>,
}

impl Waiting {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Some(HashMap::new())))
    }

    /// A place for the call with this id; `None` when the connection is broken.
    pub(super) fn enter(self: &Arc<Self>, id: u64) -> Option<Place> {
        let (sender, outcome) = oneshot::channel();
        self.lock().as_mut()?.insert(id, sender);
        Some(Place { id, waiting: Arc::clone(self), outcome })
    }

    /// Ends a call; `false` when nobody waits for it, because it was given up or has been answered.
    pub(super) fn settle(&self, id: u64, outcome: Outcome) -> bool {
        let sender = self.lock().as_mut().and_then(|calls| calls.remove(&id));
        sender.is_some_and(|sender| sender.send(outcome).is_ok())
    }

    /// Ends all calls, as lost, and takes no more.
    pub(super) fn end(&self, why: &str) {
        for (_, sender) in self.lock().take().into_iter().flatten() {
            // Fails if the call has just been given up.
            let _ = sender.send(Err(lost_because(why)));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<HashMap<u64, oneshot::Sender<Outcome>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// How the call ended. Cancel safe.
    pub(super) async fn outcome(&mut self) -> Outcome {
        // The sender is dropped without a word only when this place is given up, and then nobody asks.
        (&mut self.outcome).await.unwrap_or_else(|_| Err(lost_because("nobody waits for the reply")))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(calls) = self.waiting.lock().as_mut() {
            calls.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::transport::TransportErrorKind;

    #[tokio::test]
    async fn a_call_ends_once() {
        let waiting = Arc::new(Waiting::new());
        let mut place = waiting.enter(7).unwrap();
        assert!(!waiting.settle(8, Ok(Bytes::new())));
        assert!(waiting.settle(7, Ok("yes".into())));
        assert!(!waiting.settle(7, Ok("again".into())));
        assert_eq!(place.outcome().await.unwrap(), "yes");
    }

    #[tokio::test]
    async fn a_call_that_is_given_up_is_forgotten() {
        let waiting = Arc::new(Waiting::new());
        drop(waiting.enter(7).unwrap());
        assert!(waiting.lock().as_ref().unwrap().is_empty());
        assert!(!waiting.settle(7, Ok(Bytes::new())));
    }

    #[tokio::test]
    async fn a_broken_connection_ends_all_and_takes_no_more() {
        let waiting = Arc::new(Waiting::new());
        let mut place = waiting.enter(7).unwrap();
        waiting.end("cut");
        assert_eq!(place.outcome().await.unwrap_err().kind(), TransportErrorKind::Lost);
        assert!(waiting.enter(8).is_none());
    }
}
