//! The values of headers that say what web pages may do.

/// The methods that are answered, as in the header `Allow`.
pub(crate) const METHODS: &str = "POST, OPTIONS";

/// The value of `Access-Control-Allow-Methods`.
pub(crate) const ALLOWED_METHODS: &str = "POST";

/// The value of `Access-Control-Allow-Headers`.
pub(crate) const ALLOWED_HEADERS: &str = "Content-Type, X-Requested-With, Accept, Origin";

/// The value of `Access-Control-Max-Age`: how long the answer to a preflight holds.
pub(crate) const PREFLIGHT_SECONDS: &str = "3600";
