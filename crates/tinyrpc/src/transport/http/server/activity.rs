//! What a connection is doing, as far as its server must know to end it at the right time.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::task::AtomicWaker;

/// Shared by a connection, which says what it does, and its server, which says when to end.
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// How many requests are being answered.
    running: AtomicUsize,
    /// Whether anything was answered or sent since the server last looked.
    stirred: AtomicBool,
    /// Whether something of a request has come in since the last one was answered.
    begun: AtomicBool,
    order: AtomicU8,
    waker: AtomicWaker,
}

/// What the server wants of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    GoOn,
    /// Answer what has been asked, then end.
    Finish,
    End,
}

impl Activity {
    /// The other side sent something.
    pub(super) fn received(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }

    /// The other side took something.
    pub(super) fn sent(&self) {
        self.stirred.store(true, Ordering::Relaxed);
    }

    /// A request has come, and is being answered until the returned value is dropped.
    pub(super) fn request(self: &Arc<Self>) -> Running {
        self.running.fetch_add(1, Ordering::Relaxed);
        Running(Arc::clone(self))
    }

    pub(super) fn give(&self, order: Order) {
        self.order.fetch_max(order as u8, Ordering::Release);
        self.waker.wake();
    }

    /// The order in force. The task is woken when another one is given.
    pub(super) fn order(&self, cx: &Context<'_>) -> Order {
        self.waker.register(cx.waker());
        match self.order.load(Ordering::Acquire) {
            0 => Order::GoOn,
            1 => Order::Finish,
            _ => Order::End,
        }
    }

    /// Returns when there is any order but to go on.
    pub(super) async fn ordered(&self) {
        poll_fn(|cx| if self.order(cx) == Order::GoOn { Poll::Pending } else { Poll::Ready(()) }).await;
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Running(Arc<Activity>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.begun.store(false, Ordering::Relaxed);
        self.0.stirred.store(true, Ordering::Relaxed);
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The server's view of a connection: since when it has been quiet.
#[derive(Debug)]
pub(super) struct Watched {
    activity: Arc<Activity>,
    quiet_since: Instant,
}

impl Watched {
    pub(super) fn new(activity: Arc<Activity>) -> Self {
        // Until the first request has come, the other side is taken to be writing it.
        activity.received();
        Self { activity, quiet_since: Instant::now() }
    }

    pub(super) fn give(&self, order: Order) {
        self.activity.give(order);
    }

    /// Ends the connection if the head of a request, or the next request, is overdue.
    pub(super) fn check(&mut self, now: Instant, head_timeout: Duration, idle_timeout: Duration) {
        let activity = &self.activity;
        if activity.running.load(Ordering::Relaxed) > 0 || activity.stirred.swap(false, Ordering::Relaxed) {
            self.quiet_since = now;
            return;
        }
        let allowed = if activity.begun.load(Ordering::Relaxed) { head_timeout } else { idle_timeout };
        if now.duration_since(self.quiet_since) >= allowed {
            activity.give(Order::End);
        }
    }
}
