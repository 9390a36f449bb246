//! What HTTP, CGI and WebSocket have in common: which requests from the web are answered, and how.

mod cors;
#[cfg(any(feature = "http-server", feature = "ws"))]
mod head;
#[cfg(any(feature = "cgi", feature = "http-server"))]
mod headers;
#[cfg(any(feature = "cgi", feature = "http-server"))]
mod nothing_owed;
#[cfg(any(feature = "cgi", feature = "http-server"))]
mod settings;

#[cfg(any(feature = "cgi", feature = "http-server"))]
pub(crate) use cors::Allowance;
pub use cors::Cors;
#[cfg(any(feature = "http-server", feature = "ws"))]
pub(crate) use head::Head;
#[cfg(any(feature = "cgi", feature = "http-server"))]
pub(crate) use headers::{ALLOWED_HEADERS, ALLOWED_METHODS, METHODS, PREFLIGHT_SECONDS};
#[cfg(any(feature = "cgi", feature = "http-server"))]
pub use nothing_owed::NothingOwed;
#[cfg(any(feature = "cgi", feature = "http-server"))]
pub(crate) use settings::{Answering, setters};
