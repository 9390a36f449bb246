//! Prints lines from a thread of their own, so that a reader that lags does not hold up anything else.

use std::io::{self, Write as _};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::exit::Failure;
use crate::output::complain;

/// How many lines may wait for their reader.
const WAITING: usize = 64;

/// Lines on their way to standard output.
pub(crate) struct Lines {
    lines: mpsc::Sender<String>,
    done: oneshot::Receiver<io::Result<()>>,
}

impl Lines {
    pub(crate) fn start() -> Self {
        let (lines, waiting) = mpsc::channel(WAITING);
        let (ended, done) = oneshot::channel();
        std::thread::spawn(move || {
            // Nobody waits for it any more when the program ends.
            let _ = ended.send(write(waiting));
        });
        Self { lines, done }
    }

    /// Prints a line, when there is room for it.
    pub(crate) async fn print(&self, line: String) {
        // If it is not printed, `unread` says so.
        let _ = self.lines.send(line).await;
    }

    /// Returns when nobody reads the lines.
    pub(crate) async fn unread(&self) {
        self.lines.closed().await;
    }

    /// Returns when all are printed, or after this time. Nobody reading them is no error.
    pub(crate) async fn end(self, patience: Duration) -> Result<(), Failure> {
        drop(self.lines);
        match tokio::time::timeout(patience, self.done).await {
            Ok(Ok(Err(error))) if error.kind() != io::ErrorKind::BrokenPipe => {
                complain(&format!("cannot write to standard output: {error}"));
                Err(Failure::Reported)
            }
            _ => Ok(()),
        }
    }
}

fn write(mut lines: mpsc::Receiver<String>) -> io::Result<()> {
    let mut out = io::stdout();
    while let Some(mut line) = lines.blocking_recv() {
        line.push('\n');
        out.write_all(line.as_bytes())?;
        if lines.is_empty() {
            out.flush()?;
        }
    }
    out.flush()
}
