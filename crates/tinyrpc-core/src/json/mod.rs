//! Reads JSON text in place: where each value begins and ends, strictly checked, without building a tree.

mod error;
mod lex;
mod nesting;
mod raw_str;
mod scan;
mod special;
#[cfg(test)]
mod tests;

pub(crate) use error::{ScanError, ScanErrorKind};
pub(crate) use raw_str::RawStr;
pub(crate) use scan::Scanner;
