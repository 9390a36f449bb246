//! What was expected and did not come, and what came and was not expected.

use std::fmt;

/// How what came to a mock server differs from what was expected.
#[derive(Clone, Debug)]
pub struct Report {
    pub(super) missing: Vec<String>,
    pub(super) came: Vec<String>,
    pub(super) unexpected: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the mock server was not called as expected")?;
        for missing in &self.missing {
            write!(f, "\n  missing: {missing}")?;
        }
        match self.unexpected {
            0 => {}
            1 => f.write_str("\n  1 call was not expected")?,
            more => write!(f, "\n  {more} calls were not expected")?,
        }
        if self.came.is_empty() {
            return f.write_str("\nnothing came");
        }
        f.write_str("\nwhat came:")?;
        for (number, came) in (1..).zip(&self.came) {
            write!(f, "\n  {number}. {came}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}
