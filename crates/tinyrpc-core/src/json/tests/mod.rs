//! Each rule of the grammar by example, and agreement with serde_json on everything else.

mod against_serde;
mod grammar;
mod walking;

use super::{ScanError, ScanErrorKind, Scanner};

/// Reads `text` as one value and nothing else.
fn whole(text: &str) -> Result<&str, ScanError> {
    whole_within(text, 128)
}

fn whole_within(text: &str, max_depth: usize) -> Result<&str, ScanError> {
    let mut scanner = Scanner::new(text, max_depth);
    let value = scanner.value()?;
    scanner.end()?;
    Ok(value)
}

fn kind(text: &str) -> ScanErrorKind {
    whole(text).unwrap_err().kind
}
