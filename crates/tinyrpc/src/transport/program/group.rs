//! A started program, and the processes that it has started itself and that have not left its group.

use std::io;
use std::process::{ExitStatus, Stdio};
#[cfg(unix)]
use std::time::Duration;

use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
#[cfg(unix)]
use tokio::time::timeout;

/// How long to wait for the signal that a program has ended before it is looked after, at first and at most. The signal never
/// comes where it is blocked, or where other code of the process handles it.
#[cfg(unix)]
const LOOKS: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// Killed when it is dropped.
///
/// The system gives the number of a group to somebody else when the group is empty and its leader has been reaped. So the
/// leader is reaped last, by [`reap`](Self::reap): whenever the group is killed, the number is still its own.
#[derive(Debug)]
pub(crate) struct Group {
    child: Child,
    /// `None` when it has been reaped.
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

impl Group {
    /// Starts a program as the leader of a group of its own, with pipes to its standard streams.
    pub(crate) fn start(command: &mut Command) -> io::Result<(Self, ChildStdin, ChildStdout, ChildStderr)> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        let streams = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let group = Self {
            #[cfg(unix)]
            leader: child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw),
            child,
        };
        match streams {
            (Some(stdin), Some(stdout), Some(stderr)) => Ok((group, stdin, stdout, stderr)),
            _ => Err(io::Error::other("it has no standard input and output")),
        }
    }

    /// Waits until the program has ended. Cancel safe.
    pub(crate) async fn ended(&mut self) {
        #[cfg(unix)]
        if let Some(leader) = self.leader
            && let Ok(mut ends) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::child())
        {
            let mut pause = LOOKS.0;
            while let Some(false) = has_ended(leader) {
                let _ = timeout(pause, ends.recv()).await;
                pause = LOOKS.1.min(2 * pause);
            }
            if has_ended(leader).is_some() {
                return;
            }
        }
        // Where one cannot look without reaping, what is left must go at once. How it ended is told again.
        let _ = self.child.wait().await;
        self.kill();
        self.forget();
    }

    /// Kills the program and what is left of its group.
    pub(crate) fn kill(&mut self) {
        #[cfg(unix)]
        if let Some(leader) = self.leader {
            // Usually nothing is left.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
        // Where there are no groups, or it has left its own. It may have ended.
        let _ = self.child.start_kill();
    }

    /// Kills what is left, and tells how the program ended.
    pub(crate) async fn reap(&mut self) -> io::Result<ExitStatus> {
        self.kill();
        let status = self.child.wait().await;
        self.forget();
        status
    }

    /// The number may be somebody else's from now on.
    fn forget(&mut self) {
        #[cfg(unix)]
        {
            self.leader = None;
        }
    }
}

/// Whether a child has ended, without reaping it; `None` where that cannot be told.
#[cfg(all(unix, not(any(target_os = "cygwin", target_os = "horizon", target_os = "openbsd", target_os = "redox"))))]
fn has_ended(child: rustix::process::Pid) -> Option<bool> {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    Some(waitid(WaitId::Pid(child), look).ok()?.is_some())
}

#[cfg(all(unix, any(target_os = "cygwin", target_os = "horizon", target_os = "openbsd", target_os = "redox")))]
fn has_ended(_: rustix::process::Pid) -> Option<bool> {
    None
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
