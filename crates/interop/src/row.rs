//! Keeps what came of a combination of transport, protocol and direction, for the table of `scripts/test.sh`.

use std::fs;
use std::path::PathBuf;

/// Names the folder for the rows; without it they are printed only.
const FOLDER: &str = "TINYRPC_TEST_ROWS";

/// One row of the table. It is written when dropped: as failed when its test panics, as left out when nobody said that
/// it passed.
#[derive(Debug)]
#[must_use = "the row is written when dropped, so it has to live as long as its test"]
pub struct Row {
    transport: &'static str,
    protocol: &'static str,
    direction: &'static str,
    /// What came of it, when that is known.
    outcome: Option<String>,
}

impl Row {
    /// The row of this combination. `direction` says who calls whom, such as `our client, Python's server`.
    pub fn new(transport: &'static str, protocol: &'static str, direction: &'static str) -> Self {
        Self { transport, protocol, direction, outcome: None }
    }

    /// All is well. `detail` says how much that is, or what cannot be.
    pub fn passed(mut self, detail: impl Into<String>) {
        self.outcome = Some(format!("passed: {}", detail.into()));
    }

    /// It cannot be, whoever writes our end, and what was tested is that it fails as it should. `why` says what stands in
    /// the way.
    pub fn cannot_be(mut self, why: impl Into<String>) {
        self.outcome = Some(format!("cannot be: {}", why.into()));
    }
}

impl Drop for Row {
    fn drop(&mut self) {
        let outcome = outcome(self.outcome.as_deref(), std::thread::panicking());
        let line = format!("{:<11}{:<10}{:<30}{outcome}\n", self.transport, self.protocol, self.direction);
        print!("{line}");
        if let Some(folder) = std::env::var_os(FOLDER) {
            let name = [self.transport, self.protocol, self.direction].join(" ").replace(['/', ' '], "_");
            let file = PathBuf::from(folder).join(name + ".txt");
            // A panic here would hide the one that there may be.
            if let Err(error) = fs::write(&file, line) {
                eprintln!("cannot write {}: {error}", file.display());
            }
        }
    }
}

fn outcome(known: Option<&str>, panicking: bool) -> &str {
    match known {
        _ if panicking => "FAILED",
        Some(outcome) => outcome,
        None => "left out",
    }
}

#[cfg(test)]
mod tests {
    use super::outcome;

    #[test]
    fn a_row_tells_what_came_of_it() {
        assert_eq!(outcome(Some("passed: 3 scenarios"), false), "passed: 3 scenarios");
        assert_eq!(outcome(None, false), "left out");
        assert_eq!(outcome(None, true), "FAILED");
        assert_eq!(outcome(Some("passed: 3 scenarios"), true), "FAILED");
    }
}
