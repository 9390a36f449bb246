//! Tells whoever works on a call that nobody waits for its reply any more.

use std::cell::OnceCell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Becomes true when a call is over, and wakes who waits for that. Cheap to clone; clones are the same one.
///
/// An asynchronous handler that is cancelled is dropped and needs none of this. It is for what goes on without its
/// future: a handler that blocks, a task that it started.
#[derive(Clone, Default)]
pub struct Cancellation(Arc<Inner>);

#[derive(Default)]
struct Inner {
    cancelled: AtomicBool,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    last: u64,
    wakers: Vec<(u64, Waker)>,
}

impl Inner {
    /// Nothing that holds the lock can panic half-way.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cancellation {
    /// One that has not happened.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says that the call is over. Doing so again changes nothing.
    pub fn cancel(&self) {
        if self.0.cancelled.swap(true, Ordering::AcqRel) {
            return;
        }
        let wakers = std::mem::take(&mut self.0.lock().wakers);
        for (_, waker) in wakers {
            waker.wake();
        }
    }

    /// Whether the call is over.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Acquire)
    }

    /// Returns when the call is over. Dropping it stops waiting.
    #[must_use]
    pub fn cancelled(&self) -> Cancelled {
        Cancelled { inner: Arc::clone(&self.0), key: None }
    }
}

impl fmt::Debug for Cancellation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cancellation({})", self.is_cancelled())
    }
}

/// The future of [`Cancellation::cancelled`].
pub struct Cancelled {
    inner: Arc<Inner>,
    /// Under which our waker is kept.
    key: Option<u64>,
}

impl Future for Cancelled {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        if this.inner.cancelled.load(Ordering::Acquire) {
            return Poll::Ready(());
        }
        let mut waiting = this.inner.lock();
        // It may have happened before we had the lock; then nobody would wake us.
        if this.inner.cancelled.load(Ordering::Acquire) {
            return Poll::Ready(());
        }
        let known = this.key.and_then(|key| waiting.wakers.iter_mut().find(|(other, _)| *other == key));
        match known {
            Some((_, waker)) => waker.clone_from(cx.waker()),
            None => {
                waiting.last += 1;
                let key = waiting.last;
                waiting.wakers.push((key, cx.waker().clone()));
                drop(waiting);
                this.key = Some(key);
            }
        }
        Poll::Pending
    }
}

impl Drop for Cancelled {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.inner.lock().wakers.retain(|(other, _)| *other != key);
        }
    }
}

impl fmt::Debug for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cancelled")
    }
}

/// The end of one call: dropping it cancels the [`Cancellation`] of the call, if anybody asked for that.
///
/// Whoever runs a call keeps it as long as the call lasts. Until somebody asks, it costs no allocation.
#[derive(Debug, Default)]
pub struct Ending(OnceCell<Cancellation>);

impl Ending {
    /// The end of a call that begins now.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self(OnceCell::new())
    }

    /// What tells of this end.
    pub fn cancellation(&self) -> Cancellation {
        self.0.get_or_init(Cancellation::new).clone()
    }
}

impl Drop for Ending {
    #[inline]
    fn drop(&mut self) {
        if let Some(cancellation) = self.0.get() {
            cancellation.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Bell(AtomicBool);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    fn poll(future: &mut Cancelled, bell: &Arc<Bell>) -> Poll<()> {
        let waker = Waker::from(Arc::clone(bell));
        Pin::new(future).poll(&mut Context::from_waker(&waker))
    }

    #[test]
    fn the_end_of_a_call_wakes_all_who_wait() {
        let ending = Ending::new();
        let cancellation = ending.cancellation();
        let bells: Vec<Arc<Bell>> = (0..3).map(|_| Arc::default()).collect();
        let mut waiting: Vec<_> = bells.iter().map(|_| cancellation.cancelled()).collect();
        for (future, bell) in waiting.iter_mut().zip(&bells) {
            // The waker of the last poll counts.
            assert_eq!(poll(future, &Arc::default()), Poll::Pending);
            assert_eq!(poll(future, bell), Poll::Pending);
        }
        assert!(!cancellation.is_cancelled());
        drop(ending);
        assert!(cancellation.is_cancelled());
        for (future, bell) in waiting.iter_mut().zip(&bells) {
            assert!(bell.0.load(Ordering::Relaxed));
            assert_eq!(poll(future, bell), Poll::Ready(()));
        }
        assert_eq!(poll(&mut cancellation.cancelled(), &bells[0]), Poll::Ready(()));
    }

    #[test]
    fn who_stops_waiting_leaves_nothing_behind() {
        let cancellation = Cancellation::new();
        for _ in 0..100 {
            assert_eq!(poll(&mut cancellation.cancelled(), &Arc::default()), Poll::Pending);
        }
        assert!(cancellation.0.lock().wakers.is_empty());
    }
}
