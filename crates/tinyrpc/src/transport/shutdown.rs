//! Tells transports when to stop.

use tokio::sync::watch;

#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum Phase {
    Running,
    Draining,
    Closed,
}

/// Watched by transports: first it asks to stop accepting, later to drop what still runs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<Phase>);

/// Starts a shutdown. Dropping it closes everything at once.
#[derive(Debug)]
pub struct ShutdownTrigger(watch::Sender<Phase>);

impl Shutdown {
    /// A shutdown that has not been asked for, and its trigger.
    #[must_use]
    pub fn new() -> (ShutdownTrigger, Shutdown) {
        let (sender, receiver) = watch::channel(Phase::Running);
        (ShutdownTrigger(sender), Shutdown(receiver))
    }

    /// Returns when nothing new is to be accepted any more. Cancel safe.
    pub async fn draining(&self) {
        self.reached(Phase::Draining).await;
    }

    /// Returns when the grace period is over and what still runs is to be dropped. Cancel safe.
    pub async fn closed(&self) {
        self.reached(Phase::Closed).await;
    }

    /// Whether nothing new is to be accepted any more.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        *self.0.borrow() >= Phase::Draining
    }

    async fn reached(&self, phase: Phase) {
        // An error means that the trigger is gone, which closes everything.
        let _ = self.0.clone().wait_for(|now| *now >= phase).await;
    }
}

impl ShutdownTrigger {
    /// Asks transports to stop accepting and to let running calls finish.
    pub fn drain(&self) {
        self.0.send_if_modified(|phase| {
            let first = *phase == Phase::Running;
            if first {
                *phase = Phase::Draining;
            }
            first
        });
    }

    /// Asks transports to drop what still runs.
    pub fn close(&self) {
        self.0.send_replace(Phase::Closed);
    }
}
