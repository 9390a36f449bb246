//! A server in a process of its own that ends with the test that started it.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::output::Output;

/// Long enough for a first start of Python on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// A running server.
///
/// Dropping it kills the process. Should the test itself be killed, a Python peer ends by itself, because its standard
/// input then closes.
#[derive(Debug)]
pub struct Peer {
    child: Child,
    url: String,
    stderr: Output,
    // Open as long as the peer shall live.
    _stdin: Option<ChildStdin>,
}

impl Peer {
    /// Starts a command and waits for its line `listening on URL`.
    ///
    /// # Panics
    /// If the command cannot be started, or its first line is another one or takes longer than 30 s, with what it
    /// printed on standard error.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let stdout = child.stdout.take().expect("stdout is a pipe");
        let stderr = Output::of(child.stderr.take().expect("stderr is a pipe"));
        let stdin = child.stdin.take();
        // Made before the wait, so that a panic in it kills the process.
        let mut peer = Self { child, url: String::new(), stderr, _stdin: stdin };

        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            // Read to the end, so that later output never blocks the peer; nobody hears it any more then.
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        match lines.recv_timeout(READY_WITHIN) {
            Ok(line) => match line.strip_prefix("listening on ") {
                Some(url) => peer.url = url.to_owned(),
                None => panic!("{command:?} printed {line:?} instead of its URL; stderr: {}", peer.stderr()),
            },
            Err(_) => panic!("{command:?} did not get ready; stderr: {}", peer.stderr()),
        }
        peer
    }

    /// Where it listens, as it printed it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `host:port` of the URL, to connect to by hand.
    #[must_use]
    pub fn address(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_scheme, rest)| rest);
        rest.split(['/', '?']).next().unwrap_or(rest)
    }

    /// What it printed on standard error so far, for the message of a failing test.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }
}

impl Peer {
    /// Ends the process as hard as can be, at once (SIGKILL).
    pub fn kill(mut self) {
        // Either fails only if the process is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Either fails only if the process is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
