//! Looks after a child process: reads what it says, and sees to it that it ends.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::process::ChildStderr;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::transport::program::{Group, Stderr};
use crate::transport::{TransportError, TransportErrorKind};

/// How long the last words of a child that has ended may take to arrive.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// What the two directions of the link and the keeper know of each other.
#[derive(Debug)]
pub(super) struct Bond {
    /// Closed when the link is at its end, so that the child should end as well.
    leaving: Semaphore,
    /// Closed when the child has ended.
    ended: Semaphore,
    /// How it ended.
    report: OnceLock<String>,
    /// Whether it was this side that closed the link.
    closed: OnceLock<()>,
}

impl Default for Bond {
    fn default() -> Self {
        let (leaving, ended) = (Semaphore::new(0), Semaphore::new(0));
        Self { leaving, ended, report: OnceLock::new(), closed: OnceLock::new() }
    }
}

impl Bond {
    /// The child should end, if it has not ended.
    pub(super) fn leave(&self) {
        self.leaving.close();
    }

    /// The same because this side wants it.
    pub(super) fn close(&self) {
        // It may have been set before.
        let _ = self.closed.set(());
        self.leave();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.get().is_some()
    }

    /// Waits until the child has ended; how it did.
    pub(super) async fn ended(self: Arc<Self>) -> TransportError {
        // There are no permits, so it ends by being closed only.
        let _ = self.ended.acquire().await;
        let report = self.report.get().map_or("the command was killed because the runtime ends", String::as_str);
        TransportError::new(TransportErrorKind::Lost, report)
    }
}

pub(super) struct Keeper {
    name: String,
    group: Group,
    stderr: Stderr,
    bond: Arc<Bond>,
}

impl Keeper {
    pub(super) fn new(name: String, group: Group, stderr: ChildStderr, bond: Arc<Bond>) -> Self {
        Self { stderr: Stderr::new(name.clone(), stderr), name, group, bond }
    }

    /// Works until the link has ended, and the child no more than `grace` later.
    pub(super) async fn keep(mut self, grace: Duration) {
        let bond = Arc::clone(&self.bond);
        tokio::select! {
            biased;
            _ = bond.leaving.acquire() => {}
            never = self.attend() => match never {},
        }
        if timeout(grace, self.end()).await.is_err() {
            tracing::warn!(command = self.name, "killing a command that does not end");
        }
        let status = self.group.reap().await;
        // Whoever else holds its standard error may go on writing.
        let _ = timeout(LAST_WORDS, self.stderr.listen()).await;
        // It is set only here.
        let _ = self.bond.report.set(self.stderr.report(status));
    }

    /// Keeps the child company: takes what it says, and its end.
    async fn attend(&mut self) -> std::convert::Infallible {
        self.end().await;
        std::future::pending().await
    }

    /// Listens until the child has ended and nobody can say anything any more.
    async fn end(&mut self) {
        self.stderr.listen().await;
        self.group.ended().await;
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.group.kill();
        self.bond.ended.close();
    }
}
