//! What the web server says of a request.

use std::collections::BTreeMap;
use std::fmt;

/// The variables that describe one request (RFC 3875 §4.1), its headers among them as `HTTP_…`.
///
/// ```
/// use tinyrpc::transport::cgi::CgiRequest;
///
/// let request: CgiRequest = [("REQUEST_METHOD", "POST"), ("HTTP_USER_AGENT", "curl")].into_iter().collect();
/// assert_eq!(request.variable("REQUEST_METHOD"), Some("POST"));
/// assert_eq!(request.header("User-Agent"), Some("curl"));
/// ```
#[derive(Clone, Default)]
pub struct CgiRequest {
    variables: BTreeMap<String, String>,
}

/// The variables besides headers that describe a request; the other ones are the host's own business.
const VARIABLES: [&str; 21] = [
    "AUTH_TYPE",
    "CONTENT_LENGTH",
    "CONTENT_TYPE",
    "GATEWAY_INTERFACE",
    "HTTPS",
    "PATH_INFO",
    "PATH_TRANSLATED",
    "QUERY_STRING",
    "REMOTE_ADDR",
    "REMOTE_HOST",
    "REMOTE_IDENT",
    "REMOTE_PORT",
    "REMOTE_USER",
    "REQUEST_METHOD",
    "REQUEST_SCHEME",
    "REQUEST_URI",
    "SCRIPT_NAME",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
    "SERVER_SOFTWARE",
];

/// Whether the variable of this name describes a request.
pub(super) fn is_of_request(name: &str) -> bool {
    name.starts_with("HTTP_") || VARIABLES.contains(&name)
}

impl CgiRequest {
    /// The request that this process was started for. Bytes that are no UTF-8 become the replacement character.
    #[must_use]
    pub fn from_env() -> Self {
        let all = std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()));
        all.filter(|(name, _)| is_of_request(name)).collect()
    }

    /// The variable of this name, such as `PATH_INFO`.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// The request's header of this name, in any case, such as `User-Agent`. Hosts pass on the headers that they choose.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let name = name.to_ascii_uppercase().replace('-', "_");
        match name.as_str() {
            "CONTENT_TYPE" | "CONTENT_LENGTH" => self.variable(&name),
            _ => self.variable(&format!("HTTP_{name}")),
        }
    }

    /// All variables, by name.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for CgiRequest {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self { variables: variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }
}

/// Names only: values may be secrets, such as those of the headers `Authorization` and `Cookie`.
impl fmt::Debug for CgiRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CgiRequest").field(&self.variables.keys()).finish()
    }
}
