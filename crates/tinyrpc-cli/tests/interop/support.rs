//! The command, and a runner that goes through all scenarios even if some fail.

use std::future::Future;
use std::process::Command;
use std::time::Duration;

use tinyrpc_interop::{Peer, Row};

/// Far more than any scenario takes that is all right.
const LIMIT: Duration = Duration::from_secs(30);

/// The built command with these arguments.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tinyrpc"));
    command.args(arguments).env_remove("TINYRPC_LOG");
    command
}

/// A running `tinyrpc demo` on a free port.
pub(crate) fn demo(protocol: &str) -> Peer {
    demo_at("http://127.0.0.1:0/", protocol)
}

/// A running `tinyrpc demo` at this URL.
pub(crate) fn demo_at(url: &str, protocol: &str) -> Peer {
    Peer::start(&mut command(&["demo", "--listen", url, "--protocol", protocol]))
}

/// Runs scenarios, each in a task of its own, and prints how each one ended.
#[must_use = "`end` tells whether all passed"]
pub(crate) struct Scenarios {
    row: Row,
    passed: usize,
    failed: Vec<String>,
}

impl Scenarios {
    pub(crate) fn new(row: Row) -> Self {
        Self { row, passed: 0, failed: Vec::new() }
    }

    /// Runs a scenario, which fails by panicking or by taking too long.
    pub(crate) async fn run(&mut self, name: &str, scenario: impl Future<Output = ()> + Send + 'static) {
        let task = tokio::spawn(tokio::time::timeout(LIMIT, scenario));
        self.ended(name, matches!(task.await, Ok(Ok(()))));
    }

    /// Notes how a scenario ended.
    pub(crate) fn ended(&mut self, name: &str, passed: bool) {
        println!("{name}: {}", if passed { "passed" } else { "FAILED" });
        match passed {
            true => self.passed += 1,
            false => self.failed.push(name.to_owned()),
        }
    }

    /// Fails the test if any scenario failed.
    #[track_caller]
    pub(crate) fn end(self, detail: &str) {
        let Self { row, passed, failed } = self;
        assert!(failed.is_empty(), "{} of {} failed: {}", failed.len(), passed + failed.len(), failed.join(", "));
        row.passed(format!("{passed} scenarios{detail}"));
    }
}
