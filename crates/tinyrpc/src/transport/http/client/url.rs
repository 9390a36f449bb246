//! Takes the URL of a server apart.

use http::HeaderValue;
use http::uri::{Authority, PathAndQuery, Scheme, Uri};

use super::basic;
use crate::transport::{TransportError, TransportErrorKind};

/// Where requests go.
pub(super) struct Url {
    pub(super) tls: bool,
    /// A name or an address; IPv6 without its brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// Host and, if it was given, port; never the credentials.
    pub(super) authority: Authority,
    pub(super) path: PathAndQuery,
    /// The value of `Authorization`, when the URL names a user.
    pub(super) credentials: Option<HeaderValue>,
}

impl Url {
    pub(super) fn parse(url: &str) -> Result<Url, TransportError> {
        // The URL may hold a password, so errors do not quote it.
        let parts = url.parse::<Uri>().map_err(|error| setup("this is no URL").with_source(error))?.into_parts();
        let tls = match &parts.scheme {
            Some(scheme) if *scheme == Scheme::HTTP => false,
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            _ => return Err(setup("the URL of an HTTP server begins with http:// or https://")),
        };
        let Some(whole) = parts.authority else { return Err(setup("the URL names no host")) };
        let (user_info, address) = match whole.as_str().rsplit_once('@') {
            Some((user_info, address)) => (Some(user_info), address),
            None => (None, whole.as_str()),
        };
        let authority: Authority =
            address.parse().map_err(|error| setup("the URL names no usable host").with_source(error))?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = match (authority.port_u16(), authority.as_str().len() > authority.host().len()) {
            (Some(port), _) => port,
            (None, false) if tls => 443,
            (None, false) => 80,
            (None, true) => return Err(setup("the port in the URL is no number from 0 to 65535")),
        };
        if host.is_empty() {
            return Err(setup("the URL names no host"));
        }
        Ok(Url {
            tls,
            host,
            port,
            credentials: user_info.map(basic::from_user_info),
            authority,
            path: parts.path_and_query.unwrap_or_else(|| PathAndQuery::from_static("/")),
        })
    }
}

fn setup(what: &str) -> TransportError {
    TransportError::new(TransportErrorKind::Setup, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_found() {
        let url = Url::parse("http://joe:pass@[::1]:8080/rpc?x=1#here").unwrap();
        assert_eq!((url.host.as_str(), url.port), ("::1", 8080));
        assert_eq!(url.authority, "[::1]:8080");
        assert_eq!(url.path, "/rpc?x=1");
        assert_eq!(url.credentials.unwrap(), "Basic am9lOnBhc3M=");

        let url = Url::parse("HTTP://localhost").unwrap();
        assert_eq!((url.host.as_str(), url.port, url.path.as_str()), ("localhost", 80, "/"));
        assert!(url.credentials.is_none());
        let url = Url::parse("https://localhost").unwrap();
        assert!(url.tls && url.port == 443);
    }

    #[test]
    fn other_urls_are_refused_without_quoting_the_password() {
        for url in [
            "",
            "/rpc",
            "localhost:5000",
            "ws://localhost/",
            "http://",
            "http://:80/",
            "http://joe:secret@host:99999/",
            "http://joe:secret@/",
            "http://joe:secret@ho st/",
        ] {
            let error = Url::parse(url).err().unwrap_or_else(|| panic!("{url:?} was taken"));
            assert_eq!(error.kind(), TransportErrorKind::Setup, "{url}");
            assert!(!format!("{error:?}").contains("secret"), "{url}");
        }
    }
}
