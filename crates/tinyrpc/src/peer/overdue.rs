//! Ends the calls of a link whose time is up, with one timer for all of them.
//!
//! A timer of its own would cost a call more than finding its reply does, and nearly none is ever needed.

use std::sync::{Arc, Weak};

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::shared::{Outgoing, Shared};

/// Looks after the calls of a link until it ends. A task of its own, so that a handler that keeps the driver from going
/// on keeps nobody else waiting for longer.
pub(super) async fn keep(shared: Weak<Shared>, sooner: Arc<Notify>) {
    loop {
        // That a link is to be closed does not end its calls yet.
        let Some(next) = shared.upgrade().and_then(|shared| shared.end_overdue(Instant::now())) else { return };
        let sooner = sooner.notified();
        match next {
            None => sooner.await,
            Some(next) => {
                tokio::select! {
                    () = sleep_until(next) => {}
                    () = sooner => {}
                }
            }
        }
    }
}

impl Shared {
    /// Gives up the calls whose time is up, which their callers see, and says when to look again, if any call can be late;
    /// nothing when the link has ended, and all its calls with it.
    fn end_overdue(&self, now: Instant) -> Option<Option<Instant>> {
        let (next, late, wake) = {
            let mut state = self.lock();
            if state.has_ended() {
                return None;
            }
            let (late, sent) = state.waiting.take_overdue(now);
            let wake = !late.is_empty() && (self.cancel.is_some() || self.settings.one_in_flight);
            if self.cancel.is_some() {
                for id in sent {
                    state.outbox.push_front(Outgoing::Cancel(id));
                }
            }
            state.alarm = state.waiting.next_deadline();
            (state.alarm, late, wake)
        };
        // Without an answer: this tells the callers.
        drop(late);
        if wake {
            self.driver.wake();
        }
        Some(next)
    }
}
