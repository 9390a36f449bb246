//! Wakes the task that drives a connection, unless that task is at it anyway.
//!
//! When one task drives both ends of hyper's channels, each end wakes the other while the task runs. A runtime takes such
//! a wake for a wish to yield and queues the task again, often on another thread; going round once more is far cheaper.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;

/// The task waits. A wake is passed on to it.
const WAITING: u8 = 0;
/// The task runs. A wake is noted.
const RUNNING: u8 = 1;
/// There was a wake since the task began its round.
const WOKEN: u8 = 2;

/// How often the task goes round before it lets others run.
const ROUNDS: usize = 16;

#[derive(Debug, Default)]
pub(super) struct Relay {
    state: AtomicU8,
    task: AtomicWaker,
}

impl Relay {
    /// Runs a step with `waker`, which is one of this relay, until it is ready or nothing more is to be done now.
    pub(super) fn poll<T>(
        &self,
        cx: &mut Context<'_>,
        waker: &Waker,
        mut step: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        self.task.register(cx.waker());
        for _ in 0..ROUNDS {
            self.state.store(RUNNING, Ordering::SeqCst);
            let polled = step(&mut Context::from_waker(waker));
            if polled.is_ready()
                || self.state.compare_exchange(RUNNING, WAITING, Ordering::SeqCst, Ordering::SeqCst).is_ok()
            {
                return polled;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.swap(WOKEN, Ordering::SeqCst) == WAITING {
            self.task.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_wake_in_a_round_begins_another_and_a_later_one_reaches_the_task() {
        let (count, relay) = (Arc::new(Count::default()), Arc::new(Relay::default()));
        let (task, waker) = (Waker::from(count.clone()), Waker::from(relay.clone()));
        let mut rounds = 0;
        let polled: Poll<()> = relay.poll(&mut Context::from_waker(&task), &waker, |cx| {
            rounds += 1;
            if rounds < 3 {
                cx.waker().wake_by_ref();
            }
            Poll::Pending
        });
        assert_eq!((polled, rounds, count.0.load(Ordering::SeqCst)), (Poll::Pending, 3, 0));
        waker.wake_by_ref();
        waker.wake_by_ref();
        assert_eq!(count.0.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_step_that_always_wakes_itself_yields() {
        let (count, relay) = (Arc::new(Count::default()), Arc::new(Relay::default()));
        let (task, waker) = (Waker::from(count.clone()), Waker::from(relay.clone()));
        let polled: Poll<()> = relay.poll(&mut Context::from_waker(&task), &waker, |cx| {
            cx.waker().wake_by_ref();
            Poll::Pending
        });
        assert_eq!((polled, count.0.load(Ordering::SeqCst)), (Poll::Pending, 1));
    }
}
