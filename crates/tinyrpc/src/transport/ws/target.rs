//! Takes the URL of a server apart.

use http::{HeaderValue, Uri};

use super::{TransportError, setup};

/// Where a server is.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) tls: bool,
    /// A name or an address; IPv6 without its brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// Host and, if it was given, port.
    pub(super) authority: HeaderValue,
    /// With the query.
    pub(super) path: String,
}

impl Target {
    pub(super) fn parse(url: &str) -> Result<Self, TransportError> {
        // The URL may hold a password, so errors do not quote it.
        let uri: Uri = url.parse().map_err(|error| setup("this is no URL").with_source(error))?;
        let tls = match uri.scheme_str().map(str::to_ascii_lowercase).as_deref() {
            Some("ws") => false,
            Some("wss") => true,
            _ => return Err(setup("the URL of a WebSocket server begins with ws:// or wss://")),
        };
        let Some(authority) = uri.authority() else { return Err(setup("the URL names no host")) };
        if authority.as_str().contains('@') {
            let what = "ws:// URLs cannot name a user; give an Authorization header in the settings instead";
            return Err(setup(what));
        }
        let host = authority.host();
        let port = match (authority.port_u16(), authority.as_str().len() > host.len()) {
            (Some(port), _) => port,
            (None, false) if tls => 443,
            (None, false) => 80,
            (None, true) => return Err(setup("the port in the URL is no number from 0 to 65535")),
        };
        let named = HeaderValue::from_str(authority.as_str());
        let named = named.map_err(|error| setup("the URL names no usable host").with_source(error))?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(setup("the URL names no host"));
        }
        Ok(Self { tls, host, port, authority: named, path: path.to_owned() })
    }

    /// What to call it in messages.
    pub(super) fn name(&self) -> &str {
        self.authority.to_str().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::TransportErrorKind;

    #[test]
    fn urls() {
        let target = Target::parse("ws://[::1]:8080/rpc?x=1").unwrap();
        assert_eq!((target.host.as_str(), target.port, target.path.as_str()), ("::1", 8080, "/rpc?x=1"));
        let target = Target::parse("WS://localhost").unwrap();
        assert_eq!((target.host.as_str(), target.port, target.path.as_str()), ("localhost", 80, "/"));
        let target = Target::parse("wss://localhost").unwrap();
        assert!(target.tls && target.port == 443);
        for url in ["", "/x", "http://host/", "ws://", "ws://:80/", "ws://host:99999/", "ws://u:pw@host/"] {
            let error = Target::parse(url).err().unwrap_or_else(|| panic!("{url:?} was taken"));
            assert_eq!(error.kind(), TransportErrorKind::Setup, "{url}");
            assert!(!format!("{error:?}").contains("pw"), "{url}");
        }
    }
}
