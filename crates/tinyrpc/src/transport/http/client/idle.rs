//! Keeps connections that wait for their next exchange.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::http1::Http1;

/// The unused connections of one client, the longest unused first.
pub(super) struct Idle {
    pub(super) max: usize,
    pub(super) timeout: Duration,
    kept: Mutex<Kept>,
}

/// A connection, and since when it is unused.
type Unused = (Box<Http1>, Instant);

#[derive(Default)]
struct Kept {
    connections: VecDeque<Unused>,
    /// Whether a task closes those whose time is up.
    swept: bool,
}

impl Idle {
    pub(super) fn new(max: usize, timeout: Duration) -> Self {
        Self { max, timeout, kept: Mutex::default() }
    }

    /// The connection that was used last: the others may then run out of time.
    pub(super) fn take(&self) -> Option<Box<Http1>> {
        let (connection, since) = self.kept().connections.pop_back()?;
        (since.elapsed() < self.timeout).then_some(connection)
    }

    /// Keeps a connection. To be called in a tokio runtime.
    pub(super) fn park(self: &Arc<Self>, connection: Box<Http1>) {
        let mut kept = self.kept();
        kept.connections.push_back((connection, Instant::now()));
        // Dropped, and closed by it, after the lock is free again.
        let _surplus = if kept.connections.len() > self.max { kept.connections.pop_front() } else { None };
        if !std::mem::replace(&mut kept.swept, true) {
            tokio::spawn(Sweeper(Arc::downgrade(self)).run(self.timeout));
        }
        drop(kept);
    }

    /// Takes out what is to be closed. Says whether anything is left.
    fn sweep(&self, closed: &mut VecDeque<Unused>) -> bool {
        let mut kept = self.kept();
        let mut still = VecDeque::with_capacity(kept.connections.len());
        for (mut connection, since) in kept.connections.drain(..) {
            match since.elapsed() < self.timeout && connection.is_reusable() {
                true => still.push_back((connection, since)),
                false => closed.push_back((connection, since)),
            }
        }
        kept.connections = still;
        kept.swept = !kept.connections.is_empty();
        kept.swept
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes connections whose time is up, as long as there are any and the client lives.
struct Sweeper(Weak<Idle>);

impl Sweeper {
    async fn run(self, timeout: Duration) {
        // Half the time, so that none stays much longer than it may; bounded both ways for odd settings.
        let pause = (timeout / 2).clamp(Duration::from_millis(10), Duration::from_secs(60));
        loop {
            tokio::time::sleep(pause).await;
            let Some(idle) = self.0.upgrade() else { return };
            let mut closed = VecDeque::new();
            if !idle.sweep(&mut closed) {
                return;
            }
        }
    }
}

impl Drop for Sweeper {
    /// Lets another one be started when the runtime of this one ended.
    fn drop(&mut self) {
        if let Some(idle) = self.0.upgrade() {
            idle.kept().swept = false;
        }
    }
}
