//! What HTTP and CGI have in common: how requests from the web are answered.

mod cors;
mod nothing_owed;

pub use cors::Cors;
pub(crate) use cors::{ALLOWED_HEADERS, ALLOWED_METHODS, Allowance, PREFLIGHT_SECONDS};
pub use nothing_owed::NothingOwed;

/// The methods that are answered, as in the header `Allow`.
pub(crate) const METHODS: &str = "POST, OPTIONS";
