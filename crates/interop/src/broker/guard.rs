//! Small shells that do something when their standard input closes, which happens at the latest when the test ends.

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Dropping it closes the shell's input, and waits for what the shell does then.
#[derive(Debug)]
pub(super) struct Guard(Option<Child>);

/// Runs the command until the input closes.
const RUN: &str = r#""$@" >/dev/null 2>&1 & cat; kill $!"#;

/// Then kills the process whose id stands in the file `pid`, and removes the folder.
const CLEAN: &str = r#"cat; kill -KILL "$(cat "$0/pid")" 2>/dev/null; sleep 0.2; rm -rf "$0""#;

impl Guard {
    /// A process that ends when this is dropped.
    pub(super) fn of(command: &str, args: &[&str]) -> Self {
        let args: Vec<&str> = ["sh", command].iter().chain(args).copied().collect();
        Self::start(RUN, &args)
    }

    /// Removes a broker's folder, and the broker itself if it still runs.
    pub(super) fn cleaner(folder: &Path) -> Self {
        Self::start(CLEAN, &[&folder.to_string_lossy()])
    }

    /// Nothing.
    pub(super) fn none() -> Self {
        Self(None)
    }

    fn start(script: &str, args: &[&str]) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).args(args).stdin(Stdio::piped()).stdout(Stdio::null());
        Self(Some(shell.spawn().expect("there is a shell")))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(shell) = &mut self.0 {
            drop(shell.stdin.take());
            // Fails only if the shell is gone already.
            let _ = shell.wait();
        }
    }
}
