//! A client in a process of its own that runs to its end.

use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::output::Output;

/// How a program ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct Finished {
    /// Its exit status.
    pub status: ExitStatus,
    /// All that it printed on standard output, up to 1 MiB.
    pub stdout: String,
    /// All that it printed on standard error, up to 1 MiB.
    pub stderr: String,
}

impl Finished {
    /// Runs a command, with nothing to read, to its end, which must come within `limit`.
    ///
    /// # Panics
    /// If the command cannot be started or is not done in time, with what it printed.
    #[must_use]
    pub fn run(command: &mut Command, limit: Duration) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let stdout = Output::of(child.stdout.take().expect("stdout is a pipe"));
        let stderr = Output::of(child.stderr.take().expect("stderr is a pipe"));

        let end = Instant::now() + limit;
        let status = loop {
            if let Some(status) = child.try_wait().expect("a child process can be waited for") {
                break status;
            }
            if Instant::now() >= end {
                // Fails only if the process is gone already.
                let _ = child.kill();
                let _ = child.wait();
                panic!("{command:?} was not done within {limit:?}\n{}{}", stdout.into_text(), stderr.into_text());
            }
            // The standard library cannot wait for a process with a time limit.
            std::thread::sleep(Duration::from_millis(10));
        };
        Self { status, stdout: stdout.into_text(), stderr: stderr.into_text() }
    }

    /// That it exited with 0.
    ///
    /// # Panics
    /// Otherwise, with the lines of the scenarios that failed and with its standard error.
    pub fn assert_success(&self) {
        let failed: Vec<&str> = self.stdout.lines().filter(|line| !line.contains(r#""ok": true"#)).collect();
        assert!(self.status.success(), "{}\n{}\n{}", self.status, failed.join("\n"), self.stderr);
    }
}
